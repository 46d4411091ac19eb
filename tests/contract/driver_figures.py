"""Runs in the engine's environment: figures that are what the tests make them, told by the real state."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from voice_engine.core.cache import CacheStatistics
from voice_engine.core.events import Party, Turn
from voice_engine.core.load import Load, MemoryAlert, Reason, Relief, Throttling
from voice_engine.servers.caches import report
from voice_engine.servers.figures import Look, Topic
from voice_engine.servers.machine import MachineReport
from voice_engine.servers.state import EngineState
from voice_engine.servers.visits import Visits, local_day
from voice_engine.voice.caches import CacheName, Caches, ManagedCache
from voice_engine.voice.latencies import Latencies


class DrivenFigures:
    """Machine, caches and visits; ``happen`` changes them."""

    def __init__(self) -> None:
        """Nothing has happened, and the machine tells nothing."""
        self.caches = Caches()
        self.visits = Visits(transcripts=True)
        self._latencies = Latencies()
        self._load = Load()
        self._throttling = Throttling()
        self._held = CacheStatistics()
        self.caches.add(CacheName.SPEECH, ManagedCache(lambda: self._held, self._clear, self._warm))
        self.caches.add(CacheName.SPEECH_DISK, ManagedCache(CacheStatistics, self._clear_nothing))

    def machine(self) -> MachineReport:
        """As it was made last."""
        return MachineReport(self._load, self._throttling, self._latencies.summary())

    def looks(self) -> dict[Topic, Look]:
        """For ``EngineState``."""
        return {Topic.CACHES: partial(report, self.caches), Topic.VISITS: self.visits.to_wire}

    def happen(self, state: EngineState, what: str, fields: Mapping[str, Any]) -> bool:
        """Make something happen and have it told; False: it is none of this."""
        match what:
            case "load":
                self._load = Load(**fields)
            case "throttled":
                self._throttling = Throttling(
                    frozenset(map(Reason, fields["reasons"])),
                    tuple(map(Relief, fields["reliefs"])),
                    MemoryAlert(fields["memory_alert"]),
                )
            case "cached":
                self._held = CacheStatistics(**fields)
            case "said":
                turn = Turn(fields["call_id"], Party.VISITOR, fields["heard"], "", fields["stages"])
                self._latencies.on_turn(turn)
                self.visits.on_turn(turn)
            case "counted":
                self.visits.add_earlier(local_day(), fields["calls"])
            case _:
                return False
        state.tell_figures()
        return True

    async def _clear(self) -> CacheStatistics:
        held, self._held = self._held, CacheStatistics()
        return held

    async def _warm(self) -> int:
        self._held = replace(self._held, entries=1, size_bytes=5)
        return 1

    async def _clear_nothing(self) -> CacheStatistics:
        return CacheStatistics()
