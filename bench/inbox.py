"""What it takes to write down many recordings: a run of the program each, one after another, and by the inbox.

    PYTHONPATH=addon:. python bench/inbox.py [--model ggml-base-q5_1.bin] [--recordings 24]

The recordings are sentences by espeak-ng. Without a model, one of the size of "tiny" without weights is made, which
does the encoder's work and answers nothing. All three ways are taken in one run, each recording by each of them once.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from tests.engine.backends.stt_whisper_cpp.model import write_silent_model
from voice_engine.backends.inbox import Decoder, InboxFolder
from voice_engine.backends.sound_files import CLIP_RATE, SoundFiles, sound_blocks
from voice_engine.backends.stt_whisper_cpp import WhisperConfig, WhisperTranscriber
from voice_engine.backends.stt_whisper_cpp.command import WhisperCommand
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.backends.vad_webrtc import clip_detectors
from voice_engine.core.audio import write_wav
from voice_engine.core.inbox import InboxStatus, RecordingResult
from voice_engine.core.transcript import Expectation, Language, Question
from voice_engine.core.voice_activity import ClipJudge, DetectorSettings
from voice_engine.scribe import inbox as inbox_module
from voice_engine.scribe.inbox import Inbox
from voice_engine.scribe.jobs import Jobs
from voice_engine.scribe.scribe import WHENEVER, Scribe
from voice_engine.voice.capacity import Capacity

EXPECTATION = Expectation(Question.DICTATION, Language.ENGLISH)
PLACES = 2


class Listener:
    """Knows when all are done."""

    def __init__(self, recordings: int) -> None:
        self.done = asyncio.Event()
        self._recordings = recordings

    def set_inbox(self, status: InboxStatus) -> None:
        if status.done + status.failed == self._recordings:
            self.done.set()

    def on_transcribed(self, result: RecordingResult) -> None:
        assert result.problem is None, result


def scribe_of(transcriber: WhisperTranscriber) -> Scribe:
    judge = ClipJudge(DetectorSettings("webrtcvad", CLIP_RATE), partial(clip_detectors, CLIP_RATE), time.time)
    return Scribe(SoundFiles(), judge, transcriber, Capacity(PLACES), urgency=WHENEVER)


async def each_by_a_run(config: WhisperConfig, contents: list[bytes]) -> None:
    for content in contents:
        clip = await SoundFiles().read(content, "audio/wav", 60)
        await WhisperCommand(config).hear(clip.pcm, EXPECTATION, clip.sample_rate)


async def one_after_another(transcriber: WhisperTranscriber, contents: list[bytes]) -> None:
    scribe = scribe_of(transcriber)
    for content in contents:
        await scribe.transcribe(content, "audio/wav", Language.ENGLISH)


async def by_the_inbox(transcriber: WhisperTranscriber, contents: list[bytes], directory: Path) -> None:
    for number, content in enumerate(contents):
        (directory / f"{number}.wav").write_bytes(content)
    listener = Listener(len(contents))
    async with InboxFolder(directory, Decoder(sound_blocks, CLIP_RATE, 3600.0)) as folder, asyncio.TaskGroup() as group:
        jobs = Jobs(folder, scribe_of(transcriber), lambda: Language.ENGLISH, {})
        running = group.create_task(Inbox(folder, jobs, listener, workers=PLACES + 1).run())
        await listener.done.wait()
        running.cancel()


async def timed(way: str, recordings: int, work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    seconds = time.perf_counter() - began
    print(f"{way:32} {seconds / recordings:6.3f} s a recording, {seconds:6.1f} s in all")
    return seconds


async def main(directory: Path, model: Path | None, recordings: int) -> None:
    # The wait for files to stand still is the same for one as for a thousand, and no work.
    inbox_module.SETTLED_SECONDS = 0.0
    if model is None:
        model = directory / "ggml-silent.bin"
        write_silent_model(model)
    config = WhisperConfig(model, threads=1, request_seconds=120)
    espeak = EspeakSynthesizer()
    sentences = [
        f"This is recording number {number}, a delivery for apartment five oh one." for number in range(recordings)
    ]
    contents = [write_wav(await espeak.synthesize(text, Language.ENGLISH), 8000) for text in sentences]
    inbox = directory / "inbox"
    inbox.mkdir()
    async with AsyncExitStack() as stack:
        apart = await timed("a run of the program each", recordings, lambda: each_by_a_run(config, contents))
        transcriber = await stack.enter_async_context(WhisperTranscriber(config))
        await transcriber.prepare(EXPECTATION)
        warm = await timed("warm, one after another", recordings, lambda: one_after_another(transcriber, contents))
        batch = await timed("by the inbox", recordings, lambda: by_the_inbox(transcriber, contents, inbox))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"the inbox is {apart / batch:.2f} times as fast as runs, {warm / batch:.2f} times as one after another")
    print(f"the engine's own memory was {peak:.0f} MB at most")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--recordings", type=int, default=24)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(main(Path(temporary), arguments.model, arguments.recordings))
