"""Sentence packs: what the door says, in one language, checked when made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from voice_engine.core.errors import SettingsError
from voice_engine.core.facts import Facts, Intent
from voice_engine.core.optional_parts import always_said, filled, names, optional_parts
from voice_engine.core.spelling import digit_by_digit
from voice_engine.core.transcript import Language


class Prompt(StrEnum):
    """Everything the door says; the value is the sentence's key in a pack."""

    WELCOME = "welcome"
    """Greets the visitor and asks whom they visit."""
    RECORDED = "recorded"
    """To each party, first of all, where calls are recorded."""
    WELCOME_KEYPAD = "welcome_keypad"
    """The same where only keys are understood."""
    UNIT_NO_INPUT = "unit_no_input"
    UNIT_NO_MATCH = "unit_no_match"
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_AMBIGUOUS = "unit_ambiguous"
    """Several homes may be meant, and which ones is not told."""
    UNIT_MISMATCH = "unit_mismatch"
    """A resident was named who does not live in the unit named."""
    UNIT_AGAIN = "unit_again"
    """It was not the one that was understood."""
    UNIT_KEYPAD_ONLY = "unit_keypad_only"
    """Only keys count from here on, or ever have."""
    UNIT_SPEECH_FAILED = "unit_speech_failed"
    """An apology: speech cannot be understood now, and the keypad can."""
    UNIT_UNKNOWN_KEYPAD = "unit_unknown_keypad"
    WHICH_RESIDENT = "which_resident"
    WHICH_BLOCK = "which_block"
    WHICH_UNIT = "which_unit"
    WHICH_KEYPAD = "which_keypad"
    """The same choices where only keys count."""
    CONFIRM_UNIT = "confirm_unit"
    CONFIRM_RESIDENT = "confirm_resident"
    ASK_INTENT = "ask_intent"
    """Asks the visitor what they come for."""
    ASK_NAME = "ask_name"
    THINKING = "thinking"
    """To a party whose words take long to understand; the reply follows."""
    CALLING = "calling"
    CALLING_RESIDENT = "calling_resident"
    """The same where the visitor knows a name only: it does not tell where that resident lives."""
    STILL_RINGING = "still_ringing"
    """To a waiting visitor, while the phone rings and while the resident is asked."""
    ANNOUNCE_VISITOR = "announce_visitor"
    """What is known of a visitor who has not told what for; the resident hears it in the question, as ``{visit}``."""
    ANNOUNCE_DELIVERY = "announce_delivery"
    ANNOUNCE_VISIT = "announce_visit"
    ANNOUNCE_SERVICE = "announce_service"
    QUESTION = "question"
    """Asks the resident."""
    QUESTION_KEYPAD = "question_keypad"
    """The same where only keys are understood."""
    ANSWER_NO_INPUT = "answer_no_input"
    ANSWER_UNCLEAR = "answer_unclear"
    ANSWER_CONFIRM = "answer_confirm"
    """Asks whether what may have been a permission was one."""
    ANSWER_KEYPAD_ONLY = "answer_keypad_only"
    """Only the keypad counts from here on."""
    ANSWER_SPEECH_FAILED = "answer_speech_failed"
    """The same with an apology, because speech cannot be understood now."""
    MORE_INFO = "more_info"
    """What is known of the visitor; the question follows again."""
    TALK_RESIDENT = "talk_resident"
    """To a resident who will hear the visitor next."""
    TALK_VISITOR = "talk_visitor"
    GRANTED_RESIDENT = "granted_resident"
    DENIED_RESIDENT = "denied_resident"
    GRANTED_ELSEWHERE_RESIDENT = "granted_elsewhere_resident"
    """To a resident who is on the phone while Home Assistant lets the visitor in."""
    DENIED_ELSEWHERE_RESIDENT = "denied_elsewhere_resident"
    UNDECIDED_RESIDENT = "undecided_resident"
    """No clear answer came: the door stays shut."""
    VISITOR_LEFT = "visitor_left"
    """To the resident."""
    GRANTED_VISITOR = "granted_visitor"
    DENIED_VISITOR = "denied_visitor"
    NO_ANSWER_VISITOR = "no_answer_visitor"
    BUSY_VISITOR = "busy_visitor"
    DECLINED_VISITOR = "declined_visitor"
    UNREACHABLE_VISITOR = "unreachable_visitor"
    DO_NOT_DISTURB_VISITOR = "do_not_disturb_visitor"
    LEFT_AT_DESK_VISITOR = "left_at_desk_visitor"
    NOT_UNDERSTOOD_GOODBYE = "not_understood_goodbye"
    FAILED = "failed"
    """An apology to whoever is on the line."""
    GOODBYE = "goodbye"
    """The last word to a visitor, and to a resident who heard a message."""
    MESSAGE = "message"
    """To a resident who is called without a visitor; words of Home Assistant's follow."""
    MESSAGE_QUESTION = "message_question"
    """The same where those words ask something: how to answer them."""
    MESSAGE_QUESTION_KEYPAD = "message_question_keypad"
    """The same where only keys are understood."""
    MESSAGE_AGAIN = "message_again"
    """No clear answer came; the question follows again."""
    MESSAGE_KEYPAD_ONLY = "message_keypad_only"
    """Only the keypad counts from here on."""
    MESSAGE_ANSWERED = "message_answered"
    MESSAGE_UNANSWERED = "message_unanswered"


