"""Draws the door's dialog into docs/dialog.md by walking the machine: every edge is one that the code really takes.

    script/box /opt/dev/engine/bin/python dev/dialog_diagram.py

The engine's suite compares the document with what this would write.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "addon"))

from voice_engine.core.dialog import Rules, Stage, State, step  # noqa: E402 - found only after the path above
from voice_engine.core.dialog import messages as m  # noqa: E402
from voice_engine.core.dialog.unit import DOUBTS, RETRIES  # noqa: E402
from voice_engine.core.directory import Ambiguous, Directory, Found, Mismatch, Nothing, UnknownUnit  # noqa: E402
from voice_engine.core.events import Disposition, Party  # noqa: E402
from voice_engine.core.facts import Facts, Intent  # noqa: E402
from voice_engine.core.settings import UnitSettings  # noqa: E402
from voice_engine.core.transcript import Question  # noqa: E402
from voice_engine.core.understanding import Answer  # noqa: E402

DOCUMENT = ROOT / "docs" / "dialog.md"
DIRECTORY = Directory.from_units(
    (
        UnitSettings("1", (), ("PJSIP/1",), do_not_disturb="22:00-07:00"),
        UnitSettings("A-3", (), ("PJSIP/3",), deliveries="desk"),
        UnitSettings("B-3", (), ("PJSIP/4",)),
    )
)
BY_DAY, BY_NIGHT = time(12), time(23)
RULES = (
    Rules(DIRECTORY, ring_attempts=2, questions=(Question.INTENT, Question.NAME), began_at=BY_DAY),
    Rules(DIRECTORY, ring_attempts=2, speech=False, began_at=BY_DAY),
    Rules(DIRECTORY, ring_attempts=2, began_at=BY_NIGHT),
)

VISITORS_PART = {
    "arrival": (Stage.ARRIVING,),
    "unit": (Stage.ASKING_UNIT, Stage.HEARING_UNIT, Stage.DIALING_UNIT),
    "confirmation": (Stage.ASKING_CONFIRMATION, Stage.HEARING_CONFIRMATION),
    "detail": (Stage.ASKING_DETAIL, Stage.HEARING_DETAIL),
}
RESIDENTS_PART = {
    "call": (Stage.RINGING,),
    "answer": (Stage.ASKING_ANSWER, Stage.HEARING_ANSWER, Stage.AWAITING_KEY),
    "talk": (Stage.TALKING,),
}
"""Stages that are about the same thing; drawn in one frame."""
ENDS = (Stage.CLOSING, Stage.ENDED)
WITH_RESIDENT = (*RESIDENTS_PART["call"], *RESIDENTS_PART["answer"])

type Edges = dict[tuple[Stage, Stage], set[str]]
"""Changes of stage, with what causes each."""


def events() -> Iterator[m.Event]:
    """One of every kind of thing that can happen."""
    unit, at_desk, other = DIRECTORY.units
    yield m.VisitorArrived()
    yield m.ResidentArrived()
    yield m.GivenUp()
    yield m.Dismissed()
    yield from (m.Decided(granted) for granted in (True, False))
    yield m.UnitMeant(Found(unit))
    yield m.UnitMeant(Found(at_desk), sure=False)
    yield m.UnitMeant(UnknownUnit("9"))
    yield m.UnitMeant(Ambiguous((at_desk, other)))
    yield m.UnitMeant(Mismatch(unit, ("",)))
    yield from (m.UnitMeant(Nothing(), agreed=agreed) for agreed in (True, False))
    yield from (m.UnitMeant(Nothing(), Facts(intent)) for intent in (Intent.DELIVERY, Intent.VISIT))
    yield from (m.AnswerMeant(answer) for answer in Answer)
    yield m.AnswerMeant(Answer.GRANT, certain=False)
    yield m.RecordingHeard()
    yield from (m.TimerFired(timer) for timer in m.Timer)
    yield from (m.RingFailed(why) for why in (Disposition.NO_ANSWER, Disposition.BUSY, Disposition.DECLINED))
    for party in Party:
        yield m.Said(party)
        yield m.Left(party)
        yield m.Announced(party, "")
        yield from (m.NothingMeant(party, why) for why in m.Unheard)
        yield from (m.KeyPressed(party, key) for key in "123#")


def label(event: m.Event) -> str:
    """An event in two or three words."""
    match event:
        case m.KeyPressed(party=Party.VISITOR, key=key):
            words = "visitor key #" if key == "#" else "visitor key"
        case m.KeyPressed(key=key):
            words = f"resident key {key}"
        case m.Said(party=party):
            words = f"{party} has heard all"
        case m.NothingMeant(party=party):
            words = f"{party} not understood"
        case m.UnitMeant():
            words = meaning(event)
        case m.AnswerMeant(answer=answer, certain=certain):
            words = f"answer {answer}" if certain else f"doubtful {answer}"
        case m.TimerFired(timer=timer):
            words = f"{timer} timer"
        case m.Left(party=party):
            words = f"{party} left"
        case m.Announced():
            words = "announced"
        case _:
            words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__).lower()
    return words


def meaning(event: m.UnitMeant) -> str:
    """A visitor's words in two or three others."""
    match event:
        case m.UnitMeant(match=Found(), sure=False):
            return "unit doubtful"
        case m.UnitMeant(agreed=bool() as agreed):
            return "visitor agrees" if agreed else "visitor denies"
        case m.UnitMeant(match=Nothing()):
            return "visitor tells more"
        case _:
            return f"unit {_MATCHES[type(event.match)]}"


