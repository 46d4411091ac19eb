"""What a visitor's words tell: facts read by rules, in any order, several in one sentence.

Nothing here decides whether a door opens. What visitors say is data: a company counts if it is known, a name if it is
made like one, and the directory alone decides which unit and which resident are meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from voice_engine.core.companies import COMPANIES, LONGEST_COMPANY, Company
from voice_engine.core.directory import Directory, Match, Nothing
from voice_engine.core.facts import Asked, Facts, Intent
from voice_engine.core.introductions import COMMON, introductions, name_at
from voice_engine.core.numbers import find_numbers
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language
from voice_engine.core.understanding import Answer, classify_answer
from voice_engine.core.visit_phrases import LONGEST_PHRASE, PHRASES, VisitPhrases, Weight, Words
from voice_engine.core.visitor_phrases import PHRASES as VISITOR_PHRASES

LONGEST_NAME = 4
"""Words of a visitor's name that is told on: it will be spoken to a resident."""
LONGEST_NAME_WORD = 15
"""Letters; nobody is called what is longer."""
LONGEST_GAP = 3
"""Words between a negation and what it negates."""
_CAPTION = re.compile(r"\[[^\]]*\]|\([^)]*\)|\{[^}]*\}|<[^>]*>|\*[^*]*\*|[\u266a\u266b].*")
"""What recognisers put around sounds that are no speech."""
_APOSTROPHE = re.compile("['\u2019]")
_POSSESSIVE = re.compile("['\u2019]s$", re.IGNORECASE)
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class _Mention[Value]:
    """Something told, and where."""

    value: Value
    start: int
    stop: int


def understand_visitor(text: str, language: Language, directory: Directory, asked: Asked = Asked.WHOM) -> Facts:
    """Read what a visitor who was ``asked`` something tells with ``text``; what is not told stays empty."""
    said = spoken(text, language)
    if not said:
        return Facts()
    spelled = _spelled(_CAPTION.sub(" ", text))
    companies = tuple(_companies(said, PHRASES[language]))
    company = _last_said(companies, said, language)
    owners = tuple(_owner(*pair, language) for pair in spelled)
    ends = {index for index, word in enumerate(said) if word != owners[index]}
    ends |= {number.start for number in find_numbers(said, language) if not number.unsure}
    ends |= {mention.start for mention in (*companies, *_intents(said, language))}
    name = _name(said, language, ends, asked) or _sender(said, language, ends, companies, directory)
    return Facts(
        intent=_intent(said, language, asked, company),
        visitor=as_told(spelled[index][1] for index in name)
        if tellable(said[name.start : name.stop], language)
        else None,
        company=company.name if company else None,
        match=_match([word for index, word in enumerate(owners) if index not in name], language, directory),
    )


def spoken(text: str, language: Language) -> tuple[str, ...]:
    """The words of ``text``, normalised; none where a recogniser invented them."""
    said = tuple(word for word, _ in _spelled(_CAPTION.sub(" ", text)))
    invented = any(_starts_with(said, start, PHRASES[language].captions) for start in range(len(said)))
    return () if invented else said


def tellable(words: Sequence[str], language: Language) -> bool:
    """Whether a resident may be told the normalised ``words`` as somebody's name."""
    proper = [word for word in words if word not in VISITOR_PHRASES[language].particles]
    return (
        0 < len(proper) <= LONGEST_NAME
        and all(word.isalpha() and 1 < len(word) <= LONGEST_NAME_WORD for word in proper)
        # It is spoken to a resident who is about to answer.
        and classify_answer(" ".join(words), language) is Answer.UNCLEAR
    )


def _spelled(text: str) -> tuple[tuple[str, str], ...]:
    """Each word as it is compared and as it is spelled."""
    pairs: list[tuple[str, str]] = []
    for piece in text.split():
        words = tokens(piece)
        spelling = unicodedata.normalize("NFC", _EDGE.sub("", piece))
        sound = len(words) == 1 and _APOSTROPHE.sub("", spelling).isalpha()
        pairs += [(word, spelling if sound else word) for word in words]
    return tuple(pairs)


