"""What the engine can be asked to do beside the calls; knows the contract, nothing of Home Assistant."""

from collections.abc import AsyncIterable
from typing import Any

from .answers import (
    CacheName,
    Freed,
    Generated,
    KnownCache,
    Notified,
    Transcript,
    Warmed,
    freed_list,
    known_caches,
)
from .client import EngineClient

WARM_SECONDS = 240
"""A slow machine makes a few hundred sentences; below the five minutes after which the session gives up by itself."""
TRANSCRIBE_SECONDS = 180
"""A minute of speech on a slow machine, and the way there."""
GENERATE_SECONDS = 60
"""The engine gives its language model 20 s, behind what it works on already."""
NOTIFY_SECONDS = 220
"""The engine promises an outcome within 190 s."""


class EngineCommands:
    """All methods raise EngineError."""

    def __init__(self, client: EngineClient) -> None:
        """``client`` is the engine that is asked."""
        self._client = client

    async def fetch_caches(self) -> tuple[KnownCache, ...]:
        """Return the caches that the engine has."""
        return await self._client.ask(known_caches, "GET", "caches")

    async def clear_cache(self, name: CacheName) -> Freed:
        """Have one cache forget everything; return what it held."""
        return await self._client.ask(Freed.from_wire, "POST", "caches", name, "clear")

    async def clear_caches(self) -> tuple[Freed, ...]:
        """Have all caches forget everything; return what each held."""
        return await self._client.ask(freed_list, "POST", "caches", "clear")

    async def warm_cache(self, name: CacheName) -> Warmed:
        """Have a cache filled with what will be asked for; return what it holds then."""
        return await self._client.ask(Warmed.from_wire, "POST", "caches", name, "warm", seconds=WARM_SECONDS)

    async def warm_caches(self) -> tuple[Warmed, ...]:
        """Have every cache filled that can be."""
        names = [cache.name for cache in await self.fetch_caches() if cache.warmable and cache.name]
        return tuple([await self.warm_cache(name) for name in names])

    async def transcribe(self, sound: AsyncIterable[bytes], content_type: str, language: str | None) -> Transcript:
        """Return what is said in a recording; in the engine's own language if ``language`` is None."""
        return await self._client.ask(
            Transcript.from_wire,
            "POST",
            "transcribe",
            seconds=TRANSCRIBE_SECONDS,
            params={"language": language} if language else {},
            headers={"Content-Type": content_type},
            data=sound,
        )

    async def generate(self, prompt: str, schema: dict[str, Any] | None) -> Generated:
        """Return what the language model answers: a text, or what keeps ``schema``."""
        return await self._client.ask(
            Generated.from_wire, "POST", "generate", seconds=GENERATE_SECONDS, json={"prompt": prompt, "schema": schema}
        )

    async def notify(self, unit: str, message: str, *, question: bool) -> Notified:
        """Have a home called and told a message; return what became of it."""
        body = {"unit": unit, "message": message, "question": question}
        return await self._client.ask(Notified.from_wire, "POST", "notifications", seconds=NOTIFY_SECONDS, json=body)

    async def test_ring(self, door: str | None) -> None:
        """Let the doorbell of a door ring, the first one's if ``door`` is None."""
        await self._client.ask(lambda _: None, "POST", "test", "ring", json={"door": door})
