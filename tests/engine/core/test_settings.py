"""Settings: what is accepted, what is refused and in which words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.engine_settings import BackendSettings, EnginesSettings, Strategy
from voice_engine.core.errors import SettingsError
from voice_engine.core.load import LoadLimits
from voice_engine.core.settings import (
    AsteriskSettings,
    AudioSocketSettings,
    CallLogSettings,
    DoorSettings,
    HttpSettings,
    LogSettings,
    RingOrder,
    Settings,
    UnitSettings,
    masked,
    parse_settings,
)
from voice_engine.core.settings_doors import EntranceSettings, SentenceSettings
from voice_engine.core.settings_machine import InboxSettings, LimitSettings, VadSettings
from voice_engine.core.settings_microphone import MicrophoneSettings, MicrophoneSource
from voice_engine.core.settings_wyoming import WyomingSettings
from voice_engine.core.transcript import Language

ENGLISH = Language.ENGLISH
EVERYTHING = Settings(
    language=ENGLISH,
    door=DoorSettings(
        name="Portaria",
        silence_threshold_seconds=1,
        no_input_seconds=5,
        max_utterance_seconds=10,
        post_audio_delay_seconds=0.2,
        discard_buffer_frames=10,
        barge_in_seconds=0.7,
        transmission_delay_ms=12,
        open_tones="*5#",
        tone_seconds=0.2,
        tone_gap_seconds=0.15,
        ring_attempts=3,
        ring_seconds=15,
        questions=(),
        max_calls=4,
        max_call_seconds=200,
    ),
    audiosocket=AudioSocketSettings(
        host="127.0.0.1", visitor_port=1001, resident_port=1002, allowed_networks=("192.168.1.0/24",)
    ),
    asterisk=AsteriskSettings(
        host="pbx.local",
        port=5039,
        username="voice",
        password="a secret, with spaces",
        engine_address="[fd00::1]:1002",
        caller_id="Portaria",
    ),
    http=HttpSettings(host="::1", port=1003, token="0123456789abcdef", announce=False),
    limits=LimitSettings(transcriptions=1, syntheses=2, language_tasks=4),
    load=LoadLimits(active_calls=5, cpu=0.7, memory=0.8, memory_warning=0.6, temperature_celsius=70),
    vad=VadSettings(enable_cache=False, cache_size=50),
    inbox=InboxSettings("/share/recordings", 60.0, tell_text=True),
    microphone=MicrophoneSettings(
        enabled=True,
        source=MicrophoneSource.ALSA,
        device="plughw:CARD=Device,DEV=0",
        language=Language.PORTUGUESE,
        silence_threshold_seconds=1.2,
        max_utterance_seconds=20.0,
    ),
    wyoming=WyomingSettings(enabled=True, host="127.0.0.1", port=1004, allowed_networks=("192.168.2.0/24",)),
    log=LogSettings(level="debug", transcripts=True),
    call_log=CallLogSettings(retention_days=7, recordings=True),
    engines=EnginesSettings(
        stt=("groq", "whisper_cpp", "pocketsphinx"),
        tts=("living-room", "espeak"),
        llm=("ollama",),
        strategy=Strategy.ROUND_ROBIN,
        hedge_after_seconds=1.5,
        voice="espeak/female",
    ),
    backends=(
        BackendSettings(
            "groq",
            kind="groq",
            url="https://api.groq.com/openai/v1",
            api_key="gsk_0123456789",
            model="whisper-large-v3",
            voice="alloy",
            languages=(Language.PORTUGUESE,),
            region="brazilsouth",
            threads=2,
        ),
        BackendSettings("living-room", kind="wyoming", url="tcp://192.168.1.20:10200"),
    ),
    units=(
        UnitSettings(
            "501",
            ("Ana Lima", "João Souza"),
            ("PJSIP/501", "Local/501@from-internal/n"),
            "22:00-07:00",
            "desk",
            ENGLISH,
            RingOrder.AT_ONCE,
        ),
    ),
    doors=(EntranceSettings("Portão", ("1000",), ENGLISH, 0.1, 5), EntranceSettings("Garagem", ("2000", "2001"))),
    sentences=(SentenceSettings("goodbye", "Até mais.", Language.PORTUGUESE, "Garagem"),),
)


def _as_mapping(value: Any) -> Any:
    """Spell a settings object as a file would."""
    if isinstance(value, tuple):
        return [_as_mapping(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _as_mapping(getattr(value, field.name)) for field in fields(value)}
    return value


def _error(raw: object) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        parse_settings(raw)
    return caught.value


def test_nothing_given_means_the_defaults() -> None:
    assert parse_settings({}) == (Settings(), ())


def test_every_field_of_every_section_can_be_set() -> None:
    """The schema and the dataclasses agree: nothing is unknown, nothing is left at its default."""
    settings, warnings = parse_settings(_as_mapping(EVERYTHING))
    assert settings == EVERYTHING
    assert warnings == ()
    for section in fields(Settings):
        given, default = getattr(EVERYTHING, section.name), getattr(Settings(), section.name)
        for field in fields(given) if hasattr(given, "__dataclass_fields__") else ():
            assert getattr(given, field.name) != getattr(default, field.name), field.name


def test_no_questions_is_a_choice_and_not_a_field_left_empty() -> None:
    assert parse_settings({"door": {"questions": []}}).settings.door.questions == ()
    assert parse_settings({"door": {"questions": None}}).settings.door.questions == ("intent", "name")
    assert parse_settings({"door": {"questions": ["name", ""]}}).settings.door.questions == ("name",)
    assert _error({"door": {"questions": ["age"]}}).key == "door.questions[0]"


def test_the_defaults_keep_their_own_rules() -> None:
    assert parse_settings(_as_mapping(Settings())).settings == Settings()


@pytest.mark.parametrize("blank", [None, "", "  ", [], {}])
def test_what_a_form_leaves_empty_means_the_default(blank: object) -> None:
    """The Supervisor's options page saves cleared fields as empty text."""
    raw = {
        "language": blank,
        "log": blank,
        "units": blank,
        "door": {"name": blank, "ring_seconds": blank},
        "audiosocket": {"allowed_networks": blank},
    }
    assert parse_settings(raw) == (Settings(), ())


