"""What is cut out of the sound of a room."""

from __future__ import annotations

import pytest

from tests.engine.fakes import EnergyDetector, words_in
from tests.engine.scribe.room import BYTES_PER_SECOND, quiet, spoken
from voice_engine.core.clips import Clip
from voice_engine.scribe.segments import FRAME_BYTES, Segmenter

SILENCE_SECONDS = 0.8


def segmenter(max_utterance_seconds: float = 15.0) -> Segmenter:
    return Segmenter(EnergyDetector(), SILENCE_SECONDS, max_utterance_seconds)


def fed(listener: Segmenter, sound: bytes, piece: int) -> list[Clip]:
    """What comes of sound that arrives in pieces."""
    return [clip for start in range(0, len(sound), piece) for clip in listener.feed(sound[start : start + piece])]


def sentences(clips: list[Clip]) -> list[list[str]]:
    return [words_in(clip.pcm) for clip in clips]


@pytest.mark.parametrize("piece", [1, 333, FRAME_BYTES, 4000, 10**6])
def test_sentences_are_told_apart_whatever_the_pieces(piece: int) -> None:
    sound = quiet(1) + spoken("good evening") + quiet(1) + spoken("turn on the light", 2) + quiet(1)
    clips = fed(segmenter(), sound, piece)
    assert sentences(clips) == [["good evening"], ["turn on the light"]]
    assert {clip.sample_rate for clip in clips} == {16_000}


def test_the_first_syllable_is_there_and_the_silence_is_not() -> None:
    """A soft consonant is no voice yet to the detector: it stands in the pre-roll."""
    soft = b"\x00\x04" * (BYTES_PER_SECOND // 10)  # 0.2 s
    (clip,) = segmenter().feed(quiet(2) + soft + spoken("shut the door") + quiet(2))
    assert soft in clip.pcm
    before, after = clip.pcm.split(spoken("shut the door"))
    assert len(before) == pytest.approx(0.3 * BYTES_PER_SECOND, abs=FRAME_BYTES)
    assert len(after) == pytest.approx(0.2 * BYTES_PER_SECOND, abs=FRAME_BYTES)


def test_a_breath_does_not_end_an_utterance() -> None:
    (clip,) = segmenter().feed(spoken("turn on") + quiet(0.6) + spoken("the light") + quiet(1))
    assert words_in(clip.pcm)[0] == "turn on"
    assert words_in(clip.pcm)[-1] == "the light"


def test_a_click_is_no_utterance() -> None:
    assert segmenter().feed(quiet(1) + spoken("!", 0.06) + quiet(2)) == []


def test_who_does_not_stop_is_cut_without_losing_a_sound() -> None:
    """Each piece is as long as may be, and together they are all that was said."""
    listener = segmenter(max_utterance_seconds=5.0)
    words = [f"part {number}" for number in range(14)]
    said = b"".join(spoken(word) for word in words)
    clips = fed(listener, said + quiet(1), 4000)
    assert b"".join(clip.pcm for clip in clips).startswith(said)
    assert max(len(clip.pcm) for clip in clips) <= 5.2 * BYTES_PER_SECOND
    assert len(clips) == 3


def test_what_is_being_said_when_the_sound_breaks_off_is_kept() -> None:
    listener = segmenter()
    assert listener.feed(quiet(1) + spoken("turn on the")) == []
    assert sentences(listener.finish()) == [["turn on the"]]
    assert listener.finish() == []
    assert sentences(listener.feed(quiet(1) + spoken("light") + quiet(1))) == [["light"]]


def test_silence_is_not_collected() -> None:
    """An hour of it takes no more memory than the pre-roll: what follows is cut as after a second."""
    listener = segmenter()
    for _ in range(600):
        assert listener.feed(quiet(1)) == []
    (clip,) = listener.feed(spoken("hello") + quiet(1))
    assert len(clip.pcm) < 2 * BYTES_PER_SECOND
