"""Whose sound is it? How loud the echo of what we send may be, learned from what comes back while only we speak."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from voice_engine.core.audio import FRAME_BYTES, FRAME_SECONDS, frame_powers

REACH_SECONDS = 0.5
"""How long ago we may have sent what comes back now: 60 ms of lead, up to 300 ms of network, and some reverberation."""
LEAD_FRAMES = 3
"""How far ahead of real time frames may have been sent."""
MARGIN = 4.0
"""6 dB: how much louder than ever before an echo may come back, as its path is better at some sounds than at others."""
UNKNOWN_COUPLING = 0.25
"""-6 dB of power: the loudest echo of a telephone whose echo is not known yet."""
LEAST_COUPLING = 1e-4
"""-40 dB: a quieter echo is lost in the noise of the line."""
KNOWN_FRAMES = 50
"""A second of our own speech makes the echo known: it has loud vowels at every delay within reach."""
MEMORY_FRAMES = 150
"""Three seconds of it; what was learned from a noise in the street, or from somebody's voice, is forgotten after."""
AUDIBLE_POWER = 1e4
"""-50 dBFS (a sample's step is 1): quieter sound of ours has no echo that could be taken for voice."""
LIKENESS = 0.5
"""Correlation of what comes back with what was sent, from which on it is an echo. Two people's half seconds come to 0.4
at the best of all delays, an echo to more than 0.7."""
COMPARED_FRAMES = 25
"""Half a second: no more of what came back is kept to be compared."""
_ROUNDING_FRAMES = 1e-6


class Origin(StrEnum):
    """Whose sound a frame may be."""

    OURS = "ours"
    """No louder than our echo may be."""
    UNSURE = "unsure"
    """Louder than most telephones' echo, but this one's is not known; or nothing was sent that could come back."""
    THEIRS = "theirs"
    """Louder than any echo of what we sent."""


@dataclass(slots=True)
class _Sound:
    """Something played to the party."""

    pcm: bytes
    powers: list[float]
    """By frame."""
    started_at: Callable[[], float | None]

    def between(self, since: float, until: float) -> slice:
        """Which frames were sent from ``since`` to ``until``."""
        started = self.started_at()
        if started is None:
            return slice(0, 0)
        first = math.ceil((since - started) / FRAME_SECONDS - _ROUNDING_FRAMES)
        last = math.floor((until - started) / FRAME_SECONDS + _ROUNDING_FRAMES)
        return slice(max(0, first), max(0, min(last + 1, len(self.powers))))

    def is_over(self, since: float) -> bool:
        """Whether its last frame was sent before ``since``."""
        started = self.started_at()
        return started is not None and started + len(self.powers) * FRAME_SECONDS < since


class EchoEstimate:
    """Of one leg, for the whole call. Times are of any one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._sounds: list[_Sound] = []
        self._couplings: deque[float] = deque(maxlen=MEMORY_FRAMES)
        """What came back of what was sent (ratio of powers), for frames that were no more than echo could be."""
        self._heard: deque[bytes] = deque(maxlen=COMPARED_FRAMES)
        """What came in last, the newest at the end."""

    @property
    def is_known(self) -> bool:
        """Whether enough came back to tell an echo from a voice."""
        return len(self._couplings) >= KNOWN_FRAMES

    @property
    def bound(self) -> float:
        """The loudest echo to be expected, as a ratio of powers."""
        return MARGIN * max(self._loudest_coupling, LEAST_COUPLING if self.is_known else UNKNOWN_COUPLING)

    @property
    def _loudest_coupling(self) -> float:
        return max(self._couplings, default=0.0)

    def play(self, pcm: bytes, started_at: Callable[[], float | None]) -> None:
        """Take note of 8 kHz PCM on its way to the party; ``started_at`` tells when its first frame was sent."""
        self._sounds.append(_Sound(pcm, frame_powers(pcm), started_at))

    def stop(self, now: float) -> None:
        """What was not sent by ``now`` never will be."""
        for sound in self._sounds:
            started = sound.started_at()
            sent = 0 if started is None else math.floor((now - started) / FRAME_SECONDS) + LEAD_FRAMES
            del sound.powers[max(0, sent) :]
        self._sounds = [sound for sound in self._sounds if sound.powers]

    def hear(self, frame: bytes, now: float) -> Origin:
        """Judge a frame (20 ms of 8 kHz PCM) that arrived ``now``, and learn from it."""
        if not self._sounds:
            return Origin.UNSURE
        since = now - REACH_SECONDS
        self._sounds = [sound for sound in self._sounds if not sound.is_over(since)]
        (power,) = frame_powers(frame)
        self._heard.append(frame)
        until = now + LEAD_FRAMES * FRAME_SECONDS
        sent = (power for sound in self._sounds for power in sound.powers[sound.between(since, until)])
        loudest = max(sent, default=0.0)
        if loudest < AUDIBLE_POWER:
            return Origin.UNSURE
        coupling = power / loudest
        if coupling > self.bound:
            return Origin.THEIRS if self.is_known else Origin.UNSURE
        # Once known, the margin is not learned: a voice that rises slowly would take the estimate with it.
        self._couplings.append(min(coupling, self._loudest_coupling) if self.is_known else coupling)
        return Origin.OURS

    def resembles_us(self, now: float, frames: int) -> bool:
        """Whether the last ``frames`` up to ``now`` are what we sent: an echo louder than known, and known from now on.

        So a telephone that is put on loudspeaker does not interrupt us.
        """
        heard = b"".join(list(self._heard)[-frames:])
        since = now - len(heard) / FRAME_BYTES * FRAME_SECONDS - REACH_SECONDS
        sent = b"".join(self._sent(since, now + LEAD_FRAMES * FRAME_SECONDS))
        if not sent or _likeness(heard, sent) < LIKENESS:
            return False
        loudest = max(*frame_powers(sent), AUDIBLE_POWER)
        self._couplings.extend(power / loudest for power in frame_powers(heard))
        return True

    def _sent(self, since: float, until: float) -> Iterator[bytes]:
        for sound in self._sounds:
            frames = sound.between(since, until)
            yield sound.pcm[frames.start * FRAME_BYTES : frames.stop * FRAME_BYTES]


def _likeness(heard: bytes, sent: bytes) -> float:
    """The best correlation of ``heard`` with a stretch of ``sent``, from 0 to 1."""
    echo = np.frombuffer(heard, "<i2").astype(np.float64)
    echo -= echo.mean()
    # Silence around it, so that what began in the middle of it is found too.
    source = np.pad(np.frombuffer(sent, "<i2").astype(np.float64), len(echo))
    size = 1 << (len(source) + len(echo)).bit_length()
    products = np.fft.irfft(np.fft.rfft(source, size) * np.conj(np.fft.rfft(echo, size)), size)
    energies = np.concatenate([[0.0], np.cumsum(np.square(source))])
    energies = energies[len(echo) :] - energies[: -len(echo)]
    scale = np.sqrt(np.maximum(energies, energies.max() / 100) * float(echo @ echo))
    return float(np.max(np.abs(products[: len(energies)]) / np.maximum(scale, 1.0)))
