"""What the engine and the programs it starts hold of the memory, and whether that grows with the calls.

    PYTHONPATH=addon:. python bench/memory.py [--calls 60] [--together 3]

The engine as it is put together, in a process of its own, with the voice and the recogniser it brings. Visitors dial a
home that cannot be rung, hear that and goodbye, and are followed by the next. Twice a second the proportional set size
of the engine and of all its children is read: shared pages count once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from tests.engine.test_app import listening, options
from voice_engine.simulation.party import Line, Party

LOOK_SECONDS = 0.5


def family(process: int) -> list[int]:
    """A process and all below it."""
    found = [process]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, children.read_text().split())
    return found


def held(process: int) -> int:
    """Bytes, shared ones divided among those who share them; 0 where it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


async def watch(process: int, looks: list[tuple[int, int]]) -> None:
    """Note what the engine holds, and what it holds together with its children."""
    while True:
        own, *others = await asyncio.to_thread(lambda: [held(member) for member in family(process)])
        looks.append((own, own + sum(others)))
        await asyncio.sleep(LOOK_SECONDS)


async def measure(directory: Path, calls: int, together: int) -> None:
    path = options(directory)
    settings = json.loads(path.read_text())
    port = settings["audiosocket"]["visitor_port"]
    command = [sys.executable, "-m", "voice_engine", "run", "--settings", str(path), "--data", str(directory)]
    engine = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    looks: list[tuple[int, int]] = []
    marks: list[int] = []

    async def visitors(number: int) -> None:
        for _ in range(number):
            await Party([Line("", keys="501#")]).call("127.0.0.1", port, uuid4())
            marks.append(len(looks))
            print(f"\r{len(marks)} of {calls} calls", end="", file=sys.stderr, flush=True)

    try:
        await listening(port)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch(engine.pid, looks))
            async with asyncio.TaskGroup() as line:
                for _ in range(together):
                    line.create_task(visitors(calls // together))
            watching.cancel()
    finally:
        engine.send_signal(signal.SIGTERM)
        await engine.wait()
    print(file=sys.stderr)
    own, whole = zip(*looks, strict=True)
    half = marks[len(marks) // 2]
    middle = (looks[half][0], looks[-1][0])
    print(f"engine: peak {max(own) / 1e6:.0f} MB; with its programs: peak {max(whole) / 1e6:.0f} MB")
    print(f"engine after half the calls {middle[0] / 1e6:.1f} MB, after all {middle[1] / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--together", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(measure(Path(directory), given.calls, given.together))


if __name__ == "__main__":
    main()
