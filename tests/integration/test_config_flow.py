"""Every way through the config flow; each error is recovered from."""

from collections.abc import Generator
from ipaddress import ip_address
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import (
    SOURCE_HASSIO,
    SOURCE_IGNORE,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.voice_processor import async_setup_entry
from custom_components.voice_processor.const import CONF_SLUG, DEFAULT_TITLE, DOMAIN

from .fake_engine import INSTANCE_ID, TOKEN, FakeEngine, message_example

SLUG = "a0b1c2d3_voice_processor"

ERRORS = pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ({"refusal": 503}, "cannot_connect"),
        ({"refusal": 404}, "not_an_engine"),
        ({"token": "another"}, "invalid_auth"),
        ({"opening": [message_example("hello") | {"api_version": 0}]}, "engine_too_old"),
        ({"opening": [message_example("hello") | {"min_api_version": 9}]}, "engine_too_new"),
    ],
)
"""What the engine does wrong, as attributes of the fake, and what the form says about it."""


@pytest.fixture(autouse=True)
def setup_entry() -> Generator[AsyncMock]:
    """Watch entries being set up, which really happens."""
    with patch("custom_components.voice_processor.async_setup_entry", wraps=async_setup_entry) as spy:
        yield spy


@pytest.fixture
def connection(engine: FakeEngine) -> dict[str, Any]:
    """What a user types."""
    return {CONF_HOST: engine.host, CONF_PORT: engine.port, CONF_TOKEN: TOKEN}


def disturb(engine: FakeEngine, trouble: dict[str, Any]) -> dict[str, Any]:
    """Set the trouble; return what undoes it."""
    before = {name: getattr(engine, name) for name in trouble}
    for name, value in trouble.items():
        setattr(engine, name, value)
    return before


def announcement(engine: FakeEngine, **changes: Any) -> HassioServiceInfo:
    """What the Supervisor passes on from the app."""
    config = {"host": engine.host, "port": engine.port, "token": TOKEN, "instance_id": INSTANCE_ID, **changes}
    return HassioServiceInfo(config=config, name="Voice Processor", slug=SLUG, uuid="1234")


async def announce(hass: HomeAssistant, info: HassioServiceInfo) -> ConfigFlowResult:
    """Start the flow as the Supervisor does."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_HASSIO}, data=info)
    await hass.async_block_till_done()
    return result


async def answer(hass: HomeAssistant, result: ConfigFlowResult, user_input: dict[str, Any]) -> ConfigFlowResult:
    """Fill in the form that a flow shows."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], user_input)
    await hass.async_block_till_done()
    return result


async def test_user(hass: HomeAssistant, connection: dict[str, Any], setup_entry: AsyncMock) -> None:
    """An entry carries the engine's identity; blanks pasted along are dropped."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {}

    result = await answer(hass, result, connection | {CONF_HOST: " 127.0.0.1", CONF_TOKEN: f"{TOKEN}\n"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == DEFAULT_TITLE
    assert result["data"] == connection
    assert result["result"].unique_id == INSTANCE_ID
    assert setup_entry.call_count == 1


@ERRORS
async def test_user_errors(
    hass: HomeAssistant, engine: FakeEngine, connection: dict[str, Any], trouble: dict[str, Any], error: str
) -> None:
    cure = disturb(engine, trouble)
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await answer(hass, result, connection)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    disturb(engine, cure)
    result = await answer(hass, result, connection)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_user_finds_a_known_engine(
    hass: HomeAssistant, config_entry: MockConfigEntry, connection: dict[str, Any]
) -> None:
    """An engine that moved is not set up twice; the entry follows it."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, data=connection | {CONF_HOST: "192.0.2.1"})

    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await answer(hass, result, connection)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert config_entry.data == connection


async def test_user_while_discovered(hass: HomeAssistant, engine: FakeEngine, connection: dict[str, Any]) -> None:
    """Setting up by hand what discovery offers takes the offer away."""
    await announce(hass, announcement(engine))
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await answer(hass, result, connection)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress()


