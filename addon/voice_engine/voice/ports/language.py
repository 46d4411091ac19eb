"""Language models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class LanguageTask:
    """Something to be read out of a caller's words."""

    instructions: str
    """What never changes while the engine runs; it comes first, so that models keep it in their cache."""
    text: str
    """The caller's words: data, never instructions."""
    schema: Mapping[str, Any]
    """JSON schema of the answer, an object."""
    max_tokens: int = 96
    budget_seconds: float | None = None
    """What all models together may take; None: what a caller at the door waits."""
    foreign: bool = False
    """Whether somebody else made it up: that a model does not cope with it says nothing about the model."""

    @property
    def private(self) -> tuple[str, ...]:
        """What in it people said or wrote, which no log and no error repeats; our own instructions are no secret."""
        return (self.text, self.instructions, json.dumps(self.schema)) if self.foreign else (self.text,)


class LanguageModel(Protocol):
    """Reads structured answers out of text. Its strings are proposals: rules and the directory decide."""

    async def prepare(self, instructions: str) -> None:
        """Make ready for tasks with ``instructions``, so that the first takes no longer than the tenth.

        Raises: BackendError.
        """
        ...

    async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
        """Answer one task, held to its schema where the model can be; the caller checks it. Cancelling stops the work.

        Raises: BackendError.
        """
        ...


@runtime_checkable
class LanguageModelChoice(LanguageModel, Protocol):
    """A language model that is a choice of several."""

    async def consult(self, task: LanguageTask) -> tuple[Mapping[str, Any], str]:
        """Answer as ``answer`` does, and by whom: its name in the settings. Raises: BackendError."""
        ...


@runtime_checkable
class CandidLanguageModel(LanguageModel, Protocol):
    """A language model that tells whether it can be held to a schema."""

    @property
    def constrained(self) -> bool:
        """Whether its next answer will be held to the task's schema; it may find out by being asked."""
        ...
