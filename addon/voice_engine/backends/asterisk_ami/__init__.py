"""Asterisk through its manager interface: phones are rung, and callers get a number."""

from voice_engine.backends.asterisk_ami.manager import AsteriskManager

__all__ = ["AsteriskManager"]
