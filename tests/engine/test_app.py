"""The engine as it is put together: started from the Supervisor's options, announced, serving, and stopped."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest

from tests.engine.backends.test_supervisor import TOKEN, FakeSupervisor, takes
from tests.engine.fakes import FakeObserver, FakeSynthesizer, FakeTelephoneSystem, FakeTranscriber
from tests.engine.ports import free_ports
from voice_engine import app
from voice_engine.backends.prompt_packs import load_pack
from voice_engine.backends.settings_cache import SettingsCache
from voice_engine.backends.settings_file import load_settings
from voice_engine.backends.supervisor import Supervisor
from voice_engine.core.errors import SettingsError
from voice_engine.core.prompts import Prompt
from voice_engine.core.settings import AudioSocketSettings, Settings, UnitSettings
from voice_engine.core.settings_doors import EntranceSettings, SentenceSettings
from voice_engine.core.transcript import AT_THE_DOOR, Language
from voice_engine.door.desk import Desk
from voice_engine.simulation.party import Line, Party
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.speaker import Speaker

PATIENCE_SECONDS = 90.0
SOME_SENTENCES = 10
"""Prepared one after another, so that by then the recogniser has had its turn."""


def options(directory: Path) -> Path:
    """The file the Supervisor writes, with ports that are free here."""
    http, visitor, resident = free_ports(3)
    path = directory / "options.json"
    path.write_text(
        json.dumps(
            {
                "language": "en",
                "door": {"name": "Gate"},
                "http": {"host": "127.0.0.1", "port": http},
                "audiosocket": {"host": "127.0.0.1", "visitor_port": visitor, "resident_port": resident},
                "asterisk": {},
                "units": [{"unit": "501", "phones": ["PJSIP/501"]}],
            }
        )
    )
    return path


@asynccontextmanager
async def running(directory: Path, supervisor: Supervisor | None) -> AsyncIterator[Settings]:
    """The engine, for as long as the context lasts."""
    settings = load_settings(options(directory)).settings
    stop = asyncio.Event()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(app.serve(settings, directory, supervisor, stop))
        await listening(settings.audiosocket.visitor_port)
        yield settings
        stop.set()


async def listening(port: int) -> None:
    """Wait until someone serves ``port``."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


async def test_it_announces_itself_with_what_home_assistant_needs_to_connect(tmp_path: Path) -> None:
    """Host, port, token and identity reach the Supervisor, and open the door to the status."""
    fake = FakeSupervisor([takes])
    async with fake.serving() as url, running(tmp_path, Supervisor(TOKEN, url)) as settings:
        await fake.asked.wait()
        path, authorization, message = fake.requests[0]
        config = message["config"]
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {config['token']}"}) as client,
            client.get(f"http://127.0.0.1:{config['port']}/api/status") as response,
        ):
            status = await response.json()
    assert (path, authorization, message["service"]) == ("/discovery", f"Bearer {TOKEN}", "voice_processor")
    assert config["port"] == settings.http.port
    assert status["engine"]["instance_id"] == config["instance_id"]
    assert status["system"]["asterisk"]["configured"] is False


