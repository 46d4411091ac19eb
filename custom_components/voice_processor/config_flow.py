"""Config flow for the Voice Processor integration."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import voluptuous as vol

from .client import (
    API_VERSION,
    MIN_API_VERSION,
    EngineAuthError,
    EngineClient,
    EngineError,
    EngineProtocolError,
    EngineVersionError,
)
from .const import (
    CONF_INSTANCE_ID,
    CONF_SLUG,
    DEFAULT_PORT,
    DEFAULT_TITLE,
    DOMAIN,
)
from .options_flow import VoiceProcessorOptionsFlow

TOKEN_SELECTOR = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
REAUTH_SCHEMA = vol.Schema({vol.Required(CONF_TOKEN): TOKEN_SELECTOR})
CONNECTION_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): cv.port,
        vol.Required(CONF_TOKEN): TOKEN_SELECTOR,
    }
)


class VoiceProcessorConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle a config flow for Voice Processor."""

    _discovered_app: str
    _discovered_data: dict[str, Any]

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> VoiceProcessorOptionsFlow:
        """Return the flow that changes what this side shows."""
        return VoiceProcessorOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the engine is."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _stripped(user_input)
            if not (errors := await self._async_validate(data)):
                self._abort_if_unique_id_configured(updates=data)
                return self.async_create_entry(title=DEFAULT_TITLE, data=data)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(CONNECTION_SCHEMA, user_input),
            errors=errors,
        )

    @override
    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> ConfigFlowResult:
        """Take over what the app announced through the Supervisor."""
        config = discovery_info.config
        self._discovered_app = discovery_info.name
        self._discovered_data = {
            CONF_HOST: config[CONF_HOST],
            CONF_PORT: config[CONF_PORT],
            CONF_TOKEN: config[CONF_TOKEN],
            CONF_SLUG: discovery_info.slug,
        }
        await self.async_set_unique_id(config[CONF_INSTANCE_ID])
        if entry := self._discovered_entry():
            return self.async_update_reload_and_abort(
                entry,
                unique_id=self.unique_id,
                data_updates=self._discovered_data,
                reason="already_configured",
                # It just announced itself, so there is no need to wait for the next try.
                reload_even_if_entry_is_unchanged=entry.state is ConfigEntryState.SETUP_RETRY,
            )
        self._abort_if_unique_id_configured()
        return await self.async_step_hassio_confirm()

    @callback
    def _discovered_entry(self) -> ConfigEntry | None:
        """Return the entry of the engine that announced itself, wherever it was before; None: it has none."""
        entries = self._async_current_entries(include_ignore=False)
        address = (self._discovered_data[CONF_HOST], self._discovered_data[CONF_PORT])
        of_identity = [entry for entry in entries if entry.unique_id == self.unique_id]
        # The same address with another identity is an app that was installed again.
        of_address = [entry for entry in entries if (entry.data[CONF_HOST], entry.data[CONF_PORT]) == address]
        return next(iter([*of_identity, *of_address]), None)

    async def async_step_hassio_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether to use the announced engine."""
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := await self._async_validate(self._discovered_data)):
            self._abort_if_unique_id_configured(updates=self._discovered_data)
            return self.async_create_entry(title=DEFAULT_TITLE, data=self._discovered_data)
        self._set_confirm_only()
        return self.async_show_form(
            step_id="hassio_confirm",
            description_placeholders={"app": self._discovered_app},
            errors=errors,
        )

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Take over what an engine that runs alone announces on the network."""
        told = discovery_info.properties
        try:
            instance_id, version = told["instance_id"], told["version"]
            api_version, min_api_version = int(told["api_version"]), int(told["min_api_version"])
        except KeyError, TypeError, ValueError:
            return self.async_abort(reason="not_an_engine")
        self._discovered_data = {CONF_HOST: discovery_info.host, CONF_PORT: discovery_info.port or DEFAULT_PORT}
        entry = await self.async_set_unique_id(instance_id)
        if entry and await self._async_is_reached(entry.data):
            # The user's own spelling of the address stays, and a stranger who announces the same identity is not
            # given the token.
            return self.async_abort(reason="already_configured")
        self._abort_if_unique_id_configured(updates=self._discovered_data)
        if api_version < MIN_API_VERSION:
            return self.async_abort(reason="engine_too_old", description_placeholders={"engine_version": version})
        if min_api_version > API_VERSION:
            return self.async_abort(reason="engine_too_new", description_placeholders={"engine_version": version})
        self.context["title_placeholders"] = {"name": discovery_info.host}
        return await self.async_step_zeroconf_confirm()

    async def async_step_zeroconf_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token of the engine that announced itself."""
        errors: dict[str, str] = {}
        if user_input is not None:
            announced = self.unique_id
            data = self._discovered_data | _stripped(user_input)
            if not (errors := await self._async_validate(data)):
                if self.unique_id != announced:
                    return self.async_abort(reason="another_engine")
                self._abort_if_unique_id_configured()
                return self.async_create_entry(title=DEFAULT_TITLE, data=data)
        return self.async_show_form(
            step_id="zeroconf_confirm",
            data_schema=REAUTH_SCHEMA,
            description_placeholders={"host": self._discovered_data[CONF_HOST]},
            errors=errors,
        )

    async def _async_is_reached(self, data: Mapping[str, Any]) -> bool:
        """Return whether the engine still answers where the entry knows it; an ignored one has no address."""
        if CONF_TOKEN not in data:
            return False
        client = EngineClient(async_get_clientsession(self.hass), data[CONF_HOST], data[CONF_PORT], data[CONF_TOKEN])
        try:
            status = await client.fetch_status()
        except EngineError:
            # An app's address comes from the Supervisor, and from nobody else.
            return CONF_SLUG in data
        return status.engine.instance_id == self.unique_id

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start over with a token that the engine refused."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _stripped(user_input)
            if not (errors := await self._async_validate({**entry.data, **data})):
                self._abort_if_unique_id_mismatch(reason="another_engine")
                return self.async_update_reload_and_abort(entry, data_updates=data)
        return self.async_show_form(step_id="reauth_confirm", data_schema=REAUTH_SCHEMA, errors=errors)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the engine is now."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _stripped(user_input)
            if not (errors := await self._async_validate(data)):
                self._abort_if_unique_id_mismatch(reason="another_engine")
                return self.async_update_reload_and_abort(entry, data_updates=data)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(CONNECTION_SCHEMA, user_input or entry.data),
            errors=errors,
        )

    async def _async_validate(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Try the connection; return the form's errors, or none once the flow carries the engine's identity."""
        client = EngineClient(async_get_clientsession(self.hass), data[CONF_HOST], data[CONF_PORT], data[CONF_TOKEN])
        try:
            status = await client.fetch_status()
        except EngineAuthError:
            return {"base": "invalid_auth"}
        except EngineVersionError as err:
            return {"base": "engine_too_old" if err.engine_too_old else "engine_too_new"}
        except EngineProtocolError:
            return {"base": "not_an_engine"}
        except EngineError:
            return {"base": "cannot_connect"}
        # Whoever types the address may do so while discovery offers the same engine.
        await self.async_set_unique_id(status.engine.instance_id, raise_on_progress=False)
        return {}


def _stripped(user_input: dict[str, Any]) -> dict[str, Any]:
    """Drop the blanks that come along when an address or a token is pasted."""
    return {key: value.strip() if isinstance(value, str) else value for key, value in user_input.items()}
