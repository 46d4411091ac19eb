"""How llama.cpp's programs are started: small enough for a Raspberry Pi, and deaf to everybody but us."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voice_engine.backends.child import Program
from voice_engine.backends.model_file import ModelFile
from voice_engine.voice.ports import LanguageTask

SERVER = Program("llama-server", "llama.cpp-tools")
COMPLETION = Program("llama-completion", "llama.cpp-tools")

CONTEXT_TOKENS = 2048
"""Instructions, a visitor's words and the answer are under 800 tokens; even letter by letter they fit. A model of
1.5 billion parameters keeps 28 KB for each: 57 MB in all."""
CACHE_MIB = 64
"""Prompts put aside when another takes the only slot; llama-server's own limit is 8 GiB, a Raspberry Pi's memory."""
_WARNINGS = "2"
"""More would tell what was said."""


@dataclass(frozen=True, slots=True)
class LlamaOptions:
    """Which model runs, and on how much of the machine."""

    model: Path
    """A GGUF file made for chat."""
    threads: int = 0
    """0: all cores but one, which is left for the sound."""

    @property
    def file(self) -> ModelFile:
        """The model's file."""
        return ModelFile(self.model, "a language model for llama.cpp", b"GGUF", "a GGUF file made for chat")

    @property
    def _common(self) -> Sequence[str]:
        threads = self.threads or max(1, (os.process_cpu_count() or 1) - 1)
        return (
            "--model", str(self.model), "--threads", str(threads), "--ctx-size", str(CONTEXT_TOKENS),
            "--fit", "off",  # neither larger nor smaller than asked for
            "--offline",
            "--reasoning", "off",  # thinking aloud takes seconds, and the answer is short
            "--jinja",
            "--log-verbosity", _WARNINGS,
        )  # fmt: skip

    def server(self, port: int) -> Sequence[str]:
        """Arguments of ``llama-server``, listening on ``port``."""
        return (
            *self._common, "--host", "127.0.0.1", "--port", str(port),
            "--parallel", "1",  # one after the other: two at once would each be too late
            "--cache-ram", str(CACHE_MIB),
            "--no-ui", "--no-slots",  # slots show prompts to whoever asks
            "--cors-origins", "localhost",  # no page of a browser on this machine may ask either
            "--threads-http", "4",  # a health check must not wait for an answer that is being made
        )  # fmt: skip

    def completion(self, task: LanguageTask) -> Sequence[str]:
        """Arguments of ``llama-completion`` for one task, whose text comes by standard input: others see arguments."""
        return (
            *self._common, "--predict", str(task.max_tokens), "--temp", "0",
            "--conversation", "--single-turn", "--system-prompt", task.instructions, "--file", "/dev/stdin",
            "--json-schema", json.dumps(task.schema),
            "--no-display-prompt", "--simple-io", "--no-warmup", "--no-perf",
        )  # fmt: skip
