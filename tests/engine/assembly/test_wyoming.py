"""Voice assistants through the whole engine: real speech, the real whisper.cpp, the real voice, over Wyoming."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.assembly.whole_engine import WORDS, furnish, running
from tests.engine.ports import free_ports
from voice_engine.backends.stt_wyoming import WyomingTranscriber
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.backends.tts_wyoming import WyomingSynthesizer
from voice_engine.backends.wyoming_link import WyomingServer
from voice_engine.core.audio import duration_seconds
from voice_engine.core.errors import BackendUnavailable
from voice_engine.core.transcript import Expectation, Language, Question, Utterance


def furnished(directory: Path, *, enabled: bool) -> WyomingServer:
    """Make settings; gives where Wyoming is served."""
    path = furnish(directory) / "options.json"
    (port,) = free_ports(1)
    settings = json.loads(path.read_text())
    settings["wyoming"] = {"enabled": enabled, "host": "127.0.0.1", "port": port}
    path.write_text(json.dumps(settings))
    return WyomingServer("the-engine", "127.0.0.1", port)


async def test_they_are_heard_and_spoken_to(tmp_path: Path) -> None:
    address = furnished(tmp_path, enabled=True)
    said = await EspeakSynthesizer().synthesize("turn on the light in the kitchen", Language.ENGLISH)
    expectation = Expectation(Question.DICTATION, Language.ENGLISH)
    async with running(tmp_path):
        heard = await WyomingTranscriber(address, transcribing_seconds=60.0).transcribe(
            Utterance(said, 2.0, 0.0), expectation
        )
        spoken = await WyomingSynthesizer(address).synthesize("The light is on.", Language.ENGLISH)
    assert heard.text == " ".join(WORDS)
    assert duration_seconds(spoken) > 0.5


async def test_nobody_is_served_unless_that_is_wanted(tmp_path: Path) -> None:
    address = furnished(tmp_path, enabled=False)
    async with running(tmp_path):
        with pytest.raises(BackendUnavailable):
            await address.describe()
