"""Two legs that hear each other, between real sockets: in order, never far behind, whatever the other does."""

from __future__ import annotations

from itertools import pairwise
from uuid import uuid4

import pytest

from tests.engine.servers.audiosocket.asterisk import AsteriskEnd, FakeSink
from tests.engine.servers.audiosocket.conftest import House
from voice_engine.core.audio import FRAME_BYTES, SILENCE
from voice_engine.core.audiosocket import encode_audio, encode_digit
from voice_engine.core.pacing import IDLE_LEAD_FRAMES, LEAD_FRAMES
from voice_engine.door.talk import Ear
from voice_engine.servers.audiosocket.relay import MOST_FRAMES, RESERVE_FRAMES, WATCHED_FRAMES, Relay
from voice_engine.voice.ports import Leg

FRAME_SECONDS = 0.02


def frame(number: int) -> bytes:
    """Sound unlike any other of a test."""
    return bytes([number % 250 + 1]) * FRAME_BYTES


class Bridged:
    """Both legs of a call, each heard on the other."""

    def __init__(self, house: House, ends: tuple[AsteriskEnd, AsteriskEnd], legs: tuple[Leg, Leg]) -> None:
        self.house = house
        self.ends = ends
        self.legs = legs
        self.sinks = (FakeSink(), FakeSink())
        for index, leg in enumerate(legs):
            ear = Ear(self.sinks[index])
            ear.relay_to(legs[1 - index])
            leg.listen(ear)

    async def speak(self, party: int, *frames: bytes) -> None:
        """Send frames, and wait until they have arrived."""
        self.ends[party].write(b"".join(map(encode_audio, frames)))
        for _ in frames:
            await self.sinks[party].frames.get()

    async def heard(self, party: int, frames: int) -> list[bytes]:
        """Let one leg send so many frames more."""
        self.house.clock.advance(frames * FRAME_SECONDS)
        return await self.ends[party].read_frames(frames)


@pytest.fixture
async def bridged(house: House) -> Bridged:
    """A bridged call whose legs have had time to fill their lead."""
    visitor_end, visitor = await house.visitor()
    leg_id = uuid4()
    house.admission.awaited.add(leg_id)
    resident_end = await AsteriskEnd.call(house.server.resident_port, leg_id)
    await resident_end.read_frames(1)
    house.clock.advance(1.0)
    for end in (visitor_end, resident_end):
        await end.read_frames(50 + IDLE_LEAD_FRAMES - 2)
    call = Bridged(house, (visitor_end, resident_end), (visitor, house.admission.residents[0]))
    # From here on each leg sends exactly one frame every 20 ms: what was left over of the lead is read away.
    house.clock.advance(FRAME_SECONDS)
    for end in (visitor_end, resident_end):
        await end.read_frames(1)
    return call


def audible(frames: list[bytes]) -> list[bytes]:
    """Those that are no silence."""
    return [one for one in frames if one != SILENCE]


async def test_what_one_says_the_other_hears_in_order_and_both_ways(bridged: Bridged) -> None:
    heard: tuple[list[bytes], list[bytes]] = ([], [])
    for number in range(100):
        await bridged.speak(0, frame(number))
        await bridged.speak(1, frame(number + 100))
        bridged.house.clock.advance(FRAME_SECONDS)
        for party in (0, 1):
            heard[party].extend(await bridged.ends[party].read_frames(1))
    for party, first in ((1, 0), (0, 100)):
        said = audible(heard[party])
        assert said == [frame(number + first) for number in range(len(said))]
        assert len(said) >= 100 - RESERVE_FRAMES - 1
        assert SILENCE not in heard[party][RESERVE_FRAMES + 1 :]


async def test_a_stalled_computer_loses_nothing(bridged: Bridged) -> None:
    """Two hundred milliseconds are read at once, and the leg starts over."""
    said = 0
    for pause in (1, 1, 1, 10, 1, 1):
        await bridged.speak(0, *(frame(number) for number in range(said, said + pause)))
        said += pause
        bridged.house.clock.stall(pause * FRAME_SECONDS)
    heard = await bridged.heard(1, 2 * said)
    assert audible(heard) == [frame(number) for number in range(said)]


async def test_a_sentence_goes_before_the_other_party(bridged: Bridged) -> None:
    """It is heard whole; of what was said meanwhile only the last moment is."""
    sentence = [bytes([251 + number % 4]) * FRAME_BYTES for number in range(10)]
    bridged.legs[1].play(b"".join(sentence))
    heard: list[bytes] = []
    for number in range(20):
        await bridged.speak(0, frame(number))
        heard += await bridged.heard(1, 1)
    assert heard[: len(sentence)] == sentence
    after = audible(heard[len(sentence) :])
    first = next(number for number in range(20) if after[0] == frame(number))
    assert after == [frame(number) for number in range(first, first + len(after))]
    # The sentence's last frames were sent ahead by the lead.
    assert len(sentence) - LEAD_FRAMES <= first < len(sentence)


