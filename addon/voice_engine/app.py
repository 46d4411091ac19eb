"""Assembly: settings → backends → the door → servers. The only place that knows all of them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from voice_engine import __version__
from voice_engine.assembly.api import Api, check_settings
from voice_engine.assembly.caches import manage_recordings, manage_settings, manage_speech
from voice_engine.assembly.controls import check_live, door_facts, manage_controls
from voice_engine.assembly.earlier_calls import count_earlier
from voice_engine.assembly.engines import Engines
from voice_engine.assembly.recordings import Recordings
from voice_engine.assembly.settings_in_force import SettingsInForce
from voice_engine.assembly.settings_watch import watch_settings
from voice_engine.assembly.steward import SLOWER, Steward, hardware_jobs
from voice_engine.assembly.told_state import make_state
from voice_engine.assembly.wyoming import wyoming_served
from voice_engine.backends.asterisk_ami import AsteriskManager
from voice_engine.backends.call_log import CallLog
from voice_engine.backends.host import Host
from voice_engine.backends.identity import FILE_NAME as IDENTITY_FILE
from voice_engine.backends.identity import load_identity
from voice_engine.backends.prompt_packs import load_packs
from voice_engine.backends.quiet_file import QuietFile
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.settings_file import SettingsFile
from voice_engine.backends.sound_store import SoundStore
from voice_engine.backends.supervisor import Announcement, Supervisor
from voice_engine.backends.vad_webrtc import WebRtcVoiceDetector
from voice_engine.backends.zeroconf_announcer import Presence, announce
from voice_engine.core.directory import Directory
from voice_engine.core.entrances import Entrance, entrances
from voice_engine.core.errors import BackendError
from voice_engine.core.events import API_VERSION, MIN_API_VERSION
from voice_engine.core.load import Relief, Throttling
from voice_engine.core.problems import Problem
from voice_engine.core.quiet import Quiet
from voice_engine.core.sentences import OwnSentences
from voice_engine.core.settings import Settings
from voice_engine.core.transcript import Language
from voice_engine.door.calls import Calls
from voice_engine.door.desk import Desk
from voice_engine.door.doors import Doors
from voice_engine.door.journal import Journal
from voice_engine.door.notifier import Notifier
from voice_engine.door.preparation import Preparation, prepare_certain_speech
from voice_engine.door.residents import Residents
from voice_engine.door.tools import Tools
from voice_engine.servers.audiosocket import AudioSocketServer
from voice_engine.servers.configuration import SettingsStore
from voice_engine.servers.http import SUPERVISOR_ADDRESS, HttpServer
from voice_engine.servers.inbox import InboxRequests
from voice_engine.servers.state import EngineFacts, EngineState
from voice_engine.servers.visits import Visits
from voice_engine.voice.caches import Caches
from voice_engine.voice.capacity import Capacities
from voice_engine.voice.interpreter import Interpreter
from voice_engine.voice.ports import (
    CallObserver,
    CallRecorder,
    LanguageModel,
    RefusalListener,
    TelephoneSystem,
    Transcriber,
)
from voice_engine.voice.speaker import Speaker

_LOGGER = logging.getLogger(__name__)

SPEECH_DISK_BYTES = 64_000_000
"""An hour of speech: whatever a condominium's door says, in more than one voice; a memory card does not notice."""


@dataclass(frozen=True, slots=True)
class Door:
    """A door open for calls."""

    visitor_port: int
    resident_port: int
    set_transmission_delay_ms: Callable[[float], None]
    """Changes the spacing of frames while a lead fills, on all legs."""
    prepare_speech: Callable[[], Awaitable[None]]
    """Synthesises what calls will say, where it is not remembered. Raises: BackendError."""
    take: Callable[[Settings], None]
    """Holds the calls that come from now on by settings of which those have changed that may while the engine runs."""


