"""Actions beside the calls: what the engine is asked, what comes back, and what is said when it was not done."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp import web
from homeassistant.components.media_source import PlayMedia, Unresolvable
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.voice_processor import sounds
from custom_components.voice_processor.answers import CacheName
from custom_components.voice_processor.const import DOMAIN
from custom_components.voice_processor.resident_actions import LONGEST_MESSAGE, LONGEST_UNIT
from custom_components.voice_processor.speech_actions import LANGUAGES, LONGEST_PROMPT

from .fake_engine import CONTRACT, FakeEngine, work_example

FOOD = {"unit": "501", "message": "Your food is at the desk."}
PROMPT = {"prompt": "Say hello."}
SCHEMA = {"type": "object", "properties": {"unit": {"type": "string"}}, "required": ["unit"]}
EXAMPLE = CONTRACT["paths"]["/api/transcribe"]["post"]["responses"]["200"]["content"]["application/json"]["examples"]
TRANSCRIPT = {key: value for key, value in EXAMPLE["speech"]["value"].items() if key != "stages"}
MEDIA = {"media_content_id": "media-source://media_source/local/visitor.wav", "media_content_type": "audio/wav"}


async def ask(hass: HomeAssistant, action: str, **data: Any) -> Any:
    """Perform an action and return its response."""
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)


async def mistake(hass: HomeAssistant, action: str, **data: Any) -> tuple[str | None, dict[str, str] | None]:
    """The key and the placeholders of what is said of a user's mistake."""
    with pytest.raises(ServiceValidationError) as raised:
        await ask(hass, action, **data)
    assert raised.value.translation_domain == DOMAIN
    return raised.value.translation_key, raised.value.translation_placeholders


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A folder that Home Assistant may read."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    return tmp_path


# --- caches


@pytest.mark.usefixtures("loaded_entry")
async def test_caches_are_cleared(hass: HomeAssistant, engine: FakeEngine) -> None:
    """All, one, or several."""
    freed = work_example("post", "/api/caches/clear")
    assert await ask(hass, "clear_cache") == freed
    assert await ask(hass, "clear_cache", cache="speech") == {"freed": [work_example("post", "/api/caches/x/clear")]}
    assert len((await ask(hass, "clear_cache", cache=["speech", "settings"]))["freed"]) == 2
    assert [path for path, _ in engine.worked] == [
        "caches/clear",
        "caches/speech/clear",
        "caches/speech/clear",
        "caches/settings/clear",
    ]


@pytest.mark.usefixtures("loaded_entry")
async def test_caches_are_warmed(hass: HomeAssistant, engine: FakeEngine) -> None:
    """Those that can be, where none is named."""
    assert await ask(hass, "warm_cache", cache="speech") == {"warmed": [{"name": "speech", "entries": 112}]}
    assert len((await ask(hass, "warm_cache"))["warmed"]) == 2
    await hass.services.async_call(DOMAIN, "warm_cache", {"cache": "speech"}, blocking=True)
    paths = [path for path, _ in engine.worked]
    assert paths == ["caches/speech/warm", "caches/speech/warm", "caches/settings/warm", "caches/speech/warm"]


# --- residents


@pytest.mark.usefixtures("loaded_entry")
async def test_a_resident_is_called(hass: HomeAssistant, engine: FakeEngine) -> None:
    assert await ask(hass, "call_resident", **FOOD) == {"outcome": "delivered", "answer": None}
    engine.work_answer = web.json_response({"outcome": "delivered", "answer": "yes", "mood": "good"})
    assert await ask(hass, "call_resident", **FOOD, question=True) == {"outcome": "delivered", "answer": "yes"}
    assert engine.worked == [
        ("notifications", FOOD | {"question": False}),
        ("notifications", FOOD | {"question": True}),
    ]


@pytest.mark.usefixtures("loaded_entry")
async def test_an_outcome_that_is_not_known_yet_is_none(hass: HomeAssistant, engine: FakeEngine) -> None:
    engine.work_answer = web.json_response({"outcome": "abducted", "answer": "maybe"})
    assert await ask(hass, "call_resident", **FOOD) == {"outcome": None, "answer": None}


# --- language model


@pytest.mark.usefixtures("loaded_entry")
async def test_the_language_model_answers(hass: HomeAssistant, engine: FakeEngine) -> None:
    """With a text, or with data where a schema is given."""
    response = await ask(hass, "generate", **PROMPT)
    assert response == {"text": work_example("post", "/api/generate")["text"], "data": None}
    engine.work_answer = web.json_response({"text": None, "data": {"unit": "501"}, "seconds": 1})
    assert await ask(hass, "generate", **PROMPT, schema=SCHEMA) == {"text": None, "data": {"unit": "501"}}
    assert [body for _, body in engine.worked] == [PROMPT | {"schema": None}, PROMPT | {"schema": SCHEMA}]


