"""The watched folder through the whole engine: real files, real speech, the real whisper.cpp."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.engine.assembly.whole_engine import furnish, running, told
from tests.engine.test_app import PATIENCE_SECONDS
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.audio import write_wav
from voice_engine.core.load import Load
from voice_engine.core.transcript import Language


class CalmMachine:
    """Tells what it is told to."""

    def __init__(self) -> None:
        self.load = Load(cpu=0.1, memory_bytes=10, memory_limit_bytes=100)
        self.looks = 0

    async def look(self) -> Load:
        self.looks += 1
        return self.load

    async def looked(self, times: int) -> None:
        """Wait until it was looked at so many times more."""
        wanted = self.looks + times
        while self.looks < wanted:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> CalmMachine:
    """In the place of the one that the tests run on, which is busy."""
    machine = CalmMachine()
    monkeypatch.setattr("voice_engine.app.Host", lambda data_directory: machine)
    return machine


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Data and an inbox."""
    return furnish(tmp_path)


async def speech(text: str) -> bytes:
    """A recording of a sentence, as espeak-ng speaks it."""
    return write_wav(await EspeakSynthesizer().synthesize(text, Language.ENGLISH), 8000)


async def until(client: aiohttp.ClientSession, **wanted: Any) -> Any:
    """Wait until the inbox stands so."""
    while not wanted.items() <= (inbox := await told(client)).items():  # noqa: ASYNC110 - over HTTP
        await asyncio.sleep(0.1)
    return inbox


@pytest.mark.usefixtures("machine")
async def test_a_dropped_recording_is_told_over_http_and_the_websocket(directory: Path) -> None:
    """Beside it stand the words; what is foreign has its reason; the same sound comes from the cache."""
    inbox = directory / "inbox"
    async with running(directory) as client:
        await until(client, enabled=True, watching=True, waiting=0)
        async with client.ws_connect("/api/events") as events:
            (inbox / "São João.wav").write_bytes(await speech("Yes, let them in, please."))
            (inbox / "notes.docx").write_bytes(b"words")
            heard = {}
            async for message in events:
                if message.json()["type"] == "transcribed":
                    heard[message.json()["recording"]["file"]] = message.json()["recording"]
                if len(heard) == 2:
                    break
        first = await until(client, done=1, failed=1, waiting=0, working=0)
        (inbox / "again.wav").write_bytes((inbox / "São João.wav").read_bytes())
        await until(client, done=2)
        caches = {cache["name"]: cache for cache in (await told(client, "/api/caches"))["caches"]}
        async with client.get("/metrics") as response:
            metrics = await response.text()
    said = heard["São João.wav"]
    assert said["text"].split()[:2] == ["Yes,", "let"]
    assert (said["backend"], said["language"], heard["notes.docx"]["problem"]["code"]) == (
        "whisper",
        "en",
        "unreadable_sound",
    )
    assert (inbox / "São João.wav.txt").read_text() == (inbox / "again.wav.txt").read_text() == f"{said['text']}\n"
    details = json.loads((inbox / "São João.wav.json").read_text())
    assert details["model"].endswith("ggml-words.bin")
    assert json.loads((inbox / "notes.docx.error.json").read_text())["code"] == "unreadable_sound"
    assert {result["file"] for result in first["results"]} == {"São João.wav", "notes.docx"}
    assert caches["transcripts"]["hits"] == 1
    assert 'voice_engine_inbox_recordings{state="done"} 2.0' in metrics


async def test_it_is_paused_while_the_machine_is_at_its_limit(
    directory: Path, machine: CalmMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes on by itself."""
    monkeypatch.setattr("voice_engine.core.load.STEP_SECONDS", 0.0)
    monkeypatch.setattr("voice_engine.core.load.CALM_SECONDS", 0.0)
    monkeypatch.setattr("voice_engine.voice.load_watch.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("voice_engine.scribe.inbox.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("voice_engine.scribe.inbox.SETTLED_SECONDS", 0.1)
    async with running(directory) as client:
        machine.load = Load(memory_bytes=99, memory_limit_bytes=100)
        await until(client, paused=True)
        (directory / "inbox" / "a.wav").write_bytes(await speech("Yes, let them in."))
        await until(client, waiting=1)
        await machine.looked(40)  # far longer than a file must stand still
        assert (await told(client))["working"] == 0
        assert not (directory / "inbox" / "a.wav.json").exists()
        machine.load = Load(memory_bytes=10, memory_limit_bytes=100)
        await until(client, paused=False, done=1)
    assert (directory / "inbox" / "a.wav.txt").exists()


async def test_a_kill_in_the_middle_loses_nothing(directory: Path) -> None:
    """Whenever it comes: each recording has its whole result in the end, and is as it was."""
    inbox = directory / "inbox"
    contents = {}
    for number in range(6):
        contents[f"{number}.wav"] = await speech(f"Yes, let them in, number {number}.")
        (inbox / f"{number}.wav").write_bytes(contents[f"{number}.wav"])
    for results in (1, 3):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voice_engine", "run", "--settings", str(directory / "options.json")),
            *("--data", str(directory)),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(list(inbox.glob("*.json"))) < results:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with running(directory) as client:
        await until(client, done=6, waiting=0, working=0, failed=0)
    for name, content in contents.items():
        assert (inbox / name).read_bytes() == content
        details = json.loads((inbox / f"{name}.json").read_text())
        assert (inbox / f"{name}.txt").read_text() == f"{details['text']}\n"
        assert details["text"].startswith("Yes,")
    assert len(list(inbox.iterdir())) == 18, "nothing half-written is left"
