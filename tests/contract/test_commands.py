"""What the real client asks beside the calls, the real server does or refuses."""

import pytest

from custom_components.voice_processor.answers import CacheName, Freed, KnownCache, Warmed
from custom_components.voice_processor.client import EngineClient, EngineRefusal
from custom_components.voice_processor.commands import EngineCommands
from custom_components.voice_processor.messages import CallEvent
from custom_components.voice_processor.models import CallEventKind, CallStage

from .engine import Engine
from .test_client import listening


@pytest.fixture
def commands(client: EngineClient) -> EngineCommands:
    """What that engine can be asked to do."""
    return EngineCommands(client)


async def test_caches_are_listed_filled_and_cleared(commands: EngineCommands) -> None:
    assert await commands.fetch_caches() == (
        KnownCache(CacheName.SPEECH, warmable=True),
        KnownCache(CacheName.SPEECH_DISK, warmable=False),
    )
    assert await commands.warm_caches() == (Warmed("speech", 1),)
    assert await commands.clear_cache(CacheName.SPEECH) == Freed("speech", 1, 5)
    assert await commands.clear_caches() == (Freed("speech", 0, 0), Freed("speech_disk", 0, 0))


async def test_what_caches_cannot_do_is_refused(commands: EngineCommands) -> None:
    with pytest.raises(EngineRefusal) as refusal:
        await commands.clear_cache(CacheName.SETTINGS)
    assert refusal.value.code == "cache_not_found"
    with pytest.raises(EngineRefusal) as refusal:
        await commands.warm_cache(CacheName.SPEECH_DISK)
    assert refusal.value.code == "cache_not_warmable"


async def test_a_doorbell_rings_as_a_test(client: EngineClient, commands: EngineCommands, engine: Engine) -> None:
    """At the door that is named, or the first; the state stays as it was."""
    before = await client.fetch_status()
    async with listening(client) as (heard, _):
        await commands.test_ring(None)
        await commands.test_ring("Garage")
        events = [await heard.get() for _ in range(4)]
    told = [(event.kind, event.call.door, event.call.test) for event in events if isinstance(event, CallEvent)]
    rang, ended = CallEventKind.RANG, CallEventKind.ENDED
    assert told == [(kind, door, True) for door in ("Front door", "Garage") for kind in (rang, ended)]
    assert [event.call.stage for event in events if isinstance(event, CallEvent)][1] is CallStage.ENDED
    assert await client.fetch_status() == before
    with pytest.raises(EngineRefusal) as refusal:
        await commands.test_ring("Cellar")
    assert refusal.value.code == "door_not_found"


async def test_without_a_telephone_system_nobody_is_called(commands: EngineCommands) -> None:
    with pytest.raises(EngineRefusal) as refusal:
        await commands.notify("501", "Your food is at the desk.", question=True)
    assert refusal.value.code == "backend_unavailable"
    with pytest.raises(EngineRefusal) as refusal:
        await commands.notify("501", "?!", question=False)
    assert refusal.value.code == "bad_request"
