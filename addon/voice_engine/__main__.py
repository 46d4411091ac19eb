"""The command ``voice-engine``."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from voice_engine import __version__, app
from voice_engine.assembly import batch
from voice_engine.assembly.environment import with_environment
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.settings_file import SettingsFile, load_settings
from voice_engine.backends.supervisor import Supervisor
from voice_engine.core.errors import VoiceEngineError
from voice_engine.core.settings import ParsedSettings, Settings, masked
from voice_engine.simulation import command as simulation

_LOGGER = logging.getLogger("voice_engine")

SWITCH_SECONDS = 0.001
"""How long a thread that judges a recording may keep the event loop waiting; Python's own 5 ms make frames late."""
HEALTH_SECONDS = 5.0
"""The engine answers within milliseconds; a container that takes longer is not healthy."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit status is 0 when it did what it should."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except VoiceEngineError as error:
        print(f"voice-engine: {error.code}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"voice-engine: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voice-engine", description="The voice at the door.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="serve the door until told to stop")
    _add_settings(run)
    run.set_defaults(run=_run)

    check = commands.add_parser("check", help="say whether the settings can be used, and show them")
    _add_settings(check)
    check.set_defaults(run=_check)

    health = commands.add_parser("health", help="ask a running engine whether it serves")
    health.add_argument("--port", type=int, default=8099, help="its HTTP port (default: 8099)")
    health.set_defaults(run=_health)

    batch.add_command(commands)
    simulation.add_command(commands)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings",
        type=Path,
        default=Path("/data/options.json"),
        help="YAML or JSON file (default: /data/options.json, the app's options)",
    )
    parser.add_argument("--data", type=Path, default=Path("/data"), help="directory for what is kept (default: /data)")


def _load(options: argparse.Namespace) -> SettingsCache:
    """Where the settings are from, read once, and the log as they want it."""
    source = SettingsCache(options.settings, _settings_in, time.time)
    settings, warnings = source.current()
    logging.basicConfig(
        level=settings.log.level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", stream=sys.stderr
    )
    for warning in warnings:
        _LOGGER.warning("%s", warning)
    return source


def _settings_in(path: Path) -> ParsedSettings:
    settings, warnings = load_settings(path)
    return ParsedSettings(_overridden(settings), warnings)


def _overridden(settings: Settings) -> Settings:
    return with_environment(settings, os.environ)


def _run(options: argparse.Namespace) -> int:
    token = os.environ.get("SUPERVISOR_TOKEN")
    supervisor = Supervisor(token) if token else None
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(_serve(_load(options), options.data, supervisor, SettingsFile(options.settings)))
    return 0


async def _serve(source: SettingsCache, data: Path, supervisor: Supervisor | None, file: SettingsFile) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    settings, store = source.current().settings, supervisor or file
    await app.serve(settings, data, supervisor, stop, source, store=store, overridden=_overridden)


def _check(options: argparse.Namespace) -> int:
    settings = _load(options).current().settings
    app.check(settings, options.data)
    print(json.dumps(masked(settings), indent=2, ensure_ascii=False))
    return 0


def _health(options: argparse.Namespace) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{options.port}/api/health", timeout=HEALTH_SECONDS) as response:
            print(response.read().decode())
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"voice-engine: port {options.port} does not answer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