async def test_hassio(hass: HomeAssistant, engine: FakeEngine, connection: dict[str, Any]) -> None:
    """What the app announced needs one click."""
    result = await announce(hass, announcement(engine))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "hassio_confirm")
    assert result["description_placeholders"] == {"app": "Voice Processor"}

    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {**connection, CONF_SLUG: SLUG}
    assert result["result"].unique_id == INSTANCE_ID


@ERRORS
async def test_hassio_errors(hass: HomeAssistant, engine: FakeEngine, trouble: dict[str, Any], error: str) -> None:
    cure = disturb(engine, trouble)
    result = await announce(hass, announcement(engine))
    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    disturb(engine, cure)
    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.fixture
async def app_entry(hass: HomeAssistant, engine: FakeEngine) -> MockConfigEntry:
    """The entry of an app that was discovered before, not yet loaded."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        source=SOURCE_HASSIO,
        unique_id=INSTANCE_ID,
        data={CONF_HOST: engine.host, CONF_PORT: engine.port, CONF_TOKEN: TOKEN, CONF_SLUG: SLUG},
    )
    entry.add_to_hass(hass)
    return entry


async def test_hassio_again(
    hass: HomeAssistant, engine: FakeEngine, app_entry: MockConfigEntry, setup_entry: AsyncMock
) -> None:
    """Home Assistant repeats every announcement when it starts: that must not disturb."""
    await hass.config_entries.async_setup(app_entry.entry_id)
    result = await announce(hass, announcement(engine))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert app_entry.state is ConfigEntryState.LOADED
    assert setup_entry.call_count == 1


@pytest.mark.parametrize(
    ("stale", "state"),
    [
        ({CONF_HOST: "192.0.2.1/gone"}, ConfigEntryState.SETUP_RETRY),
        ({CONF_TOKEN: "old"}, ConfigEntryState.SETUP_ERROR),
    ],
)
async def test_hassio_with_news(
    hass: HomeAssistant, engine: FakeEngine, app_entry: MockConfigEntry, stale: dict[str, Any], state: ConfigEntryState
) -> None:
    """A new address or token goes into the entry that is there, which then works, and nobody is asked any more."""
    hass.config_entries.async_update_entry(app_entry, data={**app_entry.data, **stale})
    await hass.config_entries.async_setup(app_entry.entry_id)
    assert app_entry.state is state

    result = await announce(hass, announcement(engine))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert app_entry.state is ConfigEntryState.LOADED
    assert app_entry.data[CONF_HOST] == engine.host
    assert not hass.config_entries.flow.async_progress()
    assert hass.config_entries.async_entries(DOMAIN) == [app_entry]


async def test_hassio_when_the_engine_is_waited_for(
    hass: HomeAssistant, engine: FakeEngine, app_entry: MockConfigEntry
) -> None:
    """An announcement without news still tells that the engine is up."""
    engine.refusal = 503
    assert not await hass.config_entries.async_setup(app_entry.entry_id)

    engine.refusal = None
    await announce(hass, announcement(engine))
    assert app_entry.state is ConfigEntryState.LOADED


async def test_hassio_after_a_new_installation(
    hass: HomeAssistant, engine: FakeEngine, app_entry: MockConfigEntry
) -> None:
    """Another identity at the same address is the same app, installed again."""
    hass.config_entries.async_update_entry(app_entry, unique_id="before", data={**app_entry.data, CONF_TOKEN: "before"})
    await announce(hass, announcement(engine))
    assert app_entry.unique_id == INSTANCE_ID
    assert app_entry.state is ConfigEntryState.LOADED
    assert hass.config_entries.async_entries(DOMAIN) == [app_entry]


async def test_hassio_at_the_address_of_another(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, app_entry: MockConfigEntry
) -> None:
    """An engine is known by its identity, also where another one was before."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(app_entry, unique_id="other")
    hass.config_entries.async_update_entry(config_entry, data={**config_entry.data, CONF_HOST: "192.0.2.1"})
    await announce(hass, announcement(engine))
    assert (app_entry.unique_id, config_entry.unique_id) == ("other", INSTANCE_ID)
    assert config_entry.data[CONF_HOST] == engine.host


