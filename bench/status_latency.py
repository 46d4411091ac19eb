"""How long /api/status takes while four calls run and one transcription works.

    PYTHONPATH=addon:. python bench/status_latency.py [--requests 1000]

The engine as it is put together, in a process of its own, with the voice and the recogniser it brings. Four callers
stay on the line over loopback and send sound in real time; a clip of a minute is decoded and judged again and again,
which is all of a transcription that is the engine's own work (a recogniser is another process, or another machine);
meanwhile the status is asked for, one request after the other, on one connection.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import aiohttp
import numpy as np

from tests.engine.test_app import listening, options
from voice_engine.core.audio import SILENCE, write_wav
from voice_engine.core.audiosocket import encode_audio, encode_uuid

CALLS = 4
PAUSE_SECONDS = 0.01


async def call(port: int) -> None:
    """Stay on the line and say nothing, for as long as the engine lets us; then call again."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(encode_uuid(uuid4()))
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(send(writer))
            while await reader.read(65536):
                pass
            sending.cancel()
        writer.close()


async def send(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(encode_audio(SILENCE))
        await asyncio.sleep(0.02)


async def work(client: aiohttp.ClientSession) -> None:
    """A minute of sound, another each time, so that no verdict is remembered."""
    noise = (np.random.default_rng(0).standard_normal(16000 * 59) * 3000).astype("<i2").tobytes()
    for number in range(sys.maxsize):
        clip = write_wav(number.to_bytes(8, "little") + noise, 16000)
        async with client.post("/api/test/live", data=clip, headers={"Content-Type": "audio/wav"}) as response:
            assert response.status == 200, await response.text()


async def measure(directory: Path, requests: int) -> None:
    path = options(directory)
    settings = json.loads(path.read_text())
    command = [sys.executable, "-m", "voice_engine", "run", "--settings", str(path), "--data", str(directory)]
    engine = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    try:
        await listening(settings["audiosocket"]["visitor_port"])
        token = json.loads((directory / "identity.json").read_text())["token"]
        url = f"http://127.0.0.1:{settings['http']['port']}"
        async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as client:
            await asyncio.sleep(20)  # the sentences are made ready first
            async with asyncio.TaskGroup() as group:
                busy = [group.create_task(call(settings["audiosocket"]["visitor_port"])) for _ in range(CALLS)]
                busy.append(group.create_task(work(client)))
                await asyncio.sleep(2)
                seconds, calls = [], []
                for _ in range(requests):
                    began = time.perf_counter()
                    async with client.get("/api/status") as response:
                        calls.append(len((await response.json())["calls"]))
                    seconds.append(time.perf_counter() - began)
                    await asyncio.sleep(PAUSE_SECONDS)
                for task in busy:
                    task.cancel()
    finally:
        engine.send_signal(signal.SIGTERM)
        await engine.wait()
    seconds.sort()
    p50, p95, p99 = (seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.95, 0.99))
    print(f"{requests} requests, {sum(calls) / len(calls):.1f} calls on average, load {os.getloadavg()[0]:.1f}")
    print(f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, longest {seconds[-1] * 1000:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(measure(Path(directory), given.requests))


if __name__ == "__main__":
    main()
