"""The microphone as the engine makes it: real speech from another program, real detection, real recognisers."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.engine.backends import room_writer
from tests.engine.backends.processes import PATIENCE_SECONDS, children
from tests.engine.backends.stt_whisper_cpp.model import write_speaking_model
from tests.engine.backends.test_microphone_recorder import speech
from tests.engine.scribe.room import Audience
from tests.engine.servers.serving import FreeTranscriber
from voice_engine.assembly.microphone import make_microphone
from voice_engine.backends.sound_files import CLIP_RATE, SoundFiles
from voice_engine.backends.stt_pocketsphinx import PocketsphinxTranscriber
from voice_engine.backends.stt_whisper_cpp import WhisperConfig, WhisperTranscriber
from voice_engine.backends.vad_webrtc import clip_detectors
from voice_engine.core.settings import parse_settings
from voice_engine.core.transcript import Expectation, Language, Question, Utterance
from voice_engine.core.voice_activity import ClipJudge, DetectorSettings
from voice_engine.scribe.microphone import Microphone
from voice_engine.scribe.scribe import Scribe
from voice_engine.voice.capacity import Capacity
from voice_engine.voice.ports import Transcriber

SENTENCE = "i have a delivery for apartment five zero one"
WORDS = ("Turn", "on", "the", "light.")


class Room:
    """A pipe for another program, and the microphone that reads it."""

    def __init__(self, path: Path, transcriber: Transcriber) -> None:
        self._path = path
        self._pipe = path / "room"
        os.mkfifo(self._pipe)
        self.judge = ClipJudge(DetectorSettings("webrtcvad", CLIP_RATE), partial(clip_detectors, CLIP_RATE), time.time)
        self.audience = Audience()
        chosen = {"enabled": True, "source": "pipe", "device": str(self._pipe)}
        settings = parse_settings({"language": "en", "microphone": chosen}).settings
        scribe = Scribe(SoundFiles(), self.judge, transcriber, Capacity(1))
        self.microphone: Microphone = make_microphone(
            settings.microphone, scribe, self.audience, path, lambda: settings.language
        )

    @asynccontextmanager
    async def listened_to(self) -> AsyncIterator[None]:
        """Run the microphone; afterwards nothing of it is left."""
        async with asyncio.timeout(3 * PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.microphone.run())
            yield
            running.cancel()
        assert "cat" not in children().values()

    async def say(self, text: str) -> None:
        """Have it spoken by another program, into the end of the quiet after it."""
        recording = await speech(self._path, text)
        writer = await create_subprocess_exec(sys.executable, room_writer.__file__, str(recording), str(self._pipe))
        assert await writer.wait() == 0


async def until(microphone: Microphone, utterances: int) -> None:
    """Wait until something became of so many."""
    while (status := microphone.status).heard + status.dismissed + status.failed < utterances:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.02)


async def test_what_is_said_in_the_room_becomes_words(tmp_path: Path) -> None:
    """By the real whisper-server, whose model hears the same sentence in all speech; once for each sentence."""
    model = tmp_path / "ggml-speaking.bin"
    write_speaking_model(model, WORDS)
    config = WhisperConfig(model, threads=1, request_seconds=PATIENCE_SECONDS, patience_seconds=PATIENCE_SECONDS)
    async with WhisperTranscriber(config) as transcriber:
        await transcriber.prepare(Expectation(Question.DICTATION, Language.ENGLISH))
        room = Room(tmp_path, transcriber)
        async with room.listened_to():
            await room.say("please turn on the light in the kitchen")
            await until(room.microphone, 1)
            await room.say("and good night to all of you")
            await until(room.microphone, 2)
    assert room.audience.sentences == [" ".join(WORDS)] * 2
    assert all(1.0 < utterance.seconds < 5.0 for utterance in room.audience.heard)
    assert room.judge.statistics.entries == 2  # each segment was judged, and is remembered


async def test_the_sound_of_an_utterance_is_whole(tmp_path: Path) -> None:
    """A recogniser that knows what may be said understands it from its first sound to its last."""
    room = Room(tmp_path, FreeTranscriber())
    async with room.listened_to(), asyncio.TaskGroup() as tasks:
        recording = tasks.create_task(room.microphone.record(2 * PATIENCE_SECONDS))
        await room.say(SENTENCE)
        clip = await recording
    utterance = Utterance(clip.pcm, 1.0, 0.0, clip.sample_rate)
    expectation = Expectation(Question.UNIT, Language.ENGLISH, ("501", "302"))
    transcript = await PocketsphinxTranscriber().transcribe(utterance, expectation)
    assert transcript.text == SENTENCE
