"""Tests of the engine's voice: scripted fakes in virtual time."""
