"""Transcripts of recordings, remembered under who would transcribe them now."""

from __future__ import annotations

from collections.abc import Callable

from voice_engine.backends.transcript_store import TranscriptKey, TranscriptStore, digest
from voice_engine.core.engines import PortStatus
from voice_engine.core.settings import Settings
from voice_engine.core.transcript import Language, Transcript


class RememberedTranscripts:
    """A ``TranscriptMemory``: another recogniser, or another model of the same, knows nothing of the one before."""

    def __init__(self, store: TranscriptStore, recognisers: Callable[[], PortStatus], settings: Settings) -> None:
        """``recognisers`` gives them as they are now."""
        self._store = store
        self._recognisers = recognisers
        self._models = {backend.name: backend.model for backend in settings.backends}

    async def recall(self, sound: bytes, language: Language) -> Transcript | None:
        """What the recogniser that would be asked first has made of the same sound before."""
        serving = self._recognisers().serving
        return None if serving is None else await self._store.get(self._key(sound, language, serving))

    async def keep(self, sound: bytes, language: Language, transcript: Transcript) -> None:
        """Remember it, unless several recognisers had to help one another."""
        if transcript.backend in {member.name for member in self._recognisers().backends}:
            await self._store.put(self._key(sound, language, transcript.backend), transcript)

    def _key(self, sound: bytes, language: Language, backend: str) -> TranscriptKey:
        return TranscriptKey(digest(sound), language, backend, self._models.get(backend, ""))