async def test_hassio_ignored(hass: HomeAssistant, engine: FakeEngine) -> None:
    """What the user ignores is not offered again."""
    MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=INSTANCE_ID).add_to_hass(hass)
    result = await announce(hass, announcement(engine))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_hassio_beside_another_engine(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    """Two engines are two entries."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        config_entry, unique_id="other", data={**config_entry.data, CONF_HOST: "192.0.2.1"}
    )
    result = await announce(hass, announcement(engine))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "hassio_confirm")


async def test_hassio_of_an_engine_with_another_identity(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    """An announcement may be older than the engine; the entry of that one is neither doubled nor put in its place."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, data={**config_entry.data, CONF_HOST: "192.0.2.1"})
    result = await announce(hass, announcement(engine, instance_id="before"))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "hassio_confirm")
    result = await answer(hass, result, {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert config_entry.data[CONF_HOST] == engine.host
    assert hass.config_entries.async_entries(DOMAIN) == [config_entry]


async def test_reauth(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, setup_entry: AsyncMock
) -> None:
    """Only the token is asked for."""
    engine.token = "new"
    config_entry.add_to_hass(hass)
    result = await config_entry.start_reauth_flow(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reauth_confirm")

    result = await answer(hass, result, {CONF_TOKEN: " new "})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert config_entry.data[CONF_TOKEN] == "new"
    assert config_entry.state is ConfigEntryState.LOADED


@ERRORS
async def test_reauth_errors(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, trouble: dict[str, Any], error: str
) -> None:
    cure = disturb(engine, trouble)
    config_entry.add_to_hass(hass)
    result = await config_entry.start_reauth_flow(hass)
    result = await answer(hass, result, {CONF_TOKEN: TOKEN})
    assert result["errors"] == {"base": error}

    disturb(engine, cure)
    result = await answer(hass, result, {CONF_TOKEN: TOKEN})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")


async def test_reauth_against_another_engine(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry
) -> None:
    engine.opening[1]["status"]["engine"]["instance_id"] = "other"
    config_entry.add_to_hass(hass)
    result = await config_entry.start_reauth_flow(hass)
    result = await answer(hass, result, {CONF_TOKEN: TOKEN})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "another_engine")


async def test_reconfigure(hass: HomeAssistant, config_entry: MockConfigEntry, connection: dict[str, Any]) -> None:
    """An engine that moved keeps its entry."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, data=connection | {CONF_HOST: "192.0.2.1"})
    result = await config_entry.start_reconfigure_flow(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reconfigure")

    result = await answer(hass, result, connection)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert config_entry.data == connection
    assert config_entry.state is ConfigEntryState.LOADED


@ERRORS
async def test_reconfigure_errors(
    hass: HomeAssistant,
    engine: FakeEngine,
    config_entry: MockConfigEntry,
    trouble: dict[str, Any],
    error: str,
) -> None:
    cure = disturb(engine, trouble)
    config_entry.add_to_hass(hass)
    result = await config_entry.start_reconfigure_flow(hass)
    result = await answer(hass, result, dict(config_entry.data))
    assert result["errors"] == {"base": error}

    disturb(engine, cure)
    result = await answer(hass, result, dict(config_entry.data))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")


async def test_reconfigure_to_another_engine(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, connection: dict[str, Any]
) -> None:
    engine.opening[1]["status"]["engine"]["instance_id"] = "other"
    config_entry.add_to_hass(hass)
    result = await config_entry.start_reconfigure_flow(hass)
    result = await answer(hass, result, connection)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "another_engine")


def presence(engine: FakeEngine, **changes: Any) -> ZeroconfServiceInfo:
    """What an engine that runs alone tells the network; None takes a property away."""
    properties = {
        "instance_id": INSTANCE_ID,
        "version": "0.1.0",
        "api_version": "1",
        "min_api_version": "1",
        "path": "/api",
        **changes,
    }
    address = ip_address(engine.host)
    return ZeroconfServiceInfo(
        ip_address=address,
        ip_addresses=[address],
        port=engine.port,
        hostname="voice-processor-6f1d1a5c.local.",
        type="_voice-processor._tcp.local.",
        name="Voice Processor 6f1d1a5c._voice-processor._tcp.local.",
        properties={key: value for key, value in properties.items() if value is not None},
    )


async def appear(hass: HomeAssistant, info: ZeroconfServiceInfo) -> ConfigFlowResult:
    """Start the flow as Home Assistant's zeroconf does."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)
    await hass.async_block_till_done()
    return result


async def test_zeroconf(hass: HomeAssistant, engine: FakeEngine, connection: dict[str, Any]) -> None:
    """Only the token is asked for, which the network is not told; a second announcement is not offered again."""
    result = await appear(hass, presence(engine))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "zeroconf_confirm")
    assert result["description_placeholders"] == {"host": engine.host}
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"].get("title_placeholders") == {"name": engine.host}
    again = await appear(hass, presence(engine))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_in_progress")

    result = await answer(hass, result, {CONF_TOKEN: f" {TOKEN} "})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == connection
    assert result["result"].unique_id == INSTANCE_ID


@ERRORS
async def test_zeroconf_errors(hass: HomeAssistant, engine: FakeEngine, trouble: dict[str, Any], error: str) -> None:
    cure = disturb(engine, trouble)
    result = await appear(hass, presence(engine))
    result = await answer(hass, result, {CONF_TOKEN: TOKEN})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    disturb(engine, cure)
    result = await answer(hass, result, {CONF_TOKEN: TOKEN})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"instance_id": None}, "not_an_engine"),
        ({"api_version": "new"}, "not_an_engine"),
        ({"api_version": "0", "min_api_version": "0"}, "engine_too_old"),
        ({"api_version": "9", "min_api_version": "9"}, "engine_too_new"),
    ],
)
async def test_zeroconf_that_does_not_fit(
    hass: HomeAssistant, engine: FakeEngine, changes: dict[str, str | None], reason: str
) -> None:
    """Nobody is offered what cannot be set up."""
    result = await appear(hass, presence(engine, **changes))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, reason)


