"""Options flow for the Voice Processor integration."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.helpers.selector import BooleanSelector
import voluptuous as vol

from .const import CONF_PRIVATE, CONF_UNIT_SWITCHES

OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_UNIT_SWITCHES, default=True): BooleanSelector(),
        vol.Required(CONF_PRIVATE, default=False): BooleanSelector(),
    }
)


class VoiceProcessorOptionsFlow(OptionsFlowWithReload):
    """Handle what is shown of the engine; how the door speaks is the engine's own."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all of it; the entry is loaded again where something was changed."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, self.config_entry.options),
        )
