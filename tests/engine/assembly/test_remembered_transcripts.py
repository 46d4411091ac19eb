"""Whose transcripts are remembered, on a real file."""

from __future__ import annotations

from pathlib import Path

from voice_engine.assembly.remembered_transcripts import RememberedTranscripts
from voice_engine.backends.transcript_store import TranscriptStore
from voice_engine.core.engines import BackendStatus, PortStatus
from voice_engine.core.settings import parse_settings
from voice_engine.core.transcript import Language, Transcript

SOUND = bytes(100)
HEARD = Transcript("five oh one", 0.9, "openai")


def set_up(model: str, store: TranscriptStore) -> RememberedTranscripts:
    """With one service that is asked first."""
    settings = parse_settings(
        {
            "engines": {"stt": ["openai"]},
            "backends": [{"name": "openai", "api_key": "sk-0123456789", "model": model}],
        }
    ).settings
    serving = PortStatus("openai", (BackendStatus("openai", "openai"), BackendStatus("pocketsphinx", "pocketsphinx")))
    return RememberedTranscripts(store, lambda: serving, settings)


async def test_known_again_after_a_restart_but_not_to_another_model(tmp_path: Path) -> None:
    async with TranscriptStore(tmp_path) as store:
        await set_up("whisper-1", store).keep(SOUND, Language.ENGLISH, HEARD)
    async with TranscriptStore(tmp_path) as store:
        same, other = set_up("whisper-1", store), set_up("gpt-4o-transcribe", store)
        found = await same.recall(SOUND, Language.ENGLISH)
        assert found is not None
        assert found.text == HEARD.text
        assert await same.recall(SOUND, Language.PORTUGUESE) is None
        assert await same.recall(bytes(99), Language.ENGLISH) is None
        assert await other.recall(SOUND, Language.ENGLISH) is None


async def test_what_several_put_together_is_nobodys(tmp_path: Path) -> None:
    async with TranscriptStore(tmp_path) as store:
        remembered = set_up("whisper-1", store)
        await remembered.keep(SOUND, Language.ENGLISH, Transcript("five oh one", 0.9, "openai, pocketsphinx"))
        assert await remembered.recall(SOUND, Language.ENGLISH) is None
        assert store.statistics.entries == 0
