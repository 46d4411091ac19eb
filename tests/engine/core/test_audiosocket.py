"""The codec: whole, byte by byte, both ends joined, and everything a peer can get wrong."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.audiosocket import (
    SAMPLE_RATES,
    Decoder,
    Kind,
    Message,
    encode_audio,
    encode_digit,
    encode_hangup,
    encode_uuid,
)
from voice_engine.core.errors import ProtocolError

LEG_ID = UUID("40325ec2-5efd-4bd3-805f-53576e581d13")
FRAME = bytes(range(160)) * 2

type Feed = Callable[[Decoder, bytes], list[Message]]


def at_once(decoder: Decoder, data: bytes) -> list[Message]:
    """All bytes in one piece."""
    return decoder.receive_data(data)


def byte_by_byte(decoder: Decoder, data: bytes) -> list[Message]:
    """As slowly as a network can."""
    return [message for byte in data for message in decoder.receive_data(bytes([byte]))]


def through_one_buffer(decoder: Decoder, data: bytes) -> list[Message]:
    """In pieces of seven, out of a buffer that is overwritten each time."""
    buffer = bytearray(7)
    messages = []
    for start in range(0, len(data), 7):
        piece = data[start : start + 7]
        buffer[: len(piece)] = piece
        messages += decoder.receive_data(memoryview(buffer)[: len(piece)])
    return messages


@pytest.fixture(params=[at_once, byte_by_byte, through_one_buffer])
def feed(request: pytest.FixtureRequest) -> Feed:
    """Every way in which the same bytes may arrive."""
    way: Feed = request.param
    return way


def test_a_call_as_asterisk_sends_it(feed: Feed) -> None:
    """The bytes of a real leg, written out."""
    wire = bytes.fromhex("010010 40325ec25efd4bd3805f53576e581d13") + b"\x10\x01\x40" + FRAME + b"\x03\x00\x01#"

    introduction, sound, key = feed(Decoder(), wire)

    assert (introduction.kind, introduction.uuid, introduction.sample_rate) == (Kind.UUID, LEG_ID, None)
    assert (sound.kind, sound.payload, sound.sample_rate) == (Kind.AUDIO_8_KHZ, FRAME, 8000)
    assert (key.kind, key.digit) == (Kind.DTMF, "#")


@pytest.mark.parametrize(
    ("kind", "hertz"),
    [
        (0x10, 8000),
        (0x11, 12000),
        (0x12, 16000),
        (0x13, 24000),
        (0x14, 32000),
        (0x15, 44100),
        (0x16, 48000),
        (0x17, 96000),
        (0x18, 192000),
    ],
)
def test_every_rate_of_asterisk_23(feed: Feed, kind: int, hertz: int) -> None:
    """20 ms of each, with the length Asterisk uses."""
    frame = b"\x34\x12" * (hertz // 50)

    assert encode_audio(frame, hertz) == bytes([kind]) + len(frame).to_bytes(2, "big") + frame
    assert feed(Decoder(), encode_audio(frame, hertz)) == [Message(kind, frame)]
    assert Message(kind, frame).sample_rate == hertz


def test_the_hang_up_is_three_zero_bytes(feed: Feed) -> None:
    """Asterisk looks at the kind alone, after exactly three bytes."""
    assert encode_hangup() == b"\0\0\0"
    assert feed(Decoder(), encode_hangup()) == [Message(Kind.HANGUP, b"")]


@pytest.mark.parametrize("payload", [b"", b"\x01"])
def test_an_error_may_carry_a_code(feed: Feed, payload: bytes) -> None:
    """Both forms that were ever written down."""
    assert feed(Decoder(), b"\xff\x00" + bytes([len(payload)]) + payload) == [Message(Kind.ERROR, payload)]


def test_kinds_to_come_are_told_by_number(feed: Feed) -> None:
    """What a later Asterisk may add is neither an error nor taken for something else, and loses nothing around it."""
    wire = encode_audio(FRAME) + b"\x42\x00\x05hello" + b"\x02\x00\x00" + encode_digit("1")

    before, unknown, empty, after = feed(Decoder(), wire)

    assert (before.payload, after.digit) == (FRAME, "1")
    assert (unknown, type(unknown.kind)) == (Message(0x42, b"hello"), int)
    assert (empty, type(empty.kind)) == (Message(0x02, b""), int)


@pytest.mark.parametrize("letter", ["a", "D"])
def test_the_letters_of_the_keypad_have_no_case(feed: Feed, letter: str) -> None:
    """Some telephones send them small."""
    (key,) = feed(Decoder(), encode_digit(letter))
    assert key.digit == letter.upper()


@pytest.mark.parametrize(
    ("wire", "complaint"),
    [
        (b"\x01\x00\x0f" + bytes(15), "UUID has 16 bytes of payload, not 15"),
        (b"\x01\x00\x24" + str(LEG_ID).encode(), "UUID has 16 bytes of payload, not 36"),
        (b"\x10\x00\x00", "audio of 0 bytes"),
        (b"\x12\x00\x03abc", "audio of 3 bytes"),
        (b"\x10\xff\xff", "audio of 65535 bytes"),
        (b"\x03\x00\x00", "DTMF has 1 bytes of payload, not 0"),
        (b"\x03\x00\x0212", "DTMF has 1 bytes of payload, not 2"),
        (b"\x03\x00\x01x", "DTMF byte 0x78"),
        (b"\x03\x00\x01\xb9", "DTMF byte 0xb9"),
        (b"\x00\x00\x01\x00", "HANGUP has 0 bytes of payload, not 1"),
        (b"\xff\x00\x02\x00\x00", "ERROR has 0 or 1 bytes of payload, not 2"),
    ],
)
def test_what_is_malformed_is_named_and_ends_the_decoder(feed: Feed, wire: bytes, complaint: str) -> None:
    """Nothing that follows is trusted: the decoder has lost its place in the stream."""
    decoder = Decoder()
    with pytest.raises(ProtocolError, match=complaint):
        feed(decoder, encode_uuid(LEG_ID) + wire)
    with pytest.raises(ProtocolError, match=complaint):
        decoder.receive_data(encode_audio(FRAME))


def test_a_wrong_length_is_not_waited_for() -> None:
    """Three bytes are enough to refuse a message, so nothing is kept for it."""
    with pytest.raises(ProtocolError, match="not 65534"):
        Decoder().receive_data(b"\x01\xff\xfe")


@pytest.mark.parametrize(("frame", "hertz"), [(b"", 8000), (b"abc", 8000), (bytes(65536), 8000), (FRAME, 11025)])
def test_sound_that_fits_no_message_is_our_own_mistake(frame: bytes, hertz: int) -> None:
    """It never reaches the wire."""
    with pytest.raises(ValueError, match=r"bytes is not|carries no sound"):
        encode_audio(frame, hertz)


@pytest.mark.parametrize("digit", ["", "12", "x", "é", "\n"])
def test_what_is_not_a_key_is_our_own_mistake(digit: str) -> None:
    """It never reaches the wire."""
    with pytest.raises(ValueError, match="is not a key"):
        encode_digit(digit)


_SOUND = st.tuples(
    st.sampled_from(sorted(SAMPLE_RATES.values())),
    st.binary(min_size=1, max_size=400).map(lambda pcm: pcm * 2),
)
_WIRE = st.lists(
    st.one_of(
        st.uuids().map(encode_uuid),
        st.sampled_from("0123456789ABCD*#").map(encode_digit),
        _SOUND.map(lambda sound: encode_audio(sound[1], sound[0])),
        st.just(encode_hangup()),
    )
)


@given(pieces=_WIRE, data=st.data())
def test_both_ends_joined_however_the_bytes_are_cut(pieces: list[bytes], data: st.DataObject) -> None:
    """What one end encodes, the other decodes: same messages, same order, whatever the network does to the stream."""
    wire = b"".join(pieces)
    expected = [message for piece in pieces for message in Decoder().receive_data(piece)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    decoder = Decoder()

    received = [
        message
        for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)
        for message in decoder.receive_data(wire[start:end])
    ]

    assert received == expected
    assert len(received) == len(pieces)


@given(noise=st.binary(max_size=2000))
def test_noise_is_decoded_or_refused(noise: bytes) -> None:
    """Whatever arrives: messages that make sense, or a ProtocolError; nothing else, and the same byte by byte."""

    def outcome(feed: Feed) -> list[Message] | str:
        try:
            messages = feed(Decoder(), noise)
        except ProtocolError as error:
            return str(error)
        for message in messages:
            if message.kind == Kind.DTMF:
                assert message.digit in "0123456789ABCD*#"
            if message.sample_rate is not None:
                assert message.payload
        return messages

    assert outcome(at_once) == outcome(byte_by_byte)


def test_a_frame_that_comes_alone_is_taken_as_it_is() -> None:
    frame = bytes(range(160)) * 2
    for data in (encode_audio(frame), memoryview(bytearray(encode_audio(frame)))):
        assert Decoder().lone_frame(data) == frame


def test_whatever_is_more_or_less_than_a_frame_is_left_to_be_decoded() -> None:
    """And nothing of it is taken yet."""
    frame = bytes(320)
    message = encode_audio(frame)
    others = [message[:-1], message * 2, encode_audio(bytes(318)), encode_audio(frame, 16000), b"\x42" + message[1:]]
    for data in (b"", *others):
        assert Decoder().lone_frame(data) is None
    decoder = Decoder()
    for index in range(1, len(message)):
        assert decoder.receive_data(message[index - 1 : index]) == []
        assert decoder.lone_frame(message) is None
    assert decoder.receive_data(message[-1:]) == [Message(Kind.AUDIO_8_KHZ, frame)]
    assert decoder.lone_frame(message) == frame


def test_nothing_is_taken_after_a_malformed_message() -> None:
    decoder = Decoder()
    with pytest.raises(ProtocolError):
        decoder.receive_data(b"\x10\x00\x03abc")
    assert decoder.lone_frame(encode_audio(bytes(320))) is None
