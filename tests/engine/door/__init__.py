"""Tests of the door call."""
