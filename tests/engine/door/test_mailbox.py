"""Events of a call, in order, whatever they bring about."""

from __future__ import annotations

from voice_engine.core.dialog.messages import Dismissed, Event, GivenUp, RecordingHeard
from voice_engine.door.mailbox import Mailbox


async def test_what_an_event_brings_about_follows_it() -> None:
    """It does not overtake what is still being dealt with."""
    log: list[str] = []

    def take(event: Event) -> None:
        log.append(f"{type(event).__name__} begins")
        if isinstance(event, GivenUp):
            mailbox.post(Dismissed())
        log.append(f"{type(event).__name__} ends")

    mailbox = Mailbox(take)
    mailbox.post(GivenUp())
    assert log == ["GivenUp begins", "GivenUp ends", "Dismissed begins", "Dismissed ends"]


async def test_nothing_is_taken_once_it_is_over() -> None:
    taken: list[Event] = []

    def take(event: Event) -> None:
        taken.append(event)
        mailbox.post(RecordingHeard())
        mailbox.over.set()

    mailbox = Mailbox(take)
    mailbox.post(GivenUp())
    mailbox.post(Dismissed())
    assert taken == [GivenUp()]


async def test_what_breaks_a_call_ends_it_and_is_kept_for_its_holder() -> None:
    """Whoever told of the event has nothing to do with it."""
    broken = ZeroDivisionError()

    def take(_event: Event) -> None:
        raise broken

    mailbox = Mailbox(take)
    mailbox.post(GivenUp())
    assert mailbox.failure is broken
    assert mailbox.over.is_set()
