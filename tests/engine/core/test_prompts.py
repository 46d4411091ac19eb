"""Sentence packs are checked when made, and say units digit by digit."""

from __future__ import annotations

import pytest

from voice_engine.core.directory import Found, Unit
from voice_engine.core.errors import SettingsError
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.prompts import WITH_OPTIONS, WITH_UNIT, WITH_VISIT, Prompt, PromptPack
from voice_engine.core.transcript import Language

SENTENCES: dict[str, object] = {
    prompt.value: f"About {{visit}}: {prompt}"
    if prompt in WITH_VISIT
    else f"About {{unit}}: {prompt}"
    if prompt in WITH_UNIT
    else f"About {{options}}: {prompt}"
    if prompt in WITH_OPTIONS
    else f"About {prompt}"
    for prompt in Prompt
}
KNOWN = Facts(Intent.DELIVERY, "Rui", "iFood", Found(Unit("501", ("Daniel",), ("x",)), "Daniel"))


def pack(language: Language = Language.ENGLISH, **changes: object) -> PromptPack:
    """A pack with changes; None takes a sentence away."""
    return PromptPack.from_mapping("en", language, {k: v for k, v in {**SENTENCES, **changes}.items() if v is not None})


def test_units_are_said_digit_by_digit() -> None:
    assert pack(calling="Calling {unit}.").render(Prompt.CALLING, unit="12B") == "Calling one two B."
    portuguese = pack(Language.PORTUGUESE, calling="Chamo o {unit}.")
    assert portuguese.render(Prompt.CALLING, unit="501") == "Chamo o cinco zero um."


def test_a_unit_is_ignored_where_the_sentence_names_none() -> None:
    assert pack(goodbye="Bye.").render(Prompt.GOODBYE, unit="501") == "Bye."
    assert pack(goodbye="Bye.").render(Prompt.GOODBYE) == "Bye."


def test_choices_are_listed_as_people_do() -> None:
    said = pack(which_block="Block {options}?", which_keypad="Press {options}.")
    assert said.render(Prompt.WHICH_BLOCK, options=("A", "B")) == "Block A or B?"
    assert said.render(Prompt.WHICH_BLOCK, options=("A", "B", "C")) == "Block A, B or C?"
    assert said.render(Prompt.WHICH_KEYPAD, options=("A", "B")) == "Press 1 for A or 2 for B."
    portuguese = pack(Language.PORTUGUESE, which_keypad="Tecle {options}.")
    assert portuguese.render(Prompt.WHICH_KEYPAD, options=("A", "B")) == "Tecle 1 para A ou 2 para B."


def test_line_breaks_and_escaped_braces_are_spoken_plainly() -> None:
    assert pack(goodbye=" Good\n  bye {{now}}. ").render(Prompt.GOODBYE) == "Good bye {now}."


def test_parts_are_said_where_all_they_name_is_known() -> None:
    said = pack(
        announce_delivery="A delivery[ from {company}] for [{resident} in|home] {unit}.",
        announce_visitor="[{visitor}|Somebody] for {unit}.",
        question="Hi! {visit} Yes?",
        more_info="[{visitor} of {company}. ]That is all.",
    )
    assert said.render(Prompt.QUESTION, "501", KNOWN) == "Hi! A delivery from iFood for Daniel in five zero one. Yes?"
    only = Facts(Intent.DELIVERY)
    assert said.render(Prompt.QUESTION, "501", only) == "Hi! A delivery for home five zero one. Yes?"
    assert said.render(Prompt.QUESTION, "501") == "Hi! Somebody for five zero one. Yes?"
    assert said.render(Prompt.MORE_INFO, "501", KNOWN) == "Rui of iFood. That is all."
    assert said.render(Prompt.MORE_INFO, "501", Facts(visitor="Rui")) == "That is all."


def test_what_visitors_say_is_never_read_as_a_sentence_with_parts() -> None:
    said = pack(more_info="[{visitor}.]").render(Prompt.MORE_INFO, facts=Facts(visitor="{unit} [x]"))
    assert said == "{unit} [x]."


@pytest.mark.parametrize(
    ("key", "sentence", "complaint"),
    [
        ("goodbye", None, "missing"),
        ("goodbye", "  ", "missing"),
        ("goodbye", 5, "not a sentence"),
        ("goodbye", "Bye {unit}", "cannot hold {unit}"),
        ("goodbye", "Bye {name}", "cannot hold {name}"),
        ("calling", "Calling.", "must hold {unit}"),
        ("calling", "Calling {}.", "cannot hold {}"),
        ("calling", "Calling {unit} {unit.number}.", "cannot hold {unit.number}"),
        ("calling", "Calling {unit", "brace"),
        ("calling", "Calling unit}", "brace"),
        ("goodbye", "Bye[ {visitor}]", "nothing in optional parts"),
        ("more_info", "It is {visitor}.", "outside [brackets]"),
        ("more_info", "It is [{unit}].", "optional parts"),
        ("more_info", "It is [so].", "name something"),
        ("more_info", "It is [{visitor}", "bracket"),
        ("more_info", "It is [{visitor}|a|b]", "bracket"),
        ("more_info", "It is [{visitor]", "brace"),
        ("announce_visit", "[{visitor} for {unit}].", "must hold {unit}"),
        ("question", "For {unit}.", "cannot hold {unit}"),
        ("question", "Well?", "must hold {visit}"),
        ("shout", "Hey!", "no sentence of the door"),
    ],
)
def test_what_could_not_be_said_is_refused_by_pack_and_key(key: str, sentence: object, complaint: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        pack(**{key: sentence})
    assert refusal.value.key == f"en.{key}"
    assert complaint in str(refusal.value)
