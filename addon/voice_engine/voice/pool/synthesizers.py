"""Several voices as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from voice_engine.core.errors import BackendError, BackendGarbled
from voice_engine.core.transcript import Language
from voice_engine.voice.pool.member import Member
from voice_engine.voice.pool.pool import Pool, share, within
from voice_engine.voice.ports import Speech, StreamingSynthesizer, Synthesizer

WARMING_TEXT = "1"
"""Short, for clouds count characters; and it sounds in every language."""


class SynthesizerPool(Pool[Synthesizer]):
    """A ``Synthesizer`` and ``VoiceChoice``. Voices are not hedged: one speaks the whole sentence."""

    @property
    def identity(self) -> str:
        """Of all of them together."""
        return "+".join(member.backend.identity for member in self.members)

    def identity_for(self, language: Language) -> str:
        """Of the one that would speak now."""
        return next((member.backend.identity for member in self.candidates(language)), self.identity)

    def replace(self, name: str, synthesizer: Synthesizer) -> None:
        """Have another voice of the same backend speak from the next sentence on."""
        for member in self.members:
            if member.name == name:
                member.backend = synthesizer

    async def prepare(self, language: Language) -> None:
        """Make all of them ready. Raises: BackendError when none is."""
        await self.warm(lambda synthesizer: synthesizer.synthesize(WARMING_TEXT, language), language)

    async def synthesize(self, text: str, language: Language) -> bytes:
        """Speak as ``speak`` does, not telling who speaks. Raises: BackendError."""
        return b"".join([speech.pcm async for speech in self.speak(text, language)])

    async def speak(self, text: str, language: Language) -> AsyncGenerator[Speech]:
        """Speak by the first that makes a sound within its share of the budget; see ``VoiceChoice``."""
        clock = asyncio.get_running_loop().time
        waiting, deadline = self._line_up(language)
        problems: list[str] = []
        while waiting and (left := deadline - clock()) > 0:
            member = waiting.popleft()
            backend = member.backend  # what it has begun it ends with the same voice
            async with aclosing(_pieces(backend, text, language)) as pieces:
                try:
                    first = await self._first(member, pieces, share(left, waiting))
                except BackendError as error:
                    self._take_failure(member, error, problems)
                    continue
                yield Speech(first, backend.identity, member.name)
                try:
                    async for piece in pieces:
                        yield Speech(piece, backend.identity, member.name)
                except BackendError as error:
                    # Left out at once, so that another says it when it is said anew.
                    self._take_failure(member, error, problems, at_once=True)
                    raise
                return
        raise self._in_vain(problems, language)

    async def _first(self, member: Member[Synthesizer], pieces: AsyncGenerator[bytes], seconds: float) -> bytes:
        """Wait for the first sound. Raises: BackendError."""
        clock = asyncio.get_running_loop().time
        began = clock()
        member.trials += 1
        try:
            first = await within(seconds, anext(pieces, b""))
        finally:
            member.ended()
        if not first:
            raise BackendGarbled("it made no sound")
        self.take_answer(member, clock() - began)
        return first


async def _pieces(synthesizer: Synthesizer, text: str, language: Language) -> AsyncGenerator[bytes]:
    if isinstance(synthesizer, StreamingSynthesizer):
        async with aclosing(synthesizer.stream(text, language)) as pieces:
            async for piece in pieces:
                yield piece
    else:
        yield await synthesizer.synthesize(text, language)
