"""AudioSocket's wire format, both ways and without input or output (Asterisk's res_audiosocket.h is its specification).

A message is a kind (1 byte), the payload's length (2 bytes, big-endian) and the payload. One connection is one leg.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from uuid import UUID

from voice_engine.core.audio import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE
from voice_engine.core.errors import ProtocolError


class Kind(IntEnum):
    """What a message is."""

    HANGUP = 0x00
    """Ends the leg. Asterisk never sends it: it just closes the connection."""
    UUID = 0x01
    """16 bytes that name the leg; always Asterisk's first message. Sending it to Asterisk drops the call."""
    DTMF = 0x03
    """A key of the keypad, one ASCII byte. Sending it to Asterisk drops the call."""
    AUDIO_8_KHZ = 0x10
    """Signed 16-bit little-endian mono sound, like all kinds of audio."""
    AUDIO_12_KHZ = 0x11
    AUDIO_16_KHZ = 0x12
    AUDIO_24_KHZ = 0x13
    AUDIO_32_KHZ = 0x14
    AUDIO_44_KHZ = 0x15
    """44.1 kHz."""
    AUDIO_48_KHZ = 0x16
    AUDIO_96_KHZ = 0x17
    AUDIO_192_KHZ = 0x18
    ERROR = 0xFF
    """A failure, with a code byte or none; sent by no Asterisk there is. Sending it to Asterisk drops the call."""


SAMPLE_RATES: Mapping[int, int] = MappingProxyType(
    {
        Kind.AUDIO_8_KHZ: 8000,
        Kind.AUDIO_12_KHZ: 12000,
        Kind.AUDIO_16_KHZ: 16000,
        Kind.AUDIO_24_KHZ: 24000,
        Kind.AUDIO_32_KHZ: 32000,
        Kind.AUDIO_44_KHZ: 44100,
        Kind.AUDIO_48_KHZ: 48000,
        Kind.AUDIO_96_KHZ: 96000,
        Kind.AUDIO_192_KHZ: 192000,
    }
)
"""Hertz of each kind of audio."""

_AUDIO_KINDS = {rate: kind for kind, rate in SAMPLE_RATES.items()}
_KINDS: Mapping[int, Kind] = {int(kind): kind for kind in Kind}
_HEADER = struct.Struct("!BH")
_HEADER_BYTES = _HEADER.size
_FRAME_HEADER = _HEADER.pack(Kind.AUDIO_8_KHZ, FRAME_BYTES)
_FRAME_MESSAGE_BYTES = _HEADER_BYTES + FRAME_BYTES
_MAX_PAYLOAD_BYTES = 0xFFFF
_PAYLOAD_BYTES: Mapping[int, tuple[int, ...]] = {
    Kind.HANGUP: (0,),
    Kind.UUID: (16,),
    Kind.DTMF: (1,),
    Kind.ERROR: (0, 1),
}
"""Lengths of what is not audio; a kind that is not here may have any."""
_DIGITS = frozenset(b"0123456789ABCDabcd*#")
"""Asterisk passes the letters on as the telephone sent them, in either case."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a leg."""

    kind: int
    """A ``Kind``, or a plain number that this codec does not know: skip it, Asterisk keeps adding kinds."""
    payload: bytes

    @property
    def uuid(self) -> UUID:
        """The leg's name, from a message of kind UUID."""
        return UUID(bytes=self.payload)

    @property
    def digit(self) -> str:
        """The key, one of ``0-9 A-D * #``, from a message of kind DTMF."""
        return self.payload.decode("ascii").upper()

    @property
    def sample_rate(self) -> int | None:
        """Hertz of a message of sound; None for every other kind."""
        return SAMPLE_RATES.get(self.kind)


