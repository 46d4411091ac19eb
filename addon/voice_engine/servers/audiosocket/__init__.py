"""The door's telephone sockets: where Asterisk connects the legs of its calls."""

from voice_engine.servers.audiosocket.server import AudioSocketServer

__all__ = ["AudioSocketServer"]
