"""Ports of 127.0.0.1 for the parts of a stage, which nobody else takes while the stage stands."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress

FIRST, LAST = 10000, 19999
"""Below the ports from which the system serves outgoing connections: none of those can slip in before a part listens.
RTP begins behind them (``AsteriskPorts``, ``Phone``)."""


class Ports:
    """Gives out free ports and holds them against other stages until it is closed."""

    def __init__(self) -> None:
        self._held = ExitStack()

    def take(self, count: int) -> list[int]:
        """Ports that are free for TCP and UDP, never two side by side: a phone takes the next one for SIP over TLS."""
        found: list[int] = []
        while len(found) < count:
            port = random.randrange(FIRST, LAST, 2)
            with suppress(OSError):
                self._claim(port)
                found.append(port)
        return found

    def close(self) -> None:
        """Let other stages have them."""
        self._held.close()

    def _claim(self, port: int) -> None:
        """Take a port that nobody has, here or on another stage. Raises: OSError where somebody does."""
        with ExitStack() as claimed:
            # An abstract socket exists once in a network, as ports do, and ends with us: a lock that is never stale.
            claimed.enter_context(socket.socket(socket.AF_UNIX)).bind(f"\0voice-processor-stage-{port}")
            for kind, number in ((socket.SOCK_STREAM, port), (socket.SOCK_DGRAM, port), (socket.SOCK_STREAM, port + 1)):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", number))
            self._held.push(claimed.pop_all())
