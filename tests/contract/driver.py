"""Runs in the engine's environment: serves the real HTTP server and makes happen what standard input asks for.

Each line asks for one thing and is answered with a line once it has happened; the end of the input stops the server.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
import json
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any, Never

from tests.contract.driver_figures import DrivenFigures
from voice_engine.assembly.controls import door_facts
from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.backends.call_log import CallLog
from voice_engine.backends.quiet_file import QuietFile
from voice_engine.backends.settings_file import SettingsFile, load_settings
from voice_engine.backends.vad_webrtc import WebRtcVoiceDetector
from voice_engine.core.clips import Clip
from voice_engine.core.dialog import Rules, State, step
from voice_engine.core.dialog.messages import Event, Left, VisitorArrived
from voice_engine.core.directory import Directory
from voice_engine.core.events import (
    Call,
    CallEvent,
    CallEventKind,
    CallStage,
    DecidedBy,
    Disposition,
    Party,
    RefusedPeer,
)
from voice_engine.core.facts import Intent
from voice_engine.core.microphone import HeardUtterance
from voice_engine.core.problems import Problem, ProblemCode
from voice_engine.core.settings import HttpSettings
from voice_engine.core.transcript import Language, Transcript
from voice_engine.door.desk import Desk
from voice_engine.door.notifier import Notifier
from voice_engine.scribe.microphone import Microphone
from voice_engine.scribe.segments import Segmenter
from voice_engine.servers.configuration import ConfigurationRequests
from voice_engine.servers.controls import Controls
from voice_engine.servers.http import HttpServer, Part
from voice_engine.servers.microphone import MicrophoneRequests
from voice_engine.servers.notifications import NotificationRequests
from voice_engine.servers.quiet import QuietRequests
from voice_engine.servers.state import EngineFacts, EngineState

NOWHERE = Path("/nonexistent")
"""A call log that keeps nothing needs no folder."""
SETTINGS = {
    "language": "pt-BR",
    "doors": [{"name": "Front door"}, {"name": "Garage", "stations": ["2000"], "language": "en"}],
    "units": [{"unit": "501", "phones": ["PJSIP/501"]}],
}
VOICES = ("espeak", "espeak/female")
_ENUMS = {"stage": CallStage, "disposition": Disposition, "decided_by": DecidedBy, "intent": Intent}


class _HeldCall:
    """A call without sound: its dialog takes what is asked of it."""

    def __init__(self, call_id: str) -> None:
        """A visitor has arrived."""
        self.call_id = call_id
        self._rules = Rules(Directory.from_units(()), ring_attempts=1)
        self.state = State()
        self.post(VisitorArrived())

    def post(self, event: Event) -> None:
        """Take one step."""
        self.state, _ = step(self._rules, self.state, event)


class _Room:
    """A quiet room, the switch of its microphone, and a writer who has nothing to write."""

    enabled = False

    async def capture(self, on_sound: Callable[[bytes], None], on_away: Callable[[str], None]) -> Never:
        """Nobody says anything."""
        on_sound(b"\x03\x00" * 16_000)
        await asyncio.Event().wait()
        raise AssertionError(on_away)

    async def keep(self, enabled: bool) -> None:
        """Forgotten with the process."""

    async def overheard(self, clip: Clip, language: Language) -> Transcript:
        """Nothing."""
        raise AssertionError(clip, language)


def _hold(held: dict[str, _HeldCall], calls: ExitStack, desk: Desk, what: str, call_id: str) -> None:
    """Let a call be reached from its first ring to its end."""
    if what == "rang":
        held[call_id] = _HeldCall(call_id)
        calls.enter_context(desk.holding(held[call_id]))
    elif what == "ended" and call_id in held:
        held[call_id].post(Left(Party.VISITOR))


def _make_happen(state: EngineState, what: str, fields: dict[str, Any]) -> None:
    if what == "asterisk":
        problem = fields.pop("problem")
        state.set_asterisk(**fields, problem=problem and _problem(problem))
    elif what == "refused":
        state.add_refused(RefusedPeer(**fields | {"reason": _problem(fields["reason"])}))
    elif what == "heard":
        state.tell_heard(HeardUtterance(**fields | {"language": Language(fields["language"])}))
    else:
        members = {name: kind(fields[name]) for name, kind in _ENUMS.items() if name in fields}
        state.on_call_event(CallEvent(CallEventKind(what), _now(), Call(**fields | members)))


@asynccontextmanager
async def _kept() -> AsyncIterator[Path]:
    """A folder with settings and a home."""
    with TemporaryDirectory() as directory:
        (Path(directory) / "options.json").write_text(json.dumps(SETTINGS))
        yield Path(directory)


def _what_can_be_turned(state: EngineState, directory: Path) -> tuple[Part, ...]:
    """Settings and switches as the engine has them, but for what speaks."""
    path = directory / "options.json"
    in_force = SettingsInForce(load_settings(path).settings, lambda _: None, state.set_settings)
    quiet = QuietFile(directory)

    def tell() -> None:
        settings = in_force.settings
        state.set_controls(Controls.now(settings, lambda _: VOICES, quiet.current), door_facts(settings))

    tell()
    in_force.follow(lambda _: tell())
    return (
        ConfigurationRequests(SettingsFile(path), in_force, lambda _: None),
        QuietRequests(quiet, ("501",), tell),
    )


def _problem(told: dict[str, Any]) -> Problem:
    return Problem(**told | {"code": ProblemCode(told["code"])})


async def _serve(port: int, token: str, version: str, instance_id: str) -> None:
    figures = DrivenFigures()
    state = EngineState(EngineFacts(version, instance_id, _now()), (), machine=figures.machine, figures=figures.looks())
    requests = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    desk = Desk()
    held: dict[str, _HeldCall] = {}
    room = _Room()
    segmenter = Segmenter(WebRtcVoiceDetector(16_000), 0.8, 15.0)
    microphone = Microphone(room, segmenter, room, lambda: Language.ENGLISH, keeper=room, audience=state)
    async with (
        _kept() as directory,
        CallLog(NOWHERE, 0, transcripts=False) as archive,
        HttpServer(
            HttpSettings(host="127.0.0.1", port=port),
            token,
            state,
            desk=desk,
            archive=archive,
            caches=figures.caches,
            parts=(
                *_what_can_be_turned(state, directory),
                NotificationRequests(Notifier(), state),
                MicrophoneRequests(microphone),
            ),
        ) as server,
        asyncio.TaskGroup() as tasks,
    ):
        listening = tasks.create_task(microphone.run())
        _answer(server.port)
        with ExitStack() as calls:
            async for line in requests:
                what, fields = json.loads(line)
                _hold(held, calls, desk, what, fields.get("call_id", ""))
                if not figures.happen(state, what, fields):
                    _make_happen(state, what, fields)
                _answer("happened")
        listening.cancel()


def _answer(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), *sys.argv[2:]))
