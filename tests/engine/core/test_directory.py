"""The directory decides who is meant: exactly, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.directory import Ambiguous, Directory, Found, Match, Mismatch, Nothing, Unit, UnknownUnit
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import UnitSettings
from voice_engine.core.spelling import spoken_forms
from voice_engine.core.transcript import Language

ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE


def directory(**units: tuple[str, ...]) -> Directory:
    """Units with their residents; ``_`` stands for a space, ``u`` at the start for nothing."""
    return Directory.from_units(
        UnitSettings(key.removeprefix("u").replace("_", " "), residents, ("PJSIP/1",))
        for key, residents in units.items()
    )


HOUSE = directory(
    u1=(),
    u12=(),
    u12B=("Thiago Reis",),
    u101=("Will Smith",),
    u302=("Carlos Lima",),
    u501=("Daniel Souza", "Maria Souza"),
    u1501=(),
    u5011=("Daniela Prado",),
    B_32=("Ana Clara",),
    A_201=("Bruno Alves",),
    B_201=("Mariana Alves",),
    Penthouse=("Grace Hope",),
    Cobertura_2=("Paulo Lima",),
    u7=(),
    u7A=(),
)


def told(match: Match) -> object:
    """A match in short: a unit, a unit with its resident, or what it was instead."""
    match match:
        case Found(unit=unit, resident=None):
            return unit.number
        case Found(unit=unit, resident=resident):
            return unit.number, resident
        case Mismatch(unit=unit, residents=residents):
            return unit.number, "not", *residents
        case Ambiguous(units=units):
            return {unit.number for unit in units}
        case UnknownUnit(number=number):
            return f"no {number}"
        case Nothing():
            return None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("i have a delivery for apartment five zero one", "501"),
        ("five oh one, please", "501"),
        ("501", "501"),
        ("Unit 501.", "501"),
        ("apartment number five hundred and one", "501"),
        ("fifteen oh one", "1501"),
        ("five zero one one", "5011"),
        ("apartment fifty one", "no 51"),
        ("nine nine nine", "no 999"),
        ("apartment 999 for daniel", "no 999"),
        ("999 daniel", "no 999"),
        ("apartment one", "1"),
        ("one", "1"),
        ("the one", None),
        ("i have two boxes for 501", "501"),
        ("2 boxes for daniel", "no 2"),
        ("20000 boxes for daniel", ("501", "Daniel Souza")),
        ("51", "no 51"),
        ("i am in 501 with 2 friends, apartment 302 please", "302"),
        ("apartment 501 or apartment 302", {"501", "302"}),
        ("501 or 302", {"501", "302"}),
        ("5th floor, apartment 501", "501"),
        ("12th floor, 501", "501"),
        ("visiting maria in five zero one", ("501", "Maria Souza")),
        ("visiting carlos in five zero one", ("501", "not", "Carlos Lima")),
        ("souza family in 302", ("302", "not", "Daniel Souza", "Maria Souza")),
        ("i'm carlos, 501 please", "501"),
        ("block bee thirty two", "B 32"),
        ("apartment twelve bee", "12B"),
        ("i want to see 302", "302"),
        ("souza family in 501", "501"),
        ("i am here to see daniel", ("501", "Daniel Souza")),
        ("my name is daniel", None),
        ("my name is carlos and i am visiting daniel", ("501", "Daniel Souza")),
        ("the souzas", None),
        ("souza", "501"),
        ("lima", {"302", "Cobertura 2"}),
        ("hello", None),
        ("", None),
    ],
)
def test_english(text: str, meant: object) -> None:
    assert told(HOUSE.find(text, ENGLISH)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("sou o carlos, vou no 501 falar com o daniel", ("501", "Daniel Souza")),
        ("apartamento quinhentos e um", "501"),
        ("apto cinco zero um", "501"),
        ("mil quinhentos e um", "1501"),
        ("unidade doze b", "12B"),
        ("sou um entregador", None),
        ("apartamento um", "1"),
        ("quinto andar, apartamento 501", "501"),
        ("5º andar, 501", "501"),
        ("entrega pro Tiago", ("12B", "Thiago Reis")),
        ("apartamento 32 do bloco b", "B 32"),
        ("bloco b, apartamento 32", "B 32"),
        ("bloco b 32", "B 32"),
        ("bloco bê trinta e dois", "B 32"),
        ("apartamento doze bê", "12B"),
        ("apartamento 12 zê", "12"),
        ("torre há 201", "A 201"),
        ("apartamento 501 há muito tempo", "501"),
        ("torre a, apto duzentos e um", "A 201"),
        ("cobertura dois", ("Cobertura 2")),
    ],
)
def test_portuguese(text: str, meant: object) -> None:
    assert told(HOUSE.find(text, PORTUGUESE)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("apartment 12", "12"),
        ("apartment 12 b", "12B"),
        ("12B", "12B"),
        ("apartment 12 c", "no 12C"),
        ("apartment b 12", "no 12B"),
        ("b thirty two", "B 32"),
        ("apartment b thirty two", "B 32"),
        ("32", "no 32"),
        ("apartment 201", {"A 201", "B 201"}),
        ("block a apartment 201", "A 201"),
        ("201 in tower b", "B 201"),
        ("block c apartment 12", "12"),
        ("penthouse", "Penthouse"),
        ("a delivery for the penthouse please", "Penthouse"),
        ("apartment 7", "7"),
        ("apartment 7 a delivery", {"7", "7A"}),
        ("apartment 501 a delivery", "501"),
    ],
)
def test_letters_and_blocks_are_part_of_a_number(text: str, meant: object) -> None:
    assert told(HOUSE.find(text, ENGLISH)) == meant


def test_letter_units_have_to_be_announced() -> None:
    house = directory(A=(), B=())
    assert told(house.find("house a", ENGLISH)) == "A"
    assert told(house.find("i have a delivery", ENGLISH)) is None


def test_blocks_with_numbers_are_told_from_the_units_number() -> None:
    house = directory(**{"Torre_1_apto_101": (), "2-101": ()})
    assert told(house.find("torre um apartamento cento e um", PORTUGUESE)) == "Torre 1 apto 101"
    assert told(house.find("apartamento 101 da torre 2", PORTUGUESE)) == "2-101"
    assert told(house.find("dois um zero um", PORTUGUESE)) == "2-101"
    assert told(house.find("torre 3 apartamento 101", PORTUGUESE)) == "no 101"


@given(st.sets(st.integers(1, 30_000), min_size=1, max_size=8), st.sampled_from(Language), st.data())
def test_a_unit_is_found_by_each_of_its_forms_and_by_no_other_number(
    numbers: set[int], language: Language, data: st.DataObject
) -> None:
    house = Directory.from_units(UnitSettings(str(number), (), ("PJSIP/1",)) for number in numbers)
    number = data.draw(st.sampled_from(sorted(numbers)) | st.integers(1, 30_000))
    carrier = "apartment" if language is ENGLISH else "apartamento"
    for form in spoken_forms(str(number), language):
        assert told(house.find(f"{carrier} {form}", language)) == (str(number) if number in numbers else f"no {number}")


@given(st.text(), st.sampled_from(Language))
def test_any_text_gets_an_answer(text: str, language: Language) -> None:
    assert isinstance(HOUSE.find(text, language), Found | Mismatch | UnknownUnit | Ambiguous | Nothing)


@pytest.mark.parametrize(
    ("keyed", "number"),
    [
        ("501", "501"),
        ("5011", "5011"),
        ("50", None),
        ("0501", None),
        ("12", "12"),
        ("12b", "12B"),
        ("32", "B 32"),
        ("B32", "B 32"),
        ("201", None),
        ("2", "Cobertura 2"),
        ("Apto 501", "501"),
        ("", None),
        ("*", None),
    ],
)
def test_a_keyed_number_finds_its_unit_and_may_lack_letters(keyed: str, number: str | None) -> None:
    unit = HOUSE.find_unit(keyed)
    assert (unit and unit.number) == number


def test_units_of_words_are_found_by_all_of_them_and_by_nothing_less() -> None:
    house = directory(Garden_view=(), u3=())
    assert told(house.find("visiting the garden view please", ENGLISH)) == "Garden view"
    assert told(house.find("garden", ENGLISH)) is None
    assert house.find_unit("") is None
    assert house.find_unit("garden view") is not None


def test_units_keep_what_the_settings_say() -> None:
    house = Directory.from_units([UnitSettings("501", ("Daniel Souza",), ("PJSIP/501", "SIP/x"))])
    assert house.units == (Unit("501", ("Daniel Souza",), ("PJSIP/501", "SIP/x")),)


def test_an_empty_directory_knows_no_unit() -> None:
    assert Directory.from_units(()).find("apartment 501", ENGLISH) == UnknownUnit("501")
    assert Directory.from_units(()).find("daniel", ENGLISH) == Nothing()


@pytest.mark.parametrize(
    ("units", "key"),
    [
        ((UnitSettings("501", (), ("x",)), UnitSettings("501", (), ("x",))), "units[1].unit"),
        ((UnitSettings("12B", (), ("x",)), UnitSettings("12-b", (), ("x",))), "units[1].unit"),
        ((UnitSettings("Apto 3", (), ("x",)), UnitSettings("3", (), ("x",))), "units[1].unit"),
        ((UnitSettings("1-2", (), ("x",)), UnitSettings("12", (), ("x",))), "units[1].unit"),
        ((UnitSettings("501", (), ("x",)), UnitSettings("502")), "units[1].phones"),
        ((UnitSettings("-", (), ("x",)),), "units[0].unit"),
        ((UnitSettings("", (), ("x",)),), "units[0].unit"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_key(units: tuple[UnitSettings, ...], key: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Directory.from_units(units)
    assert refusal.value.key == key


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("torre norte 501", "Norte-501"),
        ("torre norte apartamento 501", "Norte-501"),
        ("apartamento quinhentos e um da torre sul", "Bloco Sul 501"),
        ("bloco sul, quinhentos e um", "Bloco Sul 501"),
        ("apartamento 501", {"Norte-501", "Bloco Sul 501"}),
        ("torre norte apartamento 502", "no 502"),
        ("torre leste apartamento 501", {"Norte-501", "Bloco Sul 501"}),
    ],
)
def test_blocks_may_be_called_by_names(text: str, meant: object) -> None:
    towers = Directory.from_units(UnitSettings(number, (), ("PJSIP/1",)) for number in ("Norte-501", "Bloco Sul 501"))
    assert told(towers.find(text, PORTUGUESE)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("entrega para a dona cida", ("501", "Cida")),
        ("vim ver a maria aparecida", ("501", "Maria Aparecida Lima")),
        ("cida do 501", ("501", "Cida")),
        ("cida do 302", ("302", "not", "Cida")),
        ("vim ver a bia", {"302", "303"}),
        ("bia rocha", ("302", "Bia Rocha")),
        ("zé", None),
    ],
)
def test_nicknames_are_names_of_their_own(text: str, meant: object) -> None:
    house = directory(
        u501=("Maria Aparecida Lima", "Cida"),
        u302=("Beatriz Rocha", "Bia Rocha", "Zé"),
        u303=("Ana Beatriz Prado", "Bia"),
    )
    assert told(house.find(text, PORTUGUESE)) == meant


@pytest.mark.parametrize(
    ("keys", "whole"),
    [
        ("302", True),
        ("501", False),
        ("5011", True),
        ("50", False),
        ("32", True),
        ("201", True),
        ("7", True),
        ("", False),
    ],
)
def test_keys_are_whole_where_no_more_of_them_would_name_another_home(keys: str, whole: bool) -> None:
    assert HOUSE.is_whole(keys) is whole


def test_a_number_that_is_an_everyday_word_counts_behind_a_word_of_a_unit() -> None:
    assert told(directory(Cobertura_1=()).find("é na cobertura um", PORTUGUESE)) == "Cobertura 1"
    assert told(directory(Cobertura_1=()).find("é um presente", PORTUGUESE)) is None


TOWERS = directory(u1_101=(), u2_101=(), u2_1101=(), u1_102=(), Bloco_3_ap_102=())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("bloco 2 apartamento 101", "2 101"),
        ("cento e um, bloco dois", "2 101"),
        ("bloco três, cento e dois", "Bloco 3 ap 102"),
        ("bloco um, cento e um", "1 101"),
        ("apartamento 101", {"1 101", "2 101"}),
        ("apartamento 102", {"1 102", "Bloco 3 ap 102"}),
        ("bloco 4 apartamento 101", "no 101"),
        ("apartamento 1101", {"1 101", "2 1101"}),
        ("apartamento 2101", "2 101"),
        ("apartamento 103", "no 103"),
    ],
)
def test_without_its_block_a_home_is_in_doubt(text: str, meant: object) -> None:
    assert told(TOWERS.find(text, PORTUGUESE)) == meant
