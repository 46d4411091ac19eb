"""What one leg costs, and how late its frames are: our AudioSocket server against a coroutine and timer per leg.

    PYTHONPATH=addon python bench/audiosocket_legs.py [--legs 200] [--calls 10] [--seconds 4] [--rounds 5]

Servers run as processes of their own, one after the other, and get the same frames from this one; each measures its
own CPU time while all legs stand. The baseline is what is usually written first: asyncio's streams, a task that reads
and a task that sleeps until each frame is due. Neither does anything with the sound: it is the cost of carrying it.

A frame is late by what it arrives after its place in an absolute schedule, of which the leg's earliest frame in each
second is the origin. That is told of all legs, and of calls of two legs each with and without a recording being made
of them; only the engine's lead, up to 60 ms, stands between it and a gap.

Servers take turns, so that whatever else the machine does disturbs all alike; only figures of one run compare.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from uuid import UUID, uuid4

from voice_engine.__main__ import SWITCH_SECONDS
from voice_engine.backends.call_log import CallLog
from voice_engine.core.audio import FRAME_SECONDS, SILENCE
from voice_engine.core.audiosocket import encode_audio, encode_uuid
from voice_engine.core.events import Party
from voice_engine.core.settings import AudioSocketSettings
from voice_engine.door.recorded_leg import RecordedLeg
from voice_engine.servers.audiosocket import AudioSocketServer
from voice_engine.voice.ports import CallRecorder, Leg

FRAME = encode_audio(SILENCE)
SERVERS = ("engine", "baseline", "recording")
PHASES = 10
"""The legs of the load send in so many groups, a few milliseconds apart, as calls do that began at different times."""


@dataclass
class Counter:
    """Frames that arrived; also the admission and the sink of every leg of the engine."""

    frames: int = 0
    recorder: CallRecorder | None = None
    legs: list[Leg] = field(default_factory=list)

    def admit_visitor(self, leg: Leg) -> bool:
        if self.recorder is not None:
            # Two legs are one call.
            party = (Party.VISITOR, Party.RESIDENT)[len(self.legs) % 2]
            call_id = str(UUID(int=len(self.legs) // 2))
            leg = RecordedLeg(leg, call_id, party, self.recorder, asyncio.get_running_loop().time())
        self.legs.append(leg)
        leg.listen(self)
        return True

    def admit_resident(self, leg: Leg) -> bool:  # noqa: ARG002 - the port's shape
        return False

    def on_frame(self, frame: bytes) -> None:  # noqa: ARG002 - the port's shape
        self.frames += 1

    def on_digit(self, digit: str) -> None: ...

    def on_closed(self) -> None: ...


# --- the servers ------------------------------------------------------------------------------------------------------


async def serve_engine(counter: Counter) -> None:
    settings = AudioSocketSettings(host="127.0.0.1", visitor_port=0, resident_port=0)
    async with AudioSocketServer(settings, 10, counter, print) as server:
        print(server.visitor_port, flush=True)
        await measure(counter)


async def serve_recording(counter: Counter) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with CallLog(Path(directory), 1, transcripts=False) as log:
            counter.recorder = log
            await serve_engine(counter)


async def serve_baseline(counter: Counter) -> None:
    async def send(writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            writer.write(FRAME)
            await writer.drain()
            due += FRAME_SECONDS
            await asyncio.sleep(due - loop.time())

    async def leg(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(19)
        sending = asyncio.create_task(send(writer))
        try:
            while True:
                header = await reader.readexactly(3)
                await reader.readexactly(int.from_bytes(header[1:]))
                counter.frames += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            sending.cancel()
            writer.close()

    server = await asyncio.start_server(leg, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await measure(counter)


async def measure(counter: Counter) -> None:
    """Between two lines of standard input, CPU and frames; then tell both."""
    await asyncio.to_thread(sys.stdin.readline)
    cpu, frames = time.process_time(), counter.frames
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps({"cpu": time.process_time() - cpu, "received": counter.frames - frames}), flush=True)


# --- the load ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """Of one server, for a few seconds."""

    cpu_us: float
    """Per leg and frame, both ways."""
    late_ms: list[float]
    received: float
    sent: float
    """Frames per leg and second."""


class LoadLeg(asyncio.Protocol):
    """Asterisk's end of one leg."""

    def __init__(self) -> None:
        self.received = 0
        self.arrivals: list[float] = []
        self.transport = asyncio.Transport()
        self._clock = asyncio.get_running_loop().time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(encode_uuid(uuid4()))

    def data_received(self, data: bytes) -> None:
        before = self.received // len(FRAME)
        self.received += len(data)
        self.arrivals += [self._clock()] * (self.received // len(FRAME) - before)

    def late_ms(self, since: int) -> list[float]:
        """Of the frames from number ``since`` on, second by second: a leg that starts over has a new schedule."""
        late = []
        for window in batched(self.arrivals[since:], round(1 / FRAME_SECONDS), strict=False):
            offsets = [arrival - index * FRAME_SECONDS for index, arrival in enumerate(window)]
            late += [(offset - min(offsets)) * 1000 for offset in offsets]
        return late


async def send_all(legs: list[LoadLeg]) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        for phase in range(PHASES):
            for leg in legs[phase::PHASES]:
                leg.transport.write(FRAME)
            due += FRAME_SECONDS / PHASES
            await asyncio.sleep(due - loop.time())


async def run(server: str, leg_count: int, seconds: float) -> Result:
    child = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", server, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    port = int(await child.stdout.readline())
    loop = asyncio.get_running_loop()
    legs = [(await loop.create_connection(LoadLeg, "127.0.0.1", port))[1] for _ in range(leg_count)]
    sending = asyncio.create_task(send_all(legs))
    await asyncio.sleep(1)
    child.stdin.write(b"begin\n")
    first = [len(leg.arrivals) for leg in legs]
    await asyncio.sleep(seconds)
    child.stdin.write(b"end\n")
    last = [len(leg.arrivals) for leg in legs]
    told = json.loads(await child.stdout.readline())
    sending.cancel()
    for leg in legs:
        leg.transport.close()
    child.stdin.close()
    await child.wait()
    late = [each for leg, since in zip(legs, first, strict=True) for each in leg.late_ms(since)]
    whole = leg_count * seconds
    sent = (sum(last) - sum(first)) / whole
    return Result(told["cpu"] * 1e6 / told["received"], late, told["received"] / whole, sent)


# --- what is told -----------------------------------------------------------------------------------------------------


def in_turns(servers: tuple[str, ...], leg_count: int, options: argparse.Namespace) -> dict[str, float]:
    """Let each server carry the legs, again and again; prints a line for each, returns the median costs."""
    results: dict[str, list[Result]] = defaultdict(list)
    for _ in range(options.rounds):
        for server in servers:
            results[server].append(asyncio.run(run(server, leg_count, options.seconds)))
    print(f"{leg_count} legs")
    costs = {}
    for server, of_server in results.items():
        costs[server] = statistics.median(result.cpu_us for result in of_server)
        late = [late for result in of_server for late in result.late_ms]
        cuts = statistics.quantiles(late, n=1000)
        received, sent = (statistics.fmean(getattr(each, way) for each in of_server) for way in ("received", "sent"))
        print(
            f"  {server:9} {costs[server]:5.1f} us of CPU per leg and frame; in {received:.1f}, out {sent:.1f} frames "
            f"per leg and second; late by {cuts[499]:.1f} ms (p50), {cuts[989]:.1f} (p99), {cuts[998]:.1f} (p99.9)"
        )
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--legs", type=int, default=200)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        sys.setswitchinterval(SWITCH_SECONDS)  # as the app does
        asyncio.run(globals()[f"serve_{options.serve}"](Counter()))
        return
    costs = in_turns(("engine", "baseline"), options.legs, options)
    print(f"  the engine needs {costs['engine'] / costs['baseline']:.2f} of the baseline")
    in_turns(("engine", "recording"), 2 * options.calls, options)


if __name__ == "__main__":
    main()
