"""Models for the real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.backends.stt_whisper_cpp.model import write_silent_model, write_speaking_model

WORDS = ("Yes,", "let", "them", "in.")


@pytest.fixture(scope="session")
def silent_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It answers nothing."""
    path = tmp_path_factory.mktemp("silent") / "ggml-silent.bin"
    write_silent_model(path)
    return path


@pytest.fixture(scope="session")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It answers nothing, after seconds of work."""
    path = tmp_path_factory.mktemp("slow") / "ggml-slow.bin"
    write_silent_model(path, layers=32)
    return path


@pytest.fixture(scope="session")
def speaking_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It hears ``WORDS`` in everything."""
    path = tmp_path_factory.mktemp("speaking") / "ggml-speaking.bin"
    write_speaking_model(path, WORDS)
    return path
