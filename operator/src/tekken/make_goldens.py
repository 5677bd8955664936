#!/usr/bin/env python3
"""Makes the small Tekken vocabulary of the tests, and what mistral-common does with it.

    python3 operator/src/tekken/make_goldens.py

Run at the top of the project. It needs mistral-common and regex, and writes, to the test resources,
tokenizer/tekken-small.json, tekken-small.gguf (the same vocabulary) and goldens_tekken.json. The
pieces are trained here, on the texts below; no piece comes from a published vocabulary.
"""

import base64
import collections
import json
import pathlib
import tempfile

import chats
import oracle
import regex
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

OUT = pathlib.Path("operator/src/test/resources/tokenizer")
PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIALS = 40
MERGES = 700
KEPT = 640  # Pieces beyond are in the file and not in the vocabulary.

SENTENCES = """
The stream of words goes on and on, and every window of it is kept. Don't stop; I'm here, you're there, they'll see.
Le flux de mots s'écoule sans fin, et chaque fenêtre est conservée. L'été dernier, à Noël, un garçon a mangé une crêpe.
Der Strom der Wörter fließt weiter; jedes Fenster wird aufgehoben. Größe, Straße, Übermut, schöne Grüße aus Zürich.
El flujo de palabras sigue sin parar. ¿Qué hora es? ¡Mañana será otro día!
Поток слов течёт дальше, и каждое окно сохраняется. Привет, мир! Как дела?
Η ροή των λέξεων συνεχίζεται. Καλημέρα κόσμε!
言葉の流れは続き、すべての窓が保存されます。こんにちは、世界！ 字流不断，每个窗口都被保存。你好，世界！
단어의 흐름은 계속되고 모든 창이 보존됩니다. 안녕하세요, 세계!
تدفق الكلمات يستمر. مرحبا بالعالم! זרם המילים נמשך. שלום עולם!
शब्दों का प्रवाह चलता रहता है। नमस्ते दुनिया! กระแสคำดำเนินต่อไป สวัสดีชาวโลก
👍 👍🏽 👨‍👩‍👧‍👦 🇫🇷 🇩🇪 🏳️‍🌈 🎉🎉🎉 (see: http://example.org/a/b?c=d&e=f) [1, 2, 3] {"key": "value", "name": "weather"} a_b += c->d;
    def stream(words):
        for word in words:
            yield word.upper()  # NATO, HTTP, XML
\t\tint main(void) { return 0; }
"""


def trained():
    """Byte-pair pieces by rank; the first 256 are the bytes."""
    words = collections.Counter(
        tuple(bytes([b]) for b in word.encode()) for word in regex.findall(PATTERN, SENTENCES * 3))
    pieces = [bytes([b]) for b in range(256)]
    while len(pieces) < 256 + MERGES:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        joined = best[0] + best[1]
        if joined not in pieces:
            pieces.append(joined)
        merged = collections.Counter()
        for word, count in words.items():
            parts, i = [], 0
            while i < len(word):
                if word[i : i + 2] == best:
                    parts.append(joined)
                    i += 2
                else:
                    parts.append(word[i])
                    i += 1
            merged[tuple(parts)] += count
        words = merged
    return pieces


def text(piece):
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return None


def main():
    pieces = trained()
    pieces.insert(KEPT - 2, b" Quetzalcoatl")  # No merging makes these: a word that is a piece is it.
    pieces.insert(KEPT - 1, "漢字\u0301".encode())
    config = {
        "pattern": PATTERN,
        "num_vocab_tokens": len(pieces),
        "default_vocab_size": SPECIALS + KEPT,
        "default_num_special_tokens": SPECIALS,
        "version": "v3",
    }
    vocab = [
        {"rank": rank, "token_bytes": base64.b64encode(piece).decode(), "token_str": text(piece)}
        for rank, piece in enumerate(pieces)
    ]
    file = OUT / "tekken-small.json"
    lines = ",\n".join(json.dumps(entry) for entry in vocab)
    file.write_text('{"config": %s,\n"vocab": [\n%s]}\n' % (json.dumps(config), lines))
    specials = [str(t["token_str"].value) for t in Tekkenizer.DEPRECATED_SPECIAL_TOKENS]
    oracle.write_gguf(json.loads(file.read_text()), specials, OUT / "tekken-small.gguf")
    tekken = Tekkenizer.from_file(file)
    texts = ["", " ", *oracle.WORDS, *SENTENCES.splitlines(), " Quetzalcoatl Quetzalcoatl", "漢字\u0301"]
    texts += [" \n ".join(w + w for w in oracle.WORDS[i : i + 4]) for i in range(0, len(oracle.WORDS), 4)]
    texts += oracle.texts(7, 300)
    runs = oracle.id_runs(7, 250, tekken.n_words) + oracle.broken_characters(7, 500, tekken.n_words)
    with tempfile.TemporaryDirectory() as folder:
        dialogues = [
            {"version": version, "messages": messages, "tools": tools, "ids": ids}
            for version in ("v3", "v7")
            for messages, tools, ids in chats.rendered(file, version, folder)
        ]
    goldens = {
        "encodings": [{"text": t, "ids": tekken.encode(t, bos=False, eos=False)} for t in texts],
        "decodings": [{"ids": run, "text": tekken.decode(run)} for run in runs],
        "dialogues": dialogues,
    }
    parts = [
        '"%s": [\n%s]' % (name, ",\n".join(json.dumps(entry) for entry in entries)) for name, entries in goldens.items()
    ]
    (OUT / "goldens_tekken.json").write_text("{" + ",\n".join(parts) + "}\n")


if __name__ == "__main__":
    main()
