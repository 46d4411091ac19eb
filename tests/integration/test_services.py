"""The actions: which call is meant, what the engine is asked, and what is said when it was not done."""

import json
from typing import Any

from aiohttp import web
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.voice_processor.const import DOMAIN
from custom_components.voice_processor.services import LONGEST_TEXT, MOST_CALLS, USUAL_CALLS

from . import becomes
from .fake_engine import CONTRACT, TOKEN, FakeEngine, call_message, calls_example

CALL_ID = call_message("rang")["call"]["call_id"]
OTHER = "9a5b6d0e-2f64-4b57-9d0c-6c8d1b1f7a22"
GRANT = {"decision": "grant"}
REQUESTS = {"answer_visitor": GRANT, "say": {"text": "Hello"}, "hang_up": {}}


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Perform an action and wait for it."""
    await hass.services.async_call(DOMAIN, action, data, blocking=True)


@pytest.fixture
async def call(loaded_entry: MockConfigEntry, engine: FakeEngine) -> None:
    """A visitor's call that goes on."""
    await engine.send(call_message("rang", stage="greeting"))


@pytest.mark.parametrize(
    ("action", "data", "asked"),
    [
        ("answer_visitor", GRANT, ("decision", {"decision": "grant", "message": None})),
        (
            "answer_visitor",
            {"decision": "deny", "message": "Olá!", "call_id": CALL_ID},
            ("decision", {"decision": "deny", "message": "Olá!"}),
        ),
        ("say", {"text": "Hello"}, ("say", {"party": "visitor", "text": "Hello"})),
        ("say", {"text": "Hello", "party": "resident"}, ("say", {"party": "resident", "text": "Hello"})),
        ("hang_up", {}, ("hang_up", {})),
    ],
)
@pytest.mark.usefixtures("call")
async def test_the_engine_is_asked(
    hass: HomeAssistant, engine: FakeEngine, action: str, data: dict[str, Any], asked: tuple[str, dict[str, Any]]
) -> None:
    """The only call is meant where none is named."""
    await act(hass, action, **data)
    path, body = asked
    assert engine.asked == [(f"{CALL_ID}/{path}", body)]


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize("action", REQUESTS)
async def test_nobody_is_at_the_door(hass: HomeAssistant, engine: FakeEngine, action: str) -> None:
    """Not even a call that is named is asked for then."""
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, action, **REQUESTS[action])
    assert raised.value.translation_key == "no_call"
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, action, **REQUESTS[action], call_id=CALL_ID)
    assert raised.value.translation_key == "call_not_found"
    assert engine.asked == []


@pytest.mark.usefixtures("call")
async def test_of_several_calls_one_has_to_be_named(hass: HomeAssistant, engine: FakeEngine) -> None:
    """Nobody is let in by guess."""
    await engine.send(call_message("rang", stage="greeting", call_id=OTHER))
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "answer_visitor", **GRANT)
    assert raised.value.translation_key == "several_calls"
    await act(hass, "answer_visitor", **GRANT, call_id=OTHER)
    assert [path for path, _ in engine.asked] == [f"{OTHER}/decision"]


@pytest.mark.usefixtures("call")
async def test_a_call_whose_outcome_is_being_told_is_not_meant(hass: HomeAssistant, engine: FakeEngine) -> None:
    """It needs no answer any more; but it can be hung up on, or named."""
    await engine.send(call_message("denied", stage="informing", disposition="denied"))
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "answer_visitor", **GRANT)
    assert raised.value.translation_key == "no_call"
    await act(hass, "hang_up")
    await act(hass, "say", text="Hello", call_id=CALL_ID)
    assert [path for path, _ in engine.asked] == [f"{CALL_ID}/hang_up", f"{CALL_ID}/say"]


@pytest.mark.usefixtures("call")
async def test_the_engine_can_be_named(
    hass: HomeAssistant, engine: FakeEngine, loaded_entry: MockConfigEntry, socket_enabled: None
) -> None:
    """Of two engines that both have a call, the one named is asked."""
    second = FakeEngine()
    await second.start()
    entry = MockConfigEntry(
        domain=DOMAIN, unique_id="second", data={CONF_HOST: second.host, CONF_PORT: second.port, CONF_TOKEN: TOKEN}
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await second.listened()
    await second.send(call_message("rang", stage="greeting", call_id=OTHER))

    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "hang_up")
    assert raised.value.translation_key == "several_calls"
    await act(hass, "hang_up", config_entry_id=entry.entry_id)
    await act(hass, "hang_up", call_id=CALL_ID)
    assert ([path for path, _ in second.asked], [path for path, _ in engine.asked]) == (
        [f"{OTHER}/hang_up"],
        [f"{CALL_ID}/hang_up"],
    )
    await second.stop()


@pytest.mark.parametrize("action", REQUESTS)
async def test_without_a_loaded_engine(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, engine: FakeEngine, action: str
) -> None:
    """The actions stay, and say what is missing."""
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, action, **REQUESTS[action])
    assert raised.value.translation_key == "no_call"
    for entry_id, key in ((loaded_entry.entry_id, "not_loaded"), ("unknown", "not_found")):
        with pytest.raises(ServiceValidationError) as raised:
            await act(hass, action, **REQUESTS[action], config_entry_id=entry_id)
        assert raised.value.translation_key == f"service_config_entry_{key}"


def refusal(status: int, code: str) -> web.Response:
    """An error of the contract."""
    return web.json_response({"code": code, "message": "Because."}, status=status)


