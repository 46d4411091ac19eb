"""What recognisers trained on films write where nobody spoke: farewells, credits, notes of sounds, loops, the prompt.

Whole utterances only: where such words stand beside others, something was said, and the rules judge it.
"""

from __future__ import annotations

import re

from voice_engine.core.text import normalise, tokens

_ENGLISH = """
    you | thank you | thank you very much | thank you so much | thank you all | thank you everyone | thanks
    | thanks for watching | thank you for watching | thank you so much for watching | thanks for watching everyone
    | thanks for watching and see you next time | thank you for watching and see you next time
    | thank you for watching please subscribe | please subscribe | please subscribe to my channel
    | please like and subscribe | like and subscribe | please subscribe to our channel | dont forget to subscribe
    | subscribe to my channel | see you next time | see you in the next video | ill see you next time
    | ill see you in the next video | i will see you in the next video | see you in the next one | bye | bye bye
    | thank you bye | thanks bye | the end | to be continued | subtitles by the amara org community
    | subtitles by amara org | transcription by castingwords
    | transcribed by https otter ai | subtitles by steamteamextra | copyright wdr 2020 | hmm | mm | uh | um
    | music | applause | laughter | silence | blank audio | inaudible | phone ringing | beep | static"""
_PORTUGUESE = """
    legendas pela comunidade amara org | legendas pela comunidade de amara org | legendas por amara org
    | legenda por amara org | legendado por amara org | amara org | legendas adriana zanotto | legenda adriana zanotto
    | legendas por adriana zanotto | transcricao e legendas pela comunidade amara org | transcricao e legendas
    | legendas por quintena coelho | legendas por sonia ruberti | legendado por sonia ruberti
    | obrigado | obrigada | muito obrigado | muito obrigada | obrigado por assistir | obrigada por assistir
    | muito obrigado por assistir | obrigado por assistirem | obrigado por assistir o video
    | obrigado por assistir e ate a proxima | obrigado por assistir ate a proxima | obrigado por ver
    | obrigado por ter assistido | obrigado pela sua companhia | inscreva se | inscreva se no canal
    | inscrevam se no canal | se inscreva no canal | se inscreva | inscreva se no canal e ative o sininho
    | deixe seu like | deixa seu like | deixe o seu like e se inscreva no canal | curta e compartilhe
    | ate a proxima | ate o proximo video | ate mais | tchau | tchau tchau | um abraco e ate a proxima | um beijo
    | nos vemos no proximo video | a gente se ve no proximo video | fim | continua
    | musica | musica de fundo | aplausos | risos | risadas | silencio | som de fundo | inaudivel | toque de telefone"""
_CAPTIONS = {" ".join(phrase.split()) for text in (_ENGLISH, _PORTUGUESE) for phrase in text.split("|")}
"""Of all languages together: models write English captions into silence of any language."""

_NOTE = re.compile(r"\s*(?:\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫🎵🎶][^♪♫🎵🎶]*[♪♫🎵🎶]?)[\s.,;!?-]*")
"""Of a sound, not of speech: ``[Música]``, ``(applause)``, ``*sighs*``, ``♪ la la ♪``."""
_LEAST_REPETITIONS = 6
"""Nobody answers ``no`` six times in a breath; a decoder caught in a loop goes on for hundreds."""
_LONGEST_LOOP = 8
_LEAST_RECITED = 5
"""So many words in the order of the prompt are no chance; a name and a unit are three or four."""


def is_hallucination(text: str, prompt: str = "") -> bool:
    """Whether all of ``text`` is what recognisers invent; ``prompt`` is what they were told to expect."""
    words = tokens(text)
    if not words or " ".join(words) in _CAPTIONS or not _NOTE.sub("", text):
        return True
    return _loops(words) or (len(words) >= _LEAST_RECITED and f" {' '.join(words)} " in f" {normalise(prompt)} ")


def _loops(words: tuple[str, ...]) -> bool:
    """Whether they are one phrase over and over; the last may be cut off."""
    for length in range(1, min(_LONGEST_LOOP, len(words) // _LEAST_REPETITIONS) + 1):
        phrase = words[:length]
        if all(word == phrase[number % length] for number, word in enumerate(words)):
            return True
    return False
