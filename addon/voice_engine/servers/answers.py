"""What every answer over HTTP has in common: its headers, and the shape of an error."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import hdrs, web

_HEADERS = {
    hdrs.SERVER: "voice-engine",  # in place of aiohttp's, which tells versions
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": (
        # Home Assistant shows the page in a frame of its own origin.
        "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'; style-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_CODES = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "The request is not valid HTTP, or its headers are too long."),
    HTTPStatus.NOT_FOUND: ("not_found", "There is no such path; /api/openapi.yaml lists those there are."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "This path does not take that method."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("payload_too_large", "The request's body is longer than any path takes."),
    HTTPStatus.EXPECTATION_FAILED: ("bad_request", "The request expects what this server does not do."),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("internal_error", "The engine failed; its log tells how."),
}


def add_headers(response: web.StreamResponse) -> None:
    """Put the headers of every answer on ``response``."""
    response.headers.update(_HEADERS)


def error(status: HTTPStatus, code: str, message: str) -> web.Response:
    """The ``Error`` schema of the contract."""
    response = web.json_response({"code": code, "message": message}, status=status)
    add_headers(response)
    return response


def standard_error(status: int) -> web.Response:
    """The error for a status that needs no words of its own."""
    known = HTTPStatus(status) if status in _CODES else HTTPStatus.INTERNAL_SERVER_ERROR
    return error(known, *_CODES[known])
