"""The recogniser on the real whisper-server and whisper-cli."""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.backends.processes import PATIENCE_SECONDS, children, gone
from tests.engine.backends.stt_whisper_cpp import fake_server
from tests.engine.backends.stt_whisper_cpp.conftest import WORDS
from tests.engine.backends.stt_whisper_cpp.fake_server import verbose_json
from tests.engine.backends.stt_whisper_cpp.model import write_speaking_model
from voice_engine.backends.child import Completed, Program, run_child
from voice_engine.backends.child_server import RestartPolicy, ServerState
from voice_engine.backends.stt_whisper_cpp import WhisperConfig, WhisperStatus, WhisperTranscriber
from voice_engine.backends.stt_whisper_cpp import command as command_module
from voice_engine.backends.stt_whisper_cpp import server as server_module
from voice_engine.backends.stt_whisper_cpp.command import WhisperCommand
from voice_engine.core.errors import (
    BackendError,
    BackendGarbled,
    BackendMisused,
    BackendOverloaded,
    BackendTimeout,
    BackendUnavailable,
    BackendWithoutModel,
)
from voice_engine.core.transcript import Expectation, Language, Question, Utterance

ANSWER = Expectation(Question.ANSWER, Language.ENGLISH)
UNIT = Expectation(Question.UNIT, Language.PORTUGUESE, ("501", "12B"), ("José Conceição",))
SECOND = bytes(16000)
SAID = Utterance(SECOND, 0.8, 0.0)
SENTENCE = " ".join(WORDS)
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - watched, not used


def config(model: Path) -> WhisperConfig:
    """One thread: the machine has other tests to run."""
    return WhisperConfig(model, threads=1, request_seconds=PATIENCE_SECONDS, patience_seconds=PATIENCE_SECONDS)


def server_pid() -> int:
    """The only child there is."""
    ((number, name),) = children().items()
    assert name == "whisper-server"
    return number


class Told:
    """What a logger was told, to be waited for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._told = asyncio.Event()

    def add(self, line: str) -> None:
        """Note it."""
        self.lines.append(line)
        self._told.set()

    async def until(self, words: str) -> None:
        """Wait for a line with ``words``."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(words in line for line in self.lines):
                self._told.clear()
                await self._told.wait()


