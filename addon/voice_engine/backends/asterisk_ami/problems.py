"""Why there is no connection to Asterisk, and what to do about it."""

from __future__ import annotations

from voice_engine.core.errors import BackendError
from voice_engine.core.problems import Problem, ProblemCode
from voice_engine.core.settings import AsteriskSettings


def silent(settings: AsteriskSettings) -> Problem:
    """Nothing answers in time."""
    message = f"Asterisk does not answer at {_place(settings)}; check asterisk.host and asterisk.port"
    return Problem(ProblemCode.ASTERISK_UNREACHABLE, message, _address(settings))


def unreachable(settings: AsteriskSettings, words: str) -> Problem:
    """The operating system cannot connect; ``words`` are its own."""
    message = (
        f"Asterisk does not answer at {_place(settings)} ({words}); check asterisk.host and asterisk.port, and that"
        " manager.conf has enabled = yes and a bindaddr that can be reached from here"
    )
    return Problem(ProblemCode.ASTERISK_UNREACHABLE, message, _address(settings))


def mute(settings: AsteriskSettings) -> Problem:
    """Something takes the connection and says nothing."""
    message = f"What listens at {_place(settings)} does not answer like Asterisk's manager interface"
    return Problem(ProblemCode.NOT_ASTERISK, message, _address(settings))


def foreign(settings: AsteriskSettings, words: str) -> Problem:
    """Something talks another protocol; ``words`` say how that was noticed."""
    message = f"What listens at {_place(settings)} is not Asterisk's manager: {words}"
    return Problem(ProblemCode.NOT_ASTERISK, message, _address(settings))


def login_refused(words: str) -> Problem:
    """Asterisk does not let us in; ``words`` are its own."""
    message = (
        f"Asterisk refused the login ({words}); asterisk.username and asterisk.password must be those of a user in"
        " manager.conf, whose permit and deny lines must let this machine in"
    )
    return Problem(ProblemCode.LOGIN_REFUSED, message, {"detail": words})


def lost(message: str) -> Problem:
    """There was a connection, and it is gone."""
    return Problem(ProblemCode.CONNECTION_LOST, message)


def problem_of(error: BackendError) -> Problem:
    """What an error of a session was raised with."""
    told = error.args[0] if error.args else None
    return told if isinstance(told, Problem) else Problem(ProblemCode.OTHER, str(error))


def _place(settings: AsteriskSettings) -> str:
    return f"{settings.host}, port {settings.port}"


def _address(settings: AsteriskSettings) -> dict[str, str]:
    return {"host": settings.host, "port": str(settings.port)}
