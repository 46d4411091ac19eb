"""Whose sound it is: synthetic speech through synthetic echo paths."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from voice_engine.core.audio import FRAME_BYTES, split_frames
from voice_engine.core.echo import EchoEstimate, Origin
from voice_engine.core.interruption import Interruption

START = 500.0
LEAD_SECONDS = 0.06
FRAME_SAMPLES = 160

type Samples = np.ndarray


def speech(seed: int, seconds: float, dbfs: float = -20.0) -> Samples:
    """Noise that rises and falls as syllables do, with breaths, and coloured by syllable."""
    random = np.random.default_rng(seed)
    parts: list[Samples] = []
    while sum(map(len, parts)) < seconds * 8000:
        length = int(random.uniform(0.09, 0.28) * 8000)
        noise = random.normal(0, 1, length)
        colour = random.uniform(-0.8, 0.8)
        noise = noise + colour * np.roll(noise, 1)
        parts.append(noise * np.sin(np.linspace(0, math.pi, length)) ** 0.7 * random.uniform(0.3, 1.0))
        if random.random() < 0.3:
            parts.append(np.zeros(int(random.uniform(0.03, 0.2) * 8000)))
    samples = np.concatenate(parts)[: int(seconds * 8000)]
    return samples * 32768 * 10 ** (dbfs / 20) / np.sqrt(np.mean(samples**2))


def echo_of(sent: Samples, delay_seconds: float, gain_db: float) -> Samples:
    """What comes back: late, quieter, coloured and with a little reverberation."""
    path = np.zeros(int(0.03 * 8000))
    path[0], path[12], path[90], path[200] = 1.0, -0.45, 0.3, 0.15
    path /= np.sqrt(np.sum(path**2))
    late = np.concatenate([np.zeros(int((delay_seconds + LEAD_SECONDS) * 8000)), np.convolve(sent, path)])
    return late * 10 ** (gain_db / 20)


def pcm(samples: Samples) -> bytes:
    """As it travels."""
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


@dataclass
class Telephone:
    """A leg: what is played comes back by ``delay_seconds`` and ``gain_db``, and somebody may speak."""

    delay_seconds: float = 0.1
    gain_db: float = -20.0
    seconds: float = 0.5
    """To interrupt."""
    estimate: EchoEstimate = field(default_factory=EchoEstimate)
    now: float = START
    judged: list[Origin] = field(default_factory=list)

    def prompt(self, seed: int, seconds: float, *, near: Samples | None = None, near_at: float = 0.0) -> float | None:
        """Play a prompt while somebody says ``near``; when it was interrupted (seconds after its beginning)."""
        sent = speech(seed, seconds)
        heard = np.concatenate([echo_of(sent, self.delay_seconds, self.gain_db), np.zeros(8000)])
        heard += np.random.default_rng(seed).normal(0, 10, len(heard))  # the line's own noise, -70 dBFS
        if near is not None:
            at = int(near_at * 8000)
            heard[at : at + len(near)] += near[: len(heard) - at]
        started = self.now
        self.estimate.play(pcm(sent), lambda: started)
        interruption = Interruption(self.seconds)
        self.judged = []
        for frame in split_frames(pcm(heard[: len(heard) // FRAME_SAMPLES * FRAME_SAMPLES])):
            self.now += 0.02
            origin = self.estimate.hear(frame, self.now)
            self.judged.append(origin)
            voiced = bool(np.sqrt(np.mean(np.frombuffer(frame, "<i2").astype(float) ** 2)) > 100)
            if interruption.hear(frame, voiced and origin is not Origin.OURS):
                if not self.estimate.resembles_us(self.now, len(interruption.frames)):
                    return self.now - started
                interruption.forget()
        return None


@pytest.mark.parametrize("gain_db", [-6, -12, -20, -30, -40])
@pytest.mark.parametrize("delay_seconds", [0.0, 0.02, 0.05, 0.1, 0.2, 0.3])
def test_our_own_prompt_never_interrupts_itself(delay_seconds: float, gain_db: float) -> None:
    """Neither the first, of whose echo nothing is known, nor any later."""
    telephone = Telephone(delay_seconds, gain_db, seconds=0.2)
    assert [telephone.prompt(seed, 4.0) for seed in range(6)] == [None] * 6


@pytest.mark.parametrize("gain_db", [-15, -20, -30, -40])
@pytest.mark.parametrize("delay_seconds", [0.0, 0.1, 0.3])
def test_somebody_as_loud_as_we_are_interrupts_once_the_echo_is_known(delay_seconds: float, gain_db: float) -> None:
    for seed in range(20, 25):
        telephone = Telephone(delay_seconds, gain_db)
        interrupted = telephone.prompt(seed, 6.0, near=speech(100 + seed, 3.0), near_at=2.5)
        assert interrupted is not None
        assert 2.5 + 0.4 < interrupted < 2.5 + 2.0


def test_what_was_learned_serves_the_next_prompt() -> None:
    telephone = Telephone(0.1, -25)
    assert telephone.prompt(1, 4.0) is None
    interrupted = telephone.prompt(2, 4.0, near=speech(50, 2.0, -26), near_at=0.3)
    assert interrupted is not None
    assert interrupted < 2.0


def test_without_any_echo_a_soft_voice_interrupts() -> None:
    telephone = Telephone(0.0, -90)
    assert telephone.prompt(3, 6.0, near=speech(60, 3.0, -38), near_at=2.0) is not None


@pytest.mark.parametrize("seed", range(200, 210))
def test_a_telephone_put_on_loudspeaker_does_not_interrupt_us(seed: int) -> None:
    """Its echo is 30 dB louder than all that was learned."""
    telephone = Telephone(0.1, -40)
    assert telephone.prompt(seed, 4.0) is None
    telephone.gain_db = -10
    assert telephone.prompt(seed + 1000, 5.0) is None
    assert telephone.prompt(seed + 2000, 5.0) is None


def test_a_soft_word_does_not_interrupt_a_loud_echo() -> None:
    """Better not to give the word than to give it to ourselves."""
    telephone = Telephone(0.1, -8)
    assert telephone.prompt(1, 4.0) is None
    assert telephone.prompt(2, 5.0, near=speech(50, 2.0, -30), near_at=1.5) is None


def test_a_short_word_does_not_interrupt() -> None:
    telephone = Telephone(0.1, -30)
    assert telephone.prompt(1, 5.0, near=speech(50, 0.3), near_at=2.5) is None


def test_nothing_is_known_while_nothing_is_played() -> None:
    estimate = EchoEstimate()
    assert estimate.hear(pcm(speech(1, 0.02)), START) is Origin.UNSURE
    assert not estimate.is_known


def test_long_after_a_prompt_nothing_can_be_its_echo() -> None:
    telephone = Telephone()
    telephone.prompt(1, 3.0)
    assert telephone.estimate.hear(pcm(speech(2, 0.02)), telephone.now + 1) is Origin.UNSURE


def test_a_prompt_that_was_cut_has_no_echo_later() -> None:
    estimate = EchoEstimate()
    estimate.play(pcm(speech(1, 5.0)), lambda: START)
    estimate.stop(START + 1)
    assert estimate.hear(bytes(FRAME_BYTES), START + 1.2) is Origin.OURS
    assert estimate.hear(pcm(speech(2, 0.02)), START + 2) is Origin.UNSURE


def test_a_prompt_that_still_waits_has_no_echo() -> None:
    estimate = EchoEstimate()
    estimate.play(pcm(speech(1, 5.0)), lambda: None)
    assert estimate.hear(pcm(speech(2, 0.02)), START) is Origin.UNSURE
