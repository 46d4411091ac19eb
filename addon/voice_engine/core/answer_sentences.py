"""The whole answers a recogniser with a closed grammar is told to expect when a resident is asked.

Such a recogniser fits whatever it hears to the nearest sentence it knows. So beside each permission stand the refusals
that sound like it, sentences that begin like it and end otherwise, and what is often said instead of an answer.
Permissions that only a mumbled sound sets apart from a refusal, as ``he can come in`` from ``he can't come in``, are
left out: better asked again than opened by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping

from voice_engine.core.transcript import Language
from voice_engine.core.understanding import Answer


def _listed(sentences: str) -> tuple[str, ...]:
    return tuple(" ".join(sentence.split()) for sentence in sentences.split("|"))


ANSWER_SENTENCES: Mapping[Language, Mapping[Answer, tuple[str, ...]]] = {
    Language.ENGLISH: {
        Answer.GRANT: _listed("""
            yes | yes please | yes yes | yeah | yes sure | sure | sure let him in | of course | certainly
            | absolutely | yes of course | yes let him in | yes let her in | yes let them in | let him in
            | let her in | let them in | please let him in | please let her in | please let them in
            | yes please let him in | yes please let her in | yes please let them in | go ahead | yes go ahead
            | open the door | yes open the door | please open the door | open the gate | send him up | send her up
            | send them up | yes send him up | yes send her up | yes send them up | come in | yes come in | come up
            | yes come up | okay let him in | okay let her in | okay let them in | i authorize it"""),
        Answer.DENY: _listed("""
            no | no no | no no no | nope | no please | no thank you | no thanks | no sorry | sorry no | no way
            | not now | no not now | not today | no not today | never | of course not | certainly not
            | absolutely not | i don't think so | don't let him in | don't let her in | don't let them in
            | do not let him in | do not let her in | do not let them in | no don't let him in | no don't let her in
            | no don't let them in | please don't let him in | please don't let her in | please don't let them in
            | don't open the door | do not open the door | no don't open the door | don't open the gate
            | don't send him up | don't send her up | don't send them up | no don't | he can't come in
            | she can't come in | they can't come in | he cannot come in | she cannot come in | they cannot come in
            | no he can't | no she can't | no they can't | not here | nobody is coming | i'm not expecting anyone
            | i am not expecting anyone | no i'm not expecting anyone | send him away | send her away
            | send them away | tell him no | go away | i don't authorize it"""),
        Answer.MORE_INFO: _listed("""
            who | who is it | who's it | who is that | who's that | who is there | who's there | what do they want
            | what does he want | what does she want | what is it about | what for | which company
            | yes but who is it | yes but who is he | sure but who is it | sure but who is he | yes who is it"""),
        Answer.TALK: _listed("""
            let me talk to him | let me talk to her | let me talk to them | let me speak to him | let me speak to her
            | i want to talk to him | i want to talk to her | i want to talk to them | can i talk to him
            | can i talk to her | can i talk to them"""),
        Answer.UNCLEAR: _listed("""
            okay | hello | hello hello | hi | good morning | good evening | thank you | thanks | bye | what
            | what is that | excuse me | pardon | sorry | say again | please repeat | can you repeat that
            | what did you say | i don't know | i do not know | i'm not sure | i am not sure | i don't understand
            | i can't hear you | i didn't hear you | maybe | perhaps | it depends | wait | wait a minute | one moment
            | hold on | just a moment | only if he is alone | if you know him | yes or no | yes and no | yes no
            | no yes | say yes | say no | did you say yes | did you say no | guess | let me see | let me think
            | let me go | let me sleep | let me ask my wife | let me ask my husband | let us see | let it be
            | let it go | i will be there | leave it there | leave it at the door | please leave it at the door
            | please leave me alone | please wait | let him wait | let her wait | let them wait
            | let him wait outside | let her wait outside | let them wait outside | let him leave it there
            | let them leave it there | send him home | send her home | send them home | send him back
            | send her back | send them back | send it back | send me a message | come back | come back later
            | come later | come again | come here | come tomorrow | come on | go home | go there | go back
            | go and see | go ask him | ahead | open it yourself | open the window | yes but wait | yes but not now
            | yes but not him | yes but not her | yes but only tomorrow | yes but i am busy
            | yes but i am not at home | yes if he is alone | yes i know | yes i heard you | yes in a minute
            | yes later | yes maybe | yesterday | sure but wait | sure but not now | sure in a minute
            | less than a minute"""),
    },
    Language.PORTUGUESE: {
        Answer.GRANT: _listed("""
            sim | sim sim | sim por favor | sim senhor | sim senhora | sim claro | claro | claro que sim
            | com certeza | isso | isso mesmo | uhum | pode | pode sim | sim pode | pode subir | pode entrar
            | pode passar | sim pode subir | sim pode entrar | ele pode subir | ela pode subir | ele pode entrar
            | ela pode entrar | eles podem subir | eles podem entrar | pode deixar entrar | pode deixar subir
            | pode mandar subir | pode mandar entrar | pode liberar | pode abrir | pode abrir o portão
            | pode abrir a porta | deixa entrar | deixa subir | deixa ele entrar | deixa ela entrar | deixa ele subir
            | deixa ela subir | manda subir | manda entrar | manda ele subir | manda ela subir | libera | libera aí
            | libera a entrada | pode liberar a entrada | abre a porta | abre o portão | autorizo | sim autorizo
            | eu autorizo | está autorizado | está liberado"""),
        Answer.DENY: _listed("""
            não | não não | não não não | não por favor | não obrigado | não obrigada | agora não | hoje não
            | não agora | claro que não | com certeza não | isso não | acho que não | nunca | negativo
            | de jeito nenhum | de forma alguma | nem pensar | não pode | não pode não | não pode subir
            | não pode entrar | ele não pode subir | ela não pode subir | ele não pode entrar | ela não pode entrar
            | não não pode | não deixa entrar | não deixa subir | não deixa ele entrar | não deixa ela entrar
            | não deixe entrar | não manda subir | não libera | não pode liberar | não abre | não abre a porta
            | não abre o portão | não autorizo | eu não autorizo | não está autorizado | não estou esperando ninguém
            | não conheço | não tem ninguém | manda embora | manda ele embora | pode mandar embora"""),
        Answer.MORE_INFO: _listed("""
            quem | quem é | quem é ele | quem é ela | quem está aí | quem está falando | o que ele quer
            | o que ela quer | qual o nome | qual é o nome | de que empresa | qual o assunto"""),
        Answer.TALK: _listed("""
            quero falar com ele | quero falar com ela | deixa eu falar com ele | deixa eu falar com ela
            | posso falar com ele | posso falar com ela | me passa pra ele | me passa pra ela"""),
        Answer.UNCLEAR: _listed("""
            ok | tá | tá bom | tudo bem | alô | oi | bom dia | boa tarde | boa noite | obrigado | obrigada | tchau
            | o quê | como | como assim | pode repetir | repete por favor | não entendi | não ouvi | não sei
            | não tenho certeza | não estou ouvindo | talvez | depende | acho que sim | espera | espera aí
            | um momento | um minuto | só se ele estiver sozinho | se for o carteiro | sim ou não | sim e não
            | não sim | sim não | responda sim | responda não | você disse sim | pois não | sem problema
            | não tem problema | pode deixar | pode ser | deixa na portaria | deixa aí | já vou | assim | a porta
            | um | dois | é | ah"""),
    },
}


def answer_sentences(language: Language) -> tuple[str, ...]:
    """All sentences to expect, denials and decoys among them, in the language's spelling."""
    return tuple(sentence for sentences in ANSWER_SENTENCES[language].values() for sentence in sentences)
