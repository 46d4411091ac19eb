"""How long to wait before connecting again."""

from random import uniform

FIRST_WAIT_SECONDS = 1.0
"""An app that restarts is back within seconds, and a visitor may ring meanwhile."""
LONGEST_WAIT_SECONDS = 30.0
"""The wait doubles up to this; also how long a connection must have lived for the waits to start over."""


class Backoff:
    """Waits that grow, so that an engine which cannot hold its connections is left in peace."""

    def __init__(self) -> None:
        """Start with the first wait."""
        self._next_seconds = FIRST_WAIT_SECONDS

    def wait_seconds(self, lived_seconds: float) -> float:
        """Return the wait after a connection, or a try at one, that lived so long."""
        if lived_seconds > LONGEST_WAIT_SECONDS:
            self._next_seconds = FIRST_WAIT_SECONDS
        seconds = self._next_seconds
        self._next_seconds = min(2 * seconds, LONGEST_WAIT_SECONDS)
        # Several Home Assistants must not all return to a restarted engine at the same moment.
        return seconds * uniform(0.5, 1.0)