class Decoder:
    """Cuts what arrives on one connection into messages. Holds one incomplete message at most (64 KiB)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._failure: str | None = None

    def lone_frame(self, data: bytes | bytearray | memoryview) -> bytes | None:
        """The 320 bytes of sound, if ``data`` is one message of 20 ms at 8 kHz and nothing else, as Asterisk's are.

        None: it is for ``receive_data``, which takes the same but costs more.
        """
        if len(data) != _FRAME_MESSAGE_BYTES or data[:_HEADER_BYTES] != _FRAME_HEADER or self._buffer or self._failure:
            return None
        return bytes(data[_HEADER_BYTES:])

    def receive_data(self, data: bytes | bytearray | memoryview) -> list[Message]:
        """Take bytes and return the messages they complete.

        Raises: ProtocolError for a malformed message (and whatever comes after it); what the same bytes held before
        it is lost with the connection, which must be closed.
        """
        if self._failure is not None:
            raise ProtocolError(self._failure)
        try:
            return self._decode(data)
        except ProtocolError as error:
            self._failure = str(error)
            self._buffer.clear()
            raise

    def _decode(self, data: bytes | bytearray | memoryview) -> list[Message]:
        buffer = self._buffer
        buffer += data
        messages: list[Message] = []
        start = 0
        while len(buffer) - start >= _HEADER_BYTES:
            kind, length = _HEADER.unpack_from(buffer, start)
            # Checked before the payload is there, so that nothing is kept for a message that is wrong anyhow.
            _check_length(kind, length)
            body = start + _HEADER_BYTES
            end = body + length
            if end > len(buffer):
                break
            messages.append(_message(kind, bytes(buffer[body:end])))
            start = end
        del buffer[:start]
        return messages


def encode_audio(frame: bytes, sample_rate: int = SAMPLE_RATE) -> bytes:
    """A message of sound: signed 16-bit little-endian mono. Asterisk wants exactly 20 ms in each.

    Raises: ValueError for a rate AudioSocket does not have, and for no, half or more than 65,535 bytes of samples.
    """
    kind = _AUDIO_KINDS.get(sample_rate)
    if kind is None:
        msg = f"AudioSocket carries no sound at {sample_rate} Hz"
        raise ValueError(msg)
    if not frame or len(frame) % SAMPLE_BYTES or len(frame) > _MAX_PAYLOAD_BYTES:
        msg = f"a frame of {len(frame)} bytes is not whole samples that fit one message"
        raise ValueError(msg)
    return _HEADER.pack(kind, len(frame)) + frame


def encode_hangup() -> bytes:
    """The message that ends a leg; Asterisk then carries on in its dialplan."""
    return _HEADER.pack(Kind.HANGUP, 0)


def encode_uuid(leg_id: UUID) -> bytes:
    """The first message of Asterisk's side."""
    return _HEADER.pack(Kind.UUID, len(leg_id.bytes)) + leg_id.bytes


def encode_digit(digit: str) -> bytes:
    """A key of the keypad, from Asterisk's side. Raises: ValueError unless it is one of ``0-9 A-D * #``."""
    payload = digit.encode()
    if len(payload) != 1 or payload[0] not in _DIGITS:
        msg = f"{digit!r} is not a key"
        raise ValueError(msg)
    return _HEADER.pack(Kind.DTMF, 1) + payload


def _check_length(kind: int, length: int) -> None:
    if kind in SAMPLE_RATES:
        if length == 0 or length % SAMPLE_BYTES:
            msg = f"audio of {length} bytes is not a whole number of 16-bit samples"
            raise ProtocolError(msg)
        return
    allowed = _PAYLOAD_BYTES.get(kind)
    if allowed is not None and length not in allowed:
        msg = f"{Kind(kind).name} has {' or '.join(map(str, allowed))} bytes of payload, not {length}"
        raise ProtocolError(msg)


def _message(kind: int, payload: bytes) -> Message:
    if kind == Kind.DTMF and payload[0] not in _DIGITS:
        msg = f"DTMF byte 0x{payload[0]:02x} is not a key"
        raise ProtocolError(msg)
    return Message(_KINDS.get(kind, kind), payload)
