"""Sentences of the settings: where they are said, and what is refused."""

from __future__ import annotations

import pytest

from voice_engine.backends.prompt_packs import load_pack
from voice_engine.core.errors import SettingsError
from voice_engine.core.prompts import Prompt
from voice_engine.core.sentences import OwnSentences, would_answer
from voice_engine.core.settings import DoorSettings, Settings
from voice_engine.core.settings_doors import EntranceSettings, SentenceSettings
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
DOORS = (EntranceSettings("Portão", ("1",)), EntranceSettings("Garage", ("2",), ENGLISH))


def own(*sentences: SentenceSettings) -> OwnSentences:
    """Two doors: a Portuguese one and an English one."""
    return OwnSentences.from_settings(Settings(doors=DOORS, sentences=sentences))


def said(sentences: OwnSentences, prompt: Prompt, language: Language, door: str) -> str:
    """What is said at a door."""
    return sentences.in_place_of(load_pack(language), door).render(prompt, "501")


def test_a_sentence_is_said_where_it_is_meant_to_be() -> None:
    """At one door before at all of them; in the language told, else in the door's, else in the general one."""
    sentences = own(
        SentenceSettings("goodbye", "Tchau."),
        SentenceSettings("goodbye", "Até mais.", door="Portão"),
        SentenceSettings("goodbye", "Bye-bye.", door="garage"),
        SentenceSettings("calling", "Ringing {unit}.", ENGLISH),
    )
    assert said(sentences, Prompt.GOODBYE, PORTUGUESE, "Portão") == "Até mais."
    assert said(sentences, Prompt.GOODBYE, PORTUGUESE, "Garage") == "Tchau."
    assert said(sentences, Prompt.GOODBYE, ENGLISH, "Garage") == "Bye-bye."
    assert said(sentences, Prompt.GOODBYE, ENGLISH, "Portão") == load_pack(ENGLISH).render(Prompt.GOODBYE)
    assert said(sentences, Prompt.CALLING, ENGLISH, "Portão") == "Ringing five zero one."


def test_without_doors_the_only_door_may_be_named() -> None:
    settings = Settings(
        language=ENGLISH, door=DoorSettings(name="Gate"), sentences=(SentenceSettings("goodbye", "Bye.", door="Gate"),)
    )
    sentences = OwnSentences.from_settings(settings)
    assert said(sentences, Prompt.GOODBYE, ENGLISH, "Gate") == "Bye."


@pytest.mark.parametrize(
    ("sentence", "key", "complaint"),
    [
        (SentenceSettings("welcom", "Olá."), "sentence", "welcom is no sentence of the door; did you mean welcome?"),
        (SentenceSettings("zzz", "Olá."), "sentence", "zzz is no sentence of the door"),
        (SentenceSettings("welcome"), "text", "is missing"),
        (SentenceSettings("calling", "Um momento."), "text", "must hold {unit}"),
        (SentenceSettings("welcome", "Olá {visitor}."), "text", "cannot hold {visitor}"),
        (SentenceSettings("more_info", "É {visitor}."), "text", "outside [brackets]"),
        (SentenceSettings("more_info", "É [{visitor}."), "text", "bracket"),
        (SentenceSettings("goodbye", "Tchau.", door="Quintal"), "door", "no door Quintal; there is Portão, Garage"),
        (SentenceSettings("granted_resident", "Pode entrar."), "text", "would let the visitor in"),
        (SentenceSettings("question", "{visit} Let them in?", ENGLISH), "text", "would let the visitor in"),
        (SentenceSettings("question", "{visit} Não, ou sim?"), "text", "would let the visitor in"),
        (
            SentenceSettings("answer_confirm", "Press 1, or say yes, let them in.", ENGLISH),
            "text",
            "would let the visitor in",
        ),
    ],
)
def test_what_could_not_be_said_is_refused_by_its_key(sentence: SentenceSettings, key: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        own(SentenceSettings("goodbye", "Tchau."), sentence)
    assert refusal.value.key == f"sentences[1].{key}"
    assert complaint in str(refusal.value)


def test_one_sentence_has_one_text_in_a_place() -> None:
    with pytest.raises(SettingsError, match=r"^sentences\[1\]: is for the same sentence as sentences\[0\]$"):
        own(SentenceSettings("goodbye", "Tchau."), SentenceSettings("goodbye", "Até.", PORTUGUESE))


@pytest.mark.parametrize("language", list(Language))
def test_the_echo_of_no_sentence_of_ours_would_let_anybody_in(language: Language) -> None:
    """Nor that of its end, where an answer is awaited."""
    pack = load_pack(language)
    assert not [prompt for prompt in Prompt if would_answer(pack.render(prompt, "501"), prompt, language)]
