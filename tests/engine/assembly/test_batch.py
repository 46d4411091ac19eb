"""The command that transcribes many recordings, with the real whisper.cpp."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.engine.backends.stt_whisper_cpp.conftest import WORDS
from tests.engine.backends.stt_whisper_cpp.model import write_speaking_model
from voice_engine.__main__ import main
from voice_engine.backends.stt_whisper_cpp import WhisperTranscriber
from voice_engine.core.audio import duration_seconds, write_wav
from voice_engine.core.clips import LONGEST_PIECE_SECONDS
from voice_engine.core.transcript import Expectation, Transcript


def test_recordings_are_written_down_in_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "ggml-words.bin"
    write_speaking_model(model, WORDS)
    files = [tmp_path / f"{number}.wav" for number in (2, 1)]
    for file in files:
        file.write_bytes(write_wav(bytes(16000)))
    assert main(["transcribe", "--model", str(model), "--language", "pt-BR", *map(str, files)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in told] == [str(file) for file in files]
    assert all(line["text"] and line["confidence"] > 0.9 for line in told)


def test_a_long_recording_is_heard_in_pieces_of_which_one_in_doubt_costs_no_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour in one piece would be too late for any time-out, and empty for one word in doubt."""
    seconds: list[float] = []

    async def hear(_: WhisperTranscriber, recordings: Sequence[bytes], __: Expectation) -> list[Transcript]:
        seconds.extend(map(duration_seconds, recordings))
        return [
            Transcript("" if number == 1 else f"w{number}", 0.9 - number / 100) for number in range(len(recordings))
        ]

    monkeypatch.setattr(WhisperTranscriber, "transcribe_many", hear)
    files = [tmp_path / "long.wav", tmp_path / "short.wav"]
    files[0].write_bytes(write_wav(bytes(16000 * 40)))
    files[1].write_bytes(write_wav(bytes(16000)))
    assert main(["transcribe", "--model", "any", *map(str, files)]) == 0
    long, short = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    pieces = len(seconds) - 1
    assert max(seconds) <= LONGEST_PIECE_SECONDS
    assert sum(seconds) == pytest.approx(41.0)
    assert long["text"] == " ".join(f"w{number}" for number in range(pieces) if number != 1)
    assert long["confidence"] == round(0.9 - (pieces - 1) / 100, 3)
    assert short["text"] == f"w{pieces}"


def test_what_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "recording.wav"
    recording.write_bytes(write_wav(bytes(16000)))
    assert main(["transcribe", "--model", str(tmp_path / "absent.bin"), str(recording)]) == 1
    assert "absent.bin is not there" in capsys.readouterr().err
    assert main(["transcribe", "--model", str(tmp_path / "absent.bin"), str(tmp_path / "none.wav")]) == 1
    assert "none.wav" in capsys.readouterr().err