@contextmanager
def server_output() -> Iterator[Told]:
    """What the server writes."""
    told = Told()
    logger = logging.getLogger("voice_engine.backends.child_server")
    handler = logging.Handler()
    handler.emit = lambda record: told.add(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield told
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


@contextmanager
def files_touched(*folders: Path) -> Iterator[Callable[[], set[str]]]:
    """Names of the files made, moved to or written in ``folders`` meanwhile, be it for a moment only."""
    made, moved, written = 0x100, 0x80, 0x2
    libc = ctypes.CDLL(None)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    for folder in folders:
        assert libc.inotify_add_watch(handle, bytes(folder), made | moved | written) >= 0

    def names() -> set[str]:
        found = set()
        try:
            events = os.read(handle, 1 << 20)
        except BlockingIOError:
            return found
        while events:
            (length,) = struct.unpack_from("I", events, 12)
            found.add(events[16 : 16 + length].rstrip(b"\0").decode())
            events = events[16 + length :]
        return found

    try:
        yield names
    finally:
        os.close(handle)


# --- the real server --------------------------------------------------------------------------------------------------


async def test_the_server_is_warmed_and_hears(speaking_model: Path) -> None:
    statuses: list[WhisperStatus] = []
    async with WhisperTranscriber(config(speaking_model), on_change=statuses.append) as transcriber:
        await transcriber.prepare(ANSWER)
        assert transcriber.status.warm
        heard = await transcriber.transcribe(SAID, ANSWER)
        again = await transcriber.transcribe(SAID, UNIT)
        assert transcriber.status.server.starts == 1
    assert heard.text == SENTENCE
    assert heard.confidence > 0.9
    assert again.text != SENTENCE, "the prompt was taken into account"
    assert [(status.server.state, status.warm) for status in statuses] == [
        (ServerState.STARTING, False),
        (ServerState.READY, False),
        (ServerState.READY, True),
        (ServerState.STOPPED, False),
    ]
    assert children() == {}


async def test_what_is_said_stands_in_no_log(speaking_model: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not even among what the program itself writes, which is logged for those who look for its faults."""
    with caplog.at_level(logging.DEBUG):
        async with WhisperTranscriber(config(speaking_model)) as transcriber:
            await transcriber.prepare(UNIT)
            heard = await transcriber.transcribe(SAID, ANSWER)
            await transcriber.transcribe(SAID, UNIT)
    assert heard.text == SENTENCE
    assert "whisper-server" in caplog.text
    assert SENTENCE not in caplog.text
    assert UNIT.names[0] not in caplog.text


async def test_what_the_model_doubts_is_not_heard(tmp_path: Path, silent_model: Path) -> None:
    hardly = tmp_path / "ggml-hardly.bin"
    write_speaking_model(hardly, WORDS, certainty=1.2)
    for model in (hardly, silent_model):
        async with WhisperTranscriber(config(model)) as transcriber:
            assert (await transcriber.transcribe(SAID, ANSWER)).text == ""


async def test_a_cancelled_request_stops_the_inference(slow_model: Path) -> None:
    minute = Utterance(SECOND * 60, 60.0, 0.0)
    with server_output() as output:
        async with WhisperTranscriber(config(slow_model)) as transcriber:
            asked = asyncio.ensure_future(transcriber.transcribe(minute, ANSWER))
            await output.until("processing 'utterance.wav'")
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            await output.until("client disconnected, aborted processing")


async def test_killed_in_the_midst_of_a_request_it_is_back(slow_model: Path) -> None:
    """The request fails in a way that lets another recogniser take over; the next is served again."""
    crashed = asyncio.Event()

    def notice(status: WhisperStatus) -> None:
        if status.server.state is ServerState.CRASHED:
            crashed.set()

    minute = Utterance(SECOND * 60, 60.0, 0.0)
    with server_output() as output:
        async with WhisperTranscriber(config(slow_model), on_change=notice) as transcriber:
            asked = asyncio.ensure_future(transcriber.transcribe(minute, ANSWER))
            await output.until("processing 'utterance.wav'")
            os.kill(server_pid(), signal.SIGKILL)
            with pytest.raises(BackendUnavailable) as failure:
                await asked
            await crashed.wait()
            assert failure.value.retryable
            assert not transcriber.status.warm
            assert (await transcriber.transcribe(SAID, ANSWER)).text == ""
            assert transcriber.status.warm
            assert transcriber.status.server.restarts == 1


async def test_a_hundred_requests_leave_nothing(speaking_model: Path) -> None:
    async with WhisperTranscriber(config(speaking_model)) as transcriber:
        await transcriber.prepare(ANSWER)
        process, files = server_pid(), open_files()
        for number in range(100):
            if number == 50:
                before = resident_bytes(process)
            await transcriber.transcribe(SAID, ANSWER)
        assert resident_bytes(process) - before < 2_000_000
        assert server_pid() == process
        assert open_files() <= files + 1  # the last connection may be about to be closed
        assert transcriber.status.server.starts == 1


def open_files() -> int:
    """How many we have."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def resident_bytes(process: int) -> int:
    """Memory it holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


async def test_it_dies_with_the_engine(speaking_model: Path, tmp_path: Path) -> None:
    """Even where that is killed outright and can clean up nothing."""
    told = tmp_path / "pid"
    os.mkfifo(told)
    engine = (
        "import asyncio\n"
        "from pathlib import Path\n"
        "from tests.engine.backends.stt_whisper_cpp.test_transcriber import *\n"
        "async def main():\n"
        f"    async with WhisperTranscriber(config(Path({str(speaking_model)!r}))) as transcriber:\n"
        "        await transcriber.prepare(ANSWER)\n"
        f"        open({str(told)!r}, 'w').write(str(server_pid()))\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", engine, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    process = int(await asyncio.to_thread(told.read_text))
    parent.kill()
    await parent.wait()

    await gone(process)


# --- the real command -------------------------------------------------------------------------------------------------


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were not installed."""
    monkeypatch.setattr(server_module, "SERVER", Program("no-such-server", "no-such-package"))


@pytest.mark.usefixtures("no_server")
async def test_where_the_server_cannot_be_started_the_command_hears(speaking_model: Path) -> None:
    async with WhisperTranscriber(config(speaking_model)) as transcriber:
        await transcriber.prepare(ANSWER)
        heard = await transcriber.transcribe(SAID, ANSWER)
        assert transcriber.status.server.state is ServerState.RESTING
    assert heard.text == SENTENCE
    assert heard.confidence > 0.9


async def test_the_command_line_names_nobody(speaking_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody on the machine can read it."""
    lines: list[str] = []

    async def run(program: Program, arguments: Sequence[str], *rest: Any, **options: Any) -> Completed:
        lines.append(" ".join(arguments))
        return await run_child(program, arguments, *rest, **options)

    monkeypatch.setattr(command_module, "run_child", run)
    expected = Expectation(Question.UNIT, Language.PORTUGUESE, ("501",), ("José Conceição",))
    await WhisperCommand(config(speaking_model)).hear(SECOND, expected)
    assert str(speaking_model) in lines[0]
    assert "José" not in lines[0]
    assert "501" not in lines[0]


@pytest.mark.usefixtures("no_server")
async def test_the_command_is_no_less_careful(tmp_path: Path) -> None:
    hardly = tmp_path / "ggml-hardly.bin"
    write_speaking_model(hardly, WORDS, certainty=1.2)
    async with WhisperTranscriber(config(hardly)) as transcriber:
        assert (await transcriber.transcribe(SAID, ANSWER)).text == ""


async def test_many_recordings_are_heard_in_one_run(speaking_model: Path) -> None:
    """More than one run may hold, of different lengths, apart from the server."""
    recordings = [SECOND * (number % 3 + 1) for number in range(34)]
    transcriber = WhisperTranscriber(config(speaking_model))
    heard = await transcriber.transcribe_many(recordings, ANSWER)
    assert [transcript.text for transcript in heard] == [SENTENCE] * 34
    assert await transcriber.transcribe_many([], ANSWER) == []


async def test_a_recording_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "ggml-broken.bin"
    broken.write_bytes(b"lmgg, and no more")
    with pytest.raises(BackendError, match="whisper-cli failed with status"):
        await WhisperTranscriber(config(broken)).transcribe_many([SECOND], ANSWER)


async def test_no_sound_becomes_a_file(
    speaking_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Neither by the server nor by the command, nor for a batch: not in any folder they might use, not for a moment."""
    monkeypatch.chdir(tmp_path)
    for name in ("TMPDIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    with files_touched(tmp_path, speaking_model.parent, SHARED_MEMORY) as touched:
        async with WhisperTranscriber(config(speaking_model)) as transcriber:
            assert (await transcriber.transcribe(SAID, ANSWER)).text == SENTENCE
            await transcriber.transcribe_many([SECOND, SECOND], ANSWER)
        request.getfixturevalue("no_server")
        async with WhisperTranscriber(config(speaking_model)) as transcriber:
            assert (await transcriber.transcribe(SAID, ANSWER)).text == SENTENCE
        assert touched() == set()
        (tmp_path / "proof").touch()
        assert touched() == {"proof"}


# --- what may be wrong ------------------------------------------------------------------------------------------------


async def test_a_missing_model_is_told_at_once(tmp_path: Path) -> None:
    async with WhisperTranscriber(config(tmp_path / "ggml-tiny.bin")) as transcriber:
        with pytest.raises(BackendUnavailable, match=r"ggml-tiny.bin is not there"):
            await transcriber.prepare(ANSWER)


async def test_a_broken_model_is_told_in_the_programs_words(tmp_path: Path) -> None:
    broken = tmp_path / "ggml-broken.bin"
    broken.write_bytes(b"lmgg, and no more")
    policy = RestartPolicy(first_seconds=0.01, max_crashes=1)
    async with WhisperTranscriber(config(broken), policy=policy) as transcriber:
        with pytest.raises(BackendError, match="failed to initialize whisper context"):
            await transcriber.prepare(ANSWER)
        assert "failed to initialize whisper context" in (transcriber.status.server.problem or "")


async def test_what_is_no_model_is_not_tried(tmp_path: Path) -> None:
    (tmp_path / "ggml-page.bin").write_bytes(b"<html>Not found</html>")
    async with WhisperTranscriber(config(tmp_path / "ggml-page.bin")) as transcriber:
        with pytest.raises(BackendWithoutModel, match=r"ggml-page.bin is not a model of whisper.cpp: put one there"):
            await transcriber.prepare(ANSWER)
        assert transcriber.status.server.starts == 0


def test_an_english_model_speaks_english() -> None:
    english = WhisperTranscriber(WhisperConfig(Path("ggml-base.en-q5_1.bin")))
    every = WhisperTranscriber(WhisperConfig(Path("/models.english/ggml-base-q5_1.bin")))
    assert [english.speaks(language) for language in Language] == [True, False]
    assert all(every.speaks(language) for language in Language)


# --- a server that speaks the protocol --------------------------------------------------------------------------------


class Scripted:
    """A fake server's answer, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.model = folder / "script.json"
        self._requests = folder / fake_server.REQUESTS

    def answers(self, answer: object, status: int = 200) -> None:
        """Answer this from now on."""
        self.model.write_text(fake_server.MAGIC + json.dumps({"status": status, "answer": answer}))

    def asked(self) -> dict[str, str]:
        """The fields of the latest request."""
        last: dict[str, str] = json.loads(self._requests.read_text().splitlines()[-1])
        return last


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """A fake in the place of whisper-server."""
    program = tmp_path / "whisper-server"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {fake_server.__file__} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(server_module, "SERVER", Program(str(program), "whisper.cpp-tools"))
    return Scripted(tmp_path)


async def test_the_request_holds_what_the_model_needs(scripted: Scripted) -> None:
    scripted.answers(verbose_json((" Vou no 501, com o José.", 0.9, 0.1)))
    async with WhisperTranscriber(config(scripted.model)) as transcriber:
        heard = await transcriber.transcribe(Utterance(SECOND * 10, 9.0, 0.0), UNIT)
    assert heard.text == "Vou no 501, com o José."
    assert scripted.asked() == {
        "response_format": "verbose_json",
        "language": "pt",
        "audio_ctx": "628",
        "no_timestamps": "true",
        "suppress_nst": "true",
        "temperature": "0.0",
        "temperature_inc": "0.0",
        "prompt": "José Conceição, 501, 12B.",
        "file": 44 + 10 * 32000,
    }


async def test_frugal_it_has_the_model_look_at_less(scripted: Scripted) -> None:
    """And at as much as before once that is over."""
    scripted.answers(verbose_json((" Vou no 501.", 0.9, 0.1)))
    looked_at = []
    async with WhisperTranscriber(config(scripted.model)) as transcriber:
        for frugal in (True, False):
            transcriber.be_frugal(frugal)
            await transcriber.transcribe(Utterance(SECOND * 10, 9.0, 0.0), UNIT)
            looked_at.append(scripted.asked()["audio_ctx"])
    assert looked_at == ["532", "628"]


@pytest.mark.parametrize(
    "segment",
    [
        *((" Legendas pela comunidade Amara.org", 0.99, 0.2), (" Obrigado por assistir!", 0.99, 0.2)),
        *((" [Música]", 0.99, 0.2), (" Pode subir.", 0.99, 0.9), (" Pode subir.", 0.2, 0.1)),
    ],
)
async def test_nothing_made_up_gets_through(scripted: Scripted, segment: tuple[str, float, float]) -> None:
    scripted.answers(verbose_json(segment))
    async with WhisperTranscriber(config(scripted.model)) as transcriber:
        assert (await transcriber.transcribe(SAID, replace(ANSWER, language=Language.PORTUGUESE))).text == ""


@pytest.mark.parametrize(
    ("status", "answer", "error", "retryable"),
    [
        (400, '{"error":"failed to read audio data"}', BackendMisused, False),
        (500, '{"error":"failed to process audio"}', BackendOverloaded, True),
        (200, '{"text": "yes"', BackendGarbled, True),
    ],
)
async def test_failures_by_kind(
    scripted: Scripted, status: int, answer: str, error: type[BackendError], *, retryable: bool
) -> None:
    scripted.answers(answer, status)
    async with WhisperTranscriber(config(scripted.model)) as transcriber:
        with pytest.raises(error) as failure:
            await transcriber.transcribe(SAID, ANSWER)
    assert failure.value.retryable is retryable


async def test_one_that_hangs_is_started_again(speaking_model: Path) -> None:
    """It runs, and will never answer: no crash tells of that."""
    ready = asyncio.Event()

    def notice(status: WhisperStatus) -> None:
        if status.server.state is ServerState.READY:
            ready.set()

    async with WhisperTranscriber(replace(config(speaking_model), request_seconds=0.5), on_change=notice) as hung:
        await ready.wait()
        ready.clear()
        os.kill(server_pid(), signal.SIGSTOP)
        with pytest.raises(BackendTimeout, match=r"did not answer within 0.5 s"):
            await hung.transcribe(SAID, ANSWER)
        await ready.wait()
        assert hung.status.server.restarts == 1
