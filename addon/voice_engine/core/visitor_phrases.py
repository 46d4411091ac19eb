"""What visitors say when asked whom they visit: the words around a unit and a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voice_engine.core.text import tokens
from voice_engine.core.transcript import Language


@dataclass(frozen=True, slots=True)
class VisitorPhrases:
    """A language's phrases, in its spelling."""

    greetings: tuple[str, ...]
    openings: tuple[str, ...]
    """Lead to a place or a name: ``i have a delivery for``."""
    housing: tuple[str, ...]
    """Announce a unit's number: ``apartment``."""
    blocks: tuple[str, ...]
    """Announce the part of the grounds a unit stands in: ``tower``."""
    floors: tuple[str, ...]
    """Make the number beside them a floor's."""
    references: tuple[str, ...]
    """Lead to a number that is no unit's: ``order number`` 4521."""
    links: tuple[str, ...]
    """Lead from a name to a place: daniel ``in`` 501."""
    closings: tuple[str, ...]
    introductions: tuple[str, ...]
    """Lead to the visitor's own name."""
    articles: tuple[str, ...]
    """May stand before a name: ``o`` carlos."""
    titles: tuple[str, ...]
    """May stand before a name, and are no part of it: ``doctor`` jones."""
    particles: tuple[str, ...]
    """Stand inside a name: carlos ``da`` silva."""
    letters: tuple[str, ...]
    """Single letters that are also words: beside a number they may name a unit, or nothing."""
    asides: tuple[str, ...]
    """Said instead of an answer."""
    chatter: str
    """Other words of visitors that are no names of residents, unless another name stands beside them."""


def _listed(phrases: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in phrases.split("|"))


