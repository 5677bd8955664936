"""Converts the model that train.py wrote (config.json, model.safetensors, tokenizer.model) to GGUF.

Usage: python3 to_gguf.py FOLDER OUT.gguf --type q8_0        (types as in synth_gguf.py)

Query and key rows change from Hugging Face's half pairs (i, i + headDim/2) to GGUF's adjacent pairs (2i, 2i+1).
The window is written as llama.attention.sliding_window, which published files do not have.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
import sentencepiece

from synth_gguf import BOOL, F32, I32, QUANT, STR, TYPES, U32, kv, kva, s_


def tensors(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    for name, about in header.items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            yield name, np.frombuffer(data[8 + size + begin:8 + size + end], "<f4").reshape(about["shape"])


def adjacent_pairs(rows, heads):
    count, columns = rows.shape
    return rows.reshape(heads, 2, count // heads // 2, columns).swapaxes(1, 2).reshape(count, columns)


def gguf_name(name):
    if not name.startswith("model.layers."):
        return {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
                "lm_head.weight": "output.weight"}[name]
    _, _, layer, *rest = name.split(".")
    short = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
             "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
             "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
    return f"blk.{layer}.{short['.'.join(rest[:-1])]}.weight"


def vocabulary(path):
    sp = sentencepiece.SentencePieceProcessor(model_file=str(path))
    ids = range(sp.vocab_size())
    kinds = [2 if sp.is_unknown(i) else 3 if sp.is_control(i) else 6 if sp.is_byte(i) else 1 for i in ids]
    return [sp.id_to_piece(i).encode() for i in ids], [sp.get_score(i) for i in ids], kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--type", default="q8_0", choices=sorted(TYPES))
    args = parser.parse_args()
    c = json.loads((args.folder / "config.json").read_text())
    pieces, scores, kinds = vocabulary(args.folder / "tokenizer.model")
    keys = [
        kv("general.architecture", STR, "llama"), kv("general.name", STR, "tiny-mistral"),
        kv("general.license", STR, "apache-2.0"), kv("general.file_type", U32, TYPES[args.type][3]),
        kv("llama.block_count", U32, c["num_hidden_layers"]),
        kv("llama.context_length", U32, c["max_position_embeddings"]),
        kv("llama.embedding_length", U32, c["hidden_size"]),
        kv("llama.feed_forward_length", U32, c["intermediate_size"]),
        kv("llama.attention.head_count", U32, c["num_attention_heads"]),
        kv("llama.attention.head_count_kv", U32, c["num_key_value_heads"]),
        kv("llama.attention.sliding_window", U32, c["sliding_window"]),
        kv("llama.attention.layer_norm_rms_epsilon", F32, c["rms_norm_eps"]),
        kv("llama.rope.freq_base", F32, c["rope_theta"]), kv("llama.rope.dimension_count", U32, c["head_dim"]),
        kv("llama.vocab_size", U32, c["vocab_size"]),
        kv("tokenizer.ggml.model", STR, "llama"), kv("tokenizer.ggml.pre", STR, "default"),
        kva("tokenizer.ggml.tokens", STR, pieces), kva("tokenizer.ggml.scores", F32, scores),
        kva("tokenizer.ggml.token_type", I32, kinds),
        kv("tokenizer.ggml.bos_token_id", U32, 1), kv("tokenizer.ggml.eos_token_id", U32, 2),
        kv("tokenizer.ggml.unknown_token_id", U32, 0), kv("tokenizer.ggml.add_bos_token", BOOL, True),
        kv("tokenizer.ggml.add_eos_token", BOOL, False), kv("general.quantization_version", U32, 2),
    ]
    infos, blobs, offset = [], [], 0
    for name, value in tensors(args.folder / "model.safetensors"):
        if name.endswith("q_proj.weight"):
            value = adjacent_pairs(value, c["num_attention_heads"])
        elif name.endswith("k_proj.weight"):
            value = adjacent_pairs(value, c["num_key_value_heads"])
        kind = args.type if value.ndim == 2 else "f32"
        blob = np.ascontiguousarray(QUANT[kind](np.ascontiguousarray(value).reshape(-1))).tobytes()
        dims = list(value.shape[::-1])
        infos.append(s_(gguf_name(name)) + struct.pack("<I%dQIQ" % len(dims), len(dims), *dims, TYPES[kind][0], offset))
        blob += b"\0" * (-len(blob) % 32)
        blobs.append(blob)
        offset += len(blob)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(keys)) + b"".join(keys) + b"".join(infos)
    args.out.write_bytes(head + b"\0" * (-len(head) % 32) + b"".join(blobs))
    print(f"{args.out}: {args.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
