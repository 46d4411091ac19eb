"""The ingress page in a real browser, opened directly and through a proxy that plays Home Assistant's ingress."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from tests.engine.scribe.room import quiet
from tests.engine.servers.browser import CHROMIUM, browsing
from tests.engine.servers.contract import contract
from tests.engine.servers.ingress import ingress
from tests.engine.servers.serving import AT, TOKEN, Behind, call_event, serving
from voice_engine.core.events import CallEventKind, CallStage, DecidedBy, Disposition, RefusedPeer
from voice_engine.core.load import Load, Reason, Relief, Throttling
from voice_engine.core.problems import Problem, ProblemCode
from voice_engine.core.transcript import Language
from voice_engine.servers.http import PAGE_FILES
from voice_engine.servers.machine import MachineReport, SettingsState

STRANGER = Problem(
    ProblemCode.FOREIGN_NETWORK,
    "192.168.1.20 is in no allowed network.",
    {"address": "192.168.1.20", "network": "192.168.1.20/32"},
)
PAGE = files("voice_engine.servers").joinpath("page")

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@needs_browser
async def test_page_follows_the_door_through_ingress(tmp_path: Path) -> None:
    """Without a token: what the snapshot holds, then every event as it comes."""
    async with serving() as served, ingress(served) as url, browsing(tmp_path) as tab:
        served.state.set_asterisk(
            configured=True, connected=False, problem=Problem(ProblemCode.OTHER, "Asterisk refused the login.")
        )
        await tab.open(url, "en-US")
        assert "Nobody is at the door" in await tab.text("#nobody")
        assert "Asterisk refused the login." in await tab.text("#phones")

        shown = await tab.text("#engines", containing="groq: left out until it works again")
        assert "It does not accept the key." in shown
        assert "whisper_cpp: not used yet, asked first" in shown
        assert "Its model is being downloaded: 12 of 60 MB" in shown

        served.state.on_call_event(call_event(CallEventKind.STAGE))
        shown = await tab.text("#calls", containing="The resident's phone rings.")
        assert "Unit 501" in shown
        assert await tab.text("#calls [aria-current=step]") == "Phone"

        ended = call_event(CallEventKind.ENDED)
        granted = replace(ended.call, disposition=Disposition.GRANTED, decided_by=DecidedBy.KEYPAD)
        served.state.on_call_event(replace(ended, call=granted))
        assert "Unit 501" in await tab.text("#last", containing="Let in (by keypad)")
        await tab.text("#nobody")

        served.state.add_refused(RefusedPeer("192.168.1.20", 9092, STRANGER, 2, AT))
        shown = await tab.text("#refused", containing="add 192.168.1.20/32")
        assert "2 times" in shown
        served.state.set_asterisk(configured=True, connected=True, problem=None)
        await tab.text("#phones", containing="Asterisk is connected")


@needs_browser
async def test_page_opened_directly_asks_for_the_token(tmp_path: Path) -> None:
    """In the browser's language; a wrong token is told, the right one opens, also after a reload."""
    async with serving() as served, browsing(tmp_path) as tab:
        await tab.open(f"{served.url}/", "pt-BR")
        await tab.text("#token-form", containing="Esta página está bloqueada")
        await tab.fill_in("#token", "not-the-token")
        await tab.text("#token-wrong", containing="O sistema não conhece esse token.")
        await tab.fill_in("#token", TOKEN)
        await tab.text("#nobody", containing="Não há ninguém na porta.")
        await tab.open(f"{served.url}/", "pt-BR")
        await tab.text("#nobody", containing="Não há ninguém na porta.")


@needs_browser
async def test_page_tells_problems_in_the_reader_s_language(tmp_path: Path) -> None:
    """What the engine says in English has a code; where speech is not understood, the page says what to do."""
    async with serving() as served, ingress(served) as url, browsing(tmp_path) as tab:
        refused = Problem(ProblemCode.LOGIN_REFUSED, "Asterisk refused the login.", {"detail": "Authentication failed"})
        served.state.set_asterisk(configured=True, connected=False, problem=refused)
        served.state.add_refused(RefusedPeer("192.168.1.20", 9092, STRANGER, 2, AT))
        served.state.set_speech_languages([Language.ENGLISH])
        await tab.open(url, "pt-BR")
        await tab.text("#phones", containing="O Asterisk recusou o login (Authentication failed).")
        await tab.text("#refused", containing="inclua 192.168.1.20/32 ali.")
        await tab.text("#doors", containing="a fala em português (Brasil) não é entendida")
        served.state.set_speech_languages(Language)
        await tab.text("#doors", containing="Visitantes e moradores falam ou usam o teclado.")


