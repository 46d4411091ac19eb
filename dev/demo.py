"""The whole product on real parts, in a terminal: a visitor calls, a resident answers, Home Assistant shows it."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from dev.stage.engine import TOKEN
from dev.stage.hearing import CallEndedError
from dev.stage.homeassistant import HomeAssistant
from dev.stage.processes import StageError
from dev.stage.stage import Stage, put_up
from dev.terminal import Terminal
from dev.visit import Visit

LOGS = Path(__file__).parents[1] / ".cache" / "run"
"""The output of every part, kept until the next run."""
SETTINGS = {"language": "en", "log": {"level": "debug", "transcripts": True}}
"""Of the engine; all else that matters here is its default. English is what its recogniser understands."""


def main() -> int:
    """Run the demonstration; status 0 when all went as it should."""
    parser = argparse.ArgumentParser(prog="script/run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after one visit; status 0 only if all of it was right")
    once: bool = parser.parse_args().once
    terminal = Terminal()
    with tempfile.TemporaryDirectory(prefix="stage-") as folder:
        try:
            right = asyncio.run(_run(Path(folder), terminal, once=once))
        except asyncio.CancelledError:
            terminal.line("\nEverything is taken down.")
            return 130 if once else 0
    if not right:
        terminal.line(f"\nWhat each part wrote is in {LOGS}.")
    return 0 if right else 1


async def _run(folder: Path, terminal: Terminal, *, once: bool) -> bool:
    _end_on_signals()
    terminal.title("Voice Processor on real parts")
    right = False
    try:
        async with put_up(folder, LOGS, SETTINGS, terminal.ready) as stage:
            right = await _visit(stage, terminal)
            if not once:
                await _stay_up(stage, terminal)
    except* (StageError, TimeoutError) as errors:
        for error in errors.exceptions:
            terminal.failure(f"The stage could not be put up: {error!r}")
    return right


def _end_on_signals() -> None:
    """Take everything down at the first signal; the next ones must not break that off half-way."""
    loop, itself = asyncio.get_running_loop(), asyncio.current_task()
    assert itself is not None
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end() -> None:
        for number in signals:
            loop.add_signal_handler(number, lambda: None)
        itself.cancel()

    for number in signals:
        loop.add_signal_handler(number, end)


async def _visit(stage: Stage, terminal: Terminal) -> bool:
    visit = Visit(stage, terminal)
    try:
        await visit.play()
        await visit.check()
    except TimeoutError:
        terminal.failure("What should have come next did not come in time.")
    except CallEndedError:
        terminal.failure("The call ended too early.")
    except StageError as error:
        terminal.failure(str(error))
    else:
        return True
    finally:
        for phone in stage.phones.values():
            await phone.let_go()
    return False


async def _stay_up(stage: Stage, terminal: Terminal) -> None:
    """Stay until a signal comes; ring again whenever somebody presses Enter."""
    terminal.title("Everything stays up")
    terminal.line(f"  Home Assistant   {stage.home_assistant.url}")
    terminal.line(f"                   user {HomeAssistant.username}, password {HomeAssistant.password}")
    terminal.line(f"  Engine's page    {stage.engine.url}")
    terminal.line(f"                   token {TOKEN}")
    terminal.line(f"  Logs             {LOGS}")
    loop = asyncio.get_running_loop()
    wanted = asyncio.Event()

    def on_input() -> None:
        if sys.stdin.readline():
            wanted.set()
        else:
            loop.remove_reader(sys.stdin)

    if sys.stdin.isatty():
        loop.add_reader(sys.stdin, on_input)
    while True:
        terminal.line("\nPress Enter to ring again, Ctrl-C to end.")
        await wanted.wait()
        await _visit(stage, terminal)
        # Impatience during a visit is no wish for another.
        wanted.clear()


if __name__ == "__main__":
    sys.exit(main())
