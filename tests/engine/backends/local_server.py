"""A server to be supervised: says what it is told to, is healthy when it is told to be, and ends when it is told to.

Run as a program: ``local_server.py PORT [CONDUCT…]``.
"""

from __future__ import annotations

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """``/health`` is 503 once, as a server that loads its model, then 200; ``/crash`` ends the process."""

    asked = 0

    def do_GET(self) -> None:
        """Answer."""
        if self.path == "/crash":
            say("out of memory")
            os._exit(7)
        Handler.asked += 1
        self.send_response(503 if Handler.asked == 1 or "never-ready" in sys.argv else 200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Not of interest."""


def say(words: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if "loud" in sys.argv:  # more than any pipe holds, in one line and in many
        say("x" * 300_000)
        say("line\n" * 20_000)
    if "stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "broken" in sys.argv:
        say("no such model")
        sys.exit(3)
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