def test_empty_items_of_lists_are_dropped() -> None:
    raw = {"units": [{"unit": "501", "residents": ["", "Ana"], "phones": [None, "PJSIP/501"]}, {"unit": None}]}
    assert parse_settings(raw).settings.units == (UnitSettings("501", ("Ana",), ("PJSIP/501",)),)


def test_numbers_are_taken_for_text_where_text_is_meant() -> None:
    """YAML reads 501 as a number."""
    raw = {"asterisk": {"username": 7, "password": 1234}, "units": [{"unit": 501}]}
    settings = parse_settings(raw).settings
    assert (settings.asterisk.username, settings.asterisk.password) == ("7", "1234")
    assert settings.units[0].unit == "501"


def test_whole_numbers_are_taken_for_seconds() -> None:
    seconds = parse_settings({"door": {"ring_seconds": 30}}).settings.door.ring_seconds
    assert (seconds, type(seconds)) == (30.0, float)


def test_networks_come_out_in_their_plain_spelling() -> None:
    networks = ["192.168.1.20", " 10.1.2.3/8 ", "FD00::/8", "0.0.0.0/0"]
    settings = parse_settings({"audiosocket": {"allowed_networks": networks}}).settings
    assert settings.audiosocket.allowed_networks == ("192.168.1.20/32", "10.0.0.0/8", "fd00::/8", "0.0.0.0/0")


