"""A real Asterisk as an ordinary process: its own tree, its own ports, the phones of one house."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.stage.manager import Account, Manager
from dev.stage.processes import Child, Processes
from dev.stage.waiting import eventually

DOOR_EXTENSION = "100"
"""What a visitor's phone dials to reach the engine."""
DECLINING_EXTENSION = "decline"
"""Rings for a second, then sends the call away as a phone does with SIP's 603: baresip can only say that it is busy."""
START_SECONDS = 120.0
"""Ready in half a second on an idle machine."""

# In the order in which they need each other; nothing else is loaded, so that a start takes no time.
MODULES = (
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_timing_timerfd",
    "res_pjproject",
    "res_rtp_asterisk",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_pubsub",
    "res_pjsip_sdp_rtp",
    "res_pjsip_authenticator_digest",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_registrar",
    "res_pjsip_caller_id",
    "res_pjsip_rfc3326",
    "chan_pjsip",
    "codec_ulaw",
    "pbx_config",
    "func_uuid",
    "res_audiosocket",
    "app_audiosocket",
)


@dataclass(frozen=True, slots=True)
class AsteriskPorts:
    """Where on 127.0.0.1 Asterisk listens."""

    sip: int
    manager: int
    rtp: tuple[int, int] = (20000, 20998)
    """First and last; below the ephemeral ports, so that nobody else is given one of them."""


class Asterisk:
    """Starts, stops and restarts it; registrations outlive a restart."""

    engine_account = Account("voice-engine", "manager-secret")
    """The engine's login to the manager interface."""
    _stage_account = Account("stage", "stage-secret")

    def __init__(
        self, processes: Processes, folder: Path, ports: AsteriskPorts, phones: Iterable[Account], visitor_port: int
    ) -> None:
        self.ports = ports
        self._processes = processes
        self._folder = folder
        self._child: Child | None = None
        configuration = {
            "asterisk.conf": _directories(folder),
            "logger.conf": "[general]\ndateformat = %T.%3q\n[logfiles]\nconsole = notice,warning,error,verbose\n",
            "modules.conf": "[modules]\nautoload = no\n" + "".join(f"load = {name}.so\n" for name in MODULES),
            "manager.conf": _manager(ports.manager, (self.engine_account, self._stage_account)),
            "rtp.conf": f"[general]\nrtpstart = {ports.rtp[0]}\nrtpend = {ports.rtp[1]}\n",
            "pjsip.conf": _pjsip(ports.sip, phones),
            "extensions.conf": _extensions(visitor_port),
        }
        _write_tree(folder, configuration)

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises: StageError, TimeoutError."""
        configuration = self._folder / "etc" / "asterisk.conf"
        self._child = await self._processes.start("asterisk", "asterisk", "-C", configuration, "-f", "-n", "-vvv")
        await (await self.manager()).close()

    async def stop(self) -> None:
        """End it; calls break off."""
        if self._child is not None:
            await self._child.stop()

    async def manager(self) -> Manager:
        """A new login to the manager interface, once Asterisk is ready."""
        return await eventually(self._log_in, START_SECONDS, OSError, EOFError)

    async def _log_in(self) -> Manager:
        assert self._child is not None
        self._child.check()
        return await Manager.connect(self.ports.manager, self._stage_account)


def _write_tree(folder: Path, configuration: Mapping[str, str]) -> None:
    for name in ("etc", "run", "log", "spool", "lib", "db"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # Asterisk warns about each of these that is missing; empty, its defaults are taken quietly.
    for name in ("acl", "ccss", "cdr", "cel", "features", "indications", "pjproject", "stasis", "udptl"):
        (folder / "etc" / f"{name}.conf").touch()
    for name, text in configuration.items():
        (folder / "etc" / name).write_text(text)


def _directories(folder: Path) -> str:
    (modules,) = Path("/usr/lib").glob("*/asterisk/modules")
    places = {
        "astetcdir": folder / "etc",
        "astrundir": folder / "run",
        "astlogdir": folder / "log",
        "astspooldir": folder / "spool",
        "astvarlibdir": folder / "lib",
        "astdbdir": folder / "db",
        "astkeydir": folder / "db",
        "astmoddir": modules,
        "astdatadir": "/usr/share/asterisk",
        "astagidir": "/usr/share/asterisk/agi-bin",
    }
    return "[directories]\n" + "".join(f"{name} = {place}\n" for name, place in places.items())


def _manager(port: int, accounts: Iterable[Account]) -> str:
    head = f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {port}\n"
    return head + "".join(
        f"[{account.username}]\nsecret = {account.password}\nread = call,system\nwrite = call,originate,system\n"
        for account in accounts
    )


def _pjsip(port: int, phones: Iterable[Account]) -> str:
    head = f"[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:{port}\n"
    return head + "".join(_endpoint(phone) for phone in phones)


def _endpoint(phone: Account) -> str:
    name = phone.username
    return f"""
[{name}]
type = endpoint
context = house
callerid = <{name}>
disallow = all
allow = ulaw
auth = {name}
aors = {name}

[{name}]
type = auth
auth_type = userpass
username = {name}
password = {phone.password}

[{name}]
type = aor
max_contacts = 1
remove_existing = yes
"""


def _extensions(visitor_port: int) -> str:
    return f"""[house]
exten => {DOOR_EXTENSION},1,Answer()
 same => n,Set(CALL_UUID=${{UUID()}})
 same => n,AudioSocket(${{CALL_UUID}},127.0.0.1:{visitor_port})
 same => n,Hangup()
exten => {DECLINING_EXTENSION},1,Ringing()
 same => n,Wait(1)
 same => n,Hangup(21)
"""
