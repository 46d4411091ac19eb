"""Repair issues: troubles of the engine that somebody can do something about, each gone with its trouble."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .engines import Backend, BackendState, EnginePort
from .models import Status

DOCUMENTS = "https://github.com/voice-processor/voice-processor/blob/main"

RESTART_SECONDS = 300
"""A telephone system that is being updated or restarted is back before."""
STUMBLE_SECONDS = 120
"""A cloud that is overloaded, or a program that crashed and is started again, works again before."""

CHARGING_SECONDS = 10
"""A machine survives the dip of a moment, as when something is plugged in."""
SPARE_DISK_BYTES = 500_000_000
"""Home Assistant writes a backup of such a size, and stops on a full disk."""
WITHOUT_MODEL = "backend_without_model"
"""The engine's code for a backend without its model."""

type Placeholders = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that a person can cure."""

    key: str
    learn_more: str
    """Path of the document, below the repository's."""
    patience_seconds: float = 0
    """How long it may last before it is told."""
    found_fn: Callable[[Status], Placeholders | None]
    """What is put into the text; None where there is no such trouble."""
    known_fn: Callable[[Status], bool] = lambda _: True
    """Whether the engine knows by now: what is not found before is not over yet."""


def _telephone_system(status: Status) -> Placeholders | None:
    system = status.system
    if system.asterisk_connected or not system.asterisk_configured:
        return None
    return {"problem": system.asterisk_problem or "—"}


def _speech(status: Status) -> Placeholders | None:
    understood = status.system.speech_languages
    if understood is None:
        return None
    deaf = [door.name for door in status.doors if door.language and door.language not in understood]
    return {"doors": ", ".join(deaf)} if deaf else None


def _failed(port: EnginePort) -> Placeholders | None:
    if not port.backends or any(backend.state is not BackendState.FAILED for backend in port.backends):
        return None
    if all(_lacks_model(backend) for backend in port.backends):
        return None  # which is told by an issue of its own
    return _problems(port.backends)


def _models(status: Status) -> Placeholders | None:
    engines = status.engines
    lacking = [
        backend
        for port in (engines.stt, engines.tts, engines.llm)
        for backend in port.backends
        if _lacks_model(backend)
    ]
    return _problems(lacking) if lacking else None


def _lacks_model(backend: Backend) -> bool:
    return (
        backend.state is BackendState.FAILED and backend.problem is not None and backend.problem.code == WITHOUT_MODEL
    )


def _problems(backends: Iterable[Backend]) -> Placeholders:
    return {
        "problems": "\n".join(
            f"- {backend.name}: {backend.problem.message if backend.problem else '—'}" for backend in backends
        )
    }


def _settings(status: Status) -> Placeholders | None:
    settings = status.figures.settings
    return {"problem": settings.settings_problem} if settings and settings.settings_problem else None


def _disk(status: Status) -> Placeholders | None:
    free = status.figures.load.disk_free_bytes if status.figures.load else None
    return None if free is None or free >= SPARE_DISK_BYTES else {"free": f"{free / 1e6:.0f}"}


def _voltage(status: Status) -> Placeholders | None:
    return {} if status.figures.load and status.figures.load.under_voltage else None