_MATCHES = {Found: "found", UnknownUnit: "unknown", Ambiguous: "ambiguous", Mismatch: "mismatched"}


def essence(state: State) -> State:
    """A state without what makes no difference any more: how the visitor got there, and who was there in the end."""
    if state.stage in (Stage.CLOSING, Stage.ENDED):
        return State(state.stage, state.present, disposition=state.disposition)
    if state.stage not in WITH_RESIDENT:
        # One turn in vain leads where the last but one does.
        return replace(
            state,
            facts=Facts(state.facts.intent),
            no_inputs=bool(state.no_inputs) * RETRIES,
            no_matches=bool(state.no_matches) * RETRIES,
            doubts=bool(state.doubts) * DOUBTS,
        )
    return State(
        state.stage,
        state.present,
        misses=state.misses,
        detours=state.detours,
        unit=DIRECTORY.units[0],
        phones=state.phones,
        ring_results=state.ring_results,
    )


def edges() -> Edges:
    """Every change of stage that the machine makes from any state it can reach, with what causes it."""
    found: Edges = {}
    for rules in RULES:
        reached = {State()}
        todo = [State()]
        while todo:
            state = todo.pop()
            for event in events():
                after, _ = step(rules, state, event)
                if after.stage is not state.stage:
                    found.setdefault((state.stage, after.stage), set()).add(label(event))
                after = essence(after)
                if after not in reached and len(after.keys) <= 1:
                    reached.add(after)
                    todo.append(after)
    return found


def everywhere(found: Edges, stages: Collection[Stage], end: Stage) -> frozenset[str]:
    """What leads to ``end`` from all of these stages: told once, it need not be drawn at each."""
    return frozenset(set.intersection(*(found.get((stage, end), set()) for stage in stages)))


def part(found: Edges, frames: Mapping[str, tuple[Stage, ...]]) -> str:
    """The changes that begin in these stages: a drawing, what holds in all of them, and a table with every cause."""
    order = list(Stage)
    stages = [stage for frame in frames.values() for stage in frame]
    common = {end: everywhere(found, [stage for stage in stages if stage is not Stage.ARRIVING], end) for end in ENDS}
    rows = [
        (start, end, ", ".join(sorted(causes - common.get(end, frozenset()))))
        for (start, end), causes in sorted(found.items(), key=lambda edge: [order.index(stage) for stage in edge[0]])
        if start in stages and causes - common.get(end, frozenset())
    ]
    told = [
        f"From everywhere here to `{end}`: {', '.join(sorted(causes))}." for end, causes in common.items() if causes
    ]
    table = [
        "| From | To | When |",
        "| --- | --- | --- |",
        *(f"| {start} | {end} | {when} |" for start, end, when in rows),
    ]
    return "\n\n".join([drawing([(start, end) for start, end, _ in rows], frames), *told, "\n".join(table)])


def drawing(arrows: Iterable[tuple[Stage, Stage]], frames: Mapping[str, tuple[Stage, ...]]) -> str:
    """A state diagram in which arrows between frames are drawn once, and those inside of them inside of them."""
    frame_of = {stage: name for name, stages in frames.items() if len(stages) > 1 for stage in stages}
    inside: dict[str, list[str]] = {name: [] for name in frame_of.values()}
    between: dict[str, None] = {}
    for start, end in arrows:
        name = frame_of.get(start)
        if name and name == frame_of.get(end):
            inside[name].append(f"        {start} --> {end}")
        else:
            between[f"    {name or start} --> {frame_of.get(end, end)}"] = None
    framed = [line for name, lines in inside.items() for line in (f"    state {name} {{", *lines, "    }")]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    direction LR", *framed, *between, "```"])


def document() -> str:
    """The whole of docs/dialog.md."""
    found = edges()
    farewell = ", ".join(sorted(found[Stage.CLOSING, Stage.ENDED]))
    return f"""# The door's dialog

Drawn from the code by `dev/dialog_diagram.py`; a test keeps it true. What is not told here does not change the stage.
A call begins in `{Stage.ARRIVING}`. Once there is an outcome it is in `{Stage.CLOSING}`, where the farewell is heard
to its end, and then in `{Stage.ENDED}`: {farewell}.

## The visitor

Whom they want, whether they were understood, what they come for.

{part(found, VISITORS_PART)}

## The resident

The phone rings, the question is asked, somebody decides.

{part(found, RESIDENTS_PART)}
"""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"{DOCUMENT.relative_to(ROOT)} written")