async def test_zeroconf_of_another_engine(hass: HomeAssistant, engine: FakeEngine) -> None:
    """What answers is not what was announced."""
    result = await appear(hass, presence(engine, instance_id="other"))
    result = await answer(hass, result, {CONF_TOKEN: TOKEN})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "another_engine")


async def test_zeroconf_of_an_engine_that_moved(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, connection: dict[str, Any]
) -> None:
    """The entry follows it."""
    config_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, data=connection | {CONF_HOST: "192.0.2.1/gone"})
    result = await appear(hass, presence(engine))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert config_entry.data == connection
    assert hass.config_entries.async_entries(DOMAIN) == [config_entry]


async def test_zeroconf_of_an_engine_that_is_reached(
    hass: HomeAssistant, engine: FakeEngine, config_entry: MockConfigEntry, connection: dict[str, Any]
) -> None:
    """Whoever announces its identity from elsewhere is not given its token."""
    config_entry.add_to_hass(hass)
    stranger = presence(engine)
    stranger.port = 1
    result = await appear(hass, stranger)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert config_entry.data == connection


async def test_zeroconf_of_an_app(hass: HomeAssistant, engine: FakeEngine, app_entry: MockConfigEntry) -> None:
    """Its address comes from the Supervisor only, even while it is away."""
    hass.config_entries.async_update_entry(app_entry, data={**app_entry.data, CONF_HOST: "192.0.2.1/gone"})
    result = await appear(hass, presence(engine))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert app_entry.data[CONF_HOST] == "192.0.2.1/gone"


async def test_zeroconf_ignored(hass: HomeAssistant, engine: FakeEngine) -> None:
    MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id=INSTANCE_ID).add_to_hass(hass)
    result = await appear(hass, presence(engine))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
