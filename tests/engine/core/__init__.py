"""Tests of the engine's core: plain values."""
