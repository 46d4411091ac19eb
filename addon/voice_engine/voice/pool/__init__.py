"""Several backends behind one port: the first that works answers."""

from voice_engine.voice.pool.language_models import LanguageModelPool
from voice_engine.voice.pool.member import Member
from voice_engine.voice.pool.pool import Terms
from voice_engine.voice.pool.synthesizers import SynthesizerPool
from voice_engine.voice.pool.transcribers import TranscriberPool

__all__ = ["LanguageModelPool", "Member", "SynthesizerPool", "Terms", "TranscriberPool"]