ANNOUNCEMENTS: Mapping[Intent | None, Prompt] = {
    None: Prompt.ANNOUNCE_VISITOR,
    Intent.DELIVERY: Prompt.ANNOUNCE_DELIVERY,
    Intent.VISIT: Prompt.ANNOUNCE_VISIT,
    Intent.SERVICE: Prompt.ANNOUNCE_SERVICE,
}
WITH_VISIT = frozenset({Prompt.QUESTION, Prompt.QUESTION_KEYPAD})
"""Sentences that hold an announcement, as ``{visit}``."""
WITH_UNIT = frozenset(
    {
        *(Prompt.UNIT_UNKNOWN, Prompt.UNIT_UNKNOWN_KEYPAD, Prompt.CONFIRM_UNIT, Prompt.CALLING),
        *ANNOUNCEMENTS.values(),
        *WITH_VISIT,
    }
)
"""Sentences that name the unit, as ``{unit}`` or in the announcement they hold."""
WITH_FACTS = frozenset({Prompt.MORE_INFO, *ANNOUNCEMENTS.values()})
"""Sentences that may name these, in optional parts: ``{visitor}``, ``{company}``, ``{resident}``."""
WITH_OPTIONS = frozenset(
    {Prompt.WHICH_RESIDENT, Prompt.WHICH_BLOCK, Prompt.WHICH_UNIT, Prompt.WHICH_KEYPAD, Prompt.CONFIRM_RESIDENT}
)
"""Sentences that name what there is to choose from, as ``{options}``."""
_LINKS: Mapping[Language, tuple[str, str]] = {
    Language.ENGLISH: ("or", "{key} for {option}"),
    Language.PORTUGUESE: ("ou", "{key} para {option}"),
}
"""What stands before the last of several, and how a key is told."""
_FACTS = frozenset({"visitor", "company", "resident"})


@dataclass(frozen=True, slots=True)
class PromptPack:
    """All sentences in one language; made by ``from_mapping``."""

    language: Language
    sentences: Mapping[Prompt, str]

    @classmethod
    def from_mapping(cls, name: str, language: Language, mapping: Mapping[str, object]) -> PromptPack:
        """Check a pack called ``name``. Raises: SettingsError, naming pack and key, for whatever could not be said."""
        sentences = {prompt: checked_sentence(f"{name}.{prompt}", prompt, mapping.get(prompt)) for prompt in Prompt}
        for key in mapping:
            if key not in sentences:
                raise SettingsError(f"{name}.{key}", "is no sentence of the door")
        return cls(language, sentences)

    def render(self, prompt: Prompt, unit: str = "", facts: Facts | None = None, options: Sequence[str] = ()) -> str:
        """Make the text to be spoken, a unit digit by digit, and of the facts those that are known."""
        facts = facts or Facts()
        known = {
            "unit": digit_by_digit(unit, self.language),
            "visitor": facts.visitor or "",
            "company": facts.company or "",
            "resident": facts.resident or "",
            "options": self._listed(prompt, options),
        }
        if prompt in WITH_VISIT:
            known["visit"] = filled(self.sentences[ANNOUNCEMENTS[facts.intent]], known)
        return filled(self.sentences[prompt], known)

    def _listed(self, prompt: Prompt, options: Sequence[str]) -> str:
        """``A, B or C``; with the keys that choose them where only keys count."""
        link, keyed = _LINKS[self.language]
        if prompt is Prompt.WHICH_KEYPAD:
            options = [keyed.format(key=key, option=option) for key, option in enumerate(options, 1)]
        *others, last = options or [""]
        return f"{', '.join(others)} {link} {last}" if others else last


def required_names(prompt: Prompt) -> frozenset[str]:
    """What a sentence has to name in braces, outside brackets."""
    named = {"visit": WITH_VISIT, "unit": WITH_UNIT - WITH_VISIT, "options": WITH_OPTIONS}
    return frozenset(field for field, prompts in named.items() if prompt in prompts)


def optional_names(prompt: Prompt) -> frozenset[str]:
    """What a sentence may name in braces, inside brackets."""
    return _FACTS if prompt in WITH_FACTS else frozenset()


def checked_sentence(key: str, prompt: Prompt, sentence: object) -> str:
    """``sentence`` on one line, if it may stand for ``prompt``. Raises: SettingsError for ``key``: what is allowed."""
    if not isinstance(sentence, str) or not sentence.strip():
        raise SettingsError(key, "is missing, or not a sentence")
    try:
        always = names(always_said(sentence))
        optional = [names(part) for part in optional_parts(sentence)]
    except ValueError as error:
        raise SettingsError(key, f"has a brace or bracket without its partner: {error}") from None
    wanted = required_names(prompt)
    for field in sorted(always ^ wanted):
        raise SettingsError(key, _complaint(prompt, field, missing=field in wanted))
    for part in optional:
        if not part or not part <= optional_names(prompt):
            allowed = ", ".join(f"{{{field}}}" for field in sorted(optional_names(prompt))) or "nothing"
            raise SettingsError(key, f"can name {allowed} in optional parts, and has to name something in each")
    return " ".join(sentence.split())


def _complaint(prompt: Prompt, field: str, *, missing: bool) -> str:
    if missing:
        return f"must hold {{{field}}}"
    return f"cannot hold {{{field}}}" + (" outside [brackets]" if prompt in WITH_FACTS and field in _FACTS else "")
