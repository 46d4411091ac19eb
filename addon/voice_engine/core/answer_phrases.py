"""What residents say when asked whether a visitor may come in, phrase by phrase.

Phrases are written folded, as ``core.text`` leaves them, divided by ``|``; ``{them}`` and ``{they}`` stand for any way
to speak of the visitor. A phrase means what it means as a whole: ``claro que nao`` is a refusal although ``claro`` is
an agreement. Words in no phrase are unknown, and beside unknown words nothing is a permission.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto

from voice_engine.core.transcript import Language


class Meaning(Enum):
    """What a phrase does to an answer."""

    YES = auto()
    """Agrees; beside a negation it contradicts it."""
    PERMISSION = auto()
    """Lets the visitor in; beside a negation it is what is refused."""
    FILLER = auto()
    """Says nothing either way, and leaves nothing open: after ``yes and`` the rest was cut off."""
    NEGATION = auto()
    REFUSAL = auto()
    """Refuses without a negation; beside one it may mean the opposite."""
    DOUBT = auto()
    """Makes whatever stands beside it uncertain: conditions, quotations, not having heard, captions of silence."""
    ASKS_WHO = auto()
    ASKS_TO_TALK = auto()


_ENGLISH = {
    Meaning.YES: """
        yes | yeah | yep | yup | uh huh | sure | sure thing | of course | certainly | absolutely | definitely
        | by all means | affirmative""",
    Meaning.PERMISSION: """
        let {them} in | let {them} up | let {them} through | let {them} pass | let {them} come in
        | let {them} come up | let {them} enter | you can let {them} in | you may let {them} in | send {them} up
        | send {them} in | send {them} on up | send {them} right up | bring {them} up | bring {them} in
        | show {them} in | buzz {them} in | buzz {them} up | {they} can come in | {they} can come up
        | {they} can enter | {they} can go up | {they} may come in | {they} may come up | {they} may enter | come in
        | come on in | come up | come on up | open | open up | open it | open the door | open the gate
        | open the door for {them} | open the gate for {them} | open up for {them} | you can open
        | you can open the door | you may open the door | unlock the door | go ahead | please do | allow {them} in
        | allow {them} up | allow {them} to come in | allow {them} to come up | i authorize it | i authorize {them}
        | i authorise it | i authorise {them} | authorized | authorised | i approve | approved | i allow it
        | i allow {them} | access granted | permission granted | granted
        | just let {them} in | just send {them} up | just buzz {them} in | just open the door
        | go ahead and let {them} in | go ahead and send {them} up | go ahead and buzz {them} in
        | go ahead and open the door | tell {them} to come in | tell {them} to come up | have {them} come in
        | have {them} come up | give {them} access | grant {them} access | admit {them} | {they} can come on up
        | you have my permission""",
    Meaning.FILLER: """
        please | ok | okay | alright | all right | thanks | thank you | thank you very much | oh | ah | um | uh
        | well | now | right | right now | right away | sir | madam | maam | that is fine | thats fine | that is okay
        | thats okay | thats ok | it is fine | its fine | it is okay | its okay | its ok | its all right | its alright
        | fine
        | i am expecting {them} | im expecting {them} | i know {them} | to my apartment | to my flat""",
    Meaning.NEGATION: """
        no | nope | nah | not | never | nobody | none | neither | nor | nothing | cannot | negative | without | t
        | aint | arent | cant | couldnt | didnt | doesnt | dont | hadnt | hasnt | havent | isnt | mustnt | shant
        | shouldnt | wasnt | werent | wont | wouldnt | of course not | certainly not | absolutely not
        | definitely not | sure not | i dont think so | i do not think so | i think not | i guess not | i said no
        | i say no | i dont know {them} | i do not know {them}""",
    Meaning.REFUSAL: """
        deny | denied | refuse | refused | reject | rejected | decline | forbid | forbidden | unauthorized
        | unauthorised | go away | send {them} away | turn {them} away | keep {them} out | leave {them} outside
        | stay out | get lost | forget it | keep it closed | keep it shut | tell {them} to leave | ask {them} to leave
        | have {them} leave | get rid of {them}""",
    Meaning.DOUBT: """
        if | unless | maybe | perhaps | depends | might | but | or | except | only | until | when | before | after
        | first | wait | hold on | one moment | a moment | a minute | say no | saying no | say | says | said | answer
        | not sure | dont know | do not know | no idea | cant hear | cannot hear | didnt hear | did not hear
        | dont understand | do not understand | didnt understand | did not understand | didnt catch | did not catch
        | problem | problems | objection | objections | mind | why not | not not | dont not | cant not | cannot not
        | never not | pardon | repeat | yeah right | sure right""",
    Meaning.ASKS_WHO: """
        who | whos | who is it | whos it | who is that | whos that | who is there | whos there | what do they want
        | what does he want | what does she want | what is it about | whats it about | what is this about | what for
        | which company | what company | what is the name | whats the name | what is his name | whats his name
        | what is her name | whats her name | what is their name | whats their name | where are they from
        | tell me more | more information | give me more information | more info | where is he from | where is she from
        | wheres he from | wheres she from | why is he here | why is she here | ask his name | ask her name
        | ask for his name | ask for her name | what delivery""",
    Meaning.ASKS_TO_TALK: """
        talk to {them} | speak to {them} | talk with {them} | speak with {them} | let me talk to {them}
        | let me speak to {them} | let me talk with {them} | let me speak with {them} | i want to talk to {them}
        | i want to speak to {them} | can i talk to {them} | can i speak to {them} | put {them} on
        | put {them} through | put me through | connect me | connect us | connect me to {them}""",
}
_PORTUGUESE = {
    Meaning.YES: """
        sim | e sim | isso | isso mesmo | isso ai | claro | claro que sim | com certeza | com toda certeza | positivo
        | afirmativo | uhum | aham | podes""",
    Meaning.PERMISSION: """
        pode | pode subir | pode entrar | pode passar | pode vir | pode liberar | pode abrir | pode mandar
        | pode deixar entrar | pode deixar subir | pode deixar passar | pode deixar {them} entrar
        | pode deixar {them} subir | pode deixar {them} passar | pode mandar {them} | pode mandar subir
        | pode mandar entrar | pode mandar {them} subir | pode mandar {them} entrar | pode liberar {them}
        | pode liberar a entrada | pode abrir a porta | pode abrir o portao | pode abrir pra {them}
        | pode abrir para {them} | {they} pode entrar | {they} pode subir | {they} pode passar | eles podem entrar
        | eles podem subir | elas podem entrar | elas podem subir | podem entrar | podem subir | deixa entrar
        | deixa subir | deixa passar | deixa {them} entrar | deixa {them} subir | deixa {them} passar | deixe entrar
        | deixe subir | deixe passar | deixe {them} entrar | deixe {them} subir | deixe {them} passar | manda subir
        | manda entrar | manda {them} subir | manda {them} entrar | mande subir | mande entrar | mande {them} subir
        | mande {them} entrar | faz subir | faz {them} subir | libera | libere | liberado | liberada | libera {them}
        | libere {them} | libera a entrada | libere a entrada | libera o portao | libera a porta | abre | abra
        | abre a porta | abra a porta | abre o portao | abra o portao | abre pra {them} | abre para {them} | autorizo
        | autorizado | autorizada | autorizo a entrada | autorizo a entrada de {them} | autorizo {them} | eu autorizo
        | eu autorizo a entrada | eu autorizo {them} | eu deixo | eu libero | eu permito | eu aprovo | aprovo
        | aprovado | permito | permitido | aceito | pode liberar o acesso | pode liberar a porta | pode liberar o portao
        | libera o acesso | libera a entrada dele | libera a entrada dela | pode liberar a entrada dele
        | pode liberar a entrada dela | libera pra mim | libera pra {them} | pode liberar pra {them} | deixa {them} vir
        | manda {them} vir | pode mandar {them} vir | {they} pode vir | entrada liberada | entrada autorizada
        | acesso liberado | acesso autorizado | fala pra {them} subir | fala pra {them} entrar
        | pede pra {them} subir | pede pra {them} entrar | claro que pode | deixo sim | libero sim
        | esta autorizado | esta autorizada | esta liberado | esta liberada | esta permitido
        | {they} esta autorizado | {they} esta autorizada | {they} esta liberado | {they} esta liberada
        | {they} ta autorizado | {they} ta autorizada | {they} ta liberado | {they} ta liberada""",
    Meaning.FILLER: """
        por favor | por gentileza | faz favor | favor | ok | okay | ta | ta bom | ta bem | esta bem | tudo bem
        | beleza | certo | obrigado | obrigada | muito obrigado | muito obrigada | senhor | senhora | moco | moca
        | amigo | ai | la | agora | ja | ah | ta ok | ta certo | esta certo | viu | valeu | perfeito
        | tudo certo | estou esperando {them} | to esperando {them}""",
    Meaning.NEGATION: """
        nao | naum | nunca | jamais | nem | ninguem | nenhum | nenhuma | nada | negativo | tampouco | sem
        | claro que nao | isso nao | com certeza nao | acho que nao | creio que nao | de jeito nenhum
        | de jeito algum | de forma alguma | de forma nenhuma | de maneira alguma | de maneira nenhuma
        | de modo algum | nem pensar | nem a pau | nem morto | nada disso | eu disse nao | eu disse que nao
        | ja disse nao | ja disse que nao | acho melhor nao | diz que nao estou""",
    Meaning.REFUSAL: """
        nego | negar | negado | negada | recuso | recusar | recusado | recusada | rejeito | rejeitado | proibo
        | proibido | embora | manda embora | mande embora | manda {them} embora | mande {them} embora
        | pode ir embora | dispensa | dispensa {them} | dispenso | pode dispensar | pode dispensar {them} | barra
        | barra {them} | bloqueia | desconheco""",
    Meaning.DOUBT: """
        se | caso | depende | talvez | acho | acho que sim | quando | so | mas | porem | ou | antes | depois | espera
        | espere | pera | perai | aguarda | aguarde | momento | momentinho | minuto | minutinho | dizer que nao
        | dizer nao | diga | diz | disse | dizer | responda | responde | respondeu | sera | nao sei
        | nao tenho certeza | nao entendi | nao entendo | nao ouvi | nao escutei | nao estou ouvindo | nao to ouvindo
        | nao consigo ouvir | nao da pra ouvir | por que nao | porque nao | pois nao | problema | problemas | objecao
        | nao e que | nao que | repete | repita | exceto | menos | a nao ser | ja ja | agorinha""",
    Meaning.ASKS_WHO: """
        quem | quem e | quem e esse | quem e essa | quem e ele | quem e ela | quem esta ai | quem ta ai | quem seria
        | quem fala | quem esta falando | o que ele quer | o que ela quer | o que quer | qual o nome | qual e o nome
        | qual o assunto | de que empresa | de qual empresa | qual empresa | de onde e | de onde ele e | de onde ela e
        | como se chama | como ele se chama | como ela se chama | mais informacoes | como e o nome | do que se trata
        | qual e o assunto | qual o motivo | o que que ele quer | o que que ela quer | o que ele deseja
        | o que ela deseja | o que deseja | que empresa | de que loja | de qual loja | entrega de onde
        | entrega de que | pergunta o nome""",
    Meaning.ASKS_TO_TALK: """
        falar com {them} | quero falar com {them} | eu quero falar com {them} | deixa eu falar com {them}
        | posso falar com {them} | me deixa falar com {them} | me passa pra {them} | conversar com {them}
        | quero conversar com {them} | passa pra mim | passa para mim | me passa a ligacao | passa a ligacao
        | pode passar pra mim | pode passar a ligacao | passa {them} pra mim | me transfere | transfere pra mim
        | coloca {them} na linha | poe {them} na linha | bota {them} na linha | eu falo com {them}
        | preciso falar com {them} | gostaria de falar com {them}""",
}
_CAPTIONS = """
    thanks for watching | thank you for watching | like and subscribe | please subscribe | dont forget to subscribe
    | subscribe | subtitles by | captions by | see you next time | amara org | legendas pela comunidade
    | legendas por | legendado por | legenda por | obrigado por assistir | obrigada por assistir | inscreva se
    | se inscreva | se inscrever | ate a proxima | ate o proximo video"""
"""Captions that recognisers trained on films invent where nobody spoke."""
_SLOTS = {
    Language.ENGLISH: {
        "{them}": "him | her | them | em | the visitor | the guest | the driver | the courier | my friend"
        " | the delivery man | the delivery guy | the delivery driver | the delivery person | the plumber"
        " | the technician | the electrician | the cleaner | the man | the woman | the lady | the guy",
        "{they}": "he | she | they | the visitor | the guest | the driver | the courier | my friend",
    },
    Language.PORTUGUESE: {
        "{them}": "ele | ela | eles | elas | o visitante | a visita | a pessoa | o entregador | o rapaz | o moco"
        " | a moca | o motoboy | o tecnico | o encanador | o eletricista | a diarista | a faxineira | o homem"
        " | a mulher | o menino | a menina",
        "{they}": "ele | ela | o visitante | a visita | o entregador | o rapaz | o moco | a moca | o motoboy"
        " | o tecnico | o encanador | o eletricista | a diarista | a faxineira",
    },
}


def _phrases(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split("|")]


def _filled(phrase: str, slots: Mapping[str, str]) -> Iterator[str]:
    for slot, words in slots.items():
        if slot in phrase:
            yield from (phrase.replace(slot, filling) for filling in _phrases(words))
            return
    yield phrase


def _lexicon(language: Language, meanings: Mapping[Meaning, str]) -> dict[tuple[str, ...], Meaning]:
    return {
        tuple(filled.split()): meaning
        for meaning, text in ((Meaning.DOUBT, _CAPTIONS), *meanings.items())
        for phrase in _phrases(text)
        for filled in _filled(phrase, _SLOTS[language])
    }


PHRASES: Mapping[Language, Mapping[tuple[str, ...], Meaning]] = {
    Language.ENGLISH: _lexicon(Language.ENGLISH, _ENGLISH),
    Language.PORTUGUESE: _lexicon(Language.PORTUGUESE, _PORTUGUESE),
}
"""Every phrase, as its tokens."""
LONGEST_PHRASE = max(len(phrase) for phrases in PHRASES.values() for phrase in phrases)
"""In tokens."""
