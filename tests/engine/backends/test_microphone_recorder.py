"""Real recording programs as children: arecord on devices of ALSA's own, and a pipe that another program fills."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import create_subprocess_exec
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.engine.backends import room_writer
from tests.engine.backends.processes import PATIENCE_SECONDS, children, gone
from voice_engine.backends import microphone_recorder
from voice_engine.backends.child import Program, run_child
from voice_engine.backends.child_server import RestartPolicy
from voice_engine.backends.microphone_recorder import RecorderMicrophone
from voice_engine.core.settings_microphone import MicrophoneSettings, MicrophoneSource

QUICK = RestartPolicy(first_seconds=0.01, longest_seconds=0.01, rest_seconds=0.01)
FLITE, SOX = Program("flite", "flite"), Program("sox", "sox")


async def speech(path: Path, text: str, after_seconds: float = 1.0) -> Path:
    """A WAV file of 16 kHz in which ``text`` is spoken, with silence around it."""
    spoken = path / "spoken.wav"
    (await run_child(FLITE, ["-voice", "slt", "-t", text, "-o", str(spoken)], b"", PATIENCE_SECONDS)).succeeded()
    recording = path / "room.wav"
    shape = ["-r", "16000", "-c", "1", "-b", "16", str(recording), "pad", "1", str(after_seconds)]
    (await run_child(SOX, [str(spoken), *shape], b"", PATIENCE_SECONDS)).succeeded()
    return recording


class Heard:
    """All that came."""

    def __init__(self) -> None:
        self.sound = bytearray()
        self.problems: list[str] = []
        self._changed = asyncio.Event()

    def on_sound(self, pcm: bytes) -> None:
        """Kept."""
        self.sound += pcm
        self._changed.set()

    def on_away(self, why: str) -> None:
        """Kept."""
        self.problems.append(why)
        self._changed.set()

    async def until_sound(self, size: int) -> None:
        """Wait for so many bytes."""
        await self._until(lambda: len(self.sound) >= size)

    async def until_away(self, times: int = 1) -> None:
        """Wait until it was told to be away."""
        await self._until(lambda: len(self.problems) >= times)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def capturing(settings: MicrophoneSettings) -> AsyncIterator[Heard]:
    """Listen while the context is open."""
    heard = Heard()
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(RecorderMicrophone(settings, QUICK).capture(heard.on_sound, heard.on_away))
        yield heard
        listening.cancel()


def alsa(device: str) -> MicrophoneSettings:
    return MicrophoneSettings(source=MicrophoneSource.ALSA, device=device)


def pipe(path: Path) -> MicrophoneSettings:
    return MicrophoneSettings(source=MicrophoneSource.PIPE, device=str(path))


async def test_arecord_gives_the_very_sound_of_its_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device of ALSA whose sound is a file: real speech, sample for sample."""
    recording = await speech(tmp_path, "please open the front door")
    samples = recording.read_bytes()[44:]
    (tmp_path / "room.raw").write_bytes(samples)
    device = f"type file slave.pcm null file /dev/null infile {tmp_path / 'room.raw'} format raw"
    (tmp_path / "alsa.conf").write_text(f"</usr/share/alsa/alsa.conf>\npcm.room {{ {device} }}\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "alsa.conf"))
    async with capturing(alsa("room")) as heard:
        await heard.until_sound(len(samples))
        assert heard.sound[: len(samples)] == samples
        (recorder,) = children()
    await gone(recorder)
    assert heard.problems == []


async def test_a_device_that_is_not_there_is_tried_again_and_says_why() -> None:
    async with capturing(alsa("nosuchdevice")) as heard:
        await heard.until_away(2)
    assert "arecord ended with status 1" in heard.problems[0]
    assert "No such file or directory" in heard.problems[0]
    assert heard.sound == b""


@pytest.mark.parametrize("device", ["", "alsa_input.usb-0d8c_USB_PnP-00.mono-fallback"])
async def test_pulseaudio_is_asked_for_by_its_own_device(device: str) -> None:
    """Nobody serves it here: that it is refused shows who was asked, and not that a name was misread."""
    async with capturing(MicrophoneSettings(device=device)) as heard:
        await heard.until_away()
    assert "PulseAudio" in heard.problems[0]
    assert "Connection refused" in heard.problems[0]


async def test_a_pipe_is_read_as_it_is_filled_and_opened_anew(tmp_path: Path) -> None:
    """The program that fills it may end and come back."""
    path = tmp_path / "room"
    os.mkfifo(path)
    recording = await speech(tmp_path, "good evening")
    samples = recording.read_bytes()[44:]
    async with capturing(pipe(path)) as heard:
        for times in (1, 2):
            writer = await create_subprocess_exec(sys.executable, room_writer.__file__, str(recording), str(path))
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await writer.wait() == 0
            await heard.until_away(times)
    assert bytes(heard.sound) == samples * 2
    assert set(heard.problems) == {"cat ended with status 0"}


async def test_what_is_no_pipe_is_not_read(tmp_path: Path) -> None:
    """A file would be over at once, and be heard again and again."""
    file = tmp_path / "room.raw"
    file.write_bytes(bytes(32_000))
    for path, why in ((file, "is not a named pipe"), (tmp_path / "nothing", "No such file or directory")):
        async with capturing(pipe(path)) as heard:
            await heard.until_away(2)
        assert why in heard.problems[0]
        assert heard.sound == b""


async def test_a_microphone_that_says_nothing_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone_recorder, "_STALL_SECONDS", 0.2)
    path = tmp_path / "room"
    os.mkfifo(path)
    async with capturing(pipe(path)) as heard:
        await heard.until_away(2)
    assert heard.problems[0] == "cat delivered nothing for 0.2 s"
