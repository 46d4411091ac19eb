"""What a user attaches to a bug report."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import paths

from .fake_engine import TOKEN, FakeEngine, status_example


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    engine: FakeEngine,
    loaded_entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """Everything that helps, nothing that names people, places or secrets."""
    busy = status_example("busy")
    engine.opening[1] = {"type": "snapshot", "status": busy}
    await engine.drop()
    await engine.listened()

    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, loaded_entry)

    assert diagnostics == snapshot(exclude=paths("entry.created_at", "entry.data.port", "entry.modified_at"))
    text = str(diagnostics)
    secrets = [
        TOKEN,
        engine.host,
        busy["engine"]["instance_id"],
        busy["system"]["refused_peers"][0]["address"],
        busy["system"]["asterisk"]["problem"],
        busy["engines"]["stt"]["backends"][0]["problem"]["message"],
        busy["visits"]["last_words"]["text"],
        busy["settings"]["problem"]["message"],
        *(busy["calls"][0][name] for name in ("caller", "company", "visitor")),
    ]
    assert not [secret for secret in secrets if secret in text]
