"""Every error the engine raises on purpose.

    VoiceEngineError
    ├── ProtocolError        a peer broke the rules of a wire protocol
    ├── SettingsError        a setting is wrong; names its key
    ├── RequestError         what was asked for cannot be done
    │   ├── CallNotFound     no call of that identity goes on
    │   ├── AlreadyDecided   its outcome is settled
    │   ├── PartyAbsent      that party is not on the line
    │   ├── DoorNotFound     no door has that name
    │   ├── UnitNotFound     no home has that number
    │   ├── UnitInCall       somebody calls that home already
    │   ├── CacheNotFound    no cache has that name
    │   ├── CacheNotWarmable     that cache cannot be filled ahead
    │   ├── UnreadableSound      a recording is not what can be read
    │   ├── RecordingChanged     a recording is not what it was a moment ago, or gone
    │   ├── ResultInTheWay       a file of somebody else's stands where a result belongs
    │   ├── InboxUnusable        the folder of recordings cannot be read or written
    │   ├── MicrophoneOff        the microphone is switched off
    │   ├── MicrophoneAway       the microphone is on, and no sound comes from it
    │   ├── MicrophoneBusy       somebody else waits for what is said next
    │   ├── NothingHeard         nobody said anything
    │   └── NoCapacity       as much is being worked on as this machine can
    └── BackendError         something we call failed
        ├── BackendTimeout       it did not answer in time
        ├── BackendUnavailable   it is not there (not installed, not connected, refused)
        │   └── BackendWithoutModel  the file of its model is missing, or is no model
        ├── BackendOverloaded    it is there and takes no more work now
        │   └── BackendRateLimited   we have asked it too often; says when it may be asked again
        ├── BackendRefused       it does not accept our key
        ├── BackendMisused       it does not accept what we ask for: an unknown model, a wrong parameter
        └── BackendGarbled       its answer breaks its own protocol, or breaks off in the middle

Outcomes such as "no answer" or "denied" are values, not errors.
"""

from __future__ import annotations

from typing import ClassVar


class VoiceEngineError(Exception):
    """Root of the tree; ``code`` is the machine-readable name that travels in ``{code, message}``."""

    code: ClassVar[str] = "internal_error"


class ProtocolError(VoiceEngineError):
    """A peer sent what its protocol forbids; the message says which byte or field was wrong."""

    code = "protocol_error"


class SettingsError(VoiceEngineError):
    """A setting cannot be used; ``key`` is its dotted path, such as ``door.silence_threshold_seconds``."""

    code = "invalid_settings"

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}" if key else message)
        self.key = key


class RequestError(VoiceEngineError):
    """What was asked for cannot be done; the message says why."""


class CallNotFound(RequestError):
    """No call of that identity goes on."""

    code = "call_not_found"


class AlreadyDecided(RequestError):
    """The call's outcome is settled: the first decision stands."""

    code = "already_decided"


class PartyAbsent(RequestError):
    """The party to be spoken to is not on the line."""

    code = "party_absent"


class DoorNotFound(RequestError):
    """No door has that name."""

    code = "door_not_found"


class UnitNotFound(RequestError):
    """No home has that number."""

    code = "unit_not_found"


class UnitInCall(RequestError):
    """Somebody calls that home already: a visitor, or Home Assistant."""

    code = "unit_in_call"


class CacheNotFound(RequestError):
    """No cache has that name."""

    code = "cache_not_found"


class CacheNotWarmable(RequestError):
    """Nobody can know ahead what that cache will be asked for."""

    code = "cache_not_warmable"


class UnreadableSound(RequestError):
    """A recording is damaged, too long, or of a kind that is not read; the message says which and what is."""

    code = "unreadable_sound"


class RecordingChanged(RequestError):
    """A recording was changed, moved or deleted while it was worked on."""

    code = "recording_changed"


class ResultInTheWay(RequestError):
    """Where a result belongs stands a file that the engine did not write, and does not overwrite."""

    code = "result_in_the_way"


class InboxUnusable(RequestError):
    """The folder of recordings is not there, or cannot be read or written; it may be later."""

    code = "inbox_unusable"


class MicrophoneOff(RequestError):
    """The microphone is switched off."""

    code = "microphone_off"


class MicrophoneAway(RequestError):
    """The microphone is switched on, and no sound comes from it; the message says why."""

    code = "microphone_unavailable"


class MicrophoneBusy(RequestError):
    """Somebody else waits for what is said next."""

    code = "microphone_busy"


class NothingHeard(RequestError):
    """Nobody said anything in the time given."""

    code = "nothing_heard"


class NoCapacity(RequestError):
    """As much is being worked on as this machine can; later there will be room."""

    code = "no_capacity"


class BackendError(VoiceEngineError):
    """A backend failed; ``retryable`` tells whether the same request may succeed later."""

    code = "backend_failed"
    retryable: ClassVar[bool] = False


class BackendTimeout(BackendError):
    """A backend did not answer within its budget."""

    code = "backend_timeout"
    retryable = True


class BackendUnavailable(BackendError):
    """A backend is not there: not installed, not connected, or it refused us."""

    code = "backend_unavailable"
    retryable = True


class BackendWithoutModel(BackendUnavailable):
    """The file of a backend's model is missing or is no model; the message says what to put where."""

    code = "backend_without_model"
    retryable = False


class BackendOverloaded(BackendError):
    """A backend is there, and takes no more work now (HTTP 5xx)."""

    code = "backend_overloaded"
    retryable = True


class BackendRateLimited(BackendOverloaded):
    """A backend was asked too often (HTTP 429); ``retry_after_seconds`` says when to come back, where it told."""

    code = "backend_rate_limited"

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BackendRefused(BackendError):
    """A backend does not accept our key (HTTP 401, 403)."""

    code = "backend_refused"


class BackendMisused(BackendError):
    """A backend does not accept what it is asked for (other HTTP 4xx): an unknown model, a wrong parameter."""

    code = "backend_misused"


class BackendGarbled(BackendError):
    """A backend's answer breaks its own protocol, or breaks off in the middle."""

    code = "backend_garbled"
    retryable = True
