"""The settings file: real files, every way they can be wrong."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from voice_engine.backends.settings_file import SettingsFile, load_settings
from voice_engine.core.errors import BackendUnavailable, SettingsError
from voice_engine.core.settings import Settings, UnitSettings
from voice_engine.core.transcript import Language


def _write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _error(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    return str(caught.value)


def test_yaml_file_is_read(tmp_path: Path) -> None:
    content = """
# The condominium.
language: pt-BR
door:
  name: Portaria
  ring_seconds: 30
log: {transcripts: true}
units:
  - unit: 501
    residents: [Ana Lima, João]
    phones:
      - PJSIP/501
"""
    settings, warnings = load_settings(_write(tmp_path, "settings.yaml", content))
    assert settings.language is Language.PORTUGUESE
    assert settings.door.name == "Portaria"
    assert settings.log.transcripts is True
    assert settings.units == (UnitSettings("501", ("Ana Lima", "João"), ("PJSIP/501",)),)
    assert warnings == ()


def test_json_file_is_read(tmp_path: Path) -> None:
    """With tabs, which YAML refuses: the Supervisor's options are JSON."""
    content = '{\n\t"language": "pt-BR",\n\t"units": [{"unit": "501", "phones": ["PJSIP/501"]}]\n}'
    settings, _ = load_settings(_write(tmp_path, "options.json", content))
    assert settings.units == (UnitSettings("501", (), ("PJSIP/501",)),)


@pytest.mark.parametrize("name", ["settings.yaml", "settings.json"])
@pytest.mark.parametrize("content", ["", "null", b"\xef\xbb\xbf{}"])
def test_empty_file_means_the_defaults(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert load_settings(_write(tmp_path, name, content)).settings == Settings()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0501", "0501"),
        ("501", "501"),
        ("10:30", "10:30"),
        ("No", "No"),
        ("0x1F", "0x1F"),
        ("1_0", "1_0"),
        ("1e3", "1e3"),
    ],
)
def test_plain_words_stay_words(tmp_path: Path, written: str, meant: str) -> None:
    """YAML 1.1 would make them 321, 501, 630, false, 31, 10 and a thousand."""
    settings, _ = load_settings(_write(tmp_path, "settings.yaml", f"units:\n- unit: {written}\n"))
    assert settings.units == (UnitSettings(meant),)


def test_numbers_and_truths_are_still_read(tmp_path: Path) -> None:
    content = "door: {post_audio_delay_seconds: 0.5, discard_buffer_frames: 0, name: ~}\nlog: {transcripts: False}\n"
    settings, _ = load_settings(_write(tmp_path, "settings.yaml", content))
    assert settings.door.post_audio_delay_seconds == 0.5
    assert settings.door.discard_buffer_frames == 0
    assert settings.door.name == "Front door"
    assert settings.log.transcripts is False


def test_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    assert _error(path) == f"{path} does not exist"


def test_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    assert _error(tmp_path) == f"{tmp_path} cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("door:\n  name: x\n bad: y\n", ", line 3: "),
        ("door: [1, 2\n", ", line 2: "),
        ("door:\n  name: a\n  name: b\n", ", line 3: name is written twice"),
        ("door: &a\n  name: *b\n", ", line 2: found undefined alias"),
        ("door: !!python/object:os.system x\n", ", line 1: could not determine a constructor"),
        ("door: \x07\n", ": "),
    ],
)
def test_wrong_yaml_is_told_with_its_line(tmp_path: Path, content: str, problem: str) -> None:
    path = _write(tmp_path, "settings.yaml", content)
    assert _error(path).startswith(f"{path}{problem}")


def test_wrong_json_is_told_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "options.json", '{\n"door": {},\n}')
    assert _error(path).startswith(f"{path}, line ")


def test_a_key_written_twice_in_json_is_refused(tmp_path: Path) -> None:
    """The last one would be taken in silence."""
    path = _write(tmp_path, "options.json", '{"door": {"name": "A", "name": "B"}}')
    assert _error(path) == f"{path}: name is written twice"


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = _write(tmp_path, "settings.yaml", b"door:\n  name: Portaria \xe3\n")
    assert _error(path) == f"{path} is not UTF-8 text (byte 23)"


def test_file_that_holds_a_list_is_refused(tmp_path: Path) -> None:
    assert "groups of keys and values" in _error(_write(tmp_path, "settings.yaml", "- door\n"))


def test_wrong_values_are_told_by_their_key(tmp_path: Path) -> None:
    assert _error(_write(tmp_path, "settings.yaml", "door: {ring_seconds: 1}")).startswith("door.ring_seconds: must be")


