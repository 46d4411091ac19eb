"""What a person sees and does in a real browser: from the card of what was discovered to the visitor who is let in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dev.stage.browser import Browser
from dev.stage.engine import TOKEN
from dev.stage.homeassistant import DOMAIN
from dev.stage.phone import Phone
from dev.stage.prompts import check_heard
from dev.stage.stage import Stage
from dev.stage.telephone import Telephone
from dev.stage.tour import Tour
from dev.stage.waiting import eventually
from tests.system.house import CALL_SECONDS, House, WatchedCall
from voice_engine.core.prompts import Prompt


@pytest.fixture(scope="module")
async def tour(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tour]:
    """One browser for all."""
    async with Browser(stage.processes, tmp_path_factory.mktemp("chromium")) as browser:
        tour = Tour(stage, browser)
        await tour.log_in()
        yield tour
    # What broke off half-way must not take the other tests with it.
    if not await stage.home_assistant.states.ask("config_entries/get", domain=DOMAIN):
        await stage.home_assistant.add_integration("127.0.0.1", stage.engine.ports.http, TOKEN)


async def shown_by(house: House, key: str) -> str:
    """The state of an entity as Home Assistant's REST interface tells it."""
    return str((await house.stage.home_assistant.get(f"/api/states/{house.states.entity(key)}"))["state"])


async def let_in(house: House, call: WatchedCall, visitor: Phone, resident: Phone) -> None:
    """Home Assistant has decided, and both hear it."""
    end = await call.ended()
    await house.hung_up(visitor, resident)
    assert (end["disposition"], end["decided_by"]) == ("granted", "home_assistant")
    await check_heard(visitor, Prompt.GRANTED_VISITOR, Prompt.GOODBYE)
    await check_heard(resident, Prompt.GRANTED_ELSEWHERE_RESIDENT)


async def test_an_engine_is_discovered_and_added(house: House, tour: Tour) -> None:
    """Found by mDNS, offered on a card, and added with its token; that leads to the page of its device."""
    await tour.add(await tour.discover())
    await tour.shows("telephone_system", "Connected")
    await tour.shows("active_calls", "0")
    await tour.shows("call_in_progress", "Not running")


async def test_a_visitor_is_let_in_on_the_telephone(house: House, tour: Tour) -> None:
    """A blueprint asks, everything on the page of the device moves meanwhile, and *Let in* lets in."""
    async with Telephone(house.stage.home_assistant, "Daniel's telephone") as telephone:
        await tour.automate(telephone)
        await tour.show_device()
        call = WatchedCall(house.states, tour.station)
        visitor, resident = await tour.visit()
        question = await telephone.asks(CALL_SECONDS)
        assert question["message"] == "A visitor for 501. May they come in?"
        await tour.shows("doorbell", "Ring")
        await tour.shows("call", "Answered")
        await tour.shows("call_in_progress", "Running")
        await tour.shows("active_calls", "1")
        assert (await shown_by(house, "call_in_progress"), await shown_by(house, "active_calls")) == ("on", "1")

        await telephone.press("Let in")
        await let_in(house, call, visitor, resident)
        await telephone.takes_back(question["data"]["tag"], CALL_SECONDS)
        await tour.shows("last_disposition", "Granted")
        await tour.shows("active_calls", "0")
        assert await shown_by(house, "last_disposition") == "granted"


async def test_a_visitor_is_let_in_on_the_page(house: House, tour: Tour) -> None:
    """By the button of the device, which is there for as long as somebody waits."""
    await tour.show_device()
    call = WatchedCall(house.states, tour.station)
    visitor, resident = await tour.visit()
    await tour.press("open_door")
    await let_in(house, call, visitor, resident)
    await tour.shows("call", "Ended")


async def test_the_caches_are_cleared_on_the_page(house: House, tour: Tour) -> None:
    """By the button of the device; each cache then says when."""
    engine = house.stage.engine
    before = await engine.caches()
    await tour.show_device()
    await tour.press("clear_all_caches")

    async def cleared() -> bool | None:
        after = await engine.caches()
        return all(after[name]["cleared_at"] not in (None, before[name]["cleared_at"]) for name in before) or None

    await eventually(cleared, CALL_SECONDS)


async def test_the_dashboard_shows_who_is_at_the_door(house: House, tour: Tour) -> None:
    """The buttons are there for as long as there is somebody to answer. The engine's page tells of the call later."""
    await tour.show_dashboard()
    await tour.browser.until_shown("Not running")
    assert "Let in" not in await tour.browser.text()
    call = WatchedCall(house.states, tour.station)
    visitor, resident = await tour.visit()
    await tour.browser.until_shown("Turn away")
    await tour.browser.until_shown("A visitor is at Front door for 501 .")
    await tour.browser.until_shown("Front door rang")
    shown = await tour.browser.text()
    await resident.press("1")
    await call.ended()
    await house.hung_up(visitor, resident)
    await tour.browser.until_shown("Not running")
    for mishap in ("onfiguration error", "not found", "Custom element"):
        assert mishap not in shown

    await tour.show_engine()
    await tour.browser.until_shown("501")
