"""Answering machines: known by their words in either language, and people not taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from voice_engine.core.transcript import Language
from voice_engine.core.understanding import Answer, classify_answer
from voice_engine.core.voicemail import sounds_recorded

GREETINGS = (
    "You have reached Daniel Carter. Please leave a message after the tone.",
    "The person you are calling is not available. At the tone, please record your message.",
    "Você ligou para Ana Clara. Deixe seu recado após o sinal.",
    "Sua chamada será encaminhada para a caixa postal, e estará sujeita à cobrança após o sinal.",
    "Oi, aqui é o Daniel, não posso atender agora, deixe a sua mensagem depois do bipe.",
    "We're sorry, your call cannot be completed as dialed.",
    "The customer you are calling is not available.",
    "The party you are trying to reach is not accepting calls.",
    "This number is no longer in service.",
    "The number you have reached has been disconnected.",
    "Nobody is available to take your call.",
    "No momento não estamos em casa. Deixe seu nome e telefone.",
    "Não posso falar agora, retorno assim que possível.",
    "O número discado não existe.",
    "Este número não existe.",
    "O telefone para o qual você ligou não está disponível.",
    "Não foi possível completar sua ligação.",
    "Este celular está programado para não receber chamadas.",
)
PEOPLE = [
    text
    for name in ("answers.yaml", "plain_answers.yaml")
    for answers in yaml.safe_load(Path(__file__).with_name(name).read_text("utf-8")).values()
    for answer, texts in answers.items()
    if answer != "unclear"
    for text in texts
]


@pytest.mark.parametrize("greeting", GREETINGS)
@pytest.mark.parametrize("language", Language)
def test_a_greeting_decides_nothing_in_any_language(greeting: str, language: Language) -> None:
    assert sounds_recorded(greeting)
    for words in (greeting, f"yes {greeting}", f"sim {greeting}", f"no {greeting}"):
        assert classify_answer(words, language) is Answer.UNCLEAR


def test_nobody_who_answers_is_taken_for_a_machine() -> None:
    assert [text for text in PEOPLE if sounds_recorded(text)] == []
