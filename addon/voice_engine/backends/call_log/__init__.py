"""The memory of calls: who was at the door, what became of it and how long each answer took, in SQLite."""

from voice_engine.backends.call_log.log import CallLog

__all__ = ["CallLog"]
