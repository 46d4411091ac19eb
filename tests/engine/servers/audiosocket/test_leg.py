"""A leg between real sockets: what Asterisk gets, what the call gets, and every way in which it ends."""

from __future__ import annotations

import asyncio
import errno
import socket
from uuid import uuid4

import numpy as np
import pytest

from tests.engine.servers.audiosocket.asterisk import (
    HANGUP,
    AsteriskEnd,
    FakeAdmission,
    FakeSink,
    ManualClock,
    frames_of,
)
from tests.engine.servers.audiosocket.conftest import SETTINGS, House
from voice_engine.core.audio import FRAME_BYTES, SILENCE
from voice_engine.core.audiosocket import encode_audio, encode_digit, encode_uuid
from voice_engine.servers.audiosocket import AudioSocketServer
from voice_engine.servers.audiosocket.leg import GOODBYE_SECONDS, SocketLeg


def sound(frames: int) -> bytes:
    """PCM of which every frame is another."""
    return b"".join(bytes([index + 1]) * FRAME_BYTES for index in range(frames))


# --- what Asterisk gets -----------------------------------------------------------------------------------------------


async def test_silence_comes_before_time_has_passed(house: House) -> None:
    """Asterisk's reader needs something at once, and drops a call after two seconds of nothing."""
    end = await AsteriskEnd.call(house.server.visitor_port)

    assert await end.read_frames(1) == [SILENCE]
    assert [leg.leg_id for leg in house.admission.visitors] == [end.leg_id]


async def test_ten_seconds_have_their_frames_and_the_lead(house: House) -> None:
    """Neither too fast nor too slow: 500 frames, and the lead by which the last ones are early."""
    end, leg = await house.visitor()

    await house.pass_time(10.0)
    leg.hang_up()

    received = await end.read_to_end()
    assert received.endswith(HANGUP)
    assert len(frames_of(received.removesuffix(HANGUP))) in (501, 502)  # beside the first one, already read


async def test_a_prompt_arrives_whole_padded_and_between_silence(house: House) -> None:
    """No frame missing, doubled or split."""
    end, leg = await house.visitor()
    house.clock.advance(0.5)
    pcm = sound(5)[:-100]

    leg.play(pcm)
    house.clock.advance(0.5)
    leg.hang_up()

    frames = frames_of((await end.read_to_end()).removesuffix(HANGUP))
    first = next(index for index, frame in enumerate(frames) if frame != SILENCE)
    assert b"".join(frames[first : first + 5]) == pcm + bytes(100)
    assert set(frames[:first]) == set(frames[first + 5 :]) == {SILENCE}


async def test_prompts_follow_one_another_without_a_gap(house: House) -> None:
    """Queued sound is played in order."""
    end, leg = await house.visitor()
    pcm = sound(4)

    leg.play(pcm[: 2 * FRAME_BYTES])
    leg.play(pcm[2 * FRAME_BYTES :])
    house.clock.advance(0.2)

    assert b"".join(await end.read_frames(4)) == pcm


async def test_finished_means_heard_not_sent(house: House) -> None:
    """The lead is part of the way: 200 ms of sound that start at once are over after 200 ms, however early sent."""
    _, leg = await house.visitor()
    house.clock.advance(1.0)
    begun = house.clock.time()
    playout = leg.play(sound(10))
    waiting = asyncio.ensure_future(playout.finished())

    house.clock.advance(0.2)
    await asyncio.sleep(0)
    assert not waiting.done()
    house.clock.advance(0.06)

    assert await waiting is True
    assert playout.started_at is not None
    assert begun <= playout.started_at <= begun + 0.025


@pytest.mark.parametrize("offset_seconds", [0.0, 0.003, 0.005, 0.01, 0.014, 0.0199])
async def test_after_silence_sound_begins_at_once(house: House, offset_seconds: float) -> None:
    """Not with the leg's next frame; and what follows it is neither late nor further ahead than ever."""
    _, leg = await house.visitor()
    house.clock.advance(1.0 + offset_seconds)
    begun = house.clock.time()

    playout = leg.play(sound(10))

    assert playout.started_at == begun
    house.clock.advance(0.26)
    assert await playout.finished() is True


async def test_stopping_cuts_what_was_not_sent(house: House) -> None:
    """Barge-in: the prompt being played and all behind it end as not heard; silence goes on."""
    end, leg = await house.visitor()
    playing, waiting = leg.play(sound(50)), leg.play(sound(50))
    house.clock.advance(0.1)

    leg.stop_playing()
    house.clock.advance(0.1)

    assert [await playing.finished(), await waiting.finished()] == [False, False]
    assert playing.started_at is not None
    assert waiting.started_at is None
    frames = await end.read_frames(11)
    assert frames[6] != SILENCE
    assert frames[8:] == [SILENCE] * 3


