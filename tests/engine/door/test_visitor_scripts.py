"""What visitors are asked and told until a phone rings, script by script."""

from __future__ import annotations

import pytest

from tests.engine.door.scripts import EVERYTHING, visit
from tests.engine.door.stage import heard
from tests.engine.fakes import FakeTranscriber
from voice_engine.core.events import CallEventKind, Disposition, Party
from voice_engine.core.facts import Intent
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language, Question

pytestmark = pytest.mark.virtual_time

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE


# --- extra questions --------------------------------------------------------------------------------------------------


async def test_a_guest_is_asked_what_for_and_the_name() -> None:
    async with visit() as call:
        await call.says("apartment five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("a visit")
        await call.hears(Prompt.ASK_NAME)
        await call.says("Carlos")
        await call.hears(Prompt.CALLING, "501")
        resident = await call.resident()
        assert "Carlos is here to see five zero one." in resident.prompts[0]
        resident.press("1")
        told = await call.ends()
    assert (told.intent, told.visitor, told.disposition) == (Intent.VISIT, "Carlos", Disposition.GRANTED)


async def test_uma_visita_e_perguntada_pelo_motivo_e_pelo_nome() -> None:
    async with visit(PORTUGUESE) as call:
        await call.says("apartamento quinhentos e um")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("é visita")
        await call.hears(Prompt.ASK_NAME)
        await call.says("é o Carlos")
        await call.hears(Prompt.CALLING, "501")
        resident = await call.resident()
        assert "Carlos veio visitar o cinco zero um." in resident.prompts[0]


async def test_a_delivery_needs_no_name() -> None:
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("a delivery from amazon")
        await call.hears(Prompt.CALLING, "501")
        resident = await call.resident()
        assert "A delivery from Amazon for five zero one." in resident.prompts[0]


async def test_uma_entrega_dispensa_o_nome() -> None:
    async with visit(PORTUGUESE) as call:
        await call.says("tenho uma entrega para o quinhentos e um")
        await call.hears(Prompt.CALLING, "501")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (ENGLISH, "hello my name is carlos, i'm visiting daniel in apartment five zero one"),
        (PORTUGUESE, "oi, meu nome é carlos, vim visitar o daniel no quinhentos e um"),
    ],
)
async def test_what_was_told_in_one_sentence_is_not_asked_again(language: Language, said: str) -> None:
    async with visit(language) as call:
        await call.says(said)
        await call.hears(Prompt.CALLING, "501")


async def test_whoever_comes_to_work_is_asked_the_name_only() -> None:
    async with visit() as call:
        await call.says("i'm the plumber for apartment five zero one")
        await call.hears(Prompt.ASK_NAME)
        await call.says("paul")
        await call.hears(Prompt.CALLING, "501")
        assert "Paul is here to do some work" in (await call.resident()).prompts[0]


async def test_no_answer_to_an_extra_question_goes_on() -> None:
    """One attempt; the resident hears what is known."""
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.hears(Prompt.CALLING, "501")
        assert call.rung == ["PJSIP/501"]


async def test_quem_nao_diz_o_nome_e_anunciado_sem_nome() -> None:
    async with visit(PORTUGUESE) as call:
        await call.says("vim fazer uma visita no quinhentos e um")
        await call.hears(Prompt.ASK_NAME)
        await call.hears(Prompt.CALLING, "501")
        assert "Alguém veio visitar o cinco zero um." in (await call.resident()).prompts[0]


async def test_pound_skips_an_extra_question() -> None:
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.dials("#")
        await call.hears(Prompt.CALLING, "501")


async def test_the_unit_is_corrected_by_voice_while_something_else_is_asked() -> None:
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("no, it's three zero two, a delivery")
        await call.hears(Prompt.CALLING, "302")
        assert call.rung == ["PJSIP/302"]


async def test_o_apartamento_e_corrigido_quando_se_pergunta_o_nome() -> None:
    async with visit(PORTUGUESE) as call:
        await call.says("visita para o quinhentos e um")
        await call.hears(Prompt.ASK_NAME)
        await call.says("não, é no trezentos e dois")
        await call.hears(Prompt.CALLING, "302")


async def test_the_unit_is_corrected_by_keypad_while_something_else_is_asked() -> None:
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.dials("302#")
        await call.hears(Prompt.CALLING, "302")
        assert call.rung == ["PJSIP/302"]


async def test_a_correction_to_a_unit_that_does_not_exist_is_said_so() -> None:
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("no, five zero nine")
        await call.hears(Prompt.UNIT_UNKNOWN, "509")
        assert call.rung == []


async def test_two_boxes_are_no_correction() -> None:
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("a delivery of 2 boxes")
        await call.hears(Prompt.CALLING, "501")


