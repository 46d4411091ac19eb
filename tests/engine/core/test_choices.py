"""What a stranger may be told to choose from, and what is taken for a choice."""

from __future__ import annotations

import pytest

from voice_engine.core.choices import Choice, ChoiceKind, choices, chosen
from voice_engine.core.directory import Ambiguous, Directory
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE


def offered(said: str, residents: dict[str, tuple[str, ...]], language: Language = ENGLISH) -> tuple[Choice, ...]:
    """What is offered in a house to a visitor who said something."""
    house = Directory.from_units(UnitSettings(number, names, ("x",)) for number, names in residents.items())
    match = house.find(said, language)
    assert isinstance(match, Ambiguous)
    return choices(match)


def labels(said: str, *names: str) -> list[str]:
    """What is told of residents of that many homes."""
    return [choice.label for choice in offered(said, {str(100 + n): (name,) for n, name in enumerate(names)})]


@pytest.mark.parametrize(
    ("said", "names", "told"),
    [
        ("ana", ("Ana Beatriz Lima", "Ana Clara Souza"), ["Ana Beatriz", "Ana Clara"]),
        ("maria", ("Maria da Silva", "Maria de Souza"), ["Maria da Silva", "Maria de Souza"]),
        ("silva", ("Ana Silva", "Bruno Silva"), ["Ana Silva", "Bruno Silva"]),
        ("ana", ("Ana Lima", "Ana Souza", "Ana Dias"), ["Ana Lima", "Ana Souza", "Ana Dias"]),
        ("ana", ("Ana Lima", "Ana Souza", "Ana Dias", "Ana Reis"), []),  # too many
        ("ana", ("Ana Lima", "Ana Lima"), []),  # not to be told apart
    ],
)
def test_names_are_told_as_far_as_they_differ(said: str, names: tuple[str, ...], told: list[str]) -> None:
    assert labels(said, *names) == told


def test_names_that_were_not_said_are_not_told() -> None:
    """Likeness is not enough to read names of the directory aloud."""
    assert labels("alessandra", "Alessandra Lima", "Alessandra Dias") == ["Alessandra Lima", "Alessandra Dias"]
    assert labels("alessanda", "Alessandra Lima", "Alessandra Dias") == []


@pytest.mark.parametrize(
    ("units", "said", "kind", "told"),
    [
        (("A-32", "B-32"), "apartment thirty two", ChoiceKind.BLOCK, ["A", "B"]),
        (("32 bloco A", "32 bloco B"), "apartment thirty two", ChoiceKind.BLOCK, ["A", "B"]),
        (("12A", "12B"), "apartment twelve", ChoiceKind.UNIT, ["12A", "12B"]),
    ],
)
def test_units_of_one_number_are_told(units: tuple[str, ...], said: str, kind: ChoiceKind, told: list[str]) -> None:
    found = offered(said, dict.fromkeys(units, ()))
    assert [(choice.kind, choice.label) for choice in found] == [(kind, label) for label in told]
    assert found[0].told(ENGLISH) == {"A": "A", "12A": "one two A"}[told[0]]


ANAS = {"302": ("Ana Clara Lima",), "303": ("Ana Beatriz Prado",)}
BLOCKS: dict[str, tuple[str, ...]] = {"A-32": (), "B-32": ()}


@pytest.mark.parametrize(
    ("language", "said", "unit"),
    [
        (ENGLISH, "beatriz", "303"),
        (ENGLISH, "ana clara please", "302"),
        (ENGLISH, "the first one", "302"),
        (ENGLISH, "the last", "303"),
        (PORTUGUESE, "a clara", "302"),
        (PORTUGUESE, "a segunda", "303"),
        (PORTUGUESE, "prado", "303"),
        (ENGLISH, "ana", None),
        (ENGLISH, "the third", None),
        (ENGLISH, "daniel", None),
        (ENGLISH, "", None),
    ],
)
def test_a_resident_is_chosen_by_name_or_place(language: Language, said: str, unit: str | None) -> None:
    found = chosen(said, language, offered("ana", ANAS))
    assert (found and found.unit.number) == unit


@pytest.mark.parametrize(
    ("language", "said", "unit"),
    [
        (ENGLISH, "block b", "B-32"),
        (ENGLISH, "bee", "B-32"),
        (ENGLISH, "it's a", "A-32"),
        (PORTUGUESE, "bloco a", "A-32"),
        (PORTUGUESE, "é o bloco bê", "B-32"),
        (PORTUGUESE, "a", "A-32"),
        (PORTUGUESE, "no primeiro", "A-32"),
        (PORTUGUESE, "a casa da minha tia", None),
        (ENGLISH, "block c", None),
        (ENGLISH, "", None),
    ],
)
def test_a_block_is_chosen_by_its_letter_or_place(language: Language, said: str, unit: str | None) -> None:
    found = chosen(said, language, offered("32", BLOCKS))
    assert (found and found.unit.number) == unit


@pytest.mark.parametrize(
    ("said", "unit"),
    [("norte", "Norte-501"), ("na torre sul", "Sul-501"), ("a segunda", "Sul-501"), ("leste", None), ("", None)],
)
def test_a_block_is_chosen_by_its_name(said: str, unit: str | None) -> None:
    towers = offered("apartamento 501", {"Norte-501": (), "Sul-501": ()}, PORTUGUESE)
    assert towers[0].told(PORTUGUESE) == "Norte cinco zero um"
    found = chosen(said, PORTUGUESE, towers)
    assert (found and found.unit.number) == unit
