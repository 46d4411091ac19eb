"""What whisper.cpp costs beyond its model, and whether it stays as it is over many requests.

    PYTHONPATH=addon:. python bench/whisper.py [--model ggml-base-q5_1.bin] [--recordings 12] [--requests 1000]

Recordings of 3 s are transcribed by the warm server one after the other, by the command one after the other, and by
the command in one run. Then a server is asked many times over, and what it and we hold is compared: memory, open
files, processes. Without a model, one of the size of "tiny" without weights is made for the first, which does the
encoder's work and answers nothing; and for the second a small one that answers a sentence.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

from tests.engine.backends.processes import children
from tests.engine.backends.stt_whisper_cpp.model import write_silent_model, write_speaking_model
from voice_engine.backends.stt_whisper_cpp import WhisperConfig, WhisperTranscriber
from voice_engine.backends.stt_whisper_cpp.command import WhisperCommand
from voice_engine.core.transcript import Expectation, Language, Question, Utterance

EXPECTATION = Expectation(Question.ANSWER, Language.ENGLISH)
RECORDING = bytes(3 * 16000)
UTTERANCE = Utterance(RECORDING, 2.0, 0.0)


def megabytes(process: int) -> float:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def held(server: int) -> str:
    files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    memory = f"server {megabytes(server):.1f} MB, engine {megabytes(os.getpid()):.1f} MB"
    return f"{memory}, open files {files}, children {len(children())}"


async def compare(config: WhisperConfig, recordings: int) -> None:
    async with WhisperTranscriber(config) as transcriber:
        await transcriber.prepare(EXPECTATION)
        start = time.perf_counter()
        for _ in range(recordings):
            await transcriber.transcribe(UTTERANCE, EXPECTATION)
        tell("server, one by one", start, recordings)
    start = time.perf_counter()
    for _ in range(recordings):
        await WhisperCommand(config).hear(RECORDING, EXPECTATION)
    tell("command, one by one", start, recordings)
    start = time.perf_counter()
    await WhisperCommand(config).hear_all([RECORDING] * recordings, EXPECTATION)
    tell("command, one run", start, recordings)


def tell(way: str, start: float, recordings: int) -> None:
    seconds = time.perf_counter() - start
    print(f"{way:20} {seconds / recordings:6.3f} s a recording, {seconds:6.1f} s in all")


async def soak(config: WhisperConfig, requests: int) -> None:
    async with WhisperTranscriber(config) as transcriber:
        await transcriber.prepare(EXPECTATION)
        (server,) = children()
        for number in range(requests + 1):
            if number in {0, requests // 10, requests // 2, requests}:
                print(f"after {number:5} requests: {held(server)}, starts {transcriber.status.server.starts}")
            if number < requests:
                await transcriber.transcribe(UTTERANCE, EXPECTATION)


async def main(folder: Path, model: Path | None, recordings: int, requests: int) -> None:
    silent, speaking = folder / "ggml-silent.bin", folder / "ggml-speaking.bin"
    write_silent_model(silent, layers=4, state=384)
    write_speaking_model(speaking, ["Yes,", "let", "them", "in."])
    if recordings:
        await compare(WhisperConfig(model or silent, request_seconds=120), recordings)
    await soak(WhisperConfig(model or speaking, threads=1, request_seconds=120), requests)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--recordings", type=int, default=12)
    parser.add_argument("--requests", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(main(Path(temporary), arguments.model, arguments.recordings, arguments.requests))
