"""What changes while nothing happens: told every few seconds, and then only what is not as it was told before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Topic(StrEnum):
    """What figures are about; each has a message of its own."""

    MACHINE = "machine"
    CACHES = "caches"
    VISITS = "visits"


type Look = Callable[[], Mapping[str, Any]]
"""Gives the figures of a topic as they are now, as the contract spells them; its keys are the status's too."""


@dataclass(frozen=True, slots=True)
class FiguresEvent:
    """Figures have changed."""

    topic: Topic
    at: str
    """ISO 8601 with offset."""
    figures: Mapping[str, Any]

    def to_wire(self) -> dict[str, Any]:
        """The ``MachineMessage``, ``CachesMessage`` or ``VisitsMessage`` schema of the contract."""
        return {"type": self.topic, "at": self.at, **self.figures}


class Figures:
    """All topics, and what was told of each last."""

    def __init__(self, looks: Mapping[Topic, Look]) -> None:
        self._looks = looks
        self._told: dict[Topic, Mapping[str, Any]] = {}

    def snapshot(self) -> dict[str, Any]:
        """All figures now."""
        return {key: value for look in self._looks.values() for key, value in look().items()}

    def forget(self) -> None:
        """Have all of it be news again: somebody joins who has not heard what was told."""
        self._told.clear()

    def news(self, at: str, topics: Iterable[Topic] = Topic, *, changed: bool = True) -> list[FiguresEvent]:
        """What is to be told of ``topics``: by itself only what has changed, with ``changed`` false all of it."""
        seen = {topic: self._looks[topic]() for topic in topics}
        news = {topic: now for topic, now in seen.items() if not changed or now != self._told.get(topic)}
        self._told |= news
        return [FiguresEvent(topic, at, now) for topic, now in news.items()]