@asynccontextmanager
async def open_door(
    settings: Settings,
    *,
    telephone: TelephoneSystem,
    transcriber: Transcriber,
    speaker: Speaker,
    language_model: LanguageModel | None = None,
    observer: CallObserver,
    desk: Desk,
    notifier: Notifier | None = None,
    on_refused: RefusalListener,
    recorder: CallRecorder | None = None,
    capacities: Capacities | None = None,
    throttling: Callable[[], Throttling] = Throttling,
    quiet: Callable[[], Quiet] = Quiet,
) -> AsyncIterator[Door]:
    """Take calls on the AudioSocket ports while the context is open. Raises: SettingsError."""
    first = entrances(settings)[0]
    directory = Directory.from_units(settings.units)
    capacities = capacities or Capacities.within(settings.limits)
    shared = Tools(
        settings=first.settings,
        language=first.language,
        directory=directory,
        packs=load_packs(),
        speaker=speaker,
        transcriber=transcriber,
        transcriptions=capacities.transcriptions,
        interpreter=Interpreter(first.language, directory, language_model, capacities.language_tasks),
        detector=WebRtcVoiceDetector,
        telephone=telephone,
        residents=Residents(telephone, settings.asterisk.caller_id),
        observer=observer,
        desk=desk,
        local_time=_local_time,
        recorder=recorder,
        throttling=throttling,
        quiet=quiet,
    )
    calls = Calls(_doors(settings, shared))
    server = AudioSocketServer(settings.audiosocket, settings.door.transmission_delay_ms, calls, on_refused)
    notifier = notifier or Notifier()
    duty = notifier.on_duty(lambda: calls.doors.first, lambda: calls.active)
    # Those on the line are told while their legs still stand, visitors and others at the same time.
    async with server, duty, calls, asyncio.TaskGroup() as group:
        preparation = Preparation(group, speaker)
        preparation.begin(calls.doors, _spoken(settings))

        def take(changed: Settings) -> None:
            calls.take(_doors(changed, shared))
            preparation.begin(calls.doors, _spoken(changed))

        try:
            yield Door(
                server.visitor_port,
                server.resident_port,
                server.set_transmission_delay_ms,
                lambda: prepare_certain_speech(speaker, calls.doors),
                take,
            )
        finally:
            preparation.end()
            notifier.retire()


def _spoken(settings: Settings) -> tuple[object, ...]:
    """All that can change while the engine runs and that has sentences and recognisers made ready anew."""
    return settings.language, settings.engines.voice


def _doors(settings: Settings, shared: Tools) -> Doors:
    """Give each door what is its own, beside what all share. Raises: SettingsError."""
    sentences = OwnSentences.from_settings(settings)

    def tools_at(entrance: Entrance) -> Tools:
        packs = {language: sentences.in_place_of(pack, entrance.name) for language, pack in shared.packs.items()}
        return replace(
            shared,
            settings=entrance.settings,
            language=entrance.language,
            packs=packs,
            interpreter=shared.interpreter.speaking(entrance.language),
        )

    every = [(entrance, tools_at(entrance)) for entrance in entrances(settings)]
    stations = {station: tools for entrance, tools in every for station in entrance.stations}
    return Doors(every[0][1], stations if len(every) > 1 else {})


def check(settings: Settings, data_directory: Path) -> None:
    """Find what a start would refuse, without starting anything. Raises: SettingsError."""
    Engines(settings, data_directory)
    Directory.from_units(settings.units)
    OwnSentences.from_settings(settings)


def _local_time() -> time:
    return datetime.now(UTC).astimezone().time()


