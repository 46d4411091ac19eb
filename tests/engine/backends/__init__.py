"""Tests of the engine's backends: the real programs."""