# --- recordings


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.wav", "audio/wav"), ("a.FLAC", "audio/flac"), ("a.ogg", "audio/ogg"), ("a.mp3", "audio/mpeg")],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_a_file_is_transcribed(
    hass: HomeAssistant, engine: FakeEngine, folder: Path, name: str, content_type: str
) -> None:
    """It arrives whole, however long it is."""
    sound = bytes(range(256)) * 1000
    (folder / name).write_bytes(sound)
    assert await ask(hass, "transcribe", file=str(folder / name)) == TRANSCRIPT
    assert (engine.worked, engine.content_type) == ([("transcribe", sound)], content_type)


@pytest.mark.usefixtures("loaded_entry")
async def test_media_is_transcribed(hass: HomeAssistant, engine: FakeEngine, tmp_path: Path) -> None:
    """In the language that is named."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    assert await async_setup_component(hass, "media_source", {})
    (tmp_path / "visitor.wav").write_bytes(b"sound")
    assert await ask(hass, "transcribe", media=MEDIA, language="pt-BR") == TRANSCRIPT
    assert engine.worked == [("transcribe?language=pt-BR", b"sound")]


@pytest.mark.usefixtures("loaded_entry")
async def test_media_that_cannot_be_read(hass: HomeAssistant, engine: FakeEngine) -> None:
    """It is unknown, or elsewhere: other machines are not reached at a caller's word."""
    resolve = "custom_components.voice_processor.sounds.async_resolve_media"
    with patch(resolve, side_effect=Unresolvable("There is none")):
        assert await mistake(hass, "transcribe", media=MEDIA) == ("media_not_found", {"error": "There is none"})
    with patch(resolve, return_value=PlayMedia("http://10.0.0.1/radio", "audio/mpeg")):
        assert await mistake(hass, "transcribe", media=MEDIA) == ("media_not_local", None)
    assert engine.worked == []