ENGLISH = VisitorPhrases(
    greetings=_listed("hello | hi | good morning | good afternoon | good evening | excuse me"),
    openings=_listed("""
        i have a delivery for | i've got a delivery for | i have a package for | i have a parcel for
        | i have food for | this is a delivery for | a delivery for | delivery for | a package for | package for
        | i am here for | i'm here for | i am here to see | i'm here to see | i am here to visit | i'm here to visit
        | i am visiting | i'm visiting | visiting | to see | to visit | i want to see | i want to visit
        | i would like to see | i would like to visit | i'd like to see | i'd like to visit | i am looking for
        | i'm looking for | looking for | i am going to | i'm going to | going to | i need to go to | it is for
        | it's for | for | please call | can you call | could you call | call | please ring | ring"""),
    housing=_listed("apartment | apartment number | unit | unit number | flat | flat number | number | house | apt"),
    blocks=_listed("block | tower | building | wing"),
    floors=_listed("floor"),
    references=_listed("""
        order number | invoice number | tracking number | ticket number | reference number | phone number
        | telephone number | cell number"""),
    links=_listed("in | at | from | of"),
    closings=_listed("please | thank you | thanks"),
    introductions=_listed("""
        my name is | my name's | name is | the name's | i am | i'm | this is | it is | it's | call me | i am called"""),
    articles=(),
    titles=_listed("mister | mr | mrs | miss | ms | doctor | dr"),
    particles=_listed("van | von | de | da | del"),
    letters=_listed("a | i | o"),
    asides=_listed("""
        what | sorry | i don't know | i do not know | can you hear me | can you repeat that | repeat please | help
        | open the door | who is this | nobody | wait | one moment"""),
    chatter="""
        and the with from mister mrs miss doctor sir madam lady gentleman driver courier messenger guest friend
        visitor resident delivering bring bringing brought drop dropping pick meet meeting see bye will may can must
        could would should that has got his her him their them they she you your our not yes just about some two
        boxes food pizza mail post order groceries flowers letter plumber electrician cleaner technician repair
        service amazon uber taxi company pharmacy market me sorry late lost outside downstairs waiting trying
        expecting fixing repairing checking cleaning calling speaking coming back so very still also again actually
        mean rather correct an any no have had has do did ok okay fine well um uh hmm ah oh er only really here
        there now today again brother sister mother father mom mum dad son daughter aunt uncle cousin nephew niece
        husband wife boyfriend girlfriend neighbor neighbour family relative parents grandmother grandfather nurse
        doctor teacher maid nanny babysitter cleaning lady handyman locksmith painter carpenter gardener worker
        engineer agent broker contractor maintenance internet gas water leak pipe sink air conditioner conditioning
        fridge parcel packages parcels delivery supermarket bakery restaurant lunch dinner documents document
        envelope box bag big small another press open unlock picking collecting leaving having say who whom why when
        where how which because but or if then than to on by up down out into over
        he fiance fiancee boss lawyer colleague coworker roommate partner landlord landlady tenant owner manager
        assistant secretary student tutor coach trainer therapist dentist vet police officer fireman firefighter cop
        bank urgent important raining cold hot wet tired hungry thirsty deaf blind new happy interested selling
        cookies working running knocking ringing standing freezing ready alone telling tell told know knows ask asking
        surprise cake keys dog hair""",
)
PORTUGUESE = VisitorPhrases(
    greetings=_listed("olá | oi | alô | bom dia | boa tarde | boa noite | com licença"),
    openings=_listed("""
        tenho uma entrega para o | tenho uma entrega para a | tenho uma entrega para | tenho uma entrega pro
        | tenho uma encomenda para | entrega para o | entrega para a | entrega para | entrega pro | entrega pra
        | encomenda para | encomenda pro | é uma entrega para | vim visitar o | vim visitar a | vim visitar
        | vim ver o | vim ver a | visita para o | visita para a | visita para | visita pro | quero visitar
        | quero falar com o | quero falar com a | quero falar com | gostaria de falar com | vou no | vou na | vou ao
        | vou para o | vou pro | estou indo no | estou indo para o | estou procurando o | estou procurando a
        | é para o | é para a | é pro | para o | para a | para | pro | pra | no | na | chama o | chama a | chamar o
        | chamar a | chamar"""),
    housing=_listed("apartamento | apartamento número | unidade | casa | número | apto | ap"),
    blocks=_listed("bloco | torre | prédio | edifício | ala"),
    floors=_listed("andar | pavimento"),
    references=_listed("""
        pedido número | pedido de número | nota número | nota fiscal número | protocolo número | código número
        | telefone número | celular número"""),
    links=_listed("do | da | no | na"),
    closings=_listed("por favor | obrigado | obrigada"),
    introductions=_listed("""
        meu nome é | nome é | me chamo | eu sou | sou | aqui é | aqui quem fala é | quem fala é
        | quem está falando é | pode me chamar de | fala que é | diz que é | diga que é | avisa que é | avise que é"""),
    articles=_listed("o | a"),
    titles=_listed("senhor | senhora | seu | dona | doutor | doutora | dr | dra"),
    particles=_listed("da | de | do | das | dos | e"),
    letters=_listed("a | e | o"),
    asides=_listed("o quê | como | não sei | não entendi | pode repetir | repete por favor | abre a porta | quem é"),
    chatter="""
        uma dos das com para visitar ver que ele ela eles elas senhor senhora seu dona doutor doutora moço moça
        rapaz entregador entregadora motoboy motorista carteiro visitante morador moradora amigo amiga entregar
        entregando deixar trazer trouxe trazendo buscar buscando encontrar visitando procurando esperando está estou
        indo ver vendo falar tem tenho preciso queria gostaria pode poderia favor sim não aqui ali lá isso esse essa
        este esta pedido comida pizza remédio flores carta caixa caixas pacote pacotes correio correios mercado
        farmácia empresa técnico encanador eletricista faxina faxineira diarista manutenção serviço reparo internet
        luz gás água boa bom dia tarde noite rua porta portão porteiro condomínio loja livre claro um uns umas eu me
        nos meu minha meus minhas te você vocês lhe mas ou se já só também ainda agora hoje aí então né tá tô
        pessoal nada mais menos muito bem mal novo nova alguém ninguém quem qual onde quando porque sei era foi vai
        vem vim veio viemos viram fazer faz fazendo consertar arrumar instalar trocar limpar conserto instalação
        visita visitas entrega entregas encomenda encomendas trazer tio tia primo prima irmão irmã mãe pai filho
        filha avó avô sobrinho sobrinha neto neta namorado namorada marido esposa esposo sogra sogro cunhado cunhada
        vizinho vizinha parente parentes família enfermeira enfermeiro cuidadora cuidador babá professora professor
        médico médica pedreiro pintor chaveiro marceneiro jardineiro dedetizador mecânico montador gesseiro
        vidraceiro instalador corretor corretora cliente supermercado padaria restaurante pizzaria lanche comida
        almoço jantar documento documentos envelope sacola sedex motoqueiro aqui agora esperando atrasado perdido
        fora embaixo engano outra outro aperte tecle digite abra abrir libere liberar diga verdade aliás digo
        desculpa desculpe perdão melhor hã ã ah ahn eh hum hm uh tipo ser ter ir indo
        noivo noiva chefe patrão patroa colega genro padrinho madrinha enteado enteada afilhado afilhada padrasto
        madrasta companheiro companheira parceiro parceira sócio sócia secretário secretária assistente funcionário
        funcionária empregado empregada aluno aluna personal manicure pedicure cabeleireiro cabeleireira massagista
        fisioterapeuta psicólogo psicóloga dentista veterinário veterinária advogado advogada contador contadora
        arquiteto arquiteta engenheiro engenheira fotógrafo fotógrafa padre pastor síndico síndica zelador zeladora
        dono inquilino inquilina proprietário proprietária oficial justiça policial polícia bombeiro bombeiros
        vendedor vendedora representante agente fiscal cara homem mulher menino menina surdo surda frio urgente rápido
        importante surpresa procuro dizer interessa conhece conheço sabe dele dela deles delas aula cachorro passear
        chave convite cabelo unha chamou pediu chegou mandou""",
)
PHRASES: Mapping[Language, VisitorPhrases] = {Language.ENGLISH: ENGLISH, Language.PORTUGUESE: PORTUGUESE}


def common_words(phrases: VisitorPhrases) -> frozenset[str]:
    """Words that are no residents' names by themselves, folded."""
    said = (
        *phrases.greetings, *phrases.openings, *phrases.housing, *phrases.blocks, *phrases.floors, *phrases.links,
        *phrases.closings, *phrases.introductions, *phrases.asides, phrases.chatter,
    )  # fmt: skip
    return frozenset(word for phrase in said for word in tokens(phrase))
