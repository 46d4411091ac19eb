"""The voice engine of Voice Processor: it answers the door, listens, understands and tells Home Assistant."""

__version__ = "0.1.0"
