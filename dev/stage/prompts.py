"""The engine's sentences as it speaks them, found again in what a phone heard."""

from __future__ import annotations

from dev.stage.phone import Phone
from dev.stage.processes import StageError
from dev.stage.recording import find, samples_of
from voice_engine.backends.prompt_packs import load_pack
from voice_engine.backends.tts_espeak import EspeakSynthesizer
from voice_engine.core.facts import Facts
from voice_engine.core.prompts import Prompt
from voice_engine.core.transcript import Language

type Sentence = Prompt | tuple[Prompt, str] | tuple[Prompt, str, Facts] | str
"""A prompt, one that names a unit, one that tells what is known of a visit as well, or words of Home Assistant's."""

_PACKS = {language: load_pack(language) for language in Language}
_SYNTHESIZER = EspeakSynthesizer()


async def check_heard(phone: Phone, *sentences: Sentence, language: Language = Language.ENGLISH) -> int:
    """Check that in its last call the phone heard these sentences in order, every 20 ms of them exactly once.

    Returns how many frames were compared. Raises: StageError.
    """
    recording = await phone.hearing.recording()
    compared = position = 0
    for sentence in sentences:
        spoken = await _SYNTHESIZER.synthesize(text_of(sentence, language), language)
        match = find(samples_of(spoken), recording, position)
        if match is None:
            raise StageError(f"phone {phone.number} did not hear {sentence} after frame {position}")
        if not match.whole:
            raise StageError(f"phone {phone.number} heard {sentence} damaged: {match.damage}")
        position = match.end
        compared += match.end - match.start
    return compared


def text_of(sentence: Sentence, language: Language = Language.ENGLISH) -> str:
    """The sentence in words."""
    pack = _PACKS[language]
    match sentence:
        case Prompt():
            return pack.render(sentence)
        case str():
            return sentence
        case (prompt, unit):
            return pack.render(prompt, unit)
        case (prompt, unit, facts):
            return pack.render(prompt, unit, facts)
