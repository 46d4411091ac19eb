"""Settings of the Wyoming server."""

from __future__ import annotations

from dataclasses import dataclass

from voice_engine.core.settings_schema import Check, list_of, network, text_like, truth, whole_number


@dataclass(frozen=True, slots=True)
class WyomingSettings:
    """Where the engine is a Wyoming server: its recognisers and voices, for Home Assistant's voice assistants."""

    enabled: bool = False
    host: str = "0.0.0.0"  # noqa: S104 - inside the app's container; peers are limited by allowed_networks
    port: int = 10310
    """Beside 10300 and 10200, which are Whisper's and Piper's."""
    allowed_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128", "172.30.32.0/23")
    """Loopback and the Supervisor's container network: the protocol has no passwords."""


WYOMING_SECTION: dict[str, tuple[type, dict[str, Check]]] = {
    "wyoming": (
        WyomingSettings,
        {
            "enabled": truth,
            "host": text_like(r"[A-Za-z0-9_.:-]+", "a host name or an IP address"),
            "port": whole_number(1, 65535),
            "allowed_networks": list_of(network),
        },
    )
}
