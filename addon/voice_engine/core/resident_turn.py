"""What a resident's words mean to the dialog: by rules alone, whatever recogniser heard them."""

from __future__ import annotations

from voice_engine.core.dialog.messages import AnswerMeant, RecordingHeard
from voice_engine.core.transcript import Language, Transcript
from voice_engine.core.understanding import classify_answer, is_certain
from voice_engine.core.voicemail import sounds_recorded


def resident_turn(transcript: Transcript, language: Language) -> AnswerMeant | RecordingHeard:
    """Read an answer to whether the visitor may come in, and how far it may be relied on."""
    words, confidence = transcript.text, transcript.confidence
    if sounds_recorded(words):
        return RecordingHeard()
    certain = is_certain(words, language, confidence)
    # Where a recogniser never tells how sure it is, the words are judged alone, and that they were said twice.
    confirms = certain or (not transcript.measured and is_certain(words, language, 1.0))
    return AnswerMeant(classify_answer(words, language, confidence), certain=certain, confirms=confirms)
