"""One thing a party said, from its last word to the first sound of the reply."""

from __future__ import annotations

from dataclasses import dataclass

from voice_engine.core.dialog.messages import AnswerMeant, Event, UnitMeant
from voice_engine.core.directory import Found, Mismatch
from voice_engine.core.events import Party, Turn
from voice_engine.core.facts import Facts, Intent
from voice_engine.voice.speaker import Spoken


@dataclass(slots=True)
class OpenTurn:
    """What a party said, until the first sound of the reply completes its figures."""

    heard: str
    understood: str
    ended_at: float
    """When the last word was over, on the loop's clock."""
    stages: dict[str, float]
    backends: dict[str, str]

    def completed(self, call_id: str, party: Party, reply: Spoken, replied_at: float) -> Turn:
        """The whole turn; ``replied_at`` is when ``reply`` began to be heard."""
        stages = {
            **self.stages,
            "synthesis": reply.synthesis_seconds,
            "first_frame": replied_at - self.ended_at,
        }
        backends = {**self.backends, "synthesis": reply.backend} if reply.backend else self.backends
        return Turn(call_id, party, self.heard, self.understood, stages, backends)


def meaning(event: Event) -> str:
    """What was understood, in the words of the call log."""
    match event:
        case UnitMeant(match=Found(unit=unit) | Mismatch(unit=unit)):
            return f"unit {unit.number}"
        case UnitMeant(agreed=bool() as agreed):
            return "yes" if agreed else "no"
        case UnitMeant(facts=Facts(intent=Intent() as intent)):
            return intent
        case UnitMeant(facts=Facts(visitor=str())):
            return "name"
        case AnswerMeant(answer=answer):
            return answer
        case _:
            return "nothing"
