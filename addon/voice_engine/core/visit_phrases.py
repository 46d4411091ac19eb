"""What visitors say of why they come, and how they take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from voice_engine.core.facts import Intent
from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language

type Words = tuple[str, ...]
"""A phrase, normalised."""


class Weight(IntEnum):
    """How much a phrase says of why a visitor comes."""

    HINT = 1
    """Something only when that was the question."""
    SIGN = 2
    """Goods, or whom somebody wants to see."""
    STATEMENT = 3
    """``a delivery``, ``a visit``, ``the plumber``."""


@dataclass(frozen=True, slots=True)
class VisitPhrases:
    """A language's phrases, normalised."""

    intents: Mapping[Words, tuple[Intent, Weight]]
    negators: frozenset[Words]
    """Take back the fact behind them: ``it is not`` a delivery."""
    gaps: frozenset[str]
    """Words that may stand between a negator and what it negates."""
    corrections: frozenset[Words]
    """What follows replaces what was said before."""
    origins: frozenset[str]
    """Stand before a company whose name is also a word."""
    captions: frozenset[Words]
    """What recognisers invent where nobody speaks."""


def _phrases(text: str) -> frozenset[Words]:
    return frozenset(tokens(phrase) for phrase in text.split("|"))


def _intents(**texts: str) -> dict[Words, tuple[Intent, Weight]]:
    """Read phrases by ``intent_weight``."""
    found: dict[Words, tuple[Intent, Weight]] = {}
    for key, text in texts.items():
        intent, _, weight = key.partition("_")
        found |= dict.fromkeys(_phrases(text), (Intent(intent), Weight[weight.upper()]))
    return found


def _pairs(verbs: str, objects: str) -> str:
    """Each verb with each object."""
    return " | ".join(f"{verb.strip()} {what.strip()}" for verb in verbs.split("|") for what in objects.split("|"))


# Who fetches a parcel brings none, whatever a house has its deliveries left at.
_ENGLISH_PICKUPS = _pairs(
    "pick up | picking up | collect | collecting | to fetch",
    "a package | the package | packages | a parcel | the parcel | a delivery | a return | an order | documents",
)
_PORTUGUESE_PICKUPS = _pairs(
    "buscar | pegar | retirar | coletar | recolher",
    """uma encomenda | a encomenda | encomenda | encomendas | um pacote | o pacote | pacote | uma entrega
    | um documento | documentos | um envelope | uma devolução""",
)

