"""Recordings and what is said in a room, written down."""
