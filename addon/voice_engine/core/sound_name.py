"""What a synthesised sentence is remembered under: all that its sound depends on, and never the text alone."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b

from voice_engine.core.audio import SAMPLE_RATE
from voice_engine.core.transcript import Language

SCHEMA_VERSION = 1
"""Raised by whoever changes what is kept under a name; what was kept before is then found no more, and leaves."""
SAMPLE_FORMAT = "s16le-mono"
_NAME_BYTES = 16


def normal_text(text: str) -> str:
    """``text`` in one spelling of those that sound the same: composed, single spaces. Case and accents are heard."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def sound_name(identity: str, language: Language, text: str) -> str:
    """A name fit for a file; ``identity`` is that of the voice that spoke (engine, voice, revision, speed)."""
    digest = blake2b(digest_size=_NAME_BYTES)
    for part in (str(SCHEMA_VERSION), identity, language, str(SAMPLE_RATE), SAMPLE_FORMAT, text):
        encoded = part.encode(errors="surrogatepass")
        digest.update(len(encoded).to_bytes(4) + encoded)  # or two parts could meet in the middle
    return digest.hexdigest()