async def test_whoever_dials_is_asked_nothing() -> None:
    async with visit() as call:
        await call.dials("501#")
        await call.hears(Prompt.CALLING, "501")


async def test_an_empty_list_asks_nothing() -> None:
    async with visit(questions=()) as call:
        await call.says("five zero one")
        await call.hears(Prompt.CALLING, "501")


async def test_only_the_questions_wanted_are_asked() -> None:
    async with visit(questions=("name",)) as call:
        await call.says("visiting five zero one")
        await call.hears(Prompt.ASK_NAME)


async def test_a_recogniser_that_knows_no_names_is_not_asked_for_one() -> None:
    transcriber = FakeTranscriber()
    transcriber.not_understood = frozenset({Question.NAME})
    async with visit(transcriber=transcriber) as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("a visit")
        await call.hears(Prompt.CALLING, "501")
        assert [asked.question for asked in transcriber.asked] == [Question.UNIT, Question.INTENT]


# --- several may be meant ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "first", "then"),
    [
        (ENGLISH, "i'm here to see ana", "beatriz"),
        (ENGLISH, "a delivery for ana", "ana beatriz please"),
        (ENGLISH, "visiting ana", "the second one"),
        (PORTUGUESE, "vim visitar a ana", "a beatriz"),
        (PORTUGUESE, "entrega para a ana", "a segunda"),
    ],
)
async def test_of_several_residents_the_visitor_is_asked_which(language: Language, first: str, then: str) -> None:
    """No surnames, and the apartment is not told."""
    async with visit(language, questions=()) as call:
        await call.says(first)
        await call.hears(Prompt.WHICH_RESIDENT, "", "Ana Clara", "Ana Beatriz")
        await call.says(then)
        await call.hears(Prompt.CALLING_RESIDENT)
        assert call.rung == ["PJSIP/303"]


async def test_the_keypad_answers_which_resident_too() -> None:
    async with visit(questions=()) as call:
        await call.says("ana")
        await call.hears(Prompt.WHICH_RESIDENT, "", "Ana Clara", "Ana Beatriz")
        await call.dials("302#")
        await call.hears(Prompt.CALLING, "302")


async def test_a_key_chooses_by_the_order_told() -> None:
    async with visit(questions=()) as call:
        await call.says("ana")
        await call.hears(Prompt.WHICH_RESIDENT, "", "Ana Clara", "Ana Beatriz")
        await call.dials("2")
        await call.hears(Prompt.CALLING_RESIDENT)
        assert call.rung == ["PJSIP/303"]


async def test_who_keeps_saying_the_name_is_asked_for_more_and_then_for_keys() -> None:
    async with visit(questions=()) as call:
        await call.says("ana")
        await call.hears(Prompt.WHICH_RESIDENT, "", "Ana Clara", "Ana Beatriz")
        await call.says("ana")
        await call.hears(Prompt.UNIT_AMBIGUOUS)
        await call.says("ana")
        await call.hears(Prompt.UNIT_AMBIGUOUS)
        await call.says("ana")
        await call.hears(Prompt.UNIT_KEYPAD_ONLY)


@pytest.mark.parametrize(
    ("language", "first", "then"),
    [
        (ENGLISH, "apartment thirty two", "block b"),
        (ENGLISH, "apartment thirty two", "it's b"),
        (ENGLISH, "three two", "the second"),
        (PORTUGUESE, "apartamento trinta e dois", "bloco bê"),
        (PORTUGUESE, "trinta e dois", "é o b"),
    ],
)
async def test_of_several_blocks_the_visitor_is_asked_which(language: Language, first: str, then: str) -> None:
    async with visit(language, questions=()) as call:
        await call.says(first)
        await call.hears(Prompt.WHICH_BLOCK, "", "A", "B")
        await call.says(then)
        await call.hears(Prompt.CALLING, "B-32")
        assert call.rung == ["PJSIP/2032"]


async def test_a_dialed_number_in_several_blocks_is_asked_about() -> None:
    async with visit(questions=()) as call:
        await call.dials("32#")
        await call.hears(Prompt.WHICH_BLOCK, "", "A", "B")
        await call.dials("1#")
        await call.hears(Prompt.CALLING, "A-32")


async def test_por_teclas_tambem_se_escolhe_o_bloco() -> None:
    async with visit(PORTUGUESE, transcriber=FakeTranscriber([ENGLISH])) as call:
        await call.dials("32#")
        await call.hears(Prompt.WHICH_KEYPAD, "", "A", "B")
        assert call.visitor.prompts[-1] == "Por favor, tecle 1 para A ou 2 para B."
        await call.dials("2")
        await call.hears(Prompt.CALLING, "B-32")


