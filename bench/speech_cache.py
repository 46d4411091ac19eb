"""What a remembered sentence costs: from memory, and from disk after a restart, against its synthesis.

    PYTHONPATH=addon python bench/speech_cache.py [--rounds 200]

The same sentences are synthesised by espeak-ng, said again from memory, and said after the speaker was made anew over
the same directory. Times are from ``say`` to the sound in the leg's hands; all three are of one run, so that their
ratios hold on any machine. The disk's figure is of files the system still has in memory, as are those of an engine that
restarts.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from uuid import UUID, uuid4

from voice_engine.backends.prompt_packs import load_pack
from voice_engine.backends.sound_store import SoundStore
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.prompts import WITH_OPTIONS, WITH_UNIT, Prompt
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.ports import LegSink
from voice_engine.voice.speaker import Speaker

DISK_BYTES = 100_000_000


class Heard:
    """A playout that is over at once."""

    started_at: float | None = 0.0

    async def finished(self) -> bool:
        return True


class DeafLeg:
    """Takes sound and does nothing with it."""

    leg_id: UUID = uuid4()
    closed = False

    def listen(self, sink: LegSink) -> None: ...

    def play(self, pcm: bytes) -> Heard:
        assert pcm
        return Heard()

    def relay(self, frame: bytes) -> None: ...

    def stop_playing(self) -> None: ...

    def hang_up(self) -> None: ...

    async def wait_closed(self) -> None: ...


async def seconds(speaker: Speaker, texts: Sequence[str], rounds: int, *, forgetful: bool = False) -> list[float]:
    """How long each sentence took to be there."""
    leg, taken = DeafLeg(), []
    for _ in range(rounds):
        for text in texts:
            if forgetful:
                speaker.clear_cache()
            began = time.perf_counter()
            await speaker.say(leg, text, Language.ENGLISH)
            taken.append(time.perf_counter() - began)
    return taken


async def measure(rounds: int) -> None:
    pack = load_pack(Language.ENGLISH)
    texts = [pack.render(prompt) for prompt in Prompt if prompt not in WITH_UNIT | WITH_OPTIONS]
    with tempfile.TemporaryDirectory() as directory:
        async with (
            SoundStore(Path(directory), DISK_BYTES) as store,
            Speaker(EspeakSynthesizer(), Capacity(1), keeper=store) as speaker,
        ):
            synthesis = await seconds(speaker, texts, 1)
            memory = await seconds(speaker, texts, rounds)
        async with (
            SoundStore(Path(directory), DISK_BYTES) as store,
            Speaker(EspeakSynthesizer(), Capacity(1), keeper=store) as speaker,
        ):
            disk = await seconds(speaker, texts, max(1, rounds // 10), forgetful=True)
            assert store.statistics.misses == 0
    made = median(synthesis)
    print(f"{len(texts)} sentences   median       p95   times faster than synthesis")
    for name, taken in (("synthesis", synthesis), ("disk", disk), ("memory", memory)):
        slow = sorted(taken)[int(len(taken) * 0.95)]
        print(f"{name:<12} {median(taken) * 1e6:9.0f} µs {slow * 1e6:9.0f} µs {made / median(taken):9.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    asyncio.run(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
