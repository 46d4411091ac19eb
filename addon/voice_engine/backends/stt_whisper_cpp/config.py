"""How whisper.cpp is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voice_engine.backends.child import Program
from voice_engine.backends.model_file import ModelFile

SERVER = Program("whisper-server", "whisper.cpp-tools")
COMMAND = Program("whisper-cli", "whisper.cpp-tools")


@dataclass(frozen=True, slots=True)
class WhisperConfig:
    """A model, and what is believed of it."""

    model_path: Path
    """A model of whisper.cpp (``ggml-*.bin``)."""
    threads: int | None = None
    """None leaves it to whisper.cpp: one for each core, at most four."""
    max_no_speech: float = 0.6
    """A segment more likely than this to hold no speech does not count: noise taken for ``yes`` opens a door.

    Whisper's own bound, which it applies only to segments it doubts anyhow. whisper.cpp up to 1.9.5 reads this off the
    wrong place and always tells almost zero (github.com/ggml-org/whisper.cpp/pull/3945), so nothing rests on it alone.
    """
    min_logprob: float = -1.0
    """A segment whose tokens were on average less likely than this (natural logarithm) does not count."""
    request_seconds: float = 20.0
    """Until the server has answered. The small model needs half of that on a Raspberry Pi 4; requests wait for one
    another."""
    patience_seconds: float = 5.0
    """How long a request waits for a server that is starting again after a crash; that takes a second or two."""

    @property
    def model(self) -> ModelFile:
        """The model's file."""
        return ModelFile(self.model_path, "a model of whisper.cpp", b"lmgg", "a file like ggml-base-q5_1.bin")

    @property
    def english_only(self) -> bool:
        """Whether the model's name says that it knows no other language (``ggml-base.en-q5_1.bin``)."""
        return ".en" in self.model_path.name
