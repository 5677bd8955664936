"""Records what labels, continuations and vectors are by the formulas, so that an engine can be held against them.

Usage: python3 make_tasks.py FOLDER > ../test/resources/task/goldens.json       (needs numpy and sentencepiece)

FOLDER is the trained model in Hugging Face's layout. All is computed in float64 and in the plainest way: the whole
sequence at once, with a mask for the window (Jiang et al., arXiv 2310.06825). A prompt is BOS and
encode("[INST] user [/INST]"), the system prompt before the user's text with an empty line between them; an answer is
encode(answer) and EOS. A text is BOS and encode(text). A continuation of a text is what its tokens, encoded together
with the text, have behind those of the text alone. Vectors are of the hidden states after the last norm, of length 1.
"""

import json
import struct
import sys
from pathlib import Path

import numpy
import sentencepiece

LONG = "The ball is red. The dog has a lamp. We met in Athens last Monday. It rains. " * 12

CLASSIFY = [
    ("", "Classify the sentiment: I love this lamp.", ["positive", "negative"]),
    ("", "Classify the sentiment: I hate this lamp.", ["positive", "negative", "positive thing", "neg"]),
    ("", "Classify the topic: Heavy rain is expected tonight.", ["sports", "weather", "food", "money"]),
    ("Be brief.", "Classify the intent: Good morning!", ["greeting", "question: yes", "question: no"]),
    ("", LONG + "Classify the sentiment: I like it.", ["positive", "negative"]),
]
SCORE_CHAT = [("Repeat: dog yellow salad", "dog yellow salad"), ("Spell the word owl.", "o-w-l é ☃")]
SCORE_TEXT = [("Once upon a time ", "a red dog called Anna lived near a lake."), (LONG, "The end.")]
EMBED = ["I love this lamp.", "Ünïcode ☃ and a\nline", LONG]


class Model:
    def __init__(self, folder):
        self.config = json.loads((folder / "config.json").read_text())
        data = (folder / "model.safetensors").read_bytes()
        size = struct.unpack("<Q", data[:8])[0]
        self.weights = {}
        for name, about in json.loads(data[8:8 + size]).items():
            if name != "__metadata__":
                begin, end = about["data_offsets"]
                kind = {"F16": "<f2", "F32": "<f4"}[about["dtype"]]
                values = numpy.frombuffer(data[8 + size + begin:8 + size + end], kind)
                self.weights[name] = values.astype(numpy.float64).reshape(about["shape"])

    def norm(self, x, name):
        mean = numpy.mean(x * x, axis=-1, keepdims=True)
        return x / numpy.sqrt(mean + self.config["rms_norm_eps"]) * self.weights[name]

    def heads(self, x, name, count, turn):
        dim = self.config["head_dim"]
        out = (x @ self.weights[name].T).reshape(len(x), count, dim)
        if not turn:
            return out
        frequencies = self.config["rope_theta"] ** (-numpy.arange(0, dim, 2) / dim)
        angles = numpy.outer(numpy.arange(len(x)), frequencies)[:, None, :]
        a, b = out[..., :dim // 2], out[..., dim // 2:]
        cos, sin = numpy.cos(angles), numpy.sin(angles)
        return numpy.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)

    def hidden(self, ids):
        c, w = self.config, self.weights
        heads, kv_heads, dim = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        distance = numpy.arange(len(ids))[:, None] - numpy.arange(len(ids))[None, :]
        seen = (distance >= 0) & (distance < c["sliding_window"])
        h = w["model.embed_tokens.weight"][ids]
        for i in range(c["num_hidden_layers"]):
            layer = f"model.layers.{i}."
            x = self.norm(h, layer + "input_layernorm.weight")
            q = self.heads(x, layer + "self_attn.q_proj.weight", heads, True)
            k = self.heads(x, layer + "self_attn.k_proj.weight", kv_heads, True)
            v = self.heads(x, layer + "self_attn.v_proj.weight", kv_heads, False)
            attended = []
            for head in range(heads):
                kv = head * kv_heads // heads
                scores = numpy.where(seen, q[:, head] @ k[:, kv].T / numpy.sqrt(dim), -numpy.inf)
                scores = numpy.exp(scores - scores.max(axis=1, keepdims=True))
                attended.append(scores / scores.sum(axis=1, keepdims=True) @ v[:, kv])
            h = h + numpy.concatenate(attended, axis=1) @ w[layer + "self_attn.o_proj.weight"].T
            x = self.norm(h, layer + "post_attention_layernorm.weight")
            gate = x @ w[layer + "mlp.gate_proj.weight"].T
            up = x @ w[layer + "mlp.up_proj.weight"].T
            h = h + (gate / (1 + numpy.exp(-gate)) * up) @ w[layer + "mlp.down_proj.weight"].T
        return self.norm(h, "model.norm.weight")

    def score(self, prompt, continuation):
        logits = self.hidden(prompt + continuation)[len(prompt) - 1:-1] @ self.weights["lm_head.weight"].T
        most = logits.max(axis=1, keepdims=True)
        logs = logits - most - numpy.log(numpy.exp(logits - most).sum(axis=1, keepdims=True))
        return [float(logs[i, token]) for i, token in enumerate(continuation)]

    def vector(self, ids, pooling):
        hidden = self.hidden(ids)
        vector = hidden.mean(axis=0) if pooling == "MEAN" else hidden[-1]
        return (vector / numpy.linalg.norm(vector)).tolist()


def main():
    folder = Path(sys.argv[1])
    model = Model(folder)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))

    def prompt(system, user):
        text = f"{system}\n\n{user}" if system else user
        return [1] + pieces.encode(f"[INST] {text} [/INST]")

    def rounded(values):
        return [round(value, 9) for value in values]

    classify = [
        {"system": system, "user": user, "answers": [
            {"text": answer, "scores": rounded(model.score(prompt(system, user), pieces.encode(answer) + [2]))}
            for answer in answers]}
        for system, user, answers in CLASSIFY]
    chats = [
        {"prompt": user, "continuation": answer, "form": "CHAT",
         "scores": rounded(model.score(prompt("", user), pieces.encode(answer) + [2]))}
        for user, answer in SCORE_CHAT]
    texts = []
    for text, continuation in SCORE_TEXT:
        whole, before = [1] + pieces.encode(text + continuation), [1] + pieces.encode(text.rstrip())
        texts.append({"prompt": text, "continuation": continuation, "form": "TEXT",
                      "scores": rounded(model.score(whole[:len(before)], whole[len(before):]))})
    embed = [{"text": text, "pooling": pooling, "vector": rounded(model.vector([1] + pieces.encode(text), pooling))}
             for text in EMBED for pooling in ("MEAN", "LAST")]
    json.dump({"classify": classify, "score": chats + texts, "embed": embed}, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
