"""Which backends the settings ask for, and what is said of those there are not."""

from __future__ import annotations

from typing import Any

import pytest

from voice_engine.assembly.catalog import KINDS, make_plan
from voice_engine.core.engines import EnginePort
from voice_engine.core.errors import SettingsError
from voice_engine.core.settings import parse_settings

KEY = "sk-a-secret"


def planned(raw: dict[str, Any], *, whisper: bool = False) -> dict[str, list[tuple[str, str]]]:
    """Names and kinds by port."""
    plan = make_plan(parse_settings(raw).settings, whisper=whisper)
    return {port: [(entry.name, entry.kind) for entry in plan[port]] for port in EnginePort}


def refused(raw: dict[str, Any]) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        planned(raw)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("whisper", [True, False])
def test_nothing_said_means_what_the_app_brings(whisper: bool) -> None:
    recognisers = [("whisper_cpp", "whisper_cpp"), ("pocketsphinx", "pocketsphinx")]
    assert planned({}, whisper=whisper) == {
        "stt": recognisers[0 if whisper else 1 :],
        "tts": [("espeak", "espeak")],
        "llm": [],
    }


def test_names_are_kinds_of_their_own_or_have_one() -> None:
    raw = {
        "engines": {"stt": ["groq", "attic", "pocketsphinx"], "tts": ["attic"], "llm": ["ollama"]},
        "backends": [
            {"name": "groq", "api_key": KEY},
            {"name": "attic", "kind": "wyoming", "url": "tcp://192.168.1.20:10300"},
        ],
    }
    assert planned(raw) == {
        "stt": [("groq", "groq"), ("attic", "wyoming"), ("pocketsphinx", "pocketsphinx")],
        "tts": [("attic", "wyoming"), ("espeak", "espeak")],
        "llm": [("ollama", "ollama")],
    }


def test_the_last_voice_is_not_added_where_it_is_named() -> None:
    raw = {"engines": {"tts": ["espeak"]}}
    assert planned(raw)["tts"] == [("espeak", "espeak")]


def test_an_entry_nobody_asks_for_is_checked_and_not_made() -> None:
    assert planned({"backends": [{"name": "groq", "api_key": KEY}]})["stt"] == [("pocketsphinx", "pocketsphinx")]
    assert refused({"backends": [{"name": "groq"}]}).key == "backends[0].api_key"


def test_a_server_of_ones_own_needs_no_key_of_the_service_it_speaks_like() -> None:
    raw = {
        "engines": {"llm": ["mine", "llama_cpp"]},
        "backends": [
            {"name": "mine", "kind": "openai", "url": "http://192.168.1.20:8000/v1"},
            {"name": "llama_cpp", "url": "http://192.168.1.20:8080/v1"},
        ],
    }
    assert planned(raw)["llm"] == [("mine", "openai"), ("llama_cpp", "llama_cpp")]


@pytest.mark.parametrize(
    ("raw", "key", "words"),
    [
        ({"engines": {"stt": ["grok"]}}, "engines.stt[0]", "grok is no backend; did you mean groq? There are: "),
        ({"engines": {"tts": ["espeak", "groq"]}}, "engines.tts[1]", "groq is of kind groq, which does not speak"),
        ({"engines": {"llm": ["espeak"]}}, "engines.llm[0]", "does not reason; these do: anthropic, groq"),
        ({"engines": {"stt": ["azure"]}}, "engines.stt[0]", "needs an entry in backends that holds its api_key"),
        ({"engines": {"stt": ["wyoming"]}}, "engines.stt[0]", "needs an entry in backends that holds its url"),
        ({"engines": {"llm": ["llama_cpp"]}}, "engines.llm[0]", "needs an entry in backends that holds its model"),
        ({"backends": [{"name": "x", "kind": "wyomin"}]}, "backends[0].kind", "did you mean wyoming?"),
        ({"backends": [{"name": "attic"}]}, "backends[0].kind", "is missing, for attic is no kind itself"),
        ({"backends": [{"name": "azure", "api_key": KEY}]}, "backends[0].region", "is missing: kind azure needs it"),
        ({"backends": [{"name": "espeak", "api_key": KEY}]}, "backends[0].api_key", "means nothing to kind espeak"),
        (
            {"backends": [{"name": "wyoming", "url": "http://192.168.1.20:10300"}]},
            "backends[0].url",
            "must begin with tcp:// for kind wyoming",
        ),
        (
            {"backends": [{"name": "ollama", "url": "tcp://192.168.1.20:11434"}]},
            "backends[0].url",
            "must begin with http:// or https:// for kind ollama",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_there_is(raw: dict[str, Any], key: str, words: str) -> None:
    error = refused(raw)
    assert error.key == key
    assert words in str(error)


def test_every_kind_serves_something_and_is_told_in_the_documentation() -> None:
    for name, kind in KINDS.items():
        assert kind.ports, name
        assert kind.needs <= kind.takes, name
