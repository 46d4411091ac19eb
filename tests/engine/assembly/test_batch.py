"""The command that transcribes many recordings, with the real whisper.cpp."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.backends.stt_whisper_cpp.conftest import WORDS
from tests.engine.backends.stt_whisper_cpp.model import write_speaking_model
from voice_engine.__main__ import main
from voice_engine.core.audio import write_wav


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


def test_what_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "recording.wav"
    recording.write_bytes(write_wav(bytes(16000)))
    assert main(["transcribe", "--model", str(tmp_path / "absent.bin"), str(recording)]) == 1
    assert "absent.bin is not there" in capsys.readouterr().err
    assert main(["transcribe", "--model", str(tmp_path / "absent.bin"), str(tmp_path / "none.wav")]) == 1
    assert "none.wav" in capsys.readouterr().err
