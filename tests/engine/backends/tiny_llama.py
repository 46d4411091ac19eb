"""A language model of a few hundred kilobytes: random weights, and a vocabulary of the 256 bytes."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

LAYERS = 2
WIDTH = 64
INNER = 2 * WIDTH
HEADS = 4


def write_tiny_llama(path: Path) -> Path:
    """Write it; it talks nonsense, always the same, in whatever form it is held to."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    size = _add_vocabulary(writer)
    _add_weights(writer, size)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: gguf.GGUFWriter) -> int:
    """The bytes and three marks; how many there are."""
    marks = ["<unk>", "<s>", "</s>"]
    tokens = [*marks, *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL, *[gguf.TokenType.BYTE] * 256]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(marks.index("<s>"))
    writer.add_eos_token_id(marks.index("</s>"))
    writer.add_unk_token_id(marks.index("<unk>"))
    # With a space put first, the answer would not begin as the schema's grammar says it must.
    writer.add_add_space_prefix(False)
    return len(tokens)


def _add_weights(writer: gguf.GGUFWriter, size: int) -> None:
    random = np.random.default_rng(seed=7)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(f"{name}.weight", random.normal(scale=0.1, size=shape).astype(np.float32))

    def add_ones(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))

    add("token_embd", size, WIDTH)
    add_ones("output_norm")
    add("output", size, WIDTH)
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            add_ones(f"blk.{layer}.{norm}")
        for attention in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{attention}", WIDTH, WIDTH)
        add(f"blk.{layer}.ffn_gate", INNER, WIDTH)
        add(f"blk.{layer}.ffn_up", INNER, WIDTH)
        add(f"blk.{layer}.ffn_down", WIDTH, INNER)