@pytest.mark.usefixtures("loaded_entry")
async def test_files_that_are_not_read(
    hass: HomeAssistant, engine: FakeEngine, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is not allowed is not even looked at."""
    other = tmp_path_factory.mktemp("other") / "a.wav"
    other.write_bytes(b"secret")
    (folder / "link.wav").symlink_to(other)
    (folder / "folder.wav").mkdir()
    (folder / "secrets.yaml").write_bytes(b"secret")
    for path in (other, folder / "link.wav", folder / ".." / other.parent.name / "a.wav"):
        assert await mistake(hass, "transcribe", file=str(path)) == ("path_not_allowed", None), path
    for name in ("folder.wav", "none.wav"):
        key, _ = await mistake(hass, "transcribe", file=str(folder / name))
        assert key == "unreadable_file"
    key, placeholders = await mistake(hass, "transcribe", file=str(folder / "secrets.yaml"))
    assert (key, placeholders) == ("not_a_sound", {"formats": "wav, flac, ogg, mp3"})
    assert engine.worked == []


@pytest.mark.usefixtures("loaded_entry")
async def test_a_file_that_is_too_large_is_not_sent(
    hass: HomeAssistant, engine: FakeEngine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sounds, "LARGEST_BYTES", 2 * 1024 * 1024)
    (folder / "a.wav").write_bytes(bytes(2 * 1024 * 1024 + 1))
    assert await mistake(hass, "transcribe", file=str(folder / "a.wav")) == ("too_large", {"megabytes": "2"})
    assert engine.worked == []


@pytest.mark.usefixtures("loaded_entry")
async def test_a_recording_that_the_engine_cannot_read(hass: HomeAssistant, engine: FakeEngine, folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"sound")
    engine.work_answer = refusal(400, "unreadable_sound")
    told = await mistake(hass, "transcribe", file=str(folder / "a.wav"))
    assert told == ("unreadable_sound", {"error": "Because."})


# --- what was not done


def refusal(status: int, code: str) -> web.Response:
    """An error of the contract."""
    return web.json_response({"code": code, "message": "Because."}, status=status)


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("action", "data", "status", "code"),
    [
        ("clear_cache", {"cache": "transcripts"}, 404, "cache_not_found"),
        ("warm_cache", {"cache": "transcripts"}, 409, "cache_not_warmable"),
        ("call_resident", FOOD, 404, "unit_not_found"),
        ("call_resident", FOOD, 409, "unit_in_call"),
    ],
)
async def test_mistakes_are_told_as_such(
    hass: HomeAssistant, engine: FakeEngine, *, action: str, data: dict[str, Any], status: int, code: str
) -> None:
    engine.work_answer = refusal(status, code)
    assert await mistake(hass, action, **data) == (code, None)


@pytest.mark.usefixtures("loaded_entry")
@pytest.mark.parametrize(
    ("answer", "key", "error"),
    [
        (refusal(503, "no_capacity"), "refused", "Because."),
        (refusal(503, "backend_unavailable"), "refused", "Because."),
        (refusal(413, "payload_too_large"), "refused", "Because."),
        (refusal(404, "not_found"), "refused", "Because."),
        (refusal(401, "unauthorized"), "invalid_auth", "the token was refused"),
        (refusal(500, "internal_error"), "cannot_connect", "the server answered 500"),
        (web.json_response([]), "not_an_engine", "the answer does not keep the contract: the answer is not an object"),
        (web.Response(text="<html>"), "not_an_engine", None),
    ],
)
@pytest.mark.parametrize(
    ("action", "data"), [("generate", PROMPT), ("call_resident", FOOD), ("clear_cache", {"cache": "speech"})]
)
async def test_what_was_not_done_is_told(
    hass: HomeAssistant,
    engine: FakeEngine,
    *,
    action: str,
    data: dict[str, Any],
    answer: web.Response,
    key: str,
    error: str | None,
) -> None:
    engine.work_answer = web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
    with pytest.raises(HomeAssistantError) as raised:
        await ask(hass, action, **data)
    assert (raised.value.translation_domain, raised.value.translation_key) == (DOMAIN, key)
    placeholders = raised.value.translation_placeholders or {}
    assert error in (None, placeholders["error"])


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("transcribe", TRANSCRIPT | {"seconds": True}),
        ("transcribe", TRANSCRIPT | {"speech_ratio": None}),
        ("transcribe", TRANSCRIPT | {"text": None}),
        ("call_resident", {"answer": None}),
        ("clear_cache", {"freed": [{"name": "speech"}]}),
        ("warm_cache", {"name": "speech"}),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_answers_that_do_not_keep_the_contract(
    hass: HomeAssistant, engine: FakeEngine, folder: Path, action: str, answer: dict[str, Any]
) -> None:
    (folder / "a.wav").write_bytes(b"sound")
    data = {"transcribe": {"file": str(folder / "a.wav")}, "call_resident": FOOD}.get(action, {})
    engine.work_answer = web.json_response(answer)
    with pytest.raises(HomeAssistantError) as raised:
        await ask(hass, action, **data)
    assert raised.value.translation_key == "not_an_engine"


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("clear_cache", {"cache": "words"}),
        ("clear_cache", {"cache": []}),
        ("warm_cache", {"cache": ["speech", "speech"]}),
        ("call_resident", {"unit": "501"}),
        ("call_resident", FOOD | {"unit": ""}),
        ("call_resident", FOOD | {"unit": "5" * (LONGEST_UNIT + 1)}),
        ("call_resident", FOOD | {"message": "x" * (LONGEST_MESSAGE + 1)}),
        ("call_resident", FOOD | {"question": "perhaps"}),
        ("generate", {}),
        ("generate", {"prompt": "x" * (LONGEST_PROMPT + 1)}),
        ("generate", PROMPT | {"schema": "object"}),
        ("transcribe", {}),
        ("transcribe", {"media": MEDIA, "file": "/a.wav"}),
        ("transcribe", {"media": {}}),
        ("transcribe", {"file": "/a.wav", "language": "fr"}),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_wrong_data_is_refused(
    hass: HomeAssistant, engine: FakeEngine, action: str, data: dict[str, Any]
) -> None:
    """Before the engine hears of it."""
    with pytest.raises(vol.Invalid):
        await ask(hass, action, **data)
    assert engine.worked == []


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("clear_cache", {}),
        ("warm_cache", {}),
        ("call_resident", FOOD),
        ("generate", PROMPT),
        ("transcribe", {"file": "/a.wav"}),
    ],
)
async def test_without_a_loaded_engine(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, action: str, data: dict[str, Any]
) -> None:
    """The actions stay, and say what is missing."""
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    for entry_id in ({}, {"config_entry_id": loaded_entry.entry_id}):
        with pytest.raises(ServiceValidationError):
            await ask(hass, action, **data, **entry_id)


def test_the_bounds_are_the_contracts() -> None:
    """What the forms admit, the engine takes."""
    schemas = CONTRACT["components"]["schemas"]
    assert schemas["Notification"]["properties"]["message"]["maxLength"] == LONGEST_MESSAGE
    assert schemas["Notification"]["properties"]["unit"]["maxLength"] == LONGEST_UNIT
    assert schemas["Prompt"]["properties"]["prompt"]["maxLength"] == LONGEST_PROMPT
    assert set(schemas["Cache"]["properties"]["name"]["enum"]) == set(CacheName)
    assert set(CONTRACT["components"]["parameters"]["Language"]["schema"]["enum"]) == set(LANGUAGES)
    bodies = set(CONTRACT["components"]["requestBodies"]["Sound"]["content"])
    assert set(sounds.CONTENT_TYPES.values()) == bodies - {"audio/pcm"}
    assert "16 MiB" in CONTRACT["paths"]["/api/transcribe"]["post"]["description"]
