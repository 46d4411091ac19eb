"""A language model on this machine: llama.cpp, kept running where it can be, run once where it cannot."""

from voice_engine.backends.llm_llama_cpp.model import LlamaModel, LlamaStatistics
from voice_engine.backends.llm_llama_cpp.options import LlamaOptions

__all__ = ["LlamaModel", "LlamaOptions", "LlamaStatistics"]
