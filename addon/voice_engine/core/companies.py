"""Companies whose people stand at doors, and how recognisers write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voice_engine.core.facts import Intent
from voice_engine.core.text import tokens


@dataclass(frozen=True, slots=True)
class Company:
    """One company."""

    name: str
    implies: Intent | None
    """What its people come for, where they do not say."""
    everyday: bool = False
    """Whether its name is also a word or a first name, and counts only behind ``from``."""


def _listed(implies: Intent | None, spellings: str, *, everyday: bool = False) -> dict[tuple[str, ...], Company]:
    """Read ``Name = spelling = spelling | Name``."""
    found = {}
    for entry in spellings.split("|"):
        name, *others = (" ".join(part.split()) for part in entry.split("="))
        for spelling in (name, *others):
            found[tokens(spelling)] = Company(name, implies, everyday)
    return found


COMPANIES: Mapping[tuple[str, ...], Company] = {
    **_listed(
        Intent.DELIVERY,
        """Correios = correio | iFood = i food = ai food = eye food = ifude = aifood = aifude | Rappi = rapi = rappy
        | Mercado Livre = mercadolivre = mercado libre | Amazon = amazom | Loggi = logi = loggy | Sedex
        | DHL = d h l | FedEx = fed ex = federal express | UPS = u p s | Jadlog = jad log = jade log
        | Zé Delivery = ze deliveri | Uber Eats | Uber Flash | Shopee = shopi = chopee | Magalu = magazine luiza
        | Shein | AliExpress = ali express | Total Express | Lalamove = lala move | Americanas | Casas Bahia
        | Drogasil = droga sil | Droga Raia = drogaraia | Carrefour | Pão de Açúcar | Ultragaz | Liquigás
        | DoorDash = door dash | Grubhub = grub hub | Deliveroo | Just Eat | Instacart | Walmart | Royal Mail
        | USPS = u s p s""",
    ),
    **_listed(
        Intent.SERVICE,
        "Sabesp = sabespe | Enel | Comgás | Cemig | Copel | CPFL | Eletropaulo | Comcast | AT&T | Verizon",
    ),
    **_listed(Intent.SERVICE, "Vivo | Claro | Net | TIM | Oi | Sky | Light | Spectrum", everyday=True),
    **_listed(None, "Uber = uba | Lyft | Cabify"),
}
"""By the tokens they are written in."""
LONGEST_COMPANY = max(map(len, COMPANIES))
"""Tokens."""