@needs_browser
async def test_page_shows_the_microphone_and_switches_it(tmp_path: Path) -> None:
    """What it hears is not shown."""
    behind = Behind()
    async with serving(behind) as served, browsing(tmp_path) as tab, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(behind.microphone.run())
        await tab.open(f"{served.url}/", "en-US")
        await tab.text("#token-form")
        await tab.fill_in("#token", TOKEN)
        await tab.text("#microphone", containing="Off: the room is not listened to.")
        await tab.click("#microphone-switch")
        await tab.text("#microphone", containing="Starting")
        behind.room.give(quiet(2))
        await tab.text("#microphone", containing="It listens.")
        behind.room.break_off("arecord ended with status 1")
        await tab.text("#microphone", containing="The microphone gives no sound (arecord ended with status 1).")
        await tab.click("#microphone-switch")
        await tab.text("#microphone", containing="Off: the room is not listened to.")
        assert not behind.switch.enabled
        running.cancel()


@needs_browser
async def test_page_shows_words_of_strangers_as_words(tmp_path: Path) -> None:
    """A caller's number comes from the telephone network; it must not become markup."""
    async with serving() as served, ingress(served) as url, browsing(tmp_path) as tab:
        rang = call_event(CallEventKind.RANG)
        served.state.on_call_event(replace(rang, call=replace(rang.call, caller="<img src=x onerror=alert(1)>")))
        await tab.open(url, "en-US")
        assert "<img src=x onerror=alert(1)>" in await tab.text("#calls", containing="Unit 501")


def test_both_languages_say_the_same_things() -> None:
    words = PAGE.joinpath("words.js").read_text()
    english, portuguese = re.findall(r"^const \w+ = \{\n(.*?)^\};", words, re.MULTILINE | re.DOTALL)
    key = re.compile(r"^  (\w+):", re.MULTILINE)
    assert key.findall(english) == key.findall(portuguese)


def test_words_cover_what_the_contract_can_tell() -> None:
    """Every stage, disposition and way to decide has its words, and nothing else has."""
    words = PAGE.joinpath("words.js").read_text()
    call = contract()["components"]["schemas"]["Call"]["properties"]
    for prefix, field in (("stage", "stage"), ("outcome", "disposition"), ("by", "decided_by")):
        told = set(re.findall(rf"^  {prefix}_(\w+):", words, re.MULTILINE))
        assert told == {value for value in call[field]["enum"] if value}
    problems = contract()["components"]["schemas"]["ProblemCode"]["enum"]
    assert set(re.findall(r"^  problem_(\w+):", words, re.MULTILINE)) == {code for code in problems if code != "other"}

    caches = contract()["components"]["schemas"]["Cache"]["properties"]["name"]["enum"]
    assert set(re.findall(r"^  cache_(\w+):", words, re.MULTILINE)) == set(caches)


def test_every_stage_is_one_of_the_engine() -> None:
    """The page's pictures know the stages by name."""
    drawn = set(re.findall(r'stage === "(\w+)"', PAGE.joinpath("calls.js").read_text()))
    assert drawn
    assert drawn <= set(CallStage)


def test_every_file_of_the_page_is_served() -> None:
    """A module that is written and not served would leave the page empty."""
    assert {name for name, _ in PAGE_FILES.values()} == {file.name for file in PAGE.iterdir()}


@needs_browser
async def test_page_tells_how_the_machine_is_and_that_a_restart_is_due(tmp_path: Path) -> None:
    report = [MachineReport()]
    async with serving(machine=lambda: report[0]) as served, ingress(served) as url, browsing(tmp_path) as tab:
        await tab.open(url, "en-US")
        assert "tells nothing of its load" in await tab.text("#machine", containing="The machine keeps up.")
        report[0] = MachineReport(
            Load(cpu=0.97, under_voltage=True), Throttling(frozenset({Reason.BUSY}), (Relief.SLOWER_LEAD,))
        )
        served.state.tell_machine()
        shown = await tab.text("#machine", containing="at its limit (many calls and a busy processor)")
        assert "Processor 97%" in shown
        assert "power supply is too weak" in shown
        served.state.set_settings(SettingsState(changed=True))
        await tab.text("#machine", containing="Start the app again")
