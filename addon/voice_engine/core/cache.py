"""Keeps what was dear to make: least recently used goes first, bounded by weight, and tells how well it does."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass

HOUR_SECONDS = 3600.0
_MINUTE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """How well a cache does. Counted since the start: clearing it does not reset hits, misses and evictions."""

    entries: int = 0
    size_bytes: int = 0
    max_bytes: int | None = None
    """None: it is bounded by the number of its entries."""
    hits: int = 0
    misses: int = 0
    evictions: int = 0
    """What had to leave for something newer."""
    recent_hits: int = 0
    """In the last hour."""
    recent_misses: int = 0
    cleared_at: float | None = None
    """When it was last cleared, on the cache's clock."""

    @property
    def hit_rate(self) -> float | None:
        """From 0 to 1, since the start; None where nobody has asked yet."""
        return _rate(self.hits, self.misses)

    @property
    def recent_hit_rate(self) -> float | None:
        """From 0 to 1, in the last hour; None where nobody has asked."""
        return _rate(self.recent_hits, self.recent_misses)


def _rate(hits: int, misses: int) -> float | None:
    return hits / (hits + misses) if hits or misses else None


class Tally:
    """Counts hits and misses, all of them and those of the last hour (to the minute)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """``clock`` gives seconds that never go back."""
        self.clock = clock
        self.hits = 0
        self.misses = 0
        self.evictions = 0
        self.cleared_at: float | None = None
        self._minutes: deque[list[int]] = deque(maxlen=round(HOUR_SECONDS / _MINUTE_SECONDS))
        """Of each minute in which something was asked: its number, hits and misses."""

    def hit(self) -> None:
        """It was there."""
        self.hits += 1
        self._minute()[1] += 1

    def miss(self) -> None:
        """It was not."""
        self.misses += 1
        self._minute()[2] += 1

    def cleared(self) -> None:
        """All was forgotten on purpose."""
        self.cleared_at = self.clock()

    def statistics(self, entries: int, size_bytes: int, max_bytes: int | None) -> CacheStatistics:
        """The counts with a cache's present size."""
        since = self._now() - self._minutes.maxlen if self._minutes.maxlen else 0
        # Copied in one step: what is counted in a thread may be asked for in another.
        recent = [counts for counts in tuple(self._minutes) if counts[0] > since]
        return CacheStatistics(
            entries,
            size_bytes,
            max_bytes,
            self.hits,
            self.misses,
            self.evictions,
            sum(counts[1] for counts in recent),
            sum(counts[2] for counts in recent),
            self.cleared_at,
        )

    def _minute(self) -> list[int]:
        now = self._now()
        if not self._minutes or self._minutes[-1][0] != now:
            self._minutes.append([now, 0, 0])
        return self._minutes[-1]

    def _now(self) -> int:
        return int(self.clock() // _MINUTE_SECONDS)


class Cache[Key: Hashable, Value]:
    """Values whose weights together never exceed ``capacity``; pinned ones stay until they are cleared."""

    def __init__(self, capacity: int, clock: Callable[[], float], weigh: Callable[[Value], int] | None = None) -> None:
        """``weigh`` gives a value's bytes; without it each weighs one, and ``capacity`` is a number of entries."""
        self._capacity = capacity
        self._weigh = weigh
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._pinned: set[Key] = set()
        self._weight = 0
        self._tally = Tally(clock)

    @property
    def statistics(self) -> CacheStatistics:
        """How well it does."""
        in_bytes = self._weigh is not None
        return self._tally.statistics(
            len(self._values), self._weight if in_bytes else 0, self._capacity if in_bytes else None
        )

    def get(self, key: Key) -> Value | None:
        """The value, or None."""
        value = self._values.get(key)
        if value is None:
            self._tally.miss()
            return None
        self._tally.hit()
        self._values.move_to_end(key)
        return value

    def put(self, key: Key, value: Value, *, pinned: bool = False) -> None:
        """Keep ``value``, unless there is no place for it beside those that are pinned."""
        self._remove(key)
        weight = self._weight_of(value)
        if weight + sum(self._weight_of(self._values[other]) for other in self._pinned) > self._capacity:
            return
        self._evict(self._capacity - weight)
        self._values[key] = value
        self._weight += weight
        if pinned:
            self._pinned.add(key)

    def shrink(self, capacity: int) -> int:
        """Let the least recently used go until the rest weighs no more; gives the weight that was freed.

        The bound itself stays. Pinned values go last, and those that are left are pinned no more.
        """
        before = self._weight
        self._evict(capacity)
        self._pinned.clear()
        self._evict(capacity)
        return before - self._weight

    def clear(self) -> CacheStatistics:
        """Forget all values, pinned ones too; gives what was held."""
        held = self.statistics
        self._values.clear()
        self._pinned.clear()
        self._weight = 0
        self._tally.cleared()
        return held

    def _evict(self, capacity: int) -> None:
        """Remove what is not pinned, the least recently used first, until the rest fits."""
        if self._weight <= capacity:
            return
        for key in [key for key in self._values if key not in self._pinned]:
            self._remove(key)
            self._tally.evictions += 1
            if self._weight <= capacity:
                return

    def _remove(self, key: Key) -> None:
        value = self._values.pop(key, None)
        if value is not None:
            self._weight -= self._weight_of(value)
            self._pinned.discard(key)

    def _weight_of(self, value: Value) -> int:
        return self._weigh(value) if self._weigh else 1
