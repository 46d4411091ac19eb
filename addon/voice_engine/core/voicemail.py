"""Whether an answering machine took the phone: by the words of its greeting, or because it talks and talks."""

from __future__ import annotations

from voice_engine.core.text import tokens

MONOLOGUE_SECONDS = 5.0
"""Of voice in one breath. The longest answer the rules accept takes about four seconds; greetings take six to twenty,
and most of one is still to come when the question has been put."""
_WORDS = """
    after the tone | after the beep | at the tone | at the beep | leave a message | leave me a message
    | leave your message | leave your name | record your message | voicemail | voice mail | answering machine
    | mailbox | you have reached | youve reached | you are through to | cannot take your call | cant take your call
    | unable to take your call | cannot come to the phone | cant come to the phone | not available to take
    | number you have dialed | number you have dialled | number you dialed | person you are calling
    | subscriber you have | call is being forwarded | call you back as soon as | sound of the tone
    | leave a detailed message | person you are trying | party you are | customer you are | number you have reached
    | number you are calling | number you are trying | number is no longer | number is not in service
    | call cannot be completed | call could not be completed | call has been forwarded | has been disconnected
    | is not accepting calls | is available to take your call
    | apos o sinal | depois do sinal | apos o bipe | depois do bipe | deixe seu recado | deixe o seu recado
    | deixe um recado | deixe sua mensagem | deixe a sua mensagem | deixe uma mensagem | grave seu recado
    | grave sua mensagem | grave a sua mensagem | caixa postal | correio de voz | secretaria eletronica
    | voce ligou para | voce ligou pra | nao posso atender | nao podemos atender | nao pode atender
    | nao podem atender | retornarei a ligacao | retornaremos a ligacao | o numero chamado | o numero que voce ligou
    | o telefone chamado | o telefone que voce chamou | fora da area de cobertura | chamada sera encaminhada
    | chamada esta sendo encaminhada | esta chamada sera cobrada | apos o toque | depois do toque | apos o tom
    | deixe seu nome | deixe o seu nome | retorno assim que | retornarei assim que | retornaremos assim que
    | numero discado | numero que voce discou | numero para o qual | telefone para o qual | celular chamado
    | celular para o qual | este numero nao existe | completar sua ligacao | completar a sua ligacao
    | completar sua chamada | completar a chamada | nao receber chamadas | nao recebe chamadas
"""
"""What greetings of machines and of telephone companies say, and people asked a question do not; folded, in both
languages: a telephone company's is not always the door's."""
_PHRASES = tuple(" ".join(phrase.split()) for phrase in _WORDS.split("|"))


def sounds_recorded(text: str) -> bool:
    """Whether ``text`` holds words of a greeting."""
    said = f" {' '.join(tokens(text))} "
    return any(f" {phrase} " in said for phrase in _PHRASES)
