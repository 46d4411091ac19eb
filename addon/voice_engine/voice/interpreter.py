"""What rules leave open of a visitor's words: one bounded question to a language model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from voice_engine.core.directory import Directory, Nothing
from voice_engine.core.errors import BackendError, BackendTimeout
from voice_engine.core.facts import Facts
from voice_engine.core.proposals import ALL, PARTS, Inquiry, accepted, as_data, is_open
from voice_engine.core.settings_machine import MOST_JOBS
from voice_engine.core.transcript import Language
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.ports import CandidLanguageModel, LanguageModel, LanguageModelChoice, LanguageTask

_LOGGER = logging.getLogger(__name__)

BUDGET_SECONDS = 2.5
"""For the model's answer. A small one on a Raspberry Pi 5 that knows its instructions by heart takes one to two; and
nobody stays at a door that is silent for longer."""


class Interpreter:
    """Reads visitors' words. What residents answer is none of its business: rules alone decide that."""

    def __init__(
        self,
        language: Language,
        directory: Directory,
        model: LanguageModel | None = None,
        capacity: Capacity | None = None,
    ) -> None:
        """Without a ``model`` the rules' word is the last; without ``capacity`` it has its own queue."""
        self._language = language
        self._directory = directory
        self._model = model
        self._capacity = capacity or Capacity(MOST_JOBS)
        self._told: set[str] = set()

    def speaking(self, language: Language) -> Interpreter:
        """The same, for visitors who speak ``language``."""
        return Interpreter(language, self._directory, self._model, self._capacity)

    async def prepare(self) -> None:
        """Have the model learn its instructions. Raises: BackendError."""
        if self._model is None:
            return
        await self._model.prepare(ALL.instructions)
        for inquiry in _inquiries(self._model):
            if inquiry is not ALL:
                await self._model.prepare(inquiry.instructions)

    async def complete(
        self,
        facts: Facts,
        text: str,
        call_id: str,
        known: Facts | None = None,
        on_backend: Callable[[str], None] = lambda _: None,
    ) -> Facts:
        """The ``facts`` that rules have read in ``text``, with those a model adds that are not ``known``; in time.

        ``on_backend`` is told the name of the model that answered, where there is a choice of several.
        """
        whole = (known or Facts()).merge(facts)
        if self._model is None or not is_open(text, whole, self._language):
            return facts
        proposal = await self._propose(self._model, text, call_id, on_backend)
        added = accepted(proposal, text, self._language, self._directory, whole)
        together = added.merge(facts)
        _LOGGER.info("Call %s: the language model added %s", call_id, ", ".join(_new(facts, together)) or "nothing")
        return together

    async def _propose(
        self, model: LanguageModel, text: str, call_id: str, on_backend: Callable[[str], None]
    ) -> Mapping[str, Any]:
        """The model's proposals, all that came in time."""
        proposal: dict[str, Any] = {}
        failures: list[BackendError] = []

        async def ask(inquiry: Inquiry) -> None:
            try:
                task = LanguageTask(inquiry.instructions, as_data(text), inquiry.schema)
                if isinstance(model, LanguageModelChoice):
                    answer, backend = await model.consult(task)
                    on_backend(backend)
                else:
                    answer = await model.answer(task)
            except BackendError as error:
                failures.append(error)
            else:
                proposal.update((name, answer[name]) for name in inquiry.schema["properties"] if name in answer)

        try:
            async with asyncio.timeout(BUDGET_SECONDS), self._capacity.lease(), asyncio.TaskGroup() as asking:
                for inquiry in _inquiries(model):
                    asking.create_task(ask(inquiry))
        except TimeoutError:
            failures.append(BackendTimeout(f"it did not answer within {BUDGET_SECONDS:g} s"))
        self._tell(call_id, failures)
        return proposal

    def _tell(self, call_id: str, failures: Sequence[BackendError]) -> None:
        """Log failures, but none of a kind again until the model has answered: every turn may ask in vain."""
        for error in failures:
            if error.code not in self._told:
                _LOGGER.warning("Call %s: the language model did not help: %s", call_id, error)
        self._told = self._told | {error.code for error in failures} if failures else set()


def _inquiries(model: LanguageModel) -> Sequence[Inquiry]:
    """Everything at once; of a model that cannot be held to a schema, three small things, which it gets right."""
    return PARTS if isinstance(model, CandidLanguageModel) and not model.constrained else (ALL,)


def _new(rules: Facts, together: Facts) -> list[str]:
    """Which facts are there that the rules did not find."""
    names = [name for name in ("intent", "visitor", "company") if getattr(rules, name) != getattr(together, name)]
    return [*names, *(["whom"] if isinstance(rules.match, Nothing) and not isinstance(together.match, Nothing) else [])]
