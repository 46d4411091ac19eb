"""The complete image of the app: every program answers, the engine serves, says so, and ends when asked to.

Runs inside the image, on its own Python and nothing else: ``script/box --app python3 -m tests.image.smoke``.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from dev.stage.ports import Ports

ROOT = Path(__file__).parents[2]
DATA = Path("/data")  # the image's own: a box is thrown away after use
START_SECONDS = 120.0  # a cold start reads all of Python from the disk; a warm one takes a second
STOP_SECONDS = 20.0  # what the Supervisor gives an app before it kills it

PROGRAMS = {
    "voice-engine --version": r"\d+\.\d+\.\d+",
    "voice-engine simulate --help": "usage",
    "whisper-cli --help": "usage",
    "whisper-server --help": "usage",
    "llama-server --version": "version",
    "llama-completion --version": "version",
    "pocketsphinx help": "single",
    "espeak-ng --voices=pt-br": "pt-br",
    "espeak-ng --voices=en": "en",
    "arecord --version": "version",
}


def main() -> int:
    """Run every step; return 0 when all passed."""
    for command, expected in PROGRAMS.items():
        step(command, answers(command.split(), expected))

    held = Ports()  # a box may share its machine's network: they are ours for as long as this is there
    ports = held.take(3)
    DATA.mkdir(exist_ok=True)
    settings = {
        "http": {"host": "127.0.0.1", "port": ports[0]},
        "audiosocket": {"host": "127.0.0.1", "visitor_port": ports[1], "resident_port": ports[2]},
    }
    (DATA / "options.json").write_text(json.dumps(settings), encoding="utf-8")

    health = [*in_dockerfile(r"^HEALTHCHECK .* CMD (\[.+\])$"), "--port", str(ports[0])]
    step("unhealthy before it runs", subprocess.run(health, check=False, capture_output=True).returncode == 1)
    started = time.monotonic()
    with subprocess.Popen(in_dockerfile(r"^ENTRYPOINT (\[.+\])$")) as engine:
        try:
            while not (healthy := subprocess.run(health, check=False, capture_output=True).returncode == 0):
                if engine.poll() is not None or time.monotonic() - started > START_SECONDS:
                    break
                time.sleep(0.1)
            step(f"healthy after {time.monotonic() - started:.1f} s", healthy)
            # HTTP is served first, the doors are opened last.
            while not (open_door := accepts(ports[1])):
                if engine.poll() is not None or time.monotonic() - started > START_SECONDS:
                    break
                time.sleep(0.1)
            step("the visitor port accepts", open_door)
            engine.send_signal(signal.SIGTERM)
            step("ends by itself when asked to", engine.wait(STOP_SECONDS) == 0)
        finally:
            engine.kill()
    return 0


def step(name: str, passed: bool) -> None:
    """Tell how a step went; the first that failed ends the run."""
    print(f"{'ok  ' if passed else 'FAIL'} {name}", flush=True)
    if not passed:
        sys.exit(1)


def accepts(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(command: list[str], expected: str) -> bool:
    """Whether a program starts at all and says what is expected, whatever its exit status for help is."""
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    except FileNotFoundError:
        return False
    said = result.stdout + result.stderr
    answered = result.returncode >= 0 and re.search(expected, said, re.IGNORECASE) is not None
    if not answered:
        print(said)
    return answered


def in_dockerfile(pattern: str) -> list[str]:
    """The command that the image itself names."""
    found = re.search(pattern, (ROOT / "addon/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    command: list[str] = json.loads(found[1]) if found else sys.exit(f"addon/Dockerfile has no {pattern}")
    return command


if __name__ == "__main__":
    sys.exit(main())