async def test_sound_already_on_its_way_is_heard_though_playing_stopped(house: House) -> None:
    """What was sent cannot be called back, and is not reported as cut."""
    _, leg = await house.visitor()
    playout = leg.play(sound(2))
    house.clock.advance(0.03)

    leg.stop_playing()
    house.clock.advance(0.1)

    assert await playout.finished() is True


async def test_sound_of_no_length_is_over_at_once(house: House) -> None:
    """An empty prompt must not stop a call."""
    _, leg = await house.visitor()
    playout = leg.play(b"")
    house.clock.advance(0.1)
    assert await playout.finished() is True


async def test_a_hold_up_of_the_process_is_caught_up_or_skipped(house: House) -> None:
    """Asterisk never gets more than three frames in one go, which would make it re-stamp its stream."""
    end, leg = await house.visitor()
    house.clock.advance(1.0)
    await end.read_frames(51)

    house.clock.stall(0.055)
    await end.read_frames(2)
    house.clock.stall(5.0)
    leg.hang_up()

    frames = frames_of((await end.read_to_end()).removesuffix(HANGUP))
    assert len(frames) <= 4


async def test_the_transmission_delay_can_be_changed_for_all_legs(house: House) -> None:
    """At 20 ms between frames the lead does not fill; for legs there are, and for legs to come."""
    before, old_leg = await house.visitor()
    house.server.set_transmission_delay_ms(20)
    after, new_leg = await house.visitor()

    house.clock.advance(0.2)

    for end, leg in ((before, old_leg), (after, new_leg)):
        leg.hang_up()
        frames = frames_of((await end.read_to_end()).removesuffix(HANGUP))
        assert len(frames) in (9, 10)


# --- what the call gets -----------------------------------------------------------------------------------------------


async def test_frames_and_keys_reach_the_sink(house: House) -> None:
    """In the order they were sent; what came before anybody listened is gone."""
    end, leg = await house.visitor()
    sink = FakeSink()
    leg.listen(sink)

    end.write(encode_audio(sound(1)) + encode_digit("5") + encode_audio(SILENCE) + encode_digit("#"))

    assert [await sink.digits.get(), await sink.digits.get()] == ["5", "#"]
    assert [sink.frames.get_nowait(), sink.frames.get_nowait()] == [sound(1), SILENCE]


async def test_frames_of_any_length_become_frames_of_20_ms(house: House) -> None:
    """30 ms twice are three frames, with nothing lost or added."""
    end, leg = await house.visitor()
    sink = FakeSink()
    leg.listen(sink)
    pcm = sound(3)

    end.write(encode_audio(pcm[:480]) + encode_audio(pcm[480:]))

    assert b"".join([await sink.frames.get() for _ in range(3)]) == pcm


@pytest.mark.parametrize("hertz", [12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000])
async def test_every_rate_arrives_as_8_khz(house: House, hertz: int) -> None:
    """A tone of 400 Hz is still one, as long and as loud, cut into 20 ms."""
    end, leg = await house.visitor()
    sink = FakeSink()
    leg.listen(sink)
    tone = (8000 * np.sin(2 * np.pi * 400 * np.arange(hertz) / hertz)).astype("<i2").tobytes()
    step = hertz // 50 * 2

    for start in range(0, len(tone), step):
        end.write(encode_audio(tone[start : start + step], hertz))

    frames = [await sink.frames.get() for _ in range(40)]  # the resampler keeps some for itself
    assert {len(frame) for frame in frames} == {FRAME_BYTES}
    heard = np.frombuffer(b"".join(frames[5:]), "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * 8000 / heard.size == pytest.approx(400, abs=8000 / heard.size)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(8000 / np.sqrt(2), rel=0.02)


async def test_unknown_kinds_are_skipped(house: House) -> None:
    """Asterisk keeps adding kinds."""
    end, leg = await house.visitor()
    sink = FakeSink()
    leg.listen(sink)

    end.write(b"\x42\x00\x03abc" + encode_digit("1"))

    assert await sink.digits.get() == "1"
    assert not leg.closed


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["close", "reset"])
async def test_the_party_is_gone_when_asterisk_closes(house: House, way: str) -> None:
    """Politely or not: told once, and whoever waits for the end of a prompt learns that it was not heard."""
    end, leg = await house.visitor()
    sink = FakeSink()
    leg.listen(sink)
    playout = leg.play(sound(50))

    getattr(end, way)()
    await leg.wait_closed()

    assert (leg.closed, sink.closings) == (True, 1)
    assert await playout.finished() is False
    assert await leg.play(sound(1)).finished() is False
    leg.stop_playing()
    leg.hang_up()
    house.clock.advance(1.0)
    assert sink.closings == 1