def _owner(word: str, spelling: str, language: Language) -> str:
    """``daniel`` of ``Daniel's``."""
    owned = language is Language.ENGLISH and _POSSESSIVE.search(spelling) and word not in COMMON[language]
    return word[:-1] if owned else word


def _starts_with(said: Sequence[str], start: int, phrases: Collection[Words]) -> int:
    """How many words the longest of ``phrases`` takes at ``start``."""
    lengths = range(min(LONGEST_PHRASE, len(said) - start), 0, -1)
    return next((length for length in lengths if tuple(said[start : start + length]) in phrases), 0)


# --- what is taken back -----------------------------------------------------------------------------------------------


def _corrected_at(said: Sequence[str], language: Language) -> int:
    """Where the words stand that replace what was said before them; 0 where nothing is corrected."""
    corrections = PHRASES[language].corrections
    ends = [start + length for start in range(len(said)) if (length := _starts_with(said, start, corrections))]
    return max((end for end in ends if end < len(said)), default=0)


def _negated(said: Sequence[str], start: int, language: Language) -> bool:
    """Whether what stands at ``start`` is denied by the words before it."""
    phrases = PHRASES[language]
    for index in range(start - 1, max(start - 2 - LONGEST_GAP, -1), -1):
        if (said[index],) in phrases.negators:
            return True
        if said[index] not in phrases.gaps:
            return False
    return False


def _last_said[Value](mentions: Sequence[_Mention[Value]], said: Sequence[str], language: Language) -> Value | None:
    """The first of ``mentions`` that stands, or of those behind a correction if there are any."""
    standing = [mention for mention in mentions if not _negated(said, mention.start, language)]
    corrected = _corrected_at(said, language)
    later = [mention for mention in standing if mention.start >= corrected]
    return next((mention.value for mention in later or standing), None)


# --- what for and from whom -------------------------------------------------------------------------------------------


def _companies(said: Sequence[str], phrases: VisitPhrases) -> Iterator[_Mention[Company]]:
    start = 0
    while start < len(said):
        found = _at(said, start, COMPANIES, LONGEST_COMPANY)
        if found and (not found.value.everyday or (start and said[start - 1] in phrases.origins)):
            yield found
        start = found.stop if found else start + 1


def _at[Value](said: Sequence[str], start: int, table: Mapping[Words, Value], longest: int) -> _Mention[Value] | None:
    """The longest phrase of ``table`` at ``start``."""
    for stop in range(min(start + longest, len(said)), start, -1):
        value = table.get(tuple(said[start:stop]))
        if value is not None:
            return _Mention(value, start, stop)
    return None


def _intent(said: Sequence[str], language: Language, asked: Asked, company: Company | None) -> Intent | None:
    least = Weight.HINT if asked is Asked.INTENT else Weight.SIGN
    mentions = [mention for mention in _intents(said, language) if mention.value[1] >= least]
    denied = {mention.value[0] for mention in mentions if _negated(said, mention.start, language)}
    standing = [mention for mention in mentions if not _negated(said, mention.start, language)]
    corrected = _corrected_at(said, language)
    standing = [mention for mention in standing if mention.start >= corrected] or standing
    heaviest = max((mention.value[1] for mention in standing), default=least)
    intents = [mention.value[0] for mention in standing if mention.value[1] is heaviest]
    # Whoever delivers or repairs something may call that a visit, too, or come to see a meter.
    other = next((intent for intent in intents if intent is not Intent.VISIT), None)
    implied = company.implies if company and company.implies not in denied else None
    if intents and heaviest is Weight.STATEMENT:
        return other or intents[0]
    return other or implied or next(iter(intents), None)


def _intents(said: Sequence[str], language: Language) -> Iterator[_Mention[tuple[Intent, Weight]]]:
    start = 0
    while start < len(said):
        found = _at(said, start, PHRASES[language].intents, LONGEST_PHRASE)
        if found:
            yield found
        start = found.stop if found else start + 1


# --- who --------------------------------------------------------------------------------------------------------------


