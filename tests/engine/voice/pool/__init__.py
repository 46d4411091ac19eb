"""Pools of scripted backends."""
