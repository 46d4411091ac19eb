"""A real SIP phone: baresip without a screen, told what to do and say, heard by the stage."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from dev.stage.control import Control, Event
from dev.stage.hearing import Hearing
from dev.stage.manager import Account
from dev.stage.processes import Processes, StageError
from dev.stage.speech import Sentence

REGISTER_SECONDS = 60.0
"""A registration takes milliseconds; the rest is for a busy machine."""
REGISTRATION_SECONDS = 3600
"""Longer than any suite: a registration to be renewed just while Asterisk restarts would be lost until the next."""
CONNECT_SECONDS = 60.0
"""Asterisk answers a visitor's call at once."""
GRACE_SECONDS = 1.0
"""A phone that ends says good-bye to Asterisk, and would wait long for an answer where Asterisk has ended, too."""
KEY_SECONDS = 0.25
"""A key is held this long, pause included."""


@dataclass(slots=True)
class PhoneCall:
    """One call of a phone, from ringing to its end."""

    peer_name: str
    """What the phone shows about the other side."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""
    """Why it ended, in baresip's words."""

    async def ends(self, seconds: float) -> None:
        """Wait until it is over. Raises: TimeoutError."""
        await asyncio.wait_for(self.closed.wait(), seconds)


class Phone:
    """One phone with one line."""

    def __init__(self, processes: Processes, folder: Path, account: Account, sip_port: int, silence: Path) -> None:
        """``sip_port`` is Asterisk's; ``silence`` is what the phone sends while nobody speaks."""
        self.number = account.username
        self.hearing = Hearing(folder)
        self._processes = processes
        self._folder = folder
        self._account = account
        self._sip_port = sip_port
        self._silence = silence
        self._control = Control(self._on_event)
        self._registered = asyncio.Event()
        self._incoming: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self._call: PhoneCall | None = None

    @property
    def call(self) -> PhoneCall:
        """The present call, or the last one."""
        if self._call is None:
            raise StageError(f"phone {self.number} never had a call")
        return self._call

    async def start(self) -> None:
        """Start the phone and register it with Asterisk. Raises: TimeoutError."""
        sip_port, control_port = self._processes.ports.take(2)
        self._configure(sip_port, control_port)
        await self._processes.start(f"phone-{self.number}", "baresip", "-f", self._folder, grace_seconds=GRACE_SECONDS)
        await self._control.connect(control_port)
        account = self._account
        # Only now, so that the event which tells of the registration is not missed.
        await self._control.command(
            "uanew",
            f"<sip:{account.username}@127.0.0.1:{self._sip_port};transport=udp>;auth_user={account.username};"
            f"auth_pass={account.password};regint={REGISTRATION_SECONDS};answermode=manual;audio_codecs=PCMU/8000/1",
        )
        await asyncio.wait_for(self._registered.wait(), REGISTER_SECONDS)

    async def close(self) -> None:
        """Let go of the phone; its process ends with the stage."""
        await self._control.close()

    async def dial(self, number: str) -> PhoneCall:
        """Call ``number``; returns once it has answered. Raises: StageError, TimeoutError."""
        await self.hearing.own_second()
        await self._be_silent()
        self._call = call = PhoneCall(peer_name=number)
        await self._command("dial", number)
        await asyncio.wait_for(call.answered.wait(), CONNECT_SECONDS)
        return call

    async def rings(self, seconds: float) -> PhoneCall:
        """The next call that comes in. Raises: TimeoutError."""
        return await asyncio.wait_for(self._incoming.get(), seconds)

    async def answer(self) -> None:
        """Take the call that rings."""
        await self.hearing.own_second()
        await self._be_silent()
        await self._command("accept")
        await asyncio.wait_for(self.call.answered.wait(), CONNECT_SECONDS)

    async def hang_up(self) -> None:
        """End the call; one that rings is told that the phone is busy."""
        await self._command("hangup")

    async def let_go(self) -> None:
        """Hang up if there is a call, and forget calls that nobody took."""
        if self._call is not None and not self._call.closed.is_set():
            await self.hang_up()
            await asyncio.wait_for(self._call.closed.wait(), CONNECT_SECONDS)
        while not self._incoming.empty():
            self._incoming.get_nowait()

    async def say(self, sentence: Sentence) -> None:
        """Say something into the call; returns when it has been said."""
        await self._command("ausrc", f"aufile,{sentence.path}")
        await asyncio.sleep(sentence.seconds)

    async def press(self, keys: str) -> None:
        """Press keys one after the other; returns when the last is up. What was heard meanwhile is forgotten."""
        await self._command("sndcode", keys)
        await asyncio.sleep(KEY_SECONDS * len(keys))
        await self.hearing.forget()

    async def _be_silent(self) -> None:
        await self._command("ausrc", f"aufile,{self._silence}")

    async def _command(self, name: str, parameters: str = "") -> None:
        if not await self._control.command(name, parameters):
            raise StageError(f"phone {self.number} could not {name}; see phone-{self.number}.log")

    def _on_event(self, event: Event) -> None:
        match event["type"]:
            case "REGISTER_OK":
                self._registered.set()
            case "CALL_INCOMING":
                self._call = PhoneCall(peer_name=event.get("peerdisplayname", ""))
                self._incoming.put_nowait(self._call)
            case "CALL_ESTABLISHED":
                self.hearing.begin()
                self.call.answered.set()
            case "CALL_CLOSED":
                self.call.reason = event.get("param", "")
                self.hearing.end()
                self.call.closed.set()

    def _configure(self, sip_port: int, control_port: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "accounts").touch()
        (self._folder / "contacts").touch()
        (self._folder / "config").write_text(f"""\
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
# Writes every frame as it arrives, before any buffer could add or drop one.
module sndfile.so
module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
sip_listen 127.0.0.1:{sip_port}
ctrl_tcp_listen 127.0.0.1:{control_port}
rtp_ports 21000-21998
jitter_buffer_type off
audio_source aufile,{self._silence}
audio_player aufile,{self._folder}/player.wav
audio_alert aufile,{self._folder}/alert.wav
ring_aufile none
ringback_disabled yes
snd_path {self._folder}
""")