# --- names that do not fit --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said", "again"),
    [
        (ENGLISH, "daniel in three zero two", "three zero two"),
        (PORTUGUESE, "o daniel do trezentos e dois", "trezentos e dois"),
    ],
)
async def test_a_name_that_does_not_fit_is_said_so_and_the_unit_counts_if_named_again(
    language: Language, said: str, again: str
) -> None:
    async with visit(language, questions=()) as call:
        await call.says(said)
        await call.hears(Prompt.UNIT_MISMATCH)
        assert call.rung == []
        await call.says(again)
        await call.hears(Prompt.CALLING, "302")
        assert "Daniel" not in (await call.resident()).prompts[0]


async def test_the_name_may_be_what_was_right_and_its_home_is_not_told() -> None:
    async with visit(questions=()) as call:
        await call.says("daniel in three zero two")
        await call.hears(Prompt.UNIT_MISMATCH)
        await call.says("daniel souza")
        await call.hears(Prompt.CALLING_RESIDENT)
        assert call.rung == ["PJSIP/501"]
        assert not any("five zero one" in prompt for prompt in call.visitor.prompts)


async def test_a_misfit_is_said_once_only() -> None:
    async with visit(questions=()) as call:
        await call.says("daniel in three zero two")
        await call.hears(Prompt.UNIT_MISMATCH)
        await call.says("daniel in three zero two")
        await call.hears(Prompt.CALLING, "302")


async def test_a_name_that_does_not_fit_is_noticed_while_asking_what_for() -> None:
    async with visit() as call:
        await call.says("three zero two")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("i'm visiting daniel")
        await call.hears(Prompt.UNIT_MISMATCH)


async def test_a_namesake_elsewhere_does_not_matter_once_the_unit_is_known() -> None:
    async with visit() as call:
        await call.says("three zero two")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("a delivery for ana")
        await call.hears(Prompt.CALLING, "302")
        assert "Ana Clara Lima" in (await call.resident()).prompts[0]


async def test_a_visitor_called_like_a_resident_is_only_called_so() -> None:
    async with visit() as call:
        await call.says("visiting three zero two")
        await call.hears(Prompt.ASK_NAME)
        await call.says("Daniel Souza")
        await call.hears(Prompt.CALLING, "302")
        assert "Daniel Souza is here to see three zero two." in (await call.resident()).prompts[0]


# --- doubt ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said", "yes"),
    [
        (ENGLISH, "apartment five zero one", "yes"),
        (ENGLISH, "apartment five zero one", "that's right"),
        (PORTUGUESE, "apartamento quinhentos e um", "isso mesmo"),
        (PORTUGUESE, "apartamento quinhentos e um", "é isso"),
    ],
)
async def test_a_unit_hardly_heard_is_confirmed(language: Language, said: str, yes: str) -> None:
    async with visit(language, questions=()) as call:
        await call.says(said, confidence=0.52)
        await call.hears(Prompt.CONFIRM_UNIT, "501")
        assert call.rung == []
        await call.says(yes)
        await call.hears(Prompt.CALLING, "501")


@pytest.mark.parametrize(("language", "said", "no"), [(ENGLISH, "five zero one", "no"), (PORTUGUESE, "501", "não")])
async def test_a_no_leads_back_to_the_question(language: Language, said: str, no: str) -> None:
    """It is no turn in vain: there are still two of each kind."""
    async with visit(language, questions=()) as call:
        await call.says(said, confidence=0.52)
        await call.hears(Prompt.CONFIRM_UNIT, "501")
        await call.says(no)
        await call.hears(Prompt.UNIT_AGAIN)
        for prompt in (Prompt.UNIT_NO_MATCH, Prompt.UNIT_NO_MATCH, Prompt.UNIT_KEYPAD_ONLY):
            await call.says("hm")
            await call.hears(prompt)


async def test_a_no_with_the_right_number_needs_no_more() -> None:
    async with visit(questions=()) as call:
        await call.says("five zero one", confidence=0.52)
        await call.hears(Prompt.CONFIRM_UNIT, "501")
        await call.says("no, it's three zero two")
        await call.hears(Prompt.CALLING, "302")


@pytest.mark.parametrize(
    ("keys", "prompt", "unit"),
    [("1", Prompt.CALLING, "501"), ("2", Prompt.UNIT_AGAIN, ""), ("302#", Prompt.CALLING, "302")],
)
async def test_keys_confirm_deny_and_correct(keys: str, prompt: Prompt, unit: str) -> None:
    async with visit(questions=()) as call:
        await call.says("five zero one", confidence=0.52)
        await call.hears(Prompt.CONFIRM_UNIT, "501")
        await call.dials(keys)
        await call.hears(prompt, unit)


