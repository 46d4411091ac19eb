"""How often the built-in recogniser opens the door to those whom nobody let in, with and without the second question.

    PYTHONPATH=addon python bench/false_grants.py [--held-out] [--keep FILE]

Permissions and sentences that are none, many of them made to sound like one, are spoken by the voices of flite and of
espeak-ng, passed through a telephone's band, and understood by pocketsphinx and the rules. A permission of which the
recogniser is not certain (``core.understanding.CERTAIN_CONFIDENCE``) is asked back, and what people then say is spoken
by the same voice: the sentence again, slower, or a plain refusal. A door counts as opened wrongly if any of these
replies opens it. ``--keep`` writes what was heard, one JSON object a line, for other thresholds to be tried on it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from voice_engine.backends.stt_pocketsphinx import PocketsphinxTranscriber
from voice_engine.core.audio import SAMPLE_RATE, read_wav
from voice_engine.core.transcript import Expectation, Language, Question, Utterance
from voice_engine.core.understanding import CERTAIN_CONFIDENCE, Answer, classify_answer

ENGLISH = Language.ENGLISH
SENTENCES: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
"""``permissions``; ``others``, which are none; and ``sound_alikes``, which nobody says."""
FLITE = ("slt", "rms", "awb")
ESPEAK = ("en-us", "en-gb")
"""Two accents of another synthesiser: worse speech than people's, and other than flite's."""
SLOWER = {"flite": "1.15", "espeak": "145"}
"""How a sentence is said again by who was not understood: a factor for flite, words a minute for espeak-ng."""
BEFORE, AFTER = bytes(round(0.3 * SAMPLE_RATE) * 2), bytes(round(0.2 * SAMPLE_RATE) * 2)
"""The silence that an utterance is cut with."""
REFUSALS = ("no", "no i did not say that")
"""What else is said to ``is that right?`` by somebody who gave no permission."""
CONFIRMATION = "yes let them in"
"""What the second question asks for."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something said to the door."""

    text: str
    voice: str
    slower: bool = False

    def sound(self, folder: Path) -> bytes:
        """What a telephone carries of it, with a moment of silence around."""
        path = folder / f"{abs(hash(self))}.wav"
        program, name = self.voice.split("/")
        if program == "flite":
            pace = ("--setf", f"duration_stretch={SLOWER['flite']}") if self.slower else ()
            command = ["flite", "-voice", name, *pace, "-t", self.text, "-o", str(path)]
        else:
            pace = ("-s", SLOWER["espeak"]) if self.slower else ()
            command = ["espeak-ng", "-v", name, *pace, "-w", str(path), self.text]
        subprocess.run(command, check=True, capture_output=True)
        return BEFORE + read_wav(path.read_bytes()) + AFTER


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of it."""

    said: Said
    text: str
    confidence: float

    @property
    def granted(self) -> bool:
        """Whether the rules take it for a permission."""
        return classify_answer(self.text, ENGLISH, self.confidence) is Answer.GRANT

    def certain(self, threshold: float) -> bool:
        """Whether it opens at once."""
        return self.granted and self.confidence >= threshold


VOICES = (*(f"flite/{voice}" for voice in FLITE), *(f"espeak/{voice}" for voice in ESPEAK))
HELD_OUT = ("flite/kal16", "espeak/en-gb-scotland", "espeak/en-029")
"""Voices that had no part in the choice of any limit."""


async def understood(said: Iterable[Said]) -> list[Heard]:
    """Have all of it understood, as many at a time as there are processors."""
    transcriber = PocketsphinxTranscriber()
    places = asyncio.Semaphore(os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder:

        async def one(sentence: Said) -> Heard:
            async with places:
                pcm = await asyncio.to_thread(sentence.sound, Path(folder))
                utterance = Utterance(pcm, len(pcm) / 2 / SAMPLE_RATE, 0.0)
                transcript = await transcriber.transcribe(utterance, Expectation(Question.ANSWER, ENGLISH))
                return Heard(sentence, transcript.text, transcript.confidence)

        return await asyncio.gather(*map(one, said))


def replies(heard: Heard) -> list[Said]:
    """What somebody who gave no permission says when asked back."""
    voice = heard.said.voice
    return [Said(heard.said.text, voice, slower=True), *(Said(refusal, voice) for refusal in REFUSALS)]


def show(name: str, heard: Sequence[Heard], second: Sequence[Heard], *, permissions: bool) -> None:
    """Print how many of one kind open, before and after."""
    granted = [one for one in heard if one.granted]
    asked_back = [one for one in granted if not one.certain(CERTAIN_CONFIDENCE)]
    opened = [one for one in granted if one.certain(CERTAIN_CONFIDENCE)]
    print(f"{name}: {len(heard)} spoken, {len(granted)} understood as a permission; {len(asked_back)} asked back")
    if permissions:
        confirmed = {one.said.voice for one in second if one.certain(CERTAIN_CONFIDENCE)}
        late = sum(one.said.voice in confirmed for one in asked_back)
        print(f"  open at once: {len(opened)}; after a clear yes: {late} more")
        return
    wrong = {one.said.voice + one.said.text for one in second if one.certain(CERTAIN_CONFIDENCE)}
    late = [one for one in asked_back if one.said.voice + one.said.text in wrong]
    print(f"  opened wrongly before: {len(granted)}; with the second question: {len(opened) + len(late)}")
    for one in sorted(granted, key=lambda one: -one.confidence):
        print(f"    {one.confidence:.2f} {one.said.voice:12} {one.said.text!r} heard as {one.text!r}")


async def measure(voices: Sequence[str]) -> Mapping[str, Sequence[Heard]]:
    """Measure and print; what was heard, by kind."""
    kinds: dict[str, Sequence[Heard]] = {}
    permissions = await understood(Said(text, voice) for text in SENTENCES["permissions"] for voice in voices)
    yes = await understood(Said(CONFIRMATION, voice) for voice in voices)
    show("permissions", permissions, yes, permissions=True)
    kinds |= {"permission": permissions, "yes": yes}
    for name, texts in {"other sentences": SENTENCES["others"], "sound-alikes": SENTENCES["sound_alikes"]}.items():
        heard = await understood(Said(text, voice) for text in texts for voice in voices)
        second = await understood(reply for one in heard if one.granted for reply in replies(one))
        show(name, heard, second, permissions=False)
        kinds |= {name: heard, f"replies to {name}": second}
    return kinds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="write what was heard to this file")
    parser.add_argument("--held-out", action="store_true", help="with voices that had no part in choosing the limits")
    arguments = parser.parse_args()
    measured = asyncio.run(measure(HELD_OUT if arguments.held_out else VOICES))
    if arguments.keep is not None:
        lines = [json.dumps({"kind": kind, **asdict(one)}) for kind, heard in measured.items() for one in heard]
        arguments.keep.write_text("\n".join(lines) + "\n", encoding="utf-8")
