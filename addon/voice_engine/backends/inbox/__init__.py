"""The folder of recordings."""

from voice_engine.backends.inbox.folder import InboxFolder
from voice_engine.backends.inbox.reader import Decoder

__all__ = ["Decoder", "InboxFolder"]
