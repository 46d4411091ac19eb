"""``voice-engine transcribe``: recordings in one run of a model, which loads it once."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from voice_engine.backends.stt_whisper_cpp import WhisperConfig, WhisperTranscriber
from voice_engine.core.audio import SAMPLE_RATE, read_wav
from voice_engine.core.clips import split_at_pauses
from voice_engine.core.transcript import Expectation, Language, Question

if TYPE_CHECKING:
    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it no other way


def add_command(commands: SubParsers) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "transcribe",
        help="write down what recordings hold, by whisper.cpp, many at once",
        description="One JSON object a line, in the order of the files: the file, its words and how sure they are. "
        "Words that were surely not said are left out, as in calls.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="WAV file")
    parser.add_argument("--model", required=True, type=Path, help="a model of whisper.cpp (ggml-*.bin)")
    parser.add_argument("--language", type=Language, choices=list(Language), default=Language.ENGLISH)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # In pieces as long as a call's utterances: time-outs are made for those, and what is in doubt takes none of the
    # others' words along.
    recordings = [list(split_at_pauses(read_wav(file.read_bytes()), SAMPLE_RATE)) for file in options.files]
    transcriber = WhisperTranscriber(WhisperConfig(options.model))
    expectation = Expectation(Question.NAME, options.language)
    transcripts = iter(asyncio.run(transcriber.transcribe_many([*chain(*recordings)], expectation)))
    for file, pieces in zip(options.files, recordings, strict=True):
        heard = [transcript for transcript in islice(transcripts, len(pieces)) if transcript.text]
        confidence = min((transcript.confidence for transcript in heard), default=0.0)
        told = {
            "file": str(file),
            "text": " ".join(transcript.text for transcript in heard),
            "confidence": round(confidence, 3),
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0
