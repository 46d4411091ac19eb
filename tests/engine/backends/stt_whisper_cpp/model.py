"""Model files for whisper.cpp without training: one that says nothing, and one that always says the same sentence.

The layout is whisper.cpp's own (``convert-pt-to-ggml.py``): hyperparameters, mel filters, vocabulary, tensors. A file
without tensors is taken for a test: it is computed like any other and answers nothing. In the speaking one all layers
add nothing to what stands in the embeddings of the decoder's positions, which point at one word after another.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

_MAGIC = 0x67676D6C
_SINGLE_PRECISION = 0
_VOCABULARY = 51865
"""Of the multilingual models; their special tokens stand at its end."""
_END = 50257
_AUDIO_CONTEXT, _TEXT_CONTEXT = 1500, 448
_STATE = _HEAD = 64
_MELS, _FFT = 80, 201
_FIRST_WORD = 256
"""The bytes come first, so that any prompt can be spelt."""
_PROMPT_TOKENS = 4
"""Start, language, task, no timestamps: what the decoder is given before the first word."""

type _Tensor = npt.NDArray[np.float32]


def write_silent_model(path: Path, layers: int = 4, state: int = _STATE) -> None:
    """Write a model without weights; more and wider layers take longer (those of the tiny model: 4 of 384)."""
    path.write_bytes(_header([], layers, state))


def write_speaking_model(path: Path, words: Sequence[str], *, certainty: float = 2.0) -> None:
    """Write a model that hears ``words`` in everything: surely, or hardly (1.2).

    That holds for requests without a prompt and without timestamps.
    """
    with path.open("wb") as file:
        file.write(_header([f" {word}" for word in words], 1, _STATE))
        for name, tensor in _tensors(len(words), certainty):
            encoded, shape = name.encode(), tensor.shape[::-1]
            file.write(struct.pack("<3i", len(shape), len(encoded), _SINGLE_PRECISION))
            file.write(struct.pack(f"<{len(shape)}i", *shape) + encoded + tensor.astype(np.float32).tobytes())


def _header(words: Sequence[str], layers: int, state: int) -> bytes:
    part = (state, state // _HEAD, layers)
    sizes = (_VOCABULARY, _AUDIO_CONTEXT, *part, _TEXT_CONTEXT, *part, _MELS, _SINGLE_PRECISION)
    filters = np.zeros((_MELS, _FFT), np.float32)
    vocabulary = [bytes([number]) for number in range(_FIRST_WORD)] + [word.encode() for word in words]
    return b"".join(
        [
            struct.pack("<I11i", _MAGIC, *sizes),
            struct.pack("<2i", *filters.shape) + filters.tobytes(),
            struct.pack("<i", len(vocabulary)),
            *(struct.pack("<I", len(token)) + token for token in vocabulary),
        ]
    )


def _tensors(words: int, certainty: float) -> Iterator[tuple[str, _Tensor]]:
    """All of them, by name; the last dimension changes fastest."""
    axes = np.eye(_STATE, dtype=np.float32)
    tokens = np.zeros((_VOCABULARY, _STATE), np.float32)
    said = [*range(_FIRST_WORD, _FIRST_WORD + words), _END]
    tokens[said] = axes[: len(said)] * certainty
    positions = np.tile(axes[words] * 100, (_TEXT_CONTEXT, 1))
    positions[_PROMPT_TOKENS - 1 : _PROMPT_TOKENS - 1 + words] = axes[:words] * 100
    for part, context in (("encoder", _AUDIO_CONTEXT), ("decoder", _TEXT_CONTEXT)):
        yield f"{part}.positional_embedding", positions if part == "decoder" else _zeros(context, _STATE)
        norm = "ln" if part == "decoder" else "ln_post"
        yield f"{part}.{norm}.weight", np.ones(_STATE, np.float32)
        yield f"{part}.{norm}.bias", _zeros(_STATE)
        yield from _layer(f"{part}.blocks.0", ("attn",) if part == "encoder" else ("attn", "cross_attn"))
    for number, inputs in ((1, _MELS), (2, _STATE)):
        yield f"encoder.conv{number}.weight", _zeros(_STATE, inputs, 3)
        yield f"encoder.conv{number}.bias", _zeros(_STATE, 1)
    yield "decoder.token_embedding.weight", tokens


def _layer(name: str, attentions: Sequence[str]) -> Iterator[tuple[str, _Tensor]]:
    """One that adds nothing."""
    for attention in attentions:
        for projection in ("query", "key", "value", "out"):
            yield f"{name}.{attention}.{projection}.weight", _zeros(_STATE, _STATE)
            if projection != "key":
                yield f"{name}.{attention}.{projection}.bias", _zeros(_STATE)
    for norm in (*(f"{attention}_ln" for attention in attentions), "mlp_ln"):
        yield f"{name}.{norm}.weight", _zeros(_STATE)
        yield f"{name}.{norm}.bias", _zeros(_STATE)
    for number, outputs, inputs in ((0, 4 * _STATE, _STATE), (2, _STATE, 4 * _STATE)):
        yield f"{name}.mlp.{number}.weight", _zeros(outputs, inputs)
        yield f"{name}.mlp.{number}.bias", _zeros(outputs)


def _zeros(*shape: int) -> _Tensor:
    return np.zeros(shape, np.float32)
