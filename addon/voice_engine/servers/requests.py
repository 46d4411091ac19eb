"""What requests have in common: bodies and parameters that are checked, and errors told in the contract's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Never

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from voice_engine.core.errors import (
    AlreadyDecided,
    BackendError,
    CacheNotFound,
    CacheNotWarmable,
    CallNotFound,
    DoorNotFound,
    MicrophoneAway,
    MicrophoneBusy,
    MicrophoneOff,
    NoCapacity,
    NothingHeard,
    PartyAbsent,
    RequestError,
    SettingsError,
    UnitInCall,
    UnitNotFound,
    UnreadableSound,
)
from voice_engine.core.text import speakable
from voice_engine.core.transcript import Language
from voice_engine.servers.answers import error
from voice_engine.servers.awaited import NobodyWaits

_RETRY_AFTER_SECONDS = 5
"""For those who found no place: a turn of speech has been worked on by then."""
_LANGUAGES: Mapping[object, Language] = {language.value: language for language in Language}
_STATUSES: Mapping[type[RequestError], HTTPStatus] = {
    CallNotFound: HTTPStatus.NOT_FOUND,
    AlreadyDecided: HTTPStatus.CONFLICT,
    PartyAbsent: HTTPStatus.CONFLICT,
    DoorNotFound: HTTPStatus.NOT_FOUND,
    UnitNotFound: HTTPStatus.NOT_FOUND,
    UnitInCall: HTTPStatus.CONFLICT,
    CacheNotFound: HTTPStatus.NOT_FOUND,
    CacheNotWarmable: HTTPStatus.CONFLICT,
    UnreadableSound: HTTPStatus.BAD_REQUEST,
    MicrophoneOff: HTTPStatus.CONFLICT,
    MicrophoneAway: HTTPStatus.CONFLICT,
    MicrophoneBusy: HTTPStatus.CONFLICT,
    NothingHeard: HTTPStatus.CONFLICT,
    NoCapacity: HTTPStatus.SERVICE_UNAVAILABLE,
}


class WrongRequest(Exception):
    """The request is not what the contract says; the message tells which part of it."""


def answering(handler: Handler) -> Handler:
    """Turn what goes wrong on purpose into errors of the contract."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except WrongRequest as cause:
            return error(HTTPStatus.BAD_REQUEST, "bad_request", str(cause))
        except SettingsError as cause:
            return error(HTTPStatus.BAD_REQUEST, cause.code, str(cause))
        except RequestError as cause:
            return _refusal(cause)
        except BackendError as cause:
            return error(HTTPStatus.SERVICE_UNAVAILABLE, cause.code, sentence(str(cause)))
        except NobodyWaits:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)  # there is nobody to read it

    return answer


def sentence(message: str) -> str:
    """An error's message as a sentence."""
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."


async def read_json(request: web.Request) -> dict[str, Any]:
    """Read a JSON object. Raises: WrongRequest."""
    # A page of another site can make a browser send a form, but not this type.
    if request.content_type != "application/json":
        raise WrongRequest("The body must be of the type application/json.")
    try:
        body = json.loads(await request.read(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as cause:
        raise WrongRequest("The body is not JSON.") from cause
    if not isinstance(body, dict):
        raise WrongRequest("The body must be an object.")
    return body


async def read_storable_json(request: web.Request) -> dict[str, Any]:
    """Read a JSON object of whole characters: half a surrogate pair can be neither kept nor sent.

    Raises: WrongRequest.
    """
    body = await read_json(request)
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as cause:
        raise WrongRequest("The body holds what is no character, or is nested too deeply.") from cause
    return body


def chosen[Choice](body: Mapping[str, Any], key: str, choices: Mapping[object, Choice]) -> Choice:
    """One of ``choices``. Raises: WrongRequest."""
    value = body.get(key)
    if not isinstance(value, str) or value not in choices:
        raise WrongRequest(f"{key} must be one of: {', '.join(map(str, choices))}.")
    return choices[value]


def language_of(values: Mapping[str, Any], default: Language) -> Language:
    """The language of a query or a body, where it names one. Raises: WrongRequest."""
    return default if values.get("language") is None else chosen(values, "language", _LANGUAGES)


def text_of(body: Mapping[str, Any], key: str, longest: int) -> str:
    """A text of 1 to ``longest`` characters, as it can be spoken. Raises: WrongRequest."""
    text = speakable(raw_text_of(body, key, longest))
    if not text:
        raise WrongRequest(f"{key} holds no word that could be spoken.")
    return text


def raw_text_of(body: Mapping[str, Any], key: str, longest: int) -> str:
    """A text of 1 to ``longest`` characters, as it was sent. Raises: WrongRequest."""
    value = body.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise WrongRequest(f"{key} must be a text of 1 to {longest} characters.")
    return value


def _refusal(cause: RequestError) -> web.Response:
    response = error(_STATUSES.get(type(cause), HTTPStatus.BAD_REQUEST), cause.code, sentence(str(cause)))
    if isinstance(cause, NoCapacity):
        response.headers[hdrs.RETRY_AFTER] = str(_RETRY_AFTER_SECONDS)
    return response


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")