async def test_a_visitor_is_answered_and_told_of_over_the_websocket(tmp_path: Path) -> None:
    """The real voice, the real sockets; without a telephone system the visitor hears that nobody can be reached."""
    async with running(tmp_path, None) as settings, aiohttp.ClientSession() as client:
        token = json.loads((tmp_path / "identity.json").read_text())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        visitor = Party([Line("", keys="501#")])
        async with (
            client.ws_connect(f"http://127.0.0.1:{settings.http.port}/api/events", headers=headers) as events,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(visitor.call("127.0.0.1", settings.audiosocket.visitor_port, uuid4()))
            told = []
            async for message in events:
                told.append(message.json())
                if told[-1].get("event") == "ended":
                    break
    further = {"engines", "machine", "caches", "visits"}
    assert [message.get("event", message["type"]) for message in told if message["type"] not in further] == [
        "hello",
        "snapshot",
        "rang",
        "stage",
        "no_answer",
        "ended",
    ]
    assert (told[-1]["call"]["disposition"], told[-1]["call"]["door"]) == ("unreachable", "Gate")
    assert {message["visits"]["calls"] for message in told if message["type"] == "visits"} == {1}
    assert {cache["name"] for cache in told[1]["status"]["caches"]} >= {"speech", "speech_disk", "voice_activity"}


async def test_a_call_is_remembered_by_the_next_start(tmp_path: Path) -> None:
    """From the door through the file to HTTP; without what was said, unless it was asked for."""
    call_id = uuid4()
    async with running(tmp_path, None) as settings:
        await Party([Line("", keys="501#")]).call("127.0.0.1", settings.audiosocket.visitor_port, call_id)
    token = json.loads((tmp_path / "identity.json").read_text())["token"]
    async with (
        running(tmp_path, None) as settings,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client,
        client.get(f"http://127.0.0.1:{settings.http.port}/api/calls") as response,
    ):
        (call,) = (await response.json())["calls"]
    assert (call["call_id"], call["unit"], call["disposition"]) == (str(call_id), "501", "unreachable")


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """What is wrong and which setting to change."""
    settings = load_settings(options(tmp_path)).settings
    with socket.create_server(("127.0.0.1", settings.audiosocket.visitor_port)), pytest.raises(SettingsError) as caught:
        await app.serve(settings, tmp_path, None, asyncio.Event())
    assert caught.value.key == "audiosocket.visitor_port"


@pytest.mark.parametrize("languages", [tuple(Language), ()])
async def test_the_recogniser_is_made_ready_for_every_question_before_anybody_calls(
    languages: tuple[Language, ...],
) -> None:
    """Where it is used at all."""
    transcriber = FakeTranscriber(languages)
    settings = Settings(
        audiosocket=AudioSocketSettings("127.0.0.1", 0, 0), units=(UnitSettings("501", phones=("PJSIP/501",)),)
    )
    async with (
        Speaker(FakeSynthesizer(delay_seconds=0.0), Capacity(1)) as speaker,
        app.open_door(
            settings,
            telephone=FakeTelephoneSystem(),
            transcriber=transcriber,
            speaker=speaker,
            observer=FakeObserver(),
            desk=Desk(),
            on_refused=lambda _peer: None,
        ),
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        while speaker.cache_statistics.entries < SOME_SENTENCES:  # noqa: ASYNC110 - nobody tells of a sentence
            await asyncio.sleep(0.01)
    assert [expectation.question for expectation in transcriber.prepared] == (list(AT_THE_DOOR) if languages else [])


class GarageTelephones(FakeTelephoneSystem):
    """Every call comes from the garage."""

    async def caller(self, leg_id: UUID, wait_seconds: float) -> str | None:
        """As a real one tells it."""
        return "2000"


DOORS = (EntranceSettings("Gate"), EntranceSettings("Garage", ("2000",), Language.ENGLISH))


async def test_a_call_is_held_at_the_door_it_comes_from() -> None:
    """With that door's own sentence; the other door keeps the pack's."""
    settings = Settings(
        audiosocket=AudioSocketSettings("127.0.0.1", 0, 0),
        units=(UnitSettings("501", phones=("PJSIP/501",)),),
        doors=DOORS,
        sentences=(SentenceSettings("goodbye", "See you.", door="Garage"),),
    )
    observer, synthesizer = FakeObserver(), FakeSynthesizer(delay_seconds=0.0)
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        Speaker(synthesizer, Capacity(1)) as speaker,
        app.open_door(
            settings,
            telephone=GarageTelephones(),
            transcriber=FakeTranscriber(),
            speaker=speaker,
            observer=observer,
            desk=Desk(),
            on_refused=lambda _peer: None,
        ) as door,
    ):
        await Party([Line("", keys="501#")]).call("127.0.0.1", door.visitor_port, uuid4())
    assert {(event.call.door, event.call.caller) for event in observer.events} == {("Garage", "2000")}
    assert {"See you.", load_pack(Language.PORTUGUESE).render(Prompt.GOODBYE)} <= set(synthesizer.asked)
    assert load_pack(Language.ENGLISH).render(Prompt.GOODBYE) not in synthesizer.asked


async def test_the_status_tells_the_doors_and_which_languages_are_understood(tmp_path: Path) -> None:
    """The recogniser that comes with the engine understands English."""
    async with running(tmp_path, None) as settings:
        token = json.loads((tmp_path / "identity.json").read_text())["token"]
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client,
            client.get(f"http://127.0.0.1:{settings.http.port}/api/status") as response,
        ):
            status = await response.json()
    assert status["doors"] == [{"name": "Gate", "language": "en"}]
    assert status["system"]["speech_languages"] == ["en"]


