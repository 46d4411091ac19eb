"""The state told to the world, and all who have it told when theirs has changed."""

from __future__ import annotations

from functools import partial

from voice_engine.assembly.engines import Engines
from voice_engine.assembly.steward import Steward
from voice_engine.servers.caches import report
from voice_engine.servers.figures import Look, Topic
from voice_engine.servers.state import DoorFacts, EngineFacts, EngineState
from voice_engine.servers.visits import Visits
from voice_engine.voice.caches import Caches


def make_state(
    facts: EngineFacts,
    doors: tuple[DoorFacts, ...],
    engines: Engines,
    steward: Steward,
    *,
    caches: Caches,
    visits: Visits,
) -> EngineState:
    """The state of an engine to which nothing has happened yet; it follows all that are given."""
    figures: dict[Topic, Look] = {Topic.CACHES: partial(report, caches), Topic.VISITS: visits.to_wire}
    state = EngineState(facts, doors, engines.status, steward.report, figures)
    engines.follow(state.tell_engines)
    steward.follow(state.tell_machine, state.tell_figures)
    caches.follow(partial(state.tell_figures, Topic.CACHES))
    visits.follow(partial(state.tell_figures, Topic.VISITS))
    return state