@pytest.mark.parametrize(
    ("raw", "key", "message"),
    [
        ({"language": "fr"}, "language", "must be one of en, pt-BR, not 'fr'"),
        ({"language": True}, "language", "must be one of en, pt-BR, not true"),
        ({"door": [1]}, "door", "must be a group of settings, not [1]"),
        ({"door": {"ring_seconds": "soon"}}, "door.ring_seconds", "must be a number from 5 to 120, not 'soon'"),
        ({"door": {"ring_seconds": 4.9}}, "door.ring_seconds", "must be a number from 5 to 120, not 4.9"),
        ({"door": {"ring_seconds": True}}, "door.ring_seconds", "must be a number from 5 to 120, not true"),
        ({"door": {"ring_seconds": float("nan")}}, "door.ring_seconds", "must be a number from 5 to 120, not nan"),
        ({"door": {"ring_attempts": 1.5}}, "door.ring_attempts", "must be a whole number from 1 to 10, not 1.5"),
        ({"door": {"ring_attempts": 11}}, "door.ring_attempts", "must be a whole number from 1 to 10, not 11"),
        ({"door": {"ring_attempts": 0}}, "door.ring_attempts", "must be a whole number from 1 to 10, not 0"),
        ({"door": {"name": "Door\r\nX: y"}}, "door.name", "must be one line without control characters"),
        ({"door": {"name": "x" * 61}}, "door.name", "must have at most 60 characters, not 61"),
        ({"door": {"name": ["a"]}}, "door.name", "must be text, not ['a']; put it in quotes"),
        ({"http": {"port": 0}}, "http.port", "must be a whole number from 1 to 65535, not 0"),
        ({"log": {"level": "loud"}}, "log.level", "must be one of debug, info, warning, error, not 'loud'"),
        ({"log": {"transcripts": "yes"}}, "log.transcripts", "must be true or false, not 'yes'"),
        ({"asterisk": {"caller_id": "a\nb"}}, "asterisk.caller_id", "must be one line without control characters"),
        ({"asterisk": {"host": "a b"}}, "asterisk.host", "must be a host name or an IP address, not 'a b'"),
        ({"units": {"unit": "1"}}, "units", "must be a list, not {'unit': '1'}"),
        ({"units": [{"unit": "1"}, "2"]}, "units[1]", "must be a group of settings, not '2'"),
        ({"units": [{"residents": ["Ana"]}]}, "units[0].unit", "is missing"),
        (
            {"units": [{"unit": "1", "do_not_disturb": "22-7"}]},
            "units[0].do_not_disturb",
            "must be hours from one time to another, such as 22:00-07:00, not '22-7'",
        ),
        (
            {"units": [{"unit": "1", "do_not_disturb": "07:00-07:00"}]},
            "units[0].do_not_disturb",
            "must be hours from one time to another, such as 22:00-07:00, not '07:00-07:00'",
        ),
        ({"units": [{"unit": "1", "phones": "PJSIP/1"}]}, "units[0].phones", "must be a list, not 'PJSIP/1'"),
        ({"units": [{"unit": "a"}, {"unit": "b"}, {"unit": "A"}]}, "units[2].unit", "is the same as units[0].unit"),
        ({"doors": [{"stations": ["1"]}]}, "doors[0].name", "is missing"),
        ({"doors": [{"name": "A"}, {"name": "a"}]}, "doors[1].name", "is the same as doors[0].name"),
        (
            {"doors": [{"name": "A"}, {"name": "B"}]},
            "doors[1].stations",
            "is missing: no call could be known to come from this door",
        ),
        (
            {"doors": [{"name": "A", "stations": ["7"]}, {"name": "B", "stations": ["8", "7"]}]},
            "doors[1].stations[1]",
            "is the same as doors[0].stations[0]",
        ),
        (
            {"doors": [{"name": "A", "stations": ["10 00"]}]},
            "doors[0].stations[0]",
            "must be the number of a station, such as 1000, not '10 00'",
        ),
        ({"sentences": [{"text": "Hi"}]}, "sentences[0].sentence", "is missing"),
        (
            {"backends": [{"name": "groq"}, {"name": "groq"}]},
            "backends[1].name",
            "is the same as backends[0].name",
        ),
        ({"engines": {"stt": ["groq", "groq"]}}, "engines.stt[1]", "names groq a second time"),
        ({"door": {"questions": ["name", "name"]}}, "door.questions[1]", "names name a second time"),
        (
            {"units": [{"unit": "1", "phones": ["SIP/1", "SIP/2", "SIP/1"]}]},
            "units[0].phones[2]",
            "names SIP/1 a second time",
        ),
        (
            {"engines": {"stt": ["openai"], "llm": ["openai"]}, "backends": [{"name": "openai", "model": "whisper-1"}]},
            "backends[0].model",
            "cannot be one model for stt and llm: make an entry for each, with a name of its own",
        ),
        (
            {"backends": [{"name": "x", "url": "example.com"}]},
            "backends[0].url",
            "must be an address such as http://192.168.1.20:8080, not 'example.com'",
        ),
        (
            {"engines": {"hedge_after_seconds": 11}},
            "engines.hedge_after_seconds",
            "must be a number from 0 to 10, not 11",
        ),
        ({"wyoming": {"enabled": True, "port": 8099}}, "wyoming.port", "must differ from http.port, which is 8099 too"),
        ({"http": {"port": 9092}}, "http.port", "must differ from audiosocket.visitor_port, which is 9092 too"),
        (
            {"audiosocket": {"resident_port": 9092}},
            "audiosocket.resident_port",
            "must differ from audiosocket.visitor_port, which is 9092 too",
        ),
        (
            {"door": {"ring_attempts": 10, "ring_seconds": 30}},
            "door.max_call_seconds",
            "must exceed door.ring_attempts times door.ring_seconds (300), not be 300",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(raw: object, key: str, message: str) -> None:
    error = _error(raw)
    assert error.key == key
    assert str(error) == f"{key}: {message}"


@pytest.mark.parametrize("raw", [None, "door", ["door"], 5])
def test_settings_that_are_no_mapping_are_refused(raw: object) -> None:
    assert "groups of keys and values" in str(_error(raw))


def test_all_that_is_wrong_is_told_at_once() -> None:
    message = str(_error({"door": {"ring_seconds": 1, "max_calls": 0}, "limits": {"syntheses": "many"}}))
    for key in ("door.ring_seconds", "door.max_calls", "limits.syntheses"):
        assert f"{key}: must be" in message


@pytest.mark.parametrize(
    "phone",
    [
        "501",
        "PJSIP/",
        "/501",
        "PJSIP/501&PJSIP/502",
        "PJSIP/501,30",
        "PJSIP/501\r\nAction: Originate",
        "PJSIP/5 01",
        "PJSIP/501\x00",
    ],
)
def test_phone_that_could_ring_or_command_more_than_one_is_refused(phone: str) -> None:
    error = _error({"units": [{"unit": "501", "phones": ["PJSIP/502", phone]}]})
    assert error.key == "units[0].phones[1]"


def test_space_around_text_is_trimmed() -> None:
    raw = {"units": [{"unit": " 501 ", "phones": [" PJSIP/501\n"]}]}
    assert parse_settings(raw).settings.units == (UnitSettings("501", (), ("PJSIP/501",)),)


@pytest.mark.parametrize("phone", ["PJSIP/501", "Local/501@from-internal/n", "PJSIP/trunk/sip:501@10.0.0.1:5060"])
def test_phones_of_every_technology_are_taken(phone: str) -> None:
    assert parse_settings({"units": [{"unit": "1", "phones": [phone]}]}).settings.units[0].phones == (phone,)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", ":9093", "10.0.0.1:0", "10.0.0.1:65536", "::1:9093", "a,b:1", "a\nb:1"]
)
def test_engine_address_must_be_host_and_port(address: str) -> None:
    """It becomes an argument of Asterisk's AudioSocket application."""
    assert _error({"asterisk": {"engine_address": address}}).key == "asterisk.engine_address"


@pytest.mark.parametrize("network", ["10.0.0.0/33", "everyone", "10.0.0", "10.0.0.1-10.0.0.9", "1/2/3"])
def test_network_must_be_one(network: str) -> None:
    error = _error({"audiosocket": {"allowed_networks": ["127.0.0.1", network]}})
    assert error.key == "audiosocket.allowed_networks[1]"
    assert "192.168.1.0/24" in str(error)


@pytest.mark.parametrize(
    "token", ["short", "x" * 201, "spaces are not allowed", "nor/slashes/are/allowed", "ação-ação-ação-ação"]
)
def test_token_must_fit_a_websocket_subprotocol(token: str) -> None:
    assert _error({"http": {"token": token}}).key == "http.token"


@pytest.mark.parametrize(("section", "key"), [("asterisk", "password"), ("http", "token")])
def test_wrong_secrets_are_not_repeated(section: str, key: str) -> None:
    """The message goes to the log."""
    for value in ("hunter2\nhunter2", ["hunter2"], {"hunter2": 1}):
        error = _error({section: {key: value}})
        assert error.key == f"{section}.{key}"
        assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "backend",
    [
        {"name": "x", "url": "http://me:hunter2@example.com/v1"},
        {"name": "x", "url": "https://example.com/v1?key=hunter2"},
        {"name": "x", "url": "ftp:hunter2@example.com"},
        {"name": "x", "api_key": "hunter2 hunter2"},
        {"name": "x", "api_key": ["hunter2"]},
    ],
)
def test_what_may_be_a_key_of_a_backend_is_not_repeated(backend: dict[str, Any]) -> None:
    error = _error({"backends": [backend]})
    assert error.key in {"backends[0].url", "backends[0].api_key"}
    assert "hunter2" not in str(error)


def test_unknown_keys_are_named_and_left_out() -> None:
    raw = {
        "door": {"ring_second": 30},
        7: "seven",
        "mqtt": {"host": "x"},
        "units": [None, {"unit": "1", "floor": 5}],
        "doors": [{"name": "Gate", "station": "1000"}],
    }
    settings, warnings = parse_settings(raw)
    assert settings == Settings(units=(UnitSettings("1"),), doors=(EntranceSettings("Gate"),))
    assert set(warnings) == {
        "door.ring_second is not a setting and is ignored; did you mean door.ring_seconds?",
        "7 is not a setting and is ignored",
        "mqtt is not a setting and is ignored",
        "units[1].floor is not a setting and is ignored",
        "doors[0].station is not a setting and is ignored; did you mean doors[0].stations?",
    }


def test_masked_settings_show_all_but_secrets() -> None:
    shown = masked(EVERYTHING)
    assert shown["asterisk"]["password"] == shown["http"]["token"] == "********"
    assert shown["asterisk"]["username"] == "voice"
    assert shown["units"] == [
        {
            "unit": "501",
            "residents": ["Ana Lima", "João Souza"],
            "phones": ["PJSIP/501", "Local/501@from-internal/n"],
            "do_not_disturb": "22:00-07:00",
            "deliveries": "desk",
            "language": "en",
            "ring": "at_once",
        }
    ]
    assert [backend["api_key"] for backend in shown["backends"]] == ["********", ""]
    assert "a secret" not in str(shown)
    assert "gsk_0123456789" not in str(shown)
    assert parse_settings({**shown, "http": {}}).settings.door == EVERYTHING.door


def test_masked_tells_whether_a_secret_is_set() -> None:
    assert masked(Settings())["asterisk"]["password"] == ""


def test_secrets_stay_out_of_repr() -> None:
    assert "a secret" not in repr(EVERYTHING)
    assert "gsk_0123456789" not in repr(EVERYTHING)
    assert "0123456789abcdef" not in repr(EVERYTHING)


KEYS = st.sampled_from(
    [field.name for section in (Settings, DoorSettings, HttpSettings, UnitSettings) for field in fields(section)]
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["501", "PJSIP/501"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4) | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_whatever_a_file_holds_ends_in_settings_or_in_an_error_of_ours(raw: object) -> None:
    try:
        settings, _ = parse_settings(raw)
    except SettingsError:
        return
    assert parse_settings(_as_mapping(settings)).settings == settings


def test_settings_without_effect_are_told() -> None:
    raw = {"backends": [{"name": "groq"}], "call_log": {"recordings": True, "retention_days": 0}}
    assert parse_settings(raw).warnings == (
        "backends[0] has no effect: no list of engines names groq",
        "call_log.recordings has no effect: with call_log.retention_days 0 no call is kept",
    )


@pytest.mark.parametrize(
    ("microphone", "key", "message"),
    [
        ({"source": "pipe"}, "microphone.device", "must be the path of a named pipe"),
        ({"source": "pipe", "device": "room"}, "microphone.device", "must be the path of a named pipe"),
        ({"device": "{ type hw }"}, "microphone.device", "must be a device"),
        ({"device": 'x"'}, "microphone.device", "must be a device"),
        ({"max_utterance_seconds": 60}, "microphone.max_utterance_seconds", "from 5 to 30"),
    ],
)
def test_a_microphone_that_cannot_be_opened_is_refused(microphone: dict[str, Any], key: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        parse_settings({"microphone": microphone})
    assert caught.value.key == key
