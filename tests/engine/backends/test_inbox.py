"""The watched folder, on real files."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from voice_engine.backends.inbox import Decoder, InboxFolder
from voice_engine.backends.sound_files import CLIP_RATE, sound_blocks
from voice_engine.core.audio import write_wav
from voice_engine.core.errors import InboxUnusable, RecordingChanged, ResultInTheWay, UnreadableSound
from voice_engine.core.inbox import TEMPORARY_PREFIX, Recording, RecordingProblem, RecordingResult
from voice_engine.core.transcript import Language

TONE = write_wav(b"\x00\x20\x00\xe0" * 8000, CLIP_RATE)
AT = "2026-11-20T09:00:00+00:00"
SAID = RecordingResult("a.wav", AT, Language.ENGLISH, "five oh one", 0.9, 1.0, "whisper_cpp", "base", "ab")
REFUSED = RecordingResult("a.wav", AT, Language.ENGLISH, problem=RecordingProblem("unreadable_sound", "It is empty."))
ODD_NAMES = [
    "São João – 7º.wav",
    " leading.wav",
    "-rf.wav",
    "a\nb.wav",
    "'quoted' \"twice\".wav",
    "$(reboot).WAV",
    "a.b.c.wav",
]


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[InboxFolder]:
    async with InboxFolder(tmp_path, Decoder(sound_blocks, CLIP_RATE, 300.0)) as folder:
        yield folder


async def only(folder: InboxFolder) -> Recording:
    """The only recording there is."""
    (listed,) = await folder.look()
    return listed.recording


async def lengths(folder: InboxFolder, recording: Recording) -> list[float]:
    """Seconds of each piece."""
    found = []
    async with folder.reading(recording) as sound:
        while (clip := await sound.read()) is not None:
            found.append(len(clip.pcm) / 2 / clip.sample_rate)
    return found


async def refusal(folder: InboxFolder, recording: Recording) -> str:
    """Why it is not read."""
    with pytest.raises(UnreadableSound) as caught:
        await lengths(folder, recording)
    return str(caught.value)


def names(directory: Path) -> list[str]:
    """All that lies there."""
    return sorted(entry.name for entry in directory.iterdir())


# --- what lies there


async def test_recordings_are_listed_oldest_first_and_what_is_none_is_left_out(
    folder: InboxFolder, tmp_path: Path
) -> None:
    for name in (
        "b.wav",
        "a.mp3",
        "notes.docx",
        "a.mp3.txt",
        "list.txt",
        "x.json",
        ".hidden.wav",
        "c.wav.part",
        "Thumbs.db",
    ):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.wav"))
    os.utime(tmp_path / "b.wav", (1, 1))
    listed = await folder.look()
    assert (listed[0].recording.name, any(entry.has_result for entry in listed[:1])) == ("b.wav", False)
    assert {entry.recording.name for entry in listed} == {"b.wav", "a.mp3", "notes.docx"}


@pytest.mark.parametrize("name", [*ODD_NAMES, os.fsdecode(b"caf\xe9.wav")])
async def test_odd_names_are_names(folder: InboxFolder, tmp_path: Path, name: str) -> None:
    """Also those in no encoding, whose results can be told nevertheless."""
    (tmp_path / name).write_bytes(TONE)
    recording = await only(folder)
    assert await lengths(folder, recording) == [1.0]
    assert await folder.keep(recording, replace(SAID, file=recording.shown_name))
    assert (tmp_path / f"{name}.txt").read_text() == "five oh one\n"
    assert await folder.verdict(recording) is True
    json.dumps(recording.shown_name).encode()


async def test_a_folder_that_is_not_there_is_told_and_used_as_soon_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "share"
    async with InboxFolder(path, Decoder(sound_blocks, CLIP_RATE, 300.0)) as folder:
        with pytest.raises(InboxUnusable, match="No such file"):
            await folder.look()
        path.mkdir()
        assert await folder.look() == []
        path.rmdir()
        path.write_bytes(b"")
        with pytest.raises(InboxUnusable, match="Not a directory"):
            await folder.look()


async def test_a_folder_that_takes_nothing_is_told(folder: InboxFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is transcribed for it. Root may write everywhere, so the question is answered here."""
    monkeypatch.setattr("os.access", lambda path, mode: mode & os.W_OK == 0)
    with pytest.raises(InboxUnusable, match="nothing can be written"):
        await folder.look()


