"""What is made up, and what is not."""

from __future__ import annotations

import pytest

from voice_engine.core.hallucinations import is_hallucination

PROMPT = "Ana Souza, Bruno Lima, Carla Dias, 501, 502."


@pytest.mark.parametrize(
    "text",
    [
        *("Thanks for watching!", "Thank you.", " you", "Please subscribe to my channel.", "[BLANK_AUDIO]", "..."),
        *("Legendas pela comunidade Amara.org", "Obrigado por assistir!", "[Música]", "(aplausos)", "*risos*"),
        *("♪ ♪", "♪ la la la ♪", "[Música] [Aplausos].", "E até a próxima."[2:], "Inscreva-se no canal!", "Música"),
        *("no no no no no no no", "pode subir pode subir pode subir pode subir pode subir pode subir pode", "", "  "),
        "Ana Souza, Bruno Lima, Carla Dias",
    ],
)
def test_made_up(text: str) -> None:
    assert is_hallucination(text, PROMPT)


@pytest.mark.parametrize(
    "text",
    [
        *("Yes, let him in.", "No.", "no no no", "Sim", "não, não, não", "Pode subir, obrigado.", "501", "Ana Souza"),
        *("Bruno Lima, 501", "I watch videos, thanks for watching", "(inaudible) let him in", "[Música] pode subir"),
        "Legendas pela comunidade Amara.org pode subir",
    ],
)
def test_said(text: str) -> None:
    """Words beside a caption are for the rules to judge: what was a sound may have been a ``not``."""
    assert not is_hallucination(text, PROMPT)
