"""How soon a local server that was killed serves again: its start, and what we wait before and after it.

    PYTHONPATH=addon:. python bench/restarts.py [--times 3]

whisper.cpp and llama.cpp with the smallest of models, so a real one adds what it takes to be read. Killed so often
within a few minutes, a server is left alone for longer each time: the first figures are those of an accident.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.engine.assembly.test_engines import ANSWER, TASK, opened
from tests.engine.assembly.test_killed_servers import kill_until_back
from tests.engine.backends.stt_whisper_cpp.model import write_silent_model
from tests.engine.backends.tiny_llama import write_tiny_llama
from voice_engine.assembly.engines import Engines
from voice_engine.core.engines import PortStatus


async def measure(
    engines: Engines, port: Callable[[], PortStatus], ready: Callable[[], Awaitable[None]], name: str, times: int
) -> None:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await kill_until_back(engines, port, name)
        await ready()
        took.append(f"{time.perf_counter() - began:.2f}")
    print(f"{name}: back after {', '.join(took)} s")


async def run(folder: Path, times: int) -> None:
    models = folder / "models"
    models.mkdir()
    write_silent_model(models / "silent.bin")
    write_tiny_llama(models / "tiny.gguf")
    settings = {
        "engines": {"stt": ["whisper_cpp"], "llm": ["llama_cpp"]},
        "backends": [
            {"name": "whisper_cpp", "model": "silent.bin", "threads": 1},
            {"name": "llama_cpp", "model": "tiny.gguf", "threads": 1},
        ],
    }
    async with opened(folder, settings) as engines:
        model = engines.language_model
        assert model is not None

        async def transcriber_ready() -> None:
            await engines.transcriber.prepare(ANSWER)

        async def model_ready() -> None:
            await model.prepare(TASK.instructions)

        await transcriber_ready()
        await model_ready()
        await measure(engines, lambda: engines.status().stt, transcriber_ready, "whisper_cpp", times)
        await measure(engines, lambda: engines.status().llm, model_ready, "llama_cpp", times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder), options.times))


if __name__ == "__main__":
    main()
