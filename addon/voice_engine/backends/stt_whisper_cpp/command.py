"""``whisper-cli``, run once for an utterance or for many recordings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from voice_engine.backends.child import run_child
from voice_engine.backends.stt_whisper_cpp import hints
from voice_engine.backends.stt_whisper_cpp.config import COMMAND, WhisperConfig
from voice_engine.backends.stt_whisper_cpp.verdict import Segment, command_segments
from voice_engine.core.audio import SAMPLE_RATE
from voice_engine.core.errors import BackendGarbled
from voice_engine.core.transcript import Expectation

_LOADING_SECONDS = 60.0
"""Half a gigabyte of model from a slow memory card."""
_RECORDINGS_AT_A_TIME = 32
"""The longest utterances are 2 MB each, and a process may have a thousand open files."""


class WhisperCommand:
    """Loads the model anew for each run."""

    def __init__(self, config: WhisperConfig) -> None:
        self._config = config

    async def hear(self, pcm: bytes, expectation: Expectation, sample_rate: int = SAMPLE_RATE) -> tuple[Segment, ...]:
        """Have an utterance transcribed, its sound on standard input. Raises: BackendError."""
        wav = await asyncio.to_thread(hints.sound, pcm, sample_rate)
        audio_context = hints.audio_context(pcm, sample_rate)
        (segments,) = await self._run(1, audio_context, expectation, ["-"], stdin=wav)
        return segments

    async def hear_all(self, recordings: Sequence[bytes], expectation: Expectation) -> list[tuple[Segment, ...]]:
        """Have recordings transcribed, many in one run, as files in memory. Raises: BackendError."""
        heard: list[tuple[Segment, ...]] = []
        for start in range(0, len(recordings), _RECORDINGS_AT_A_TIME):
            some = recordings[start : start + _RECORDINGS_AT_A_TIME]
            wavs = await asyncio.to_thread(_sounds, some)
            with _in_memory(wavs) as handles:
                paths = [f"/proc/self/fd/{handle}" for handle in handles]
                audio_context = max(map(hints.audio_context, some))
                heard += await self._run(len(some), audio_context, expectation, paths, pass_fds=handles)
        return heard

    async def _run(
        self,
        recordings: int,
        audio_context: int,
        expectation: Expectation,
        paths: Sequence[str],
        *,
        stdin: bytes = b"",
        pass_fds: Sequence[int] = (),
    ) -> list[tuple[Segment, ...]]:
        arguments = self._arguments(audio_context, expectation)
        for path in paths:
            arguments += ["--file", path, "--output-file", "-"]
        completed = await run_child(
            COMMAND,
            arguments,
            stdin,
            _LOADING_SECONDS + self._config.request_seconds * recordings,
            low_priority=True,
            pass_fds=pass_fds,
        )
        heard = command_segments(completed.succeeded())
        if len(heard) != recordings:
            raise BackendGarbled(f"whisper-cli answered for {len(heard)} of {recordings} recordings")
        return heard

    def _arguments(self, audio_context: int, expectation: Expectation) -> list[str]:
        threads = () if self._config.threads is None else ("--threads", str(self._config.threads))
        # No prompt: everybody on the machine can read command lines, and residents' names are nobody's business.
        return [
            *("--model", str(self._config.model_path), *threads, "--audio-ctx", str(audio_context)),
            *("--language", hints.language_code(expectation.language)),
            *("--no-timestamps", "--no-prints", "--no-fallback", "--suppress-nst", "--output-json-full"),
            *("--beam-size", "1", "--best-of", "1"),
            # With this second bound, which none reaches, the first decides alone what is no speech.
            *("--no-speech-thold", str(self._config.max_no_speech), "--logprob-thold", "0"),
        ]


def _sounds(recordings: Sequence[bytes]) -> list[bytes]:
    return [hints.sound(pcm) for pcm in recordings]


@contextmanager
def _in_memory(files: Sequence[bytes]) -> Iterator[list[int]]:
    """Files without a name, that can be read from the start, as open handles."""
    handles: list[int] = []
    try:
        for content in files:
            handles.append(os.memfd_create("recording"))
            with os.fdopen(handles[-1], "wb", closefd=False) as file:
                file.write(content)
        yield handles
    finally:
        for handle in handles:
            os.close(handle)
