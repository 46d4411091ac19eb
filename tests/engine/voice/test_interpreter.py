"""Rules first, one bounded question to a model, and a call that goes on whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from tests.engine.fakes import FakeLanguageModel
from voice_engine.core.directory import Directory, Found
from voice_engine.core.errors import BackendGarbled, BackendUnavailable
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.proposals import ALL, PARTS, as_data
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import Language
from voice_engine.core.visit import understand_visitor
from voice_engine.voice.interpreter import BUDGET_SECONDS, Interpreter
from voice_engine.voice.ports import LanguageModel, LanguageTask

pytestmark = pytest.mark.virtual_time

DIRECTORY = Directory.from_units([UnitSettings("501", ("Daniel Souza",), ("PJSIP/501",))])
OPEN = "trouxe um treco da farmácia pro seu Daniel"
PLAIN = "tenho uma entrega pro apartamento 501, meu nome é Rui"


def interpreter(model: LanguageModel | None) -> Interpreter:
    """Portuguese, one unit."""
    return Interpreter(Language.PORTUGUESE, DIRECTORY, model)


def by_rules(text: str) -> Facts:
    """What the rules make of it."""
    return understand_visitor(text, Language.PORTUGUESE, DIRECTORY)


async def read(asking: Interpreter, text: str, call_id: str, known: Facts | None = None) -> Facts:
    """Rules first."""
    return await asking.complete(by_rules(text), text, call_id, known)


async def test_rules_alone_need_no_model() -> None:
    alone = interpreter(None)
    await alone.prepare()
    assert await read(alone, OPEN, "call") == by_rules(OPEN)


async def test_the_model_is_asked_once_for_everything_that_is_open() -> None:
    model = FakeLanguageModel(intent="delivery", company="farmácia")
    facts = await read(interpreter(model), OPEN, "call")
    assert (facts.intent, facts.company, facts.resident) == (Intent.DELIVERY, "Farmácia", "Daniel Souza")
    (task,) = model.asked
    assert (task.instructions, task.text, task.schema) == (ALL.instructions, as_data(OPEN), ALL.schema)


async def test_it_is_not_asked_where_rules_have_read_everything() -> None:
    model = FakeLanguageModel(intent="visit")
    assert await read(interpreter(model), PLAIN, "call") == by_rules(PLAIN)
    assert model.asked == []


async def test_what_rules_have_read_is_not_overwritten() -> None:
    text = "tenho uma entrega da Amazon pro Daniel num treco do rui"
    model = FakeLanguageModel(intent="service", company="treco", visitor="rui", unit="999")
    facts = await read(interpreter(model), text, "call")
    assert (facts.intent, facts.company, facts.visitor) == (Intent.DELIVERY, "Amazon", "Rui")
    assert isinstance(facts.match, Found)


async def test_what_was_told_before_is_not_asked_for_again() -> None:
    """Nor is it replaced: a later answer to another question rings nobody else."""
    model = FakeLanguageModel(intent="visit", resident="Daniel", visitor="rui", company="farmácia")
    text = "o rui da farmácia num treco lá"
    before = by_rules("uma entrega da Amazon pra outro lugar")
    assert await read(interpreter(model), text, "call", before) == Facts(visitor="Rui")
    everything = by_rules("sou o Carlos, uma entrega da Amazon pro Daniel")
    model.asked.clear()
    assert await read(interpreter(model), text, "call", everything) == Facts()
    assert model.asked == []


async def test_a_model_without_schema_is_asked_three_small_things_at_once() -> None:
    model = FakeLanguageModel(1.0, intent="delivery", company="farmácia", resident="Daniel")
    model.constrained = False
    asking = interpreter(model)
    await asking.prepare()
    started = asyncio.get_running_loop().time()
    facts = await read(asking, OPEN, "call")
    assert asyncio.get_running_loop().time() - started == pytest.approx(1.0)
    assert (facts.intent, facts.company) == (Intent.DELIVERY, "Farmácia")
    assert [task.schema for task in model.asked] == [part.schema for part in PARTS]
    assert model.prepared == [ALL.instructions, *(part.instructions for part in PARTS)]


async def test_a_model_that_says_nothing_of_schemas_is_asked_for_everything_at_once() -> None:
    class Silent:
        """No more than the port."""

        def __init__(self) -> None:
            self.asked: list[LanguageTask] = []

        async def prepare(self, instructions: str) -> None:
            """Nothing to do."""

        async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
            """One fact."""
            self.asked.append(task)
            return {"intent": "delivery"}

    model = Silent()
    asking = interpreter(model)
    await asking.prepare()
    assert (await read(asking, OPEN, "call")).intent is Intent.DELIVERY
    assert [task.schema for task in model.asked] == [ALL.schema]


async def test_it_answers_more_than_it_was_asked() -> None:
    """A model held to nothing may; only what belongs to the question is looked at."""

    class Talkative(FakeLanguageModel):
        async def answer(self, task: LanguageTask) -> Mapping[str, Any]:
            return {"intent": "delivery", "decision": "grant", "visitor": {"name": "x"}, "unit": ["501"]}

    facts = await read(interpreter(Talkative()), OPEN, "call")
    assert (facts.intent, facts.visitor) == (Intent.DELIVERY, None)


async def test_a_slow_model_is_left_and_stopped() -> None:
    model = FakeLanguageModel(BUDGET_SECONDS + 0.1, intent="delivery")
    started = asyncio.get_running_loop().time()
    assert await read(interpreter(model), OPEN, "call") == by_rules(OPEN)
    assert asyncio.get_running_loop().time() - started == pytest.approx(BUDGET_SECONDS)
    assert model.cancelled == 1


async def test_two_visitors_do_not_wait_for_one_another() -> None:
    """A model that takes one after the other has its own queue, and the budget bounds the wait in it."""
    model = FakeLanguageModel(2.0, intent="delivery")
    asking = interpreter(model)
    async with asyncio.TaskGroup() as group:
        both = [group.create_task(read(asking, OPEN, "call")) for _ in range(2)]
    assert [task.result().intent for task in both] == [Intent.DELIVERY] * 2


async def test_cancelling_stops_the_model() -> None:
    model = FakeLanguageModel(2.0, intent="delivery")
    asking = interpreter(model)
    task = asyncio.create_task(read(asking, OPEN, "call"))
    await asyncio.sleep(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.cancelled == 1
    assert (await read(asking, OPEN, "call")).intent is Intent.DELIVERY


async def test_failures_are_logged_once_of_a_kind_until_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    model = FakeLanguageModel(intent="delivery")
    asking = interpreter(model)

    async def warnings(error: BackendUnavailable | BackendGarbled | None) -> int:
        caplog.clear()
        model.error = error
        facts = await read(asking, OPEN, "call")
        assert (facts.intent is None) == (error is not None)
        return sum(record.levelno == logging.WARNING for record in caplog.records)

    with caplog.at_level(logging.INFO):
        assert await warnings(BackendUnavailable("it is not there")) == 1
        assert await warnings(BackendUnavailable("it is not there")) == 0
        assert await warnings(BackendGarbled("it talks nonsense")) == 1
        assert await warnings(BackendUnavailable("it is not there")) == 0
        assert await warnings(None) == 0
        assert await warnings(BackendUnavailable("it is not there")) == 1


async def test_neither_words_nor_answers_stand_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    text = "o rui tá aqui com um treco da farmácia pro Daniel"
    model = FakeLanguageModel(intent="delivery", company="farmácia", visitor="rui", resident="Daniel")
    with caplog.at_level(logging.DEBUG):
        await read(interpreter(model), text, "a1b2")
    assert "Call a1b2: the language model added intent, visitor, company" in caplog.text
    for word in ("rui", "Rui", "arm", "Daniel", "treco", "delivery"):
        assert word not in caplog.text
