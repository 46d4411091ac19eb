"""Two parties who hear each other: what arrives on a leg goes to its listener, and live to the other leg."""

from __future__ import annotations

from voice_engine.core.audio import SILENCE
from voice_engine.core.tones import is_keypad_tone
from voice_engine.voice.ports import Leg, LegSink


class Ear:
    """A ``LegSink`` that lets its listener hear everything, and another leg the sound alone: keys are not for it.

    Nor are their tones: played at the door and echoed by the resident's phone, they could come back as its keys.
    """

    def __init__(self, listener: LegSink) -> None:
        self._listener = listener
        self._other: Leg | None = None

    def relay_to(self, leg: Leg | None) -> None:
        """Let ``leg`` hear it from now on; None: nobody."""
        self._other = leg

    def on_frame(self, frame: bytes) -> None:
        """Pass 20 ms of sound on."""
        if self._other is not None:
            self._other.relay(SILENCE if is_keypad_tone(frame) else frame)
        self._listener.on_frame(frame)

    def on_digit(self, digit: str) -> None:
        """Pass a key on."""
        self._listener.on_digit(digit)

    def on_closed(self) -> None:
        """Pass the end on."""
        self._other = None
        self._listener.on_closed()
