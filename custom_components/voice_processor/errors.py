"""Errors of the engine as Home Assistant shows them."""

from collections.abc import Generator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .client import EngineAuthError, EngineError, EngineProtocolError, EngineRefusal
from .const import DOMAIN

_MISTAKES = (
    "call_not_found",
    "already_decided",
    "party_absent",
    "cache_not_found",
    "cache_not_warmable",
    "door_not_found",
    "unit_not_found",
    "unit_in_call",
)
"""Refusals that are about what was asked, and not about the engine."""


@contextmanager
def translated_errors() -> Generator[None]:
    """Say in the user's language why it was not done."""
    try:
        yield
    except EngineRefusal as err:
        if err.code in _MISTAKES:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key=err.code) from err
        if err.code == "unreadable_sound":
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key=err.code, translation_placeholders={"error": str(err)}
            ) from err
        raise _error("refused", err) from err
    except EngineAuthError as err:
        raise _error("invalid_auth", err) from err
    except EngineProtocolError as err:
        raise _error("not_an_engine", err) from err
    except EngineError as err:
        raise _error("cannot_connect", err) from err


def _error(key: str, err: EngineError) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders={"error": str(err)}
    )
