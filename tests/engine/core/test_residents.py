"""Residents found by name: by whole words that sound alike, and never by guessing."""

from __future__ import annotations

import pytest

from voice_engine.core.residents import Resident, Residents
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
NAMES = {
    "501": ("Daniel Souza", "Maria Souza"),
    "302": ("Carlos da Silva Lima",),
    "303": ("Daniela Prado", "Will Smith"),
    "404": ("Thiago Reis", "Jo Li"),
    "405": ("Ana Claro",),
    "406": ("Mariana Fonseca", "Alexandre Nogueira"),
}
RESIDENTS = Residents(Resident(home, name) for home, names in NAMES.items() for name in names)


def named(text: str, language: Language = PORTUGUESE, home: str | None = None) -> set[str]:
    """Names of those whom ``text`` may name."""
    return {resident.name for resident in RESIDENTS.named(tokens(text), language, home)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("vim ver o Daniel", "Daniel Souza"),
        ("daniela", "Daniela Prado"),
        ("entrega para a Maria Sousa", "Maria Souza"),
        ("tiago", "Thiago Reis"),
        ("o senhor Lima", "Carlos da Silva Lima"),
        ("reis", "Thiago Reis"),
        ("marianna", "Mariana Fonseca"),
        ("dona ana", "Ana Claro"),
        ("ana claro", "Ana Claro"),
    ],
)
def test_a_name_is_enough_and_may_be_spelled_otherwise(text: str, name: str) -> None:
    assert named(text) == {name}


@pytest.mark.parametrize("text", ["d", "jo", "li", "da", "dan", "silv", "danielle souzinha", "claro", "", "a o e"])
def test_letters_short_words_parts_of_names_and_everyday_words_name_nobody(text: str) -> None:
    assert named(text) == set()


def test_a_name_nearly_heard_needs_another() -> None:
    assert named("alexander") == set()
    assert named("fonsega") == set()
    assert named("alexander noguera") == {"Alexandre Nogueira"}


def test_a_long_name_nearly_heard_is_enough_if_no_other_comes_near() -> None:
    assert named("noguera") == {"Alexandre Nogueira"}
    alike = Residents([Resident("1", "Ana Nogueira"), Resident("2", "Ana Noguerra")])
    assert alike.named(["noguejra"], PORTUGUESE) == ()
    short = Residents([Resident("1", "Silvia Reis"), Resident("2", "Mariana Reis")])
    assert short.named(["silva"], PORTUGUESE) == ()
    assert short.named(["marina"], PORTUGUESE) == ()


def test_names_that_differ_by_gender_are_not_one_name_misheard() -> None:
    assert named("carla lima") == {"Carlos da Silva Lima"}
    assert named("mariano fonsega") == set()


def test_several_are_told_when_the_name_does_not_decide() -> None:
    assert named("souza") == {"Daniel Souza", "Maria Souza"}
    assert named("daniel souza") == {"Daniel Souza"}
    assert named("daniel lima") == {"Daniel Souza", "Carlos da Silva Lima"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("meu nome é daniel", PORTUGUESE),
        ("sou o carlos", PORTUGUESE),
        ("sou o carlos da silva lima", PORTUGUESE),
        ("aqui é a daniela prado", PORTUGUESE),
        ("my name is daniel", ENGLISH),
        ("hello i'm carlos", ENGLISH),
        ("this is daniela", ENGLISH),
    ],
)
def test_visitors_who_introduce_themselves_name_no_resident(text: str, language: Language) -> None:
    assert named(text, language) == set()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("sou o carlos vou visitar o daniel", PORTUGUESE),
        ("bom dia meu nome é carlos lima quero falar com o daniel souza", PORTUGUESE),
        ("my name is carlos and i am here to see daniel", ENGLISH),
        ("i am here to see daniel", ENGLISH),
        ("this is a delivery for daniel", ENGLISH),
        ("it's for daniel", ENGLISH),
    ],
)
def test_the_resident_is_heard_beside_the_introduction(text: str, language: Language) -> None:
    assert named(text, language) == {"Daniel Souza"}


def test_names_that_are_also_everyday_words_need_another() -> None:
    assert named("i will deliver a pizza", ENGLISH) == set()
    assert named("will smith", ENGLISH) == {"Will Smith"}
    assert named("mister smith", ENGLISH) == {"Will Smith"}


@pytest.mark.parametrize(("said", "name"), [("cris", "Chris Reis"), ("cristina", "Christina Prado")])
def test_a_hard_ch_sounds_as_a_c(said: str, name: str) -> None:
    house = Residents([Resident("1", "Chris Reis"), Resident("2", "Christina Prado"), Resident("3", "Michele Lima")])
    assert [resident.name for resident in house.named([said], PORTUGUESE)] == [name]
    assert [resident.name for resident in house.named(["mixele"], PORTUGUESE)] == ["Michele Lima"]


def test_only_one_home_may_be_asked() -> None:
    assert named("daniel", home="501") == {"Daniel Souza"}
    assert named("daniel", home="302") == set()
    assert named("souza", home="302") == set()
