"""The microphone by a recording program: a child that writes what it hears, started again whenever it ends."""

from __future__ import annotations

import asyncio
import logging
import signal
import stat
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Never

from voice_engine.backends.child import Program, end_child, read_last_words, signal_child, start_child
from voice_engine.backends.child_server import Crashes, RestartPolicy
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.microphone import MICROPHONE_RATE
from voice_engine.core.settings_microphone import MicrophoneSettings, MicrophoneSource
from voice_engine.voice.ports import SoundListener, SoundSource

_LOGGER = logging.getLogger(__name__)

_ARECORD = Program("arecord", "alsa-utils")
_CAT = Program("cat", "coreutils")
_BLOCK_BYTES = 16_384
"""Half a second: more than comes at once, unless we were kept from reading."""
_STALL_SECONDS = 10.0
"""A device that records delivers eight times a second; a PulseAudio server wakes a sleeping one within seconds."""
_ENDING_SECONDS = 1.0
"""A program closes its output a moment before it has ended, and how it ended is told."""
_POLICY = RestartPolicy(first_seconds=0.5, longest_seconds=10.0, window_seconds=60.0, rest_seconds=15.0)
"""A microphone is plugged in again when its owner likes: it is looked for four times a minute, for ever."""


@dataclass(frozen=True, slots=True)
class _Command:
    program: Program
    arguments: tuple[str, ...]


class RecorderMicrophone(SoundSource):
    """A ``SoundSource``."""

    def __init__(self, settings: MicrophoneSettings, policy: RestartPolicy = _POLICY) -> None:
        self._settings = settings
        self._policy = policy

    async def capture(self, on_sound: SoundListener, on_away: Callable[[str], None]) -> Never:
        """Listen until cancelled; ``on_away`` is told why there is no sound, each time it ends."""
        crashes = Crashes(self._policy)
        clock = asyncio.get_running_loop().time
        while True:
            try:
                problem = await self._run(on_sound)
            except BackendUnavailable as error:  # no sooner there for being tried again at once
                problem, delay = str(error), self._policy.rest_seconds
            else:
                _, delay = crashes.add(clock())
            _LOGGER.debug("%s; it is started again in %g s", problem, delay)
            on_away(problem)
            await asyncio.sleep(delay)

    async def _run(self, on_sound: SoundListener) -> str:
        """Record until that ends, and say how it ended. Raises: BackendUnavailable."""
        command = _command(self._settings)
        process = await start_child(command.program, command.arguments, stdin=DEVNULL)
        try:
            async with asyncio.TaskGroup() as tasks:
                last_words = tasks.create_task(read_last_words(process))
                stalled = await _deliver(process, on_sound)
                if not stalled:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_ENDING_SECONDS):
                            await process.wait()
                signal_child(process, signal.SIGKILL)  # who has closed its output has nothing more to say
            if stalled:
                return f"{command.program.name} delivered nothing for {_STALL_SECONDS:g} s"
            status = await process.wait()
        finally:
            await end_child(process)
        words = last_words.result()
        return f"{command.program.name} ended with status {status}" + (f": {words}" if words else "")


async def _deliver(process: Process, on_sound: SoundListener) -> bool:
    """Hand on what it writes, to its end; tells whether it was silent for too long instead."""
    assert process.stdout is not None  # noqa: S101 - for the type checker: it was asked for
    try:
        while True:
            async with asyncio.timeout(_STALL_SECONDS):
                sound = await process.stdout.read(_BLOCK_BYTES)
            if not sound:
                return False
            on_sound(sound)
    except TimeoutError:
        return True


def _command(settings: MicrophoneSettings) -> _Command:
    """What records by the settings. Raises: BackendUnavailable."""
    device = settings.device
    if settings.source is MicrophoneSource.PIPE:
        _check_pipe(Path(device))
        return _Command(_CAT, ("--", device))
    if settings.source is MicrophoneSource.PULSEAUDIO:
        device = f'pulse:"{device}"' if device else "pulse"
    form = ("-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(MICROPHONE_RATE))
    return _Command(_ARECORD, (*form, "-D", device or "default"))


def _check_pipe(path: Path) -> None:
    """Take nothing but a pipe: a file would be over at once, and heard again and again. Raises: BackendUnavailable."""
    try:
        is_pipe = stat.S_ISFIFO(path.stat().st_mode)
    except OSError as error:
        raise BackendUnavailable(f"{path} cannot be read: {error.strerror}") from error
    if not is_pipe:
        raise BackendUnavailable(f"{path} is not a named pipe; make one with mkfifo")
