"""The engine as a Wyoming server: speech to text and text to speech for Home Assistant's voice assistants."""

from voice_engine.servers.wyoming.server import WyomingServer
from voice_engine.servers.wyoming.session import Services

__all__ = ["Services", "WyomingServer"]
