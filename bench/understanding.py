"""How long understanding takes in a directory of 500 units: prints microseconds per call, and per grammar."""

from __future__ import annotations

import timeit
from collections.abc import Callable

from voice_engine.core.directory import Directory
from voice_engine.core.grammar import jsgf
from voice_engine.core.settings import UnitSettings
from voice_engine.core.transcript import Expectation, Language, Question
from voice_engine.core.understanding import classify_answer

FIRST = ("Ana", "Bruno", "Carla", "Daniel", "Eduarda", "Felipe", "Gabriela", "Henrique", "Joaquim", "Mariana", "Nelson")
MIDDLE = ("Alves", "Barros", "Campos", "Dias", "Esteves", "Farias", "Guimaraes", "Ibarra", "Jardim", "Koch", "Lopes")
LAST = ("Nogueira", "Oliveira", "Pereira", "Queiroz", "Ribeiro", "Souza", "Teixeira", "Uchoa", "Vieira", "Zanetti")
HOUSE = Directory.from_units(
    UnitSettings(
        f"{floor}{home:02}",
        tuple(
            f"{FIRST[seed % len(FIRST)]} {MIDDLE[seed % len(MIDDLE)]} {LAST[seed % len(LAST)]}"
            for seed in (20 * floor + home, 31 * floor + 7 * home)
        ),
        (f"PJSIP/{floor}{home:02}",),
    )
    for floor in range(1, 51)
    for home in range(1, 11)
)
ENGLISH, PORTUGUESE = Language.ENGLISH, Language.PORTUGUESE
EXPECTATION = Expectation(
    Question.UNIT,
    ENGLISH,
    tuple(unit.number for unit in HOUSE.units),
    tuple(name for unit in HOUSE.units for name in unit.residents),
)
CASES: dict[str, Callable[[], object]] = {
    "answer, granted": lambda: classify_answer("Yes, please let him in, thank you.", ENGLISH),
    "answer, denied": lambda: classify_answer("não, não pode entrar agora de jeito nenhum", PORTUGUESE),
    "unit by number": lambda: HOUSE.find("hello i have a delivery for apartment twelve oh three please", ENGLISH),
    "unit by resident": lambda: HOUSE.find("sou o carlos, vim falar com a mariana lopes teixeira", PORTUGUESE),
    "unit by misheard resident": lambda: HOUSE.find("entrega para marianda lopez teicheira", PORTUGUESE),
    "nothing": lambda: HOUSE.find("good morning the weather is wonderful outside this afternoon", ENGLISH),
    "grammar of 500 units and 1000 names": lambda: jsgf(EXPECTATION),
}

if __name__ == "__main__":
    for name, case in CASES.items():
        timer = timeit.Timer(case)
        count, _ = timer.autorange()
        best = min(timer.repeat(5, count)) / count
        print(f"{name:40} {best * 1e6:10.1f} µs")
