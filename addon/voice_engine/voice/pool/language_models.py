"""Several language models as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voice_engine.core.errors import BackendGarbled, BackendMisused, BackendTimeout
from voice_engine.voice.pool.pool import Pool
from voice_engine.voice.ports import CandidLanguageModel, LanguageModel, LanguageTask

_OF_THE_TASK = (BackendMisused, BackendGarbled, BackendTimeout)
"""What may be the fault of a task that somebody else made up: a schema that is not taken, an answer without end."""


class LanguageModelPool(Pool[LanguageModel]):
    """A ``LanguageModelChoice``, and a ``CandidLanguageModel``."""

    @property
    def constrained(self) -> bool:
        """Whether the one that is asked next can be held to a schema; who does not tell can."""
        model = next((member.backend for member in self.candidates()), None)
        return not isinstance(model, CandidLanguageModel) or model.constrained

    async def prepare(self, instructions: str) -> None:
        """Make all of them ready. Raises: BackendError when none is."""
        await self.warm(lambda model: model.prepare(instructions))

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """Have the first that works answer. Raises: BackendError."""
        return (await self.consult(task))[0]

    async def consult(self, task: LanguageTask) -> tuple[Mapping[str, Any], str]:
        """Have the first that works answer, and tell which it is. Raises: BackendError."""
        forgiven = _OF_THE_TASK if task.foreign else ()
        answer = await self.ask(lambda model: model.answer(task), budget_seconds=task.budget_seconds, forgiven=forgiven)
        return answer.result, answer.member.name