TROUBLES: tuple[Trouble, ...] = (
    Trouble(
        key="telephone_system_away",
        learn_more="docs/asterisk.md",
        patience_seconds=RESTART_SECONDS,
        found_fn=_telephone_system,
    ),
    Trouble(
        key="speech_not_understood",
        learn_more="docs/engines.md",
        found_fn=_speech,
        known_fn=lambda status: status.system.speech_languages is not None,
    ),
    Trouble(
        key="stt_failed",
        learn_more="docs/engines.md",
        patience_seconds=STUMBLE_SECONDS,
        found_fn=lambda status: _failed(status.engines.stt),
    ),
    Trouble(
        key="tts_failed",
        learn_more="docs/engines.md",
        patience_seconds=STUMBLE_SECONDS,
        found_fn=lambda status: _failed(status.engines.tts),
    ),
    Trouble(
        key="llm_failed",
        learn_more="docs/engines.md",
        patience_seconds=STUMBLE_SECONDS,
        found_fn=lambda status: _failed(status.engines.llm),
    ),
    Trouble(
        key="model_missing",
        learn_more="docs/engines.md",
        patience_seconds=STUMBLE_SECONDS,
        found_fn=_models,
    ),
    Trouble(
        key="settings_unusable",
        learn_more="addon/DOCS.md",
        patience_seconds=STUMBLE_SECONDS,
        found_fn=_settings,
    ),
    Trouble(
        key="disk_nearly_full",
        learn_more="docs/home-assistant.md",
        patience_seconds=STUMBLE_SECONDS,
        found_fn=_disk,
        known_fn=lambda status: status.figures.load is not None and status.figures.load.disk_free_bytes is not None,
    ),
    Trouble(
        key="under_voltage",
        learn_more="docs/home-assistant.md",
        patience_seconds=CHARGING_SECONDS,
        found_fn=_voltage,
    ),
)


class IssueKeeper:
    """Keeps the repair issues of one engine as its state tells them."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Keep whose issues they are; nothing is told yet."""
        self._hass = hass
        self._entry_id = entry.entry_id
        self._waiting: dict[str, CALLBACK_TYPE] = {}
        self._latest: dict[str, Placeholders] = {}

    @callback
    def async_update(self, status: Status | None) -> None:
        """Take over the state; None: it is not known, so nothing new is told and nothing taken back."""
        for trouble in TROUBLES:
            found = trouble.found_fn(status) if status else None
            if found is None:
                self._async_calm(trouble.key)
                if status:
                    self._async_take_back(trouble.key, is_over=trouble.known_fn(status))
                continue
            self._latest[trouble.key] = found
            if trouble.patience_seconds == 0 or self._is_told(trouble.key):
                self._async_tell(trouble)
            elif trouble.key not in self._waiting:
                tell = partial(self._async_run_out, trouble)
                self._waiting[trouble.key] = async_call_later(self._hass, trouble.patience_seconds, tell)

    @callback
    def async_close(self) -> None:
        """Take everything back: whether it still holds is not known any more."""
        for trouble in TROUBLES:
            self._async_calm(trouble.key)
            self._async_take_back(trouble.key, is_over=False)

    def _issue(self, key: str) -> ir.IssueEntry | None:
        return ir.async_get(self._hass).async_get_issue(DOMAIN, _issue_id(key, self._entry_id))

    def _is_told(self, key: str) -> bool:
        """Return whether it is shown: what was told before a restart of Home Assistant is only remembered."""
        issue = self._issue(key)
        return issue is not None and issue.active

    @callback
    def _async_take_back(self, key: str, *, is_over: bool) -> None:
        """Take an issue back; one that somebody ignores is kept, hidden as it is, until its trouble is over."""
        issue = self._issue(key)
        if issue is not None and (is_over or issue.dismissed_version is None):
            ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)

    @callback
    def _async_calm(self, key: str) -> None:
        """Stop waiting for a trouble to last."""
        if cancel := self._waiting.pop(key, None):
            cancel()

    @callback
    def _async_run_out(self, trouble: Trouble, _: datetime) -> None:
        """Tell a trouble that lasted."""
        del self._waiting[trouble.key]
        self._async_tell(trouble)

    @callback
    def _async_tell(self, trouble: Trouble) -> None:
        """Raise the issue, or bring its text up to date."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _issue_id(trouble.key, self._entry_id),
            is_fixable=False,
            learn_more_url=f"{DOCUMENTS}/{trouble.learn_more}",
            severity=ir.IssueSeverity.WARNING,
            translation_key=trouble.key,
            translation_placeholders=self._latest[trouble.key],
        )


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take away all issues of an engine that is no longer wanted, those too that somebody ignores."""
    for trouble in TROUBLES:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(trouble.key, entry.entry_id))


def _issue_id(key: str, entry_id: str) -> str:
    return f"{key}_{entry_id}"
