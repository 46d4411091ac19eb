"""One leg of a call: paced sound out, frames and digits in, and its end."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from voice_engine.core.audio import FRAME_SECONDS, SILENCE
from voice_engine.core.audiosocket import Kind, Message, encode_audio, encode_hangup
from voice_engine.core.errors import ProtocolError
from voice_engine.core.pacing import IDLE_LEAD_FRAMES, LEAD_FRAMES, Pacer
from voice_engine.servers.audiosocket.framing import Framer
from voice_engine.servers.audiosocket.metronome import Clock, Timer
from voice_engine.servers.audiosocket.playout import PlayoutQueue, SocketPlayout, never_heard
from voice_engine.servers.audiosocket.relay import Relay
from voice_engine.voice.ports import LegSink

_LOGGER = logging.getLogger(__name__)

GOODBYE_SECONDS = 2.0
"""From our hang-up until the peer closes: Asterisk does within a frame; a peer that takes longer is cut off."""

_SILENT_MESSAGE = encode_audio(SILENCE)


class SocketLeg:
    """Implements ``voice.ports.Leg`` over one connection; driven by the metronome and told what arrives."""

    def __init__(self, leg_id: UUID, transport: asyncio.Transport, clock: Clock, transmission_delay_ms: float) -> None:
        self._leg_id = leg_id
        self._transport = transport
        self._clock = clock
        self._pacer = Pacer(transmission_delay_ms)
        self._pacer.lead_frames = IDLE_LEAD_FRAMES
        self._started = False
        self._queue = PlayoutQueue()
        self._relay = Relay()
        self._framer = Framer()
        self._sink: LegSink | None = None
        self._hanging_up = False
        self._ended = False
        """Whether our hang-up is on the wire: nothing may follow it."""
        self._goodbye: Timer | None = None
        self._closed = asyncio.Event()

    # What voice.ports.Leg promises.

    @property
    def leg_id(self) -> UUID:
        """The UUID the connection introduced itself with."""
        return self._leg_id

    @property
    def closed(self) -> bool:
        """Whether the party is gone."""
        return self._closed.is_set()

    def listen(self, sink: LegSink) -> None:
        """Deliver to ``sink`` from now on."""
        self._sink = sink
        if self.closed:
            sink.on_closed()

    def play(self, pcm: bytes) -> SocketPlayout:
        """Queue sound; on a leg that is ending nobody will hear it. After silence it begins at once."""
        if self.closed or self._hanging_up:
            return never_heard()
        playout = self._queue.add(pcm)
        if self._started and self._pacer.lead_frames < LEAD_FRAMES:
            # The frames that the lead may now hold go out here; the metronome goes on from them, at the same moments.
            self._pacer.lead_frames = LEAD_FRAMES
            self.beat(self._clock.time())
        return playout

    def relay(self, frame: bytes) -> None:
        """Take a frame of somebody else's; what is played goes first, and leaves the last of what is said meanwhile."""
        if not self._queue.exhausted:
            self._relay.drop()
        self._relay.add(frame)

    def stop_playing(self) -> None:
        """Drop all that was not sent."""
        self._queue.drop_waiting()
        self._relay.drop()

    def hang_up(self) -> None:
        """End the leg once all that is queued has been heard."""
        self._hanging_up = True
        if self._queue.idle:
            self.end()

    async def wait_closed(self) -> None:
        """Return when the connection is gone."""
        await self._closed.wait()

    # What the reception decides.

    def set_transmission_delay_ms(self, delay_ms: float) -> None:
        """Change the spacing of frames while the lead fills."""
        self._pacer.transmission_delay_ms = delay_ms

    def end(self) -> None:
        """Hang up now: the message, then silence on the wire, then the peer has a moment to close."""
        if self._ended or self._transport.is_closing():
            return
        self._hanging_up = self._ended = True
        self._queue.drop()
        self._transport.write(encode_hangup())
        # The connection is closed by the peer: closing it here, with sound still arriving, would send a reset, which
        # can overtake the hang-up.
        try:
            self._transport.write_eof()
        except OSError:
            # The peer has broken the connection in this very moment.
            self._transport.abort()
            return
        self._goodbye = self._clock.call_at(self._clock.time() + GOODBYE_SECONDS, self._transport.abort)

    # What the metronome drives.

    def start(self, first_beat_at: float) -> None:
        """Begin the schedule of frames."""
        self._started = True
        self._pacer.start(first_beat_at)

    def beat(self, now: float) -> float | None:
        """Send the frames that are due."""
        if self._ended or self._transport.is_closing():
            return None
        frames = self._pacer.take(now)
        if frames:
            self._send(frames, now)
        self._queue.settle(now)
        self._pacer.lead_frames = IDLE_LEAD_FRAMES if self._queue.exhausted else LEAD_FRAMES
        if self._hanging_up and self._queue.idle:
            self.end()
            return None
        return self._pacer.due_at

    # What the connection tells.

    def receive(self, message: Message) -> None:
        """Take what arrived. Raises: ProtocolError for what makes no sense on an open leg."""
        if self._ended:
            return
        if (sample_rate := message.sample_rate) is not None:
            self.receive_sound(message.payload, sample_rate)
        elif message.kind == Kind.DTMF:
            if self._sink is not None:
                self._sink.on_digit(message.digit)
        elif message.kind == Kind.UUID:
            msg = "a second UUID on one connection"
            raise ProtocolError(msg)
        elif message.kind in (Kind.HANGUP, Kind.ERROR):
            _LOGGER.info("Leg %s: the peer sent %s %s", self._leg_id, Kind(message.kind).name, message.payload.hex())
            self._transport.abort()

    def receive_sound(self, pcm: bytes, sample_rate: int) -> None:
        """Take the payload of a message of sound."""
        if self._ended:
            return
        sink = self._sink
        for frame in self._framer.receive(pcm, sample_rate):
            if sink is not None:
                sink.on_frame(frame)

    def connection_lost(self) -> None:
        """The connection is gone."""
        if self._goodbye is not None:
            self._goodbye.cancel()
        self._queue.drop()
        self._closed.set()
        _LOGGER.debug("Leg %s: closed; its party ran out of sound %d times", self._leg_id, self._pacer.underflows)
        if self._sink is not None:
            self._sink.on_closed()

    def _send(self, frames: int, now: float) -> None:
        heard_at = self._pacer.heard_at
        message = self._next_message(now, heard_at - (frames - 1) * FRAME_SECONDS)
        for missing in range(frames - 2, -1, -1):
            message += self._next_message(now, heard_at - missing * FRAME_SECONDS)
        self._transport.write(message)

    def _next_message(self, now: float, heard_at: float) -> bytes:
        queue = self._queue
        frame = self._relay.take_frame() if queue.exhausted else queue.take_frame(now, heard_at)
        return _SILENT_MESSAGE if frame is None else encode_audio(frame)
