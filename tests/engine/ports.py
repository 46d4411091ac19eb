"""Ports for those who are told where to listen, and begin a moment later."""

from __future__ import annotations

from contextlib import closing

from dev.stage.ports import Ports


def free_ports(count: int) -> list[int]:
    """Ports nobody has, none of those that the system gives to whoever asks for any: they are free later, too."""
    with closing(Ports()) as ports:
        return ports.take(count)
