"""What visitors answer when asked what they come for, for recognisers that hear only what they are told to expect."""

from __future__ import annotations

from collections.abc import Mapping

from voice_engine.core.transcript import Language


def _listed(sentences: str) -> tuple[str, ...]:
    return tuple(" ".join(sentence.split()) for sentence in sentences.split("|"))


INTENT_SENTENCES: Mapping[Language, tuple[str, ...]] = {
    Language.ENGLISH: _listed("""
        a delivery | delivery | it's a delivery | it is a delivery | i have a delivery | i'm delivering a package
        | a package | i have a package | i have a parcel | a parcel | food delivery | i'm bringing food | pizza
        | just a delivery | a delivery please | a visit | visit | it's a visit | it is a visit | i'm visiting
        | i'm here for a visit | i'm a friend | i'm here to see a friend | just a visit | visiting a friend
        | a service | service | it's a service | i'm here to fix something | repair | a repair | maintenance
        | i'm the plumber | the plumber | i'm the electrician | the electrician | i'm the technician
        | the technician | i'm the cleaner | the cleaning lady | i'm here for maintenance | i'm here to work
        | no it's a visit | no it's a delivery | not a delivery it's a visit | i don't know | what | sorry | hello
        | can you repeat that | never mind | nothing | none of them"""),
    Language.PORTUGUESE: _listed("""
        entrega | é entrega | é uma entrega | uma entrega | tenho uma entrega | vim fazer uma entrega | encomenda
        | é uma encomenda | trouxe uma encomenda | pacote | trouxe um pacote | comida | é comida | pizza
        | visita | é visita | é uma visita | uma visita | vim visitar | vim fazer uma visita | sou amigo | sou amiga
        | sou parente | serviço | é serviço | é um serviço | um serviço | vim fazer um serviço | manutenção
        | é manutenção | conserto | sou o encanador | sou o eletricista | sou o técnico | sou a faxineira | faxina
        | não é entrega é visita | não é visita é entrega | não sei | como | o quê | alô | pode repetir | nada
        | nenhum deles"""),
}
"""Answers, and what is often said instead of one."""
CORRECTIONS: Mapping[Language, tuple[str, ...]] = {
    Language.ENGLISH: _listed("no | no it's | no it is | it's | sorry | sorry it's | i mean"),
    Language.PORTUGUESE: _listed("não | não é | não é o | é o | é | desculpa é o | quer dizer"),
}
"""Lead to another unit than the one that was understood."""