ENGLISH = VisitPhrases(
    intents=_intents(
        delivery_statement="""delivery | deliveries | deliver | delivering | delivery man | delivery guy | deliver a
            | courier | parcel | parcels | package | packages | mailman | postman | drop off | dropping off
            | food delivery | takeout | takeaway""",
        delivery_sign="""pizza | food | groceries | flowers | mail | letter | an order | your order | order for | box
            | boxes | envelope | documents | medicine | lunch | dinner | water bottles""",
        delivery_hint="post | order | bring something",
        visit_statement="visit | visiting | visitor | a guest | his guest | her guest | invited",
        visit_sign="""see | to meet | meeting | talk to | speak to | speak with | talk with | friend | friends | cousin
            | brother | sister | mother | father | mom | mum | dad | aunt | uncle | nephew | niece | grandmother
            | boyfriend | girlfriend | birthday | party | dinner with | lunch with | expecting me | waiting for me
            | come over""",
        visit_hint="family | relative | personal | social | guest",
        service_statement="""plumber | electrician | technician | cleaner | cleaning lady | housekeeper | handyman
            | locksmith | painter | carpenter | gardener | exterminator | pest control | repairman | installer
            | contractor | maintenance | repair | repairs | to fix | fixing | fix the | to repair | install
            | installing | installation | service call | technical visit | inspection | to clean | meter reading
            | read the meter | nurse | babysitter | nanny | caregiver | dog walker | personal trainer | """
        + _ENGLISH_PICKUPS,
        service_sign="leak | service | air conditioner | air conditioning | internet | clogged",
        service_hint="work | job | cleaning | to work",
    ),
    negators=_phrases("not | no | isn't | ain't | aren't | don't | haven't | never | without | neither | nor"),
    gaps=frozenset(tokens("a an the here for any am i making have got to doing my from with of in at on")),
    corrections=_phrases("i mean | actually | i meant | sorry | correction | make that | or rather | no wait"),
    origins=frozenset({"from", "with", "by"}),
    captions=_phrases("""thanks for watching | thank you for watching | subtitles by | amara org | please subscribe
        | like and subscribe | see you in the next video | copyright"""),
)
PORTUGUESE = VisitPhrases(
    intents=_intents(
        delivery_statement="""entrega | entregas | entregar | entregando | entregue | entregador | entregadora
            | encomenda | encomendas | pacote | pacotes | motoboy | motoqueiro | carteiro | delivery | deliveri
            | correspondência | mercadoria | sedex para | deixar um pacote""",
        delivery_sign="""pedido | pizza | comida | lanche | marmita | remédio | remédios | flores | buquê | carta
            | caixa | caixas | compras | botijão | galão | envelope | documento | documentos | almoço | sushi | açaí
            | hambúrguer | presente | bolo""",
        delivery_hint="correio | mercado | farmácia | trazer",
        visit_statement="visita | visitas | visitar | visitando | visitante | convidado | convidada",
        visit_sign="""ver o | ver a | vim ver | vendo | falar com | encontrar | amigo | amiga | primo | prima | irmão
            | irmã | mãe | pai | tio | tia | avó | avô | sobrinho | sobrinha | filho | filha | namorado | namorada
            | sogra | sogro | cunhado | cunhada | aniversário | festa | churrasco | me esperando | me espera
            | almoçar com | jantar com | passar o dia""",
        visit_hint="parente | família | pessoal | particular | social | conversar",
        service_statement="""encanador | encanadora | eletricista | técnico | técnica | visita técnica | faxineira
            | faxineiro | faxina | diarista | pedreiro | pintor | chaveiro | marceneiro | jardineiro | dedetizador
            | dedetização | montador | instalador | gesseiro | vidraceiro | manutenção | conserto | consertar | reparo
            | arrumar | instalar | instalação | serviço | prestador | vistoria | leitura do relógio | ler o relógio
            | leitura do medidor | medidor | cuidadora | cuidador | enfermeira | enfermeiro | babá | personal trainer
            | passadeira | cozinheira | limpeza | montar o | montar a | montagem | desentupir | trocar o | trocar a
            | mudança | """
        + _PORTUGUESE_PICKUPS,
        service_sign="vazamento | ar condicionado | internet | infiltração | entupido | entupida | sem luz",
        service_hint="trabalho | trabalhar | trabalhando | obra",
    ),
    negators=_phrases("não | nem | nunca | sem"),
    gaps=frozenset(
        tokens(
            """é eh sou tenho tem vim estou to fazer uma um a o as os de do da no na pro pra para nenhuma nenhum era
            foi"""
        )
    ),
    corrections=_phrases(
        "quer dizer | ou melhor | aliás | na verdade | desculpa | desculpe | perdão | digo | corrigindo"
    ),
    origins=frozenset({"da", "do", "de", "das", "dos", "pela", "pelo"}),
    captions=_phrases("""legendas pela comunidade | amara org | obrigado por assistir | obrigada por assistir
        | inscreva se no canal | se inscreva no canal | até o próximo vídeo | legenda adriana zanotto
        | transcrição e legendas | legendado por"""),
)
PHRASES: Mapping[Language, VisitPhrases] = {Language.ENGLISH: ENGLISH, Language.PORTUGUESE: PORTUGUESE}
LONGEST_PHRASE = max(
    len(phrase)
    for phrases in PHRASES.values()
    for listed in (phrases.intents, phrases.corrections, phrases.captions)
    for phrase in listed
)
"""Tokens."""
