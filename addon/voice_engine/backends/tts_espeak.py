"""Speech by espeak-ng: small, instant, in every language of the door, and it sounds like a machine."""

from __future__ import annotations

from voice_engine.backends.child import Program, run_child
from voice_engine.core.audio import SAMPLE_RATE, normalise, read_wav, trim_silence
from voice_engine.core.errors import BackendError, ProtocolError
from voice_engine.core.transcript import Language

ESPEAK = Program("espeak-ng", "espeak-ng")
VOICES = {Language.ENGLISH: "en-us", Language.PORTUGUESE: "pt-br"}
VARIANTS = {"": "", "female": "+f2", "female-2": "+f4", "male-2": "+m3", "male-3": "+m7"}
"""Voices beside its usual one, by what espeak-ng adds to a language's name for them."""
WORDS_PER_MINUTE = 150
"""A little slower than its default of 175: consonants suffer most in the telephone's narrow band."""
TARGET_DBFS = -20.0
"""About what people's voices have on a telephone line."""
PEAK_DBFS = -3.0
"""Room for the codecs on the way."""
LEAD_SECONDS = 0.04
TAIL_SECONDS = 0.1
"""Nothing that is played next, and no hang-up, may clip the last sound."""
TIMEOUT_SECONDS = 10.0
"""A long sentence takes 30 ms on a small PC and half a second on a busy Raspberry Pi."""


class EspeakSynthesizer:
    """A ``Synthesizer``."""

    def __init__(self, variant: str = "") -> None:
        """``variant`` is one of ``VARIANTS``."""
        self._variant = VARIANTS[variant]

    @property
    def identity(self) -> str:
        """Everything its sound depends on."""
        voices = "+".join(VOICES.values()) + self._variant
        return f"espeak-ng/{voices}/{WORDS_PER_MINUTE}wpm/{TARGET_DBFS:g}dBFS/{SAMPLE_RATE}Hz"

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Speak ``text`` as signed 16-bit little-endian mono PCM at 8 kHz. Raises: BackendError."""
        arguments = [
            "-v",
            VOICES[language] + self._variant,
            "-s",
            str(WORDS_PER_MINUTE),
            "-b",
            "1",
            "--stdin",
            "--stdout",
        ]
        completed = await run_child(ESPEAK, arguments, _plain(text).encode(), TIMEOUT_SECONDS)
        try:
            pcm = read_wav(completed.succeeded())
        except ProtocolError as error:
            raise BackendError(f"espeak-ng gave no sound: {error}") from error
        spoken = trim_silence(normalise(pcm, TARGET_DBFS, PEAK_DBFS), LEAD_SECONDS, TAIL_SECONDS)
        if not spoken:
            raise BackendError("espeak-ng gave nothing but silence")
        return spoken


def _plain(text: str) -> str:
    """Take the double brackets away that would make espeak-ng read phonemes, not words."""
    return text.replace("[[", "[ [")