async def test_silence_at_a_confirmation_is_asked_again() -> None:
    async with visit(questions=()) as call:
        await call.says("five zero one", confidence=0.52)
        await call.hears(Prompt.CONFIRM_UNIT, "501")
        await call.hears(Prompt.CONFIRM_UNIT, "501")
        await call.says("yes")
        await call.hears(Prompt.CALLING, "501")


async def test_a_name_only_like_two_is_confirmed_by_no_more_than_that_name() -> None:
    async with visit(questions=()) as call:
        await call.says("i am here to see alessanda")
        await call.hears(Prompt.CONFIRM_RESIDENT, "", "Alessandra")
        await call.says("yes")
        await call.hears(Prompt.CALLING_RESIDENT)
        assert call.rung == ["PJSIP/802"]


# --- asking again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
async def test_silence_and_mumbling_are_asked_again_twice_each_then_by_keypad_then_never(language: Language) -> None:
    async with visit(language) as call:
        await call.hears(Prompt.UNIT_NO_INPUT)
        await call.says("hm")
        await call.hears(Prompt.UNIT_NO_MATCH)
        await call.hears(Prompt.UNIT_NO_INPUT)
        await call.says("hm")
        await call.hears(Prompt.UNIT_NO_MATCH)
        await call.hears(Prompt.UNIT_KEYPAD_ONLY)
        await call.hears(Prompt.NOT_UNDERSTOOD_GOODBYE)
        assert (await call.ends()).disposition is Disposition.NOT_UNDERSTOOD
        assert call.rung == []


async def test_the_keypad_that_is_offered_leads_through_and_nothing_more_is_asked() -> None:
    async with visit() as call:
        for prompt in (Prompt.UNIT_NO_MATCH, Prompt.UNIT_NO_MATCH, Prompt.UNIT_KEYPAD_ONLY):
            await call.says("hm")
            await call.hears(prompt)
        await call.dials("501#")
        await call.hears(Prompt.CALLING, "501")


@pytest.mark.parametrize("language", [PORTUGUESE])
async def test_where_no_speech_is_understood_all_is_said_for_keys(language: Language) -> None:
    async with visit(language, transcriber=FakeTranscriber([ENGLISH])) as call:
        await call.hears(Prompt.UNIT_KEYPAD_ONLY)
        await call.dials("999#")
        await call.hears(Prompt.UNIT_UNKNOWN_KEYPAD, "999")
        await call.dials("501#")
        await call.hears(Prompt.CALLING, "501")
        resident = await call.resident()
        resident.press("1")
        assert (await call.ends()).disposition is Disposition.GRANTED


# --- deliveries that are left at the desk -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [(ENGLISH, "i have a delivery for apartment seven hundred"), (PORTUGUESE, "entrega para o setecentos")],
)
async def test_a_delivery_is_left_at_the_desk(language: Language, said: str) -> None:
    async with visit(language) as call:
        await call.says(said)
        await call.hears(Prompt.LEFT_AT_DESK_VISITOR)
        await call.hears(Prompt.GOODBYE)
        assert (await call.ends()).disposition is Disposition.LEFT_AT_DESK
        assert call.rung == []
        assert call.door.kinds == [CallEventKind.RANG, CallEventKind.NO_ANSWER, CallEventKind.ENDED]


@pytest.mark.parametrize("questions", [EVERYTHING, ()])
async def test_what_they_come_for_is_asked_where_it_decides(questions: tuple[str, ...]) -> None:
    """Even of those who dialed, and where nothing else is asked."""
    async with visit(questions=questions) as call:
        await call.dials("700#")
        await call.hears(Prompt.ASK_INTENT)
        await call.says("it's a delivery")
        await call.hears(Prompt.LEFT_AT_DESK_VISITOR)


async def test_a_visit_to_such_a_unit_is_announced() -> None:
    async with visit() as call:
        await call.says("visita")
        await call.hears(Prompt.UNIT_NO_MATCH)
        await call.says("i'm carlos, visiting apartment seven hundred")
        await call.hears(Prompt.CALLING, "700")
        assert call.rung == ["PJSIP/700"]


async def test_who_does_not_tell_what_for_is_announced() -> None:
    async with visit(questions=()) as call:
        await call.says("seven hundred")
        await call.hears(Prompt.ASK_INTENT)
        await call.hears(Prompt.CALLING, "700")


async def test_home_assistant_may_speak_into_a_question_which_then_stands() -> None:
    async with visit() as call:
        await call.says("five zero one")
        await call.hears(Prompt.ASK_INTENT)
        call.door.tools.desk.say(str(call.visitor.leg_id), Party.VISITOR, "Just a moment.")
        await heard(call.visitor, call.heard + 1)
        call.heard += 1
        await call.says("a delivery")
        await call.hears(Prompt.CALLING, "501")
        assert call.door.observer.events[-1].call.intent is Intent.DELIVERY