@pytest.mark.parametrize(
    ("answer", "kind", "key", "placeholders"),
    [
        (refusal(404, "call_not_found"), ServiceValidationError, "call_not_found", None),
        (refusal(409, "already_decided"), ServiceValidationError, "already_decided", None),
        (refusal(409, "party_absent"), ServiceValidationError, "party_absent", None),
        (refusal(400, "bad_request"), HomeAssistantError, "refused", {"error": "Because."}),
        (refusal(404, "not_found"), HomeAssistantError, "refused", {"error": "Because."}),
        (refusal(401, "unauthorized"), HomeAssistantError, "invalid_auth", {"error": "the token was refused"}),
        (refusal(500, "internal_error"), HomeAssistantError, "cannot_connect", {"error": "the server answered 500"}),
        (
            web.Response(status=404, text="<html>"),
            HomeAssistantError,
            "not_an_engine",
            {"error": "status 404 without an error of the contract"},
        ),
        (
            web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
            HomeAssistantError,
            "not_an_engine",
            {"error": "what answers is no engine: status 302"},
        ),
        (
            web.json_response({"status": "ok"}),
            HomeAssistantError,
            "not_an_engine",
            {"error": "what answers is no engine: status 200"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("call")
async def test_what_was_not_done_is_told(
    hass: HomeAssistant,
    engine: FakeEngine,
    *,
    answer: web.Response,
    kind: type[HomeAssistantError],
    key: str,
    placeholders: dict[str, str] | None,
) -> None:
    """A mistake of the user's is none of the engine's, and the other way round."""
    engine.answer = answer
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "answer_visitor", **GRANT)
    assert type(raised.value) is kind
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, key)
    assert raised.value.translation_placeholders == placeholders


@pytest.mark.usefixtures("call")
async def test_the_engine_is_away(hass: HomeAssistant, engine: FakeEngine) -> None:
    """The call may go on, but it cannot be reached."""
    await engine.stop()
    await becomes(hass, "binary_sensor.voice_processor_call_in_progress", "unavailable")
    with pytest.raises(HomeAssistantError) as raised:
        await act(hass, "answer_visitor", **GRANT)
    assert raised.value.translation_key == "cannot_connect"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("answer_visitor", {}),
        ("answer_visitor", {"decision": "perhaps"}),
        ("answer_visitor", {"decision": "grant", "message": ""}),
        ("answer_visitor", {"decision": "grant", "message": "x" * (LONGEST_TEXT + 1)}),
        ("answer_visitor", {"decision": "grant", "door": "open"}),
        ("say", {}),
        ("say", {"text": "Hello", "party": "dog"}),
        ("say", {"text": "x" * (LONGEST_TEXT + 1)}),
        ("hang_up", {"text": "Bye"}),
        ("get_calls", {"limit": 0}),
        ("get_calls", {"limit": MOST_CALLS + 1}),
        ("get_calls", {"before": 0}),
    ],
)
@pytest.mark.usefixtures("call")
async def test_wrong_data_is_refused(
    hass: HomeAssistant, engine: FakeEngine, action: str, data: dict[str, Any]
) -> None:
    """Before the engine hears of it."""
    with pytest.raises(vol.Invalid):
        await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=action == "get_calls")
    assert engine.asked == []
    assert engine.queries == []


def test_the_bound_is_the_contracts() -> None:
    """What the form admits, the engine takes."""
    schemas = CONTRACT["components"]["schemas"]
    assert schemas["Decision"]["properties"]["message"]["maxLength"] == LONGEST_TEXT
    assert schemas["Announcement"]["properties"]["text"]["maxLength"] == LONGEST_TEXT
    limit = CONTRACT["paths"]["/api/calls"]["get"]["parameters"][0]["schema"]
    assert (limit["maximum"], limit["default"]) == (MOST_CALLS, USUAL_CALLS)


async def get_calls(hass: HomeAssistant, **data: Any) -> ServiceResponse:
    """Ask for the calls that are over."""
    return await hass.services.async_call(DOMAIN, "get_calls", data, blocking=True, return_response=True)


@pytest.mark.usefixtures("loaded_entry")
async def test_calls_that_are_over(hass: HomeAssistant, engine: FakeEngine) -> None:
    """The response is the contract's page, as JSON has it."""
    assert json.loads(json.dumps(await get_calls(hass))) == calls_example("more")
    engine.answer = web.json_response(calls_example("last"))
    assert await get_calls(hass, limit=10, before=41) == calls_example("last")
    assert engine.queries == [{"limit": "50"}, {"limit": "10", "before": "41"}]


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("answer", "key", "error"),
    [
        (refusal(503, "backend_unavailable"), "refused", "Because."),
        (refusal(400, "bad_request"), "refused", "Because."),
        (refusal(401, "unauthorized"), "invalid_auth", "the token was refused"),
        (web.json_response([], status=400), "not_an_engine", "status 400 without an error of the contract"),
        (refusal(500, "internal_error"), "cannot_connect", "the server answered 500"),
        (
            web.json_response({"calls": None}),
            "not_an_engine",
            "the answer does not keep the contract: calls is missing or not of the contract's type",
        ),
        (
            web.json_response([]),
            "not_an_engine",
            "the answer does not keep the contract: a page of calls is not an object",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_calls_that_cannot_be_read(
    hass: HomeAssistant, engine: FakeEngine, answer: web.Response, key: str, error: str
) -> None:
    engine.answer = answer
    with pytest.raises(HomeAssistantError) as raised:
        await get_calls(hass)
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, key)
    assert raised.value.translation_placeholders == {"error": error}


async def test_calls_without_a_loaded_engine(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    """The action stays, and says what is missing."""
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    for data in ({}, {"config_entry_id": loaded_entry.entry_id}):
        with pytest.raises(ServiceValidationError):
            await get_calls(hass, **data)