def test_unknown_keys_are_told(tmp_path: Path) -> None:
    _, warnings = load_settings(_write(tmp_path, "settings.yaml", "dor: {}\nmqtt: x\n"))
    assert warnings == ("mqtt is not a setting and is ignored",)


# --- written

WORDS = [
    "0501",
    "10:30",
    "No",
    "null",
    "~",
    "true",
    "1e3",
    "0x1F",
    "1_0",
    "3.5",
    "2026-01-01",
    "",
    " a: b #c",
    "João\n",
]
"""What YAML could read as something else."""
WRITTEN: dict[str, Any] = {
    "language": "en",
    "door": {"name": "Gate", "ring_seconds": 12.5, "ring_attempts": 2, "open_tones": None},
    "ours_alone": {"kept": [True, 1, {"deep": []}]},
    "units": [{"unit": "0501", "residents": WORDS}],
}
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from voice_engine.backends.settings_file import SettingsFile
left = int(sys.argv[2])
def fsync(descriptor):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = fsync
asyncio.run(SettingsFile(Path(sys.argv[1])).write({"door": {"name": "New"}}))
"""


@pytest.mark.parametrize("name", ["settings.yaml", "options.json"])
async def test_what_was_written_is_read_as_it_was(tmp_path: Path, name: str) -> None:
    """Unknown keys too; words that look like numbers stay words, for whoever reads the file next."""
    path = _write(tmp_path, name, "{}")
    await SettingsFile(path).write(WRITTEN)
    assert await SettingsFile(path).read() == WRITTEN
    settings, warnings = load_settings(path)
    assert (settings.door.name, settings.units[0].unit) == ("Gate", "0501")
    assert warnings == ("ours_alone is not a setting and is ignored",)


async def test_the_file_before_is_kept_with_its_comments(tmp_path: Path) -> None:
    """In its place, with its rights, also where the path is a link to it."""
    before = b"# Ours.\nlanguage: en\nmqtt: x\n"
    path = _write(tmp_path, "settings.yaml", before)
    path.chmod(0o640)
    link = tmp_path / "linked" / "settings.yaml"
    link.parent.mkdir()
    link.symlink_to(path)
    store = SettingsFile(link)
    await store.write({**await store.read(), "door": {"name": "Gate"}})
    assert (tmp_path / "settings.yaml.before").read_bytes() == before
    assert (link.is_symlink(), stat.S_IMODE(path.stat().st_mode)) == (True, 0o640)
    assert await store.read() == {"language": "en", "mqtt": "x", "door": {"name": "Gate"}}
    await store.write(await store.read())
    assert (tmp_path / "settings.yaml.before").read_bytes() == before, "what changes nothing takes nothing's place"


@pytest.mark.parametrize("death", [1, 2])
def test_a_death_in_the_middle_of_writing_leaves_the_settings_as_they_were(tmp_path: Path, death: int) -> None:
    """While what was before is put aside, and while the new file is written."""
    path = _write(tmp_path, "options.json", '{"door": {"name": "Old"}}')
    command = [sys.executable, "-c", KILLED, path, str(death)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, check=False, timeout=60, env=environment)
    assert ended.returncode == -signal.SIGKILL
    assert json.loads(path.read_bytes()) == {"door": {"name": "Old"}}


async def test_settings_that_cannot_be_written_leave_nothing_behind(tmp_path: Path) -> None:
    path = _write(tmp_path, "settings.yaml", "language: en\n")
    with pytest.raises(SettingsError, match="cannot hold"):
        await SettingsFile(path).write({"door": {"ring_seconds": 1e300}})
    assert (_names(tmp_path), path.read_bytes()) == (["settings.yaml"], b"language: en\n")


async def test_all_of_it_is_written_beside_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML of a large directory takes seconds to be made."""
    threads = list[threading.Thread]()
    dump = yaml.safe_dump

    def noted(*given: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        return dump(*given, **options)

    monkeypatch.setattr(yaml, "safe_dump", noted)
    path = _write(tmp_path, "settings.yaml", "language: en\n")
    await SettingsFile(path).write({"language": "pt-BR"})
    assert threads
    assert threading.main_thread() not in threads


async def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    store = SettingsFile(tmp_path / "settings.yaml")
    with pytest.raises(BackendUnavailable, match="does not exist"):
        await store.read()
    with pytest.raises(BackendUnavailable, match="cannot be written"):
        await store.write({})
    assert _names(tmp_path) == []