async def serve(
    settings: Settings,
    data_directory: Path,
    supervisor: Supervisor | None,
    stop: asyncio.Event,
    source: SettingsCache | None = None,
    *,
    store: SettingsStore | None = None,
    overridden: Callable[[Settings], Settings] = lambda stored: stored,
) -> None:
    """Run the engine until ``stop`` is set.

    ``source`` is where ``settings`` are from, watched for changes; ``store`` is where they are changed (the app's
    options, unless another is given); ``overridden`` makes of what is stored there what a start would run with.

    Raises: SettingsError when a setting, port or directory cannot be used.
    """
    check(settings, data_directory)
    identity = load_identity(data_directory)
    token = settings.http.token or identity.token
    engines = Engines(settings, data_directory)
    facts = EngineFacts(__version__, identity.instance_id, datetime.now(UTC).isoformat(timespec="seconds"))
    host = Host(data_directory=data_directory)
    capacities = Capacities.within(settings.limits, hardware_jobs(await host.look()))
    steward = Steward(host, settings.load, capacities, lambda: state.active_calls)
    caches = Caches()
    visits = Visits(transcripts=settings.log.transcripts)
    state = make_state(facts, door_facts(settings), engines, steward, caches=caches, visits=visits)
    in_force = SettingsInForce(settings, partial(check_live, engines=engines), state.set_settings)
    quiet = QuietFile(data_directory)
    steward.relieve(Relief.SMALLER_AUDIO_CONTEXT, engines.be_frugal)
    desk = Desk()
    notifier = Notifier()
    if source is not None:
        manage_settings(caches, source)
    async with AsyncExitStack() as stack:
        call_log = await stack.enter_async_context(
            CallLog(data_directory, settings.call_log.retention_days, transcripts=settings.log.transcripts)
        )
        await count_earlier(visits, call_log)
        await stack.enter_async_context(engines)
        recordings = await stack.enter_async_context(
            Recordings(
                settings,
                data_directory,
                engines,
                transcriptions=capacities.transcriptions,
                listener=state,
                language=lambda: in_force.settings.language,
            )
        )
        manage_recordings(caches, recordings.judge, recordings.judging, recordings.transcripts)
        steward.relieve(Relief.BATCH_PAUSED, recordings.pause)
        sounds = await stack.enter_async_context(SoundStore(data_directory, SPEECH_DISK_BYTES))
        speaker = await stack.enter_async_context(Speaker(engines.synthesizer, capacities.syntheses, keeper=sounds))
        steward.shrink(speaker.shrink_cache)
        in_force.follow(partial(_change_voice, engines, speaker))
        api = Api(
            in_force,
            engines,
            speaker,
            state,
            judge=recordings.judge,
            judging=recordings.judging,
            capacities=capacities,
            caches=caches,
            notifier=notifier,
            data_directory=data_directory,
            store=store or supervisor or SettingsFile(data_directory / "options.json"),
            memory=recordings.memory,
            check=partial(check_settings, make_engines=partial(Engines, data_directory=data_directory)),
            overridden=overridden,
        )
        http = await stack.enter_async_context(
            HttpServer(
                settings.http,
                token,
                state,
                desk=desk,
                archive=call_log,
                parts=(
                    *api.parts,
                    manage_controls(in_force, engines, quiet, state),
                    InboxRequests(lambda: state.inbox, lambda: recordings.results),
                ),
                caches=caches,
                ingress_peer=SUPERVISOR_ADDRESS if supervisor else None,
            )
        )
        await stack.enter_async_context(
            wyoming_served(
                settings.wyoming,
                engines,
                api.scribe,
                speaker,
                language=lambda: in_force.settings.language,
                version=facts.version,
            )
        )
        telephone = await stack.enter_async_context(AsteriskManager(settings.asterisk, partial(_tell_asterisk, state)))
        understood = (language for language in Language if engines.transcriber.speaks(language))
        state.set_speech_languages(understood)
        opened_with = in_force.settings
        door = await stack.enter_async_context(
            open_door(
                opened_with,
                telephone=telephone,
                transcriber=engines.transcriber,
                language_model=engines.language_model,
                speaker=speaker,
                observer=Journal(
                    state, call_log, steward.latencies, visits, api.metrics, transcripts=settings.log.transcripts
                ),
                desk=desk,
                notifier=notifier,
                on_refused=state.add_refused,
                recorder=call_log if settings.call_log.recordings and settings.call_log.retention_days else None,
                capacities=capacities,
                throttling=steward.throttling,
                quiet=lambda: quiet.current,
            )
        )
        in_force.follow(door.take, since=opened_with)
        manage_speech(caches, speaker, door.prepare_speech)
        steward.relieve(Relief.SLOWER_LEAD, partial(_set_pace, door, settings.door.transmission_delay_ms))
        _LOGGER.info(
            "Voice engine %s is ready; its token is %s",
            __version__,
            "set" if settings.http.token else f"kept in {data_directory / IDENTITY_FILE}",
        )
        async with asyncio.TaskGroup() as group:
            tasks: list[asyncio.Task[Any]] = [
                group.create_task(_prepare_voices(engines, settings)),
                group.create_task(steward.run()),
                group.create_task(recordings.run()),
                group.create_task(api.microphone.run()),
                group.create_task(_announce(settings, supervisor, http.port, token, identity.instance_id)),
            ]
            if source is not None:
                watching = watch_settings(source, in_force, partial(check, data_directory=data_directory))
                tasks.append(group.create_task(watching))
            await stop.wait()
            _LOGGER.info("Stopping")
            for task in tasks:
                task.cancel()


def _set_pace(door: Door, usual_delay_ms: float, slower: bool) -> None:
    door.set_transmission_delay_ms(usual_delay_ms * (SLOWER if slower else 1))


def _change_voice(engines: Engines, speaker: Speaker, settings: Settings) -> None:
    if engines.choose_voice(settings.engines.voice):
        speaker.clear_cache()  # no other voice's sentences keep a place in the memory


async def _announce(settings: Settings, supervisor: Supervisor | None, port: int, token: str, instance_id: str) -> None:
    """Tell Home Assistant where the engine is: through the Supervisor where there is one, else over the network."""
    http = settings.http
    if supervisor:
        await supervisor.announce(Announcement(socket.gethostname(), port, token, instance_id))
        if settings.wyoming.enabled:
            await supervisor.announce_wyoming(socket.gethostname(), settings.wyoming.port)
    elif http.announce:
        await announce(Presence(instance_id, __version__, API_VERSION, MIN_API_VERSION, http.host, port))


async def _prepare_voices(engines: Engines, settings: Settings) -> None:
    """Have all voices made ready, those too that speak only when others fail."""
    try:
        await engines.synthesizer.prepare(settings.language)
    except BackendError as error:
        _LOGGER.warning("No voice is ready: %s", error)


def _tell_asterisk(state: EngineState, connected: bool, problem: Problem | None) -> None:
    state.set_asterisk(configured=True, connected=connected, problem=problem)