async def test_a_sentence_that_cannot_be_said_keeps_the_engine_from_starting(tmp_path: Path) -> None:
    settings = load_settings(options(tmp_path)).settings
    wrong = replace(settings, sentences=(SentenceSettings("calling", "One moment."),))
    with pytest.raises(SettingsError) as caught:
        await app.serve(wrong, tmp_path, None, asyncio.Event())
    assert caught.value.key == "sentences[0].text"


async def test_it_tells_of_its_machine_and_its_settings_and_remembers_speech(tmp_path: Path) -> None:
    """Over the API, from a file that is changed while it runs; what it said is on disk for the next start."""
    path = options(tmp_path)
    source = SettingsCache(path, load_settings, time.time)
    settings, stop = source.current().settings, asyncio.Event()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(app.serve(settings, tmp_path, None, stop, source))
        await listening(settings.audiosocket.visitor_port)
        token = json.loads((tmp_path / "identity.json").read_text())["token"]
        url = f"http://127.0.0.1:{settings.http.port}"
        async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as client:

            async def told(path: str) -> Any:
                async with client.get(path) as response:
                    return await response.json()

            def entries(caches: Any) -> dict[str, int]:
                return {cache["name"]: cache["entries"] for cache in caches["caches"]}

            while entries(await told("/api/caches")).get("speech_disk", 0) < SOME_SENTENCES:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
            path.write_text(path.read_text().replace("Gate", "Garage"))
            while not (status := await told("/api/status"))["settings"]["changed"]:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)
            names = set(entries(await told("/api/caches")))
        stop.set()
    assert names == {"speech", "speech_disk", "settings", "voice_activity"}, "words are not kept unless that is wanted"
    assert status["load"]["memory_limit_bytes"] > 0
    assert status["capacity"]["transcriptions"]["limit"] >= 1
    assert status["throttling"]["memory_alert"] in ("none", "warning", "critical")
    assert len(list((tmp_path / "speech").glob("*.sound"))) >= SOME_SENTENCES


async def test_the_microphone_is_switched_over_restarts_and_says_why_it_is_not_there(tmp_path: Path) -> None:
    """Nobody serves PulseAudio here."""
    for body in ({"enabled": True}, None):
        async with running(tmp_path, None) as settings, aiohttp.ClientSession() as client:
            token = json.loads((tmp_path / "identity.json").read_text())["token"]
            url, headers = f"http://127.0.0.1:{settings.http.port}/api/", {"Authorization": f"Bearer {token}"}
            async with client.ws_connect(f"{url}events", headers=headers) as events:
                if body:
                    async with client.post(f"{url}microphone", headers=headers, json=body) as response:
                        assert (response.status, (await response.json())["state"]) == (200, "starting")
                microphone: dict[str, Any] = {}
                while microphone.get("state") != "unavailable":
                    told = await events.receive_json()
                    microphone = told.get("microphone") or told.get("status", {}).get("microphone") or microphone
            assert microphone["enabled"] is True
            assert "PulseAudio" in microphone["problem_parameters"]["detail"]