async def test_what_waits_is_dropped_with_what_is_played(bridged: Bridged) -> None:
    await bridged.speak(0, frame(1), frame(2))
    bridged.legs[1].stop_playing()
    assert audible(await bridged.heard(1, 5)) == []


async def test_keys_are_not_heard_by_the_other(bridged: Bridged) -> None:
    """They are the engine's alone."""
    bridged.ends[1].write(encode_digit("1"))
    assert await bridged.sinks[1].digits.get() == "1"
    assert bridged.sinks[0].digits.empty()


# --- gusts, clocks and delay ------------------------------------------------------------------------------------------


class Talk:
    """One who speaks, a relay, and one who listens."""

    def __init__(self) -> None:
        self.relay = Relay()
        self.said = 0
        self.heard: list[bytes | None] = []

    def speak(self, frames: int) -> None:
        """Say so many frames at once."""
        for _ in range(frames):
            self.relay.add(numbered(self.said))
            self.said += 1

    def hear(self, frames: int) -> None:
        """Listen for so many frames."""
        self.heard += [self.relay.take_frame() for _ in range(frames)]

    def go_on(self, frames: int) -> None:
        """Speak and listen evenly."""
        for _ in range(frames):
            self.speak(1)
            self.hear(1)

    @property
    def numbers(self) -> list[int]:
        """What was heard."""
        return [number_of(one) for one in self.heard if one is not None]

    @property
    def delay(self) -> int:
        """How many frames the last one heard is behind the last one said."""
        assert self.heard[-1] is not None
        return self.said - number_of(self.heard[-1]) - 1


def numbered(number: int) -> bytes:
    """A loud frame that tells its number."""
    return (number + 4096).to_bytes(2, "little") * (FRAME_BYTES // 2)


def number_of(sound: bytes) -> int:
    """The number of a frame of ours."""
    return int.from_bytes(sound[:2], "little") - 4096


@pytest.mark.parametrize("gust", [2, 5, 13])
def test_who_speaks_in_gusts_is_heard_whole_and_evenly(gust: int) -> None:
    """One gap at most for each kind of gust, then never again."""
    talk = Talk()
    for _ in range(40):
        talk.speak(gust)
        talk.hear(gust)
    assert talk.numbers == list(range(len(talk.numbers)))
    assert talk.said - len(talk.numbers) == RESERVE_FRAMES
    assert None not in talk.heard[RESERVE_FRAMES:]


def test_who_is_late_is_waited_for() -> None:
    """Frames that come up to the reserve later than those before them leave no gap."""
    talk = Talk()
    talk.go_on(50)
    talk.hear(RESERVE_FRAMES)
    talk.speak(RESERVE_FRAMES)
    talk.go_on(50)
    assert None not in talk.heard[RESERVE_FRAMES:]
    assert talk.numbers == list(range(len(talk.numbers)))


def test_nobody_is_heard_later_than_half_a_second() -> None:
    talk = Talk()
    talk.speak(200)
    talk.hear(RESERVE_FRAMES + MOST_FRAMES)
    assert talk.numbers == list(range(200 - MOST_FRAMES, 200))


def test_a_pause_takes_the_delay_back() -> None:
    """Not a word is lost: of the silence between them so much is left out as is heard late."""
    talk = Talk()
    talk.go_on(20)
    talk.speak(15)
    talk.go_on(WATCHED_FRAMES)
    assert talk.delay == 15 + RESERVE_FRAMES
    words = list(range(talk.said))
    for _ in range(100):
        talk.relay.add(SILENCE)
        talk.hear(1)
    talk.heard = [one for one in talk.heard if one != SILENCE]
    assert talk.numbers == words
    talk.go_on(20)
    assert talk.delay <= RESERVE_FRAMES + 1


def test_where_no_pause_comes_the_delay_is_taken_back_slowly() -> None:
    """As in a loud street: a frame now and then."""
    talk = Talk()
    talk.speak(20)
    talk.go_on(1500)
    assert talk.delay <= RESERVE_FRAMES + 1
    steps = [after - before for before, after in pairwise(talk.numbers)]
    assert set(steps) == {1, 2}


def test_a_faster_clock_gains_no_lasting_delay() -> None:
    """A hundred and one frames are said in the time of a hundred, for ten minutes."""
    talk = Talk()
    for _ in range(300):
        talk.go_on(100)
        talk.speak(1)
    assert talk.delay < MOST_FRAMES / 2
    assert all(after - before <= 2 for before, after in pairwise(talk.numbers))


def test_a_slower_clock_leaves_gaps_and_nothing_out() -> None:
    """Four frames in the time of five."""
    talk = Talk()
    for _ in range(100):
        talk.go_on(4)
        talk.hear(1)
    assert talk.numbers == list(range(len(talk.numbers)))
    assert talk.delay <= RESERVE_FRAMES


def test_who_begins_again_is_not_heard_late() -> None:
    """A telephone that sends nothing in pauses."""
    talk = Talk()
    talk.go_on(30)
    talk.hear(100)
    talk.go_on(10)
    assert talk.delay == RESERVE_FRAMES
    assert talk.numbers == list(range(len(talk.numbers)))