async def test_sound_on_its_way_to_a_party_that_leaves_was_not_heard(house: House) -> None:
    """Sent is not heard."""
    end, leg = await house.visitor()
    house.clock.advance(1.0)
    playout = leg.play(sound(2))
    house.clock.advance(0.045)
    assert playout.started_at is not None

    end.close()
    await leg.wait_closed()

    assert await playout.finished() is False


async def test_listening_to_a_leg_that_is_gone_tells_so(house: House) -> None:
    """The party may be quicker than the call."""
    end, leg = await house.visitor()
    end.close()
    await leg.wait_closed()
    sink = FakeSink()

    leg.listen(sink)

    assert sink.closings == 1


async def test_hanging_up_waits_for_the_last_word(house: House) -> None:
    """The farewell is heard to its end, then exactly three zero bytes, then our side is closed."""
    end, leg = await house.visitor()
    house.clock.advance(1.0)
    await end.read_frames(51)
    farewell = leg.play(sound(5))

    leg.hang_up()
    late = leg.play(sound(1))
    house.clock.advance(0.1)
    assert not leg.closed
    house.clock.advance(0.1)

    assert await farewell.finished() is True
    assert await late.finished() is False
    received = await end.read_to_end()
    assert received.endswith(HANGUP)
    frames = frames_of(received.removesuffix(HANGUP))
    assert b"".join(frame for frame in frames if frame != SILENCE) == sound(5)
    await leg.wait_closed()


async def test_nothing_is_delivered_after_our_hang_up(house: House) -> None:
    """Sound still arrives until Asterisk has read it; to the call the leg is over."""
    end, leg = await house.visitor()
    sink = FakeSink()
    leg.listen(sink)

    leg.hang_up()
    end.write(encode_audio(sound(1)) + encode_digit("1"))
    end.close()
    await leg.wait_closed()

    assert (sink.frames.empty(), sink.digits.empty(), sink.closings) == (True, True, 1)


async def test_a_peer_that_ignores_our_hang_up_is_cut_off(house: House) -> None:
    """Ending a call is bounded."""
    end = await AsteriskEnd.call(house.server.visitor_port, stubborn=True)
    await end.read_frames(1)
    (leg,) = house.admission.visitors
    leg.hang_up()
    assert await end.read_to_end() == HANGUP
    assert not leg.closed

    house.clock.advance(GOODBYE_SECONDS)

    await leg.wait_closed()
    end.close()


def test_a_connection_that_breaks_under_our_hang_up_is_just_closed() -> None:
    """The reset may arrive between the message and the end of our side; the kernel then says: not connected."""

    class BreakingTransport(asyncio.Transport):
        broken = False

        def is_closing(self) -> bool:
            return self.broken

        def write(self, data: bytes | bytearray | memoryview) -> None:
            pass

        def write_eof(self) -> None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

        def abort(self) -> None:
            self.broken = True

    transport = BreakingTransport()
    leg = SocketLeg(uuid4(), transport, ManualClock(), 10)

    leg.hang_up()

    assert transport.broken


async def test_a_peer_that_takes_no_sound_is_cut_off(house: House) -> None:
    """Without a word to the others and without a growing heap of sound."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", house.server.visitor_port))
    await loop.sock_sendall(raw, encode_uuid(uuid4()))
    other, other_leg = await house.visitor()

    (leg,) = [leg for leg in house.admission.visitors if leg is not other_leg]
    await house.pass_time(60.0)

    await leg.wait_closed()
    assert not other_leg.closed
    assert len(await other.read_frames(3000)) == 3000
    raw.close()


@pytest.mark.parametrize(
    "wire", [b"\x10\x00\x03abc", encode_uuid(uuid4()), b"\x03\x00\x01x", b"\x01\x00\x00", b"\xff\x00\x01\x02", HANGUP]
)
async def test_what_breaks_the_protocol_ends_that_leg_alone(house: House, wire: bytes) -> None:
    """As do an error and a hang-up from the peer."""
    _, healthy = await house.visitor()
    end, leg = await house.visitor()
    sink = FakeSink()
    leg.listen(sink)

    end.write(wire)

    await leg.wait_closed()
    assert sink.closings == 1
    assert not healthy.closed


async def test_on_the_real_clock_a_prompt_is_heard() -> None:
    """The event loop's own timers drive the metronome."""
    admission = FakeAdmission()
    async with AudioSocketServer(SETTINGS, 10, admission, print) as server:
        end = await AsteriskEnd.call(server.visitor_port)
        await end.read_frames(1)
        playout = admission.visitors[0].play(sound(5))
        assert await playout.finished() is True
        admission.visitors[0].hang_up()
        frames = frames_of((await end.read_to_end()).removesuffix(HANGUP))
        assert b"".join(frame for frame in frames if frame != SILENCE) == sound(5)