def _name(said: Sequence[str], language: Language, ends: Collection[int], asked: Asked) -> range:
    """Where the visitor's own name stands; it reaches to none of ``ends``, where something else begins."""
    names = [_cut(name, ends, said, language) for _, name in introductions(said, language)]
    corrected = _corrected_at(said, language)
    told = [name for name in names if name and not _negated(said, name.start, language)]
    told = [name for name in told if name.start >= corrected] or told
    if told:
        return told[0]
    return _cut(_bare_name(said, language), ends, said, language) if asked is Asked.NAME else range(0)


def _sender(
    said: Sequence[str],
    language: Language,
    ends: Collection[int],
    companies: Collection[_Mention[Company]],
    directory: Directory,
) -> range:
    """The name that begins the sentence and has a company behind it: ``daniel do ifood`` is not the Daniel of 501.

    Only a word that is somebody's name here: of others nobody knows whether it is goods.
    """
    phrases = VISITOR_PHRASES[language]
    greetings = {word for greeting in phrases.greetings for word in tokens(greeting)}
    start = next((index for index, word in enumerate(said) if word not in greetings), len(said))
    start += start < len(said) and said[start] in phrases.articles
    name = _cut(name_at(said, start, language), ends, said, language)
    sent = any(mention.start == name.stop + 1 for mention in companies) and said[name.stop] in PHRASES[language].origins
    known = sent and not isinstance(directory.find(" ".join(said[name.start : name.stop]), language), Nothing)
    return name if known else range(0)


def _bare_name(said: Sequence[str], language: Language) -> range:
    """The name that begins an answer to ``what is your name``, behind ``é o`` and the like."""
    start = _corrected_at(said, language)
    while start < len(said) and (said[start] in COMMON[language] or said[start] in VISITOR_PHRASES[language].articles):
        start += 1
    return name_at(said, start, language)


def _cut(name: range, ends: Collection[int], said: Sequence[str], language: Language) -> range:
    """Leave out what begins at one of ``ends``, with the particles that lead to it."""
    stop = next((index for index in name if index in ends), name.stop)
    while stop > name.start and said[stop - 1] in VISITOR_PHRASES[language].particles:
        stop -= 1
    return range(name.start, stop)


def as_told(words: Iterable[str]) -> str:
    """A name as it is written, whatever a recogniser made of its capitals."""
    return " ".join(word.lower() if len(word) <= 2 or word.lower() in _LOWER else word.capitalize() for word in words)


_LOWER = frozenset(particle for phrases in VISITOR_PHRASES.values() for particle in phrases.particles)


# --- whom -------------------------------------------------------------------------------------------------------------


def _match(said: Sequence[str], language: Language, directory: Directory) -> Match:
    """The directory's view; what replaces something else is asked for first."""
    standing = _without_denied_numbers(said, language)
    corrected = _corrected_at(standing, language)
    for words in (standing[corrected:], _without_denied_names(standing, language)):
        if len(words) < len(standing):
            match = directory.find(" ".join(words), language)
            if not isinstance(match, Nothing):
                return match
    return directory.find(" ".join(standing), language)


def _without_denied_numbers(said: Sequence[str], language: Language) -> Sequence[str]:
    """Leave out ``501`` of ``it is not 501, it is 502``."""
    numbers = [number for number in find_numbers(said, language) if not number.unsure]
    denied = [number for number in numbers[:-1] if _negated(said, number.start, language)]
    return [word for index, word in enumerate(said) if not any(n.start <= index < n.stop for n in denied)]


def _without_denied_names(said: Sequence[str], language: Language) -> Sequence[str]:
    """Leave out ``maria souza`` of ``it is not maria souza, it is carlos``; words that no names are stay."""
    numbers = {index for number in find_numbers(said, language) for index in range(number.start, number.stop)}
    standing: list[str] = []
    denied = False
    for index, word in enumerate(said):
        proper = word not in COMMON[language] and index not in numbers
        denied = proper and (denied or _negated(said, index, language))
        if not denied:
            standing.append(word)
    return standing
