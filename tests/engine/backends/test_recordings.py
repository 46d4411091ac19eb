"""The sound of calls, in real files."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import wave
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.engine.backends.test_call_log import ended_call, tell
from voice_engine.backends.call_log import CallLog
from voice_engine.backends.call_log.recordings import Recordings
from voice_engine.core.events import CallEventKind, Party
from voice_engine.core.records import RecordedFrame

CALL = "1c7c2f70-6d0c-4e0a-8f0e-000000000001"
OTHER = "1c7c2f70-6d0c-4e0a-8f0e-000000000002"
PROGRAM_SECONDS = 60.0


def frame(
    position: int, party: Party = Party.VISITOR, heard: int = 100, said: int = 20, call: str = CALL
) -> RecordedFrame:
    """20 ms of constant values."""
    sounds = [np.full(160, value, "<i2").tobytes() for value in (heard, said)]
    return RecordedFrame(call, party, position, sounds[0], sounds[1])


def channels(path: Path) -> np.ndarray:
    """Rows of samples, visitor and resident."""
    with wave.open(str(path)) as reader:
        assert (reader.getnchannels(), reader.getframerate(), reader.getsampwidth()) == (2, 8000, 2)
        sound = reader.readframes(reader.getnframes())
    assert len(sound) == path.stat().st_size - 44
    return np.frombuffer(sound, "<i2").reshape(-1, 2)


def test_each_leg_has_a_channel_with_both_directions_and_gaps_are_silent(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "recordings")
    recordings.write([frame(0), frame(1), frame(4, Party.RESIDENT, 7, 8)])
    recordings.write([frame(4, heard=1, said=2), frame(5, Party.RESIDENT, 32000, 32000)])
    path = recordings.path(CALL)
    assert path is not None
    sound = channels(path)
    assert [tuple(map(int, sound[160 * index])) for index in range(6)] == [
        (120, 0), (120, 0), (0, 0), (0, 0), (3, 15), (0, 32767),
    ]  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600


def test_calls_do_not_mix(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "recordings")
    recordings.write([frame(0), frame(0, call=OTHER, heard=5), frame(1)])
    paths = [recordings.path(CALL), recordings.path(OTHER)]
    assert [len(channels(path)) for path in paths if path] == [320, 160]


@pytest.mark.parametrize("call_id", ["../calls", "..", "", "nobody", "/etc/passwd"])
def test_what_is_no_call_is_no_path(tmp_path: Path, call_id: str) -> None:
    (tmp_path / "calls.wav").touch()
    assert Recordings(tmp_path / "recordings").path(call_id) is None


async def test_a_recording_is_found_with_its_call_and_deleted_with_it(tmp_path: Path) -> None:
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        for call in (CALL, OTHER):
            log.record(frame(3, call=call))
            tell(log, ended_call(call))
        assert await log.delete(OTHER)
        path = await log.recording(CALL)
        assert path is not None
        assert len(channels(path)) == 4 * 160
        recorded = await log.read(CALL)
        assert recorded is not None
        assert recorded.has_recording
        assert await log.recording(OTHER) is None
        await log.clear()
        assert await log.recording(CALL) is None
    assert list((tmp_path / "recordings").iterdir()) == []


async def test_the_end_of_a_call_is_in_its_recording_for_whoever_asks_at_once(tmp_path: Path) -> None:
    """What waits for its turn to be written, as the last half second does."""
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        for position in range(200):
            for each in CALL, OTHER:
                log.record(frame(position, call=each))
        for each in CALL, OTHER:
            tell(log, ended_call(each))
            path = await log.recording(each)
            assert path is not None
            assert len(channels(path)) == 200 * 160


async def test_calls_that_go_on_are_written_in_turns_and_none_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [f"1c7c2f70-6d0c-4e0a-8f0e-{number:012}" for number in range(50)]
    written: list[set[str]] = []
    all_written = threading.Event()
    write = Recordings.write

    def watched(self: Recordings, frames: Iterable[RecordedFrame]) -> None:
        frames = list(frames)
        write(self, frames)
        written.append({each.call_id for each in frames})
        if set.union(*written) == set(calls):
            all_written.set()

    monkeypatch.setattr(Recordings, "write", watched)
    recordings = Recordings(tmp_path / "recordings")
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        for position in range(2):
            for call in calls:
                log.record(frame(position, call=call))
        assert await asyncio.to_thread(all_written.wait, PROGRAM_SECONDS)
        paths = [recordings.path(call) for call in calls]
        assert [len(channels(path)) for path in paths if path] == [320] * 50
    assert max(len(together) for together in written) < 50


async def test_a_call_without_sound_has_no_recording(tmp_path: Path) -> None:
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        tell(log, ended_call(CALL))
        recorded = await log.read(CALL)
        assert recorded is not None
        assert not recorded.has_recording
        assert await log.recording(CALL) is None
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize(("days", "kept"), [(30, True), (5, False), (0, False)])
async def test_recordings_are_purged_with_their_calls(tmp_path: Path, days: int, kept: bool) -> None:
    recordings = Recordings(tmp_path / "recordings")
    recordings.write([frame(0)])
    path = recordings.path(CALL)
    assert path is not None
    ten_days_ago = path.stat().st_mtime - 10 * 86_400
    os.utime(path, (ten_days_ago, ten_days_ago))
    async with CallLog(tmp_path, days, transcripts=False) as log:
        await log.page(1)
    assert path.exists() == kept


async def test_clearing_spares_the_call_that_goes_on(tmp_path: Path) -> None:
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        call = replace(ended_call(CALL), ended_at=None)
        tell(log, call, until=CallEventKind.RANG)
        log.record(frame(0))
        await log.clear()
    assert Recordings(tmp_path / "recordings").path(CALL) is not None


async def test_a_disk_that_refuses_harms_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "recordings").write_text("in the way")
    async with CallLog(tmp_path, 30, transcripts=False) as log:
        log.record(frame(0))
        tell(log, ended_call(CALL))
        assert await log.delete(CALL)
    assert any("recordings cannot be used" in message for message in caplog.messages)


async def test_what_was_written_can_be_played_after_the_engine_was_killed(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from tests.engine.backends.test_recordings import frame
from voice_engine.backends.call_log.recordings import Recordings
recordings = Recordings(Path({str(tmp_path / "recordings")!r}))
for position in range(0, 100_000, 10):
    recordings.write([frame(position + each) for each in range(10)])
    print(position, flush=True)
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": "addon:."}
    )
    assert process.stdout is not None
    async with asyncio.timeout(PROGRAM_SECONDS):
        for _ in range(50):
            last = int(await process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        await process.wait()
    path = Recordings(tmp_path / "recordings").path(CALL)
    assert path is not None
    with wave.open(str(path)) as reader:
        assert reader.getnframes() >= (last + 10) * 160
        assert len(reader.readframes(reader.getnframes())) >= (last + 10) * 640
