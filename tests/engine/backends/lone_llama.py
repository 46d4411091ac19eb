"""An engine of nothing but a language model, to be killed: ``python lone_llama.py MODEL``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.engine.backends.processes import children
from voice_engine.backends.llm_llama_cpp import LlamaModel, LlamaOptions


async def run(model: Path) -> None:
    """Tell the server's process once it is ready, then wait for the end."""
    async with LlamaModel(LlamaOptions(model)) as llama:
        await llama.prepare("hello")
        (server,) = children()
        sys.stdout.write(f"{server}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