async def test_what_a_killed_engine_had_begun_to_write_goes(folder: InboxFolder, tmp_path: Path) -> None:
    left = tmp_path / f"{TEMPORARY_PREFIX}0123"
    left.write_bytes(b"half")
    await folder.look()
    assert not left.exists()


# --- reading


async def test_a_long_recording_comes_in_pieces_of_a_minute_at_most(folder: InboxFolder, tmp_path: Path) -> None:
    """Cut in its pauses, together the whole; other rates and channels become the recogniser's."""
    seconds = 200
    tone = np.sin(np.arange(seconds * 8000) / 3) * 0.5
    tone[50 * 8000 : 51 * 8000] = 0
    soundfile.write(tmp_path / "long.flac", np.column_stack([tone, tone]), 8000)
    pieces = await lengths(folder, await only(folder))
    assert sum(pieces) == pytest.approx(seconds, abs=0.01)
    assert max(pieces) <= 60
    assert 50 < pieces[0] < 51


async def test_the_digest_is_that_of_the_file(folder: InboxFolder, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(TONE)
    async with folder.reading(await only(folder)) as sound:
        await sound.read()
        assert sound.digest == hashlib.sha256(TONE).hexdigest()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.wav", b"", "empty"),
        ("a.wav", b"hello", "not a file of the type WAV"),
        ("a.wav", TONE[:40], "cannot be read"),
        ("a.mp3", TONE, "not a file of the type MP3"),
        ("a.m4a", TONE, "names end in .flac"),
        ("a", TONE, "names end in .flac"),
        (f"{'x' * 245}.wav", TONE, "too long"),
        ("a.wav", write_wav(bytes(2 * 8000 * 301), 8000), "longer than 300 s"),
    ],
)
async def test_what_cannot_be_read_is_told_and_stays_as_it_is(
    folder: InboxFolder, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert why in await refusal(folder, await only(folder))
    assert path.read_bytes() == content


async def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    """Links in it are recordings like all others."""
    inside = tmp_path / "inbox"
    inside.mkdir()
    (tmp_path / "secret.wav").write_bytes(TONE)
    (inside / "out.wav").symlink_to(tmp_path / "secret.wav")
    (inside / "broken.wav").symlink_to(inside / "nothing")
    (inside / "loop.wav").symlink_to(inside / "loop.wav")
    (inside / "real.wav").write_bytes(TONE)
    (inside / "in.wav").symlink_to("real.wav")
    async with InboxFolder(inside, Decoder(sound_blocks, CLIP_RATE, 300.0)) as folder:
        found = {entry.recording.name: entry.recording for entry in await folder.look()}
        assert set(found) == {"out.wav", "broken.wav", "loop.wav", "real.wav", "in.wav"}
        assert "out of the folder" in await refusal(folder, found["out.wav"])
        assert "leads nowhere" in await refusal(folder, found["broken.wav"])
        assert "leads nowhere" in await refusal(folder, found["loop.wav"])
        assert await lengths(folder, found["in.wav"]) == [1.0]


async def test_a_recording_that_changes_or_goes_meanwhile_is_not_taken_for_what_it_was(
    folder: InboxFolder, tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(TONE)
    recording = await only(folder)
    path.write_bytes(TONE + TONE)
    with pytest.raises(RecordingChanged):
        await lengths(folder, recording)
    with pytest.raises(RecordingChanged):
        await folder.keep(recording, SAID)
    path.unlink()
    with pytest.raises(RecordingChanged):
        await lengths(folder, recording)
    with pytest.raises(RecordingChanged):
        await folder.keep(recording, SAID)
    assert names(tmp_path) == []


class BreakingFile(io.FileIO):
    """On a share that goes away after the first megabyte."""

    def readinto(self, buffer: Any, /) -> int | None:
        if self.tell() > 1_000_000:
            raise OSError(errno.EIO, "Input/output error")
        return super().readinto(buffer)


async def test_a_share_that_goes_away_in_the_middle_is_not_the_end_of_the_sound(
    folder: InboxFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decoder takes it for that, but the recording waits and is read whole later."""
    (tmp_path / "a.wav").write_bytes(write_wav(b"\x00\x20\x00\xe0" * 8000 * 100, CLIP_RATE))
    recording = await only(folder)
    with monkeypatch.context() as patch:
        patch.setattr("voice_engine.backends.inbox.reader.FileIO", BreakingFile)
        with pytest.raises(InboxUnusable, match="Input/output"):
            await lengths(folder, recording)
        patch.setattr("hashlib.file_digest", lambda *_: hashlib.sha256())
        with pytest.raises(InboxUnusable, match="Input/output"):
            await lengths(folder, recording)
    assert sum(await lengths(folder, recording)) == pytest.approx(100)


# --- writing


async def test_a_result_tells_the_words_and_whose_they_are(folder: InboxFolder, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(TONE)
    recording = await only(folder)
    before = path.stat()
    assert await folder.verdict(recording) is None
    await folder.keep(recording, SAID)
    assert names(tmp_path) == ["a.wav", "a.wav.json", "a.wav.txt"]
    assert (tmp_path / "a.wav.txt").read_text() == "five oh one\n"
    details = json.loads((tmp_path / "a.wav.json").read_text())
    assert {
        key: details[key] for key in ("text", "language", "confidence", "seconds", "backend", "model", "at", "digest")
    } == {
        "text": "five oh one",
        "language": "en",
        "confidence": 0.9,
        "seconds": 1.0,
        "backend": "whisper_cpp",
        "model": "base",
        "at": AT,
        "digest": "ab",
    }
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns, path.read_bytes()) == (before.st_ino, before.st_mtime_ns, TONE)
    assert [entry.has_result for entry in await folder.look()] == [True]


async def test_a_refusal_is_replaced_by_the_words_of_a_better_version(folder: InboxFolder, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"")
    recording = await only(folder)
    await folder.keep(recording, REFUSED)
    told = json.loads((tmp_path / "a.wav.error.json").read_text())
    assert (told["code"], told["message"], await folder.verdict(recording)) == (
        "unreadable_sound",
        "It is empty.",
        False,
    )
    path.write_bytes(TONE)
    recording = await only(folder)
    assert await folder.verdict(recording) is None
    await folder.keep(recording, SAID)
    assert names(tmp_path) == ["a.wav", "a.wav.json", "a.wav.txt"]


@pytest.mark.parametrize(("name", "result"), [("a.wav.txt", SAID), ("a.wav.json", SAID), ("a.wav.error.json", REFUSED)])
@pytest.mark.parametrize("content", ["mine", "{}", '["list"]', "[" * 100_000], ids=["text", "object", "list", "deep"])
async def test_files_of_others_are_not_overwritten(
    folder: InboxFolder, tmp_path: Path, name: str, result: RecordingResult, content: str
) -> None:
    (tmp_path / "a.wav").write_bytes(TONE)
    (tmp_path / name).write_text(content)
    recording = await only(folder)
    assert await folder.verdict(recording) is None
    with pytest.raises(ResultInTheWay, match=name):
        await folder.keep(recording, result)
    assert (tmp_path / name).read_text() == content
    assert len(names(tmp_path)) == 2


async def test_words_without_their_details_are_those_of_a_killed_engine(folder: InboxFolder, tmp_path: Path) -> None:
    """The details are written last: where they lack, all is written again."""
    (tmp_path / "a.wav").write_bytes(TONE)
    (tmp_path / "a.wav.txt").write_text("five oh one\n")
    recording = await only(folder)
    assert await folder.verdict(recording) is None
    await folder.keep(recording, SAID)
    assert await folder.verdict(recording) is True


async def test_a_link_where_a_result_belongs_is_not_written_through(folder: InboxFolder, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.txt"
    target.write_text("precious")
    (tmp_path / "a.wav").write_bytes(TONE)
    (tmp_path / "a.wav.txt").symlink_to(target)
    recording = await only(folder)
    with pytest.raises(ResultInTheWay):
        await folder.keep(recording, SAID)
    assert target.read_text() == "precious"


async def test_a_full_disk_leaves_no_half_result(
    folder: InboxFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.wav").write_bytes(TONE)
    recording = await only(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(InboxUnusable, match="No space left"):
            await folder.keep(recording, SAID)
    assert names(tmp_path) == ["a.wav"]
    await folder.keep(recording, SAID)
    assert await folder.verdict(recording) is True
