"""The command as a person uses it: what it prints and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from voice_engine.__main__ import main


def written(directory: Path, text: str) -> list[str]:
    """Settings in a file, as arguments."""
    path = directory / "settings.yaml"
    path.write_text(text)
    return ["--settings", str(path)]


def test_good_settings_are_shown_with_their_defaults_and_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would hold, secrets masked."""
    assert main(["check", *written(tmp_path, "asterisk: {username: voice, password: hush-hush}")]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["door"]["silence_threshold_seconds"] == 1.5
    assert "hush-hush" not in shown


def test_a_wrong_setting_is_named_and_the_status_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Key, fault and remedy in one line; no traceback."""
    assert main(["check", *written(tmp_path, "door: {ring_seconds: soon}")]) == 1
    assert re.fullmatch(r"voice-engine: invalid_settings: door\.ring_seconds: .+\n", capsys.readouterr().err)


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for a file that is not there, whatever the subcommand."""
    missing = str(tmp_path / "none.yaml")
    for command in (["check"], ["run", "--data", str(tmp_path)], ["simulate"]):
        assert main([*command, "--settings", missing]) == 1
        assert missing in capsys.readouterr().err


def test_health_says_when_nobody_serves(capsys: pytest.CaptureFixture[str]) -> None:
    """As a container's health check needs it."""
    assert main(["health", "--port", "1"]) == 1
    assert "port 1 does not answer" in capsys.readouterr().err


def test_a_simulated_call_is_told_from_the_ring_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Real voice, real sockets, real pauses; the visitor speaks, the resident uses the keypad."""
    assert main(["simulate", "--visitor", "apartment five zero one", "--resident", "keys:2"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"visitor +'apartment five zero one' → unit 501 +\[endpoint \d+ ms +transcription \d+ ms", told)
    assert re.search(r"ended +ended, unit 501, denied, by keypad\n$", told)


def test_a_backend_there_is_not_is_told_before_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what it may have been meant to be."""
    assert main(["check", *written(tmp_path, "engines: {stt: [grok]}")]) == 1
    assert "engines.stt[0]: grok is no backend; did you mean groq?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (
            "sentences: [{sentence: welcom, text: Hi}]",
            "sentences[0].sentence: welcom is no sentence of the door; did you",
        ),
        ("sentences: [{sentence: calling, text: Calling.}]", "sentences[0].text: must hold {unit}"),
        ("units: [{unit: '501'}]", "units[0].phones: is missing: a unit needs at least one phone"),
        (
            "units: [{unit: B-32, phones: [SIP/1]}, {unit: b 32, phones: [SIP/2]}]",
            "units[1].unit: b 32 sounds the same",
        ),
        (
            "engines: {stt: [whisper_cpp]}\nbackends: [{name: whisper_cpp, model: large-v3}]",
            "backends[0].model: large-v3 is no model that can be downloaded",
        ),
    ],
)
def test_the_check_finds_what_a_start_would_refuse(
    settings: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it, without a start."""
    assert main(["check", *written(tmp_path, settings), "--data", str(tmp_path)]) == 1
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("line", ["keys:", "keys:five"])
def test_a_simulated_line_without_keys_is_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--visitor", line]) == 1
    assert f"{line} names no keys" in capsys.readouterr().err


def test_a_simulated_line_that_is_no_sound_names_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "noise.wav"
    path.write_text("noise")
    assert main(["simulate", "--visitor", str(path)]) == 1
    assert f"{path} cannot be heard" in capsys.readouterr().err
