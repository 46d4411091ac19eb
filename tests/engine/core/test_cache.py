"""A cache bounded by weight."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.cache import Cache, CacheStatistics


@dataclass
class Clock:
    """Goes when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def bytes_cache(max_bytes: int, clock: Clock | None = None) -> Cache[str, bytes]:
    return Cache(max_bytes, clock or Clock(), len)


def test_hits_and_misses_are_counted() -> None:
    cache = bytes_cache(100)
    cache.put("a", b"12345")

    assert cache.get("a") == b"12345"
    assert cache.get("b") is None
    assert cache.statistics == CacheStatistics(
        entries=1, size_bytes=5, max_bytes=100, hits=1, misses=1, recent_hits=1, recent_misses=1
    )
    assert cache.statistics.hit_rate == 0.5


def test_nobody_asked_yet() -> None:
    assert bytes_cache(100).statistics.hit_rate is None
    assert bytes_cache(100).statistics.recent_hit_rate is None


def test_an_empty_value_is_a_hit() -> None:
    cache = bytes_cache(100)
    cache.put("a", b"")

    assert cache.get("a") == b""
    assert cache.statistics.hits == 1


def test_the_least_recently_used_goes_first() -> None:
    cache = bytes_cache(30)
    for key in "abc":
        cache.put(key, bytes(10))
    cache.get("a")
    cache.put("d", bytes(10))

    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]
    assert cache.statistics.evictions == 1


def test_what_is_larger_than_the_cache_displaces_nothing_else() -> None:
    cache = bytes_cache(10)
    cache.put("small", bytes(9))
    cache.put("large", bytes(11))

    assert cache.get("small") == bytes(9)
    assert cache.get("large") is None


def test_pinned_values_stay_and_what_finds_no_place_beside_them_is_not_kept() -> None:
    cache = bytes_cache(20)
    cache.put("greeting", bytes(10), pinned=True)
    cache.put("a", bytes(10))
    cache.put("b", bytes(10))
    assert [key for key in ("greeting", "a", "b") if cache.get(key)] == ["greeting", "b"]

    cache.put("c", bytes(11))
    assert [key for key in ("greeting", "b", "c") if cache.get(key)] == ["greeting", "b"]


def test_a_number_of_entries_can_be_the_bound() -> None:
    cache: Cache[str, float] = Cache(2, Clock())
    for key in "abc":
        cache.put(key, 1.0)

    assert [key for key in "abc" if cache.get(key)] == ["b", "c"]
    assert cache.statistics.max_bytes is None


def test_shrunk_for_want_of_memory() -> None:
    """The oldest go, pinned ones last; the bound stays for better days."""
    cache = bytes_cache(40)
    cache.put("greeting", bytes(10), pinned=True)
    for key in "abc":
        cache.put(key, bytes(10))

    assert cache.shrink(20) == 20
    assert [key for key in ("greeting", "a", "b", "c") if cache.get(key)] == ["greeting", "c"]
    assert cache.shrink(0) == 20
    cache.put("d", bytes(40))
    assert cache.get("d") == bytes(40)


def test_cleared() -> None:
    clock = Clock()
    cache = bytes_cache(10, clock)
    cache.put("a", b"1", pinned=True)
    clock.now = 1500.0

    assert cache.clear().entries == 1
    assert cache.get("a") is None
    assert cache.statistics == CacheStatistics(max_bytes=10, misses=1, recent_misses=1, cleared_at=1500.0)


def test_the_last_hour_is_told_apart() -> None:
    clock = Clock(0.0)
    cache = bytes_cache(10, clock)
    cache.get("missing")
    clock.now = 1800.0
    cache.put("a", b"1")
    cache.get("a")
    assert cache.statistics.recent_hit_rate == 0.5

    clock.now = 3660.0
    assert (cache.statistics.recent_hits, cache.statistics.recent_misses) == (1, 0)
    assert cache.statistics.hit_rate == 0.5
    clock.now = 9000.0
    assert cache.statistics.recent_hit_rate is None


@given(st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=20), st.booleans())))
def test_the_bound_holds_and_the_last_value_put_is_the_one_got(puts: list[tuple[int, bytes, bool]]) -> None:
    cache: Cache[int, bytes] = Cache(40, Clock(), len)
    latest: dict[int, bytes] = {}
    for key, value, pinned in puts:
        cache.put(key, value, pinned=pinned)
        latest[key] = value
        kept = {key: found for key in range(6) if (found := cache.get(key)) is not None}
        assert kept.items() <= latest.items()
        assert cache.statistics.size_bytes == sum(map(len, kept.values())) <= 40
