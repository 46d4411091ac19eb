"""Whether llama.cpp stays as it is over many requests.

    PYTHONPATH=addon:. python bench/llama.py [--model model.gguf] [--requests 1000]

A server is asked many times over, and what it and we hold is compared: memory, open files, processes, files on disk.
Without a model a tiny one of random weights is made.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

from tests.engine.backends.processes import children
from tests.engine.backends.tiny_llama import write_tiny_llama
from voice_engine.backends.llm_llama_cpp import LlamaModel, LlamaOptions
from voice_engine.core.proposals import ALL, as_data
from voice_engine.voice.ports import LanguageTask

SCHEMA = {
    "type": "object",
    "properties": {"intent": ALL.schema["properties"]["intent"]},
    "required": ["intent"],
    "additionalProperties": False,
}
"""What random weights can answer too."""


def megabytes(process: int) -> float:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def held(folder: Path) -> str:
    (server,) = children()
    ours, theirs = (sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()) for pid in ("self", server))
    files = sum(1 for path in folder.rglob("*") if path.is_file())
    memory = f"server {megabytes(server):.1f} MB, engine {megabytes(os.getpid()):.1f} MB"
    return f"{memory}, open files {theirs} and {ours}, children {len(children())}, files written {files}"


async def ask(options: LlamaOptions, requests: int, folder: Path) -> None:
    async with LlamaModel(options) as model:
        await model.prepare(ALL.instructions)
        start = time.perf_counter()
        for number in range(requests):
            await model.answer(LanguageTask(ALL.instructions, as_data(f"visitor {number} for Daniel"), SCHEMA))
            if number + 1 in {requests // 10, requests // 2, requests}:
                print(f"after {number + 1:5} requests: {held(folder)}")
        print(f"{(time.perf_counter() - start) / requests * 1000:.1f} ms a request; {model.statistics}")
    print(f"left: children {len(children())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as models, tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ.update(TMPDIR=folder, HOME=folder)
        model = options.model or write_tiny_llama(Path(models) / "tiny.gguf")
        asyncio.run(ask(LlamaOptions(model), options.requests, Path(folder)))


if __name__ == "__main__":
    main()
