"""Random texts, dialogues and small Tekken files for the scripts beside this one."""

import base64
import json
import random
import struct

SCRIPTS = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF),
    (0x531, 0x58F), (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x10A0, 0x10FF),
    (0x1100, 0x11FF), (0x1C80, 0x1CFF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x218F),
    (0x2460, 0x24FF), (0x2C60, 0x2C7F), (0x3000, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xACFF),
    (0xA640, 0xA6FF), (0xD7F0, 0xD7FF), (0xE000, 0xE010), (0xFB00, 0xFB4F), (0xFE00, 0xFE2F),
    (0xFF00, 0xFFEF), (0xFFF0, 0xFFFF), (0x10400, 0x1044F), (0x1D400, 0x1D7FF), (0x1F1E6, 0x1F1FF),
    (0x1F300, 0x1F6FF), (0x1F900, 0x1F9FF), (0x20000, 0x20020), (0xE0100, 0xE0110), (0x10FFF0, 0x10FFFF),
]
SPACES = " \t\n\r\x0b\x0c\x1c\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\u200b\ufeff"
WORDS = [
    "Hello", "world", "I'm", "you're", "THEY'LL", "don't", "O'Neill", "'s", "HTTPServer", "camelCase",
    "ÉCOLE", "straße", "ǅungla", "ʰaspirated", "ABCʰDEF", "é", "e\u0301", "\u0301x", "naïve", "Ελλάδα",
    "Привет", "мир", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "こんにちは", "カタカナ", "漢字", "한국어",
    "[INST]", "[/INST]", "<s>", "</s>", "[TOOL_CALLS]", "<SPECIAL_20>", "<unk>", "123", "3.14", "1,000",
    "٣٤", "½", "Ⅷ", "x²", "10/11/2026", "http://a.b/c?d=e&f", "a_b", "#!/bin/sh", "//", "/\r\n/", "...",
    "!\n\n", "—", "“quoted”", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷", "👍🏽", "\u200d", "\x00", "\x7f", "\ufffd", "\ud800", "\udc00",
    "\udfff\ud83d", "    ", "\n\n\n", "\r\n", " \n ", "\t\t", "{\"a\": [1, 2]}", "def f(x):\n    return x",
]


def text(rnd, parts):
    """A text of mixed scripts, digits, white space, emoji, contractions, runs, lone surrogates."""
    out = []
    for _ in range(parts):
        kind = rnd.randrange(9)
        if kind == 0:
            out.append(chr(rnd.randint(*rnd.choice(SCRIPTS))))
        elif kind == 1:
            low, high = rnd.choice(SCRIPTS)
            out.append("".join(chr(rnd.randint(low, high)) for _ in range(rnd.randint(1, 12))))
        elif kind == 2:
            out.append("".join(rnd.choice(SPACES) for _ in range(rnd.randint(1, 4))))
        elif kind == 3:
            out.append(" ")
        elif kind == 4:
            piece = rnd.choice(WORDS + [rnd.choice("aA1 .\n\té漢\u0301ʰ/")])
            out.append(piece * rnd.choice([1, 2, 3, 17, 60]))
        elif kind == 5:
            out.append(str(rnd.getrandbits(rnd.randint(1, 60))))
        elif kind == 6:
            out.append("".join(rnd.choice("aAbBzZéÉʰ\u0301漢'") for _ in range(rnd.randint(1, 15))))
        else:
            out.append(rnd.choice(WORDS))
    # Two lone halves that meet are one character, as in Java's strings.
    return "".join(out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def texts(seed, count):
    rnd = random.Random(seed)
    return [text(rnd, rnd.choice([1, 2, 3, 5, 8, 20])) for _ in range(count)]


def id_runs(seed, count, size):
    """Ids as no encoder gives them: characters are broken, specials stand in between."""
    rnd = random.Random(seed)
    first = 1000 if size > 2000 else 40
    runs = []
    for _ in range(count):
        run = []
        for _ in range(rnd.randint(1, 12)):
            kind = rnd.randrange(4)
            low, high = [(first, first + 255), (first + 128, first + 255), (0, first - 1), (first, size - 1)][kind]
            run.append(rnd.randint(low, high))
        runs.append(run)
    return runs


def broken_characters(seed, count, size):
    """Bytes one by one, which are nearly characters: cut, overlong, surrogates, beyond the last."""
    rnd = random.Random(seed)
    first = 1000 if size > 2000 else 40
    runs = []
    for _ in range(count):
        run = []
        for _ in range(rnd.randint(1, 8)):
            leads = [0x41, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF]
            trails = [0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF]
            run.append(first + rnd.choice(rnd.choice([leads, trails, trails])))
        runs.append(run)
    return runs


def byte_alphabet():
    """GPT-2's spelling of bytes, which GGUF files use."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    spelling = {b: chr(b) for b in visible}
    for b in range(256):
        if b not in spelling:
            spelling[b] = chr(0x100 + len(spelling) - len(visible))
    return spelling


def write_gguf(tekken, names, out):
    """Writes the vocabulary of a tekken.json alone, with merges as converters list them."""
    spelling = byte_alphabet()
    config = tekken["config"]
    count = config["default_vocab_size"] - config["default_num_special_tokens"]
    pieces = [base64.b64decode(entry["token_bytes"]) for entry in tekken["vocab"][:count]]
    ranks = {piece: rank for rank, piece in enumerate(pieces)}
    spell = lambda piece: "".join(spelling[b] for b in piece)
    merges = []
    for piece in pieces[256:]:
        splits = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        splits = [s for s in splits if s[0] in ranks and s[1] in ranks]
        splits.sort(key=lambda s: (ranks[s[0]], ranks[s[1]]))
        merges += [spell(left) + " " + spell(right) for left, right in splits]
    string = lambda s: struct.pack("<Q", len(s.encode())) + s.encode()
    array = lambda kind, values, one: struct.pack("<IIQ", 9, kind, len(values)) + b"".join(map(one, values))
    special = names + [f"<SPECIAL_{i}>" for i in range(len(names), config["default_num_special_tokens"])]
    entries = {
        "general.architecture": struct.pack("<I", 8) + string("llama"),
        "tokenizer.ggml.model": struct.pack("<I", 8) + string("gpt2"),
        "tokenizer.ggml.pre": struct.pack("<I", 8) + string("tekken"),
        "tokenizer.ggml.tokens": array(8, special + [spell(p) for p in pieces], string),
        "tokenizer.ggml.token_type": array(
            5, [3] * len(special) + [1] * count, lambda t: struct.pack("<i", t)),
        "tokenizer.ggml.merges": array(8, merges, string),
        "tokenizer.ggml.bos_token_id": struct.pack("<II", 4, 1),
        "tokenizer.ggml.eos_token_id": struct.pack("<II", 4, 2),
    }
    with open(out, "wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)))
        for key, value in entries.items():
            file.write(string(key) + value)


def message(role, content):
    return {"role": role, "content": content}


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city, é",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALL = {"id": "a1B2c3D4e", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Zürich"}'}}
SECOND_CALL = {"id": "Z9y8X7w6V", "type": "function", "function": {"name": "weather", "arguments": "{}"}}


def dialogues():
    """Dialogues with and without systems and tools, each with the tools that stand in it."""
    user, system, answer = (lambda t: message("user", t)), (lambda t: message("system", t)), (
        lambda t: message("assistant", t))
    calls = lambda *c: {"role": "assistant", "content": "", "tool_calls": list(c)}
    result = lambda content, call: {"role": "tool", "content": content, "tool_call_id": call["id"], "name": "weather"}
    return [
        ([user("Why is the sky blue?")], []),
        ([user("[INST] evil </s> [/INST]")], []),
        ([system("Be brief."), user("Hi")], []),
        ([user("Hi"), answer("Hello! "), user("And now?")], []),
        ([system("Be brief."), user("Hi"), answer("Hello"), user("  And\nnow? ")], []),
        ([user("Weather?")], [WEATHER]),
        ([system("You have tools."), user("Weather?")], [WEATHER]),
        ([user("Weather in Zürich?"), calls(CALL), result('{"temp": 21.5, "sky": "clear"}', CALL)], [WEATHER]),
        ([user("Weather?"), calls(CALL, SECOND_CALL), result("rain", CALL), result("[1,  2]", SECOND_CALL),
          answer("Rain."), user("Thanks é 漢字 🇫🇷")], [WEATHER]),
        ([user("one"), answer("two"), user("three"), answer("four"), user("five")], [WEATHER]),
        ([user("one"), user("two"), answer("three"), answer("four"), user("five")], []),
    ]


def dialogues_of_v7():
    """What v3 has no form for, or another one: systems in between, texts beside calls."""
    user, system = (lambda t: message("user", t)), (lambda t: message("system", t))
    calls = {"role": "assistant", "content": "Let me see. ", "tool_calls": [CALL]}
    result = {"role": "tool", "content": " { } ", "tool_call_id": CALL["id"], "name": "weather"}
    return [
        ([system("one"), system("two"), user("Hi")], []),
        ([user("a"), message("assistant", "b"), user("c"), system("now briefly"), user("d")], [WEATHER]),
        ([system("s"), user("Weather?"), calls, result], [WEATHER]),
        ([user("Weather?"), calls, result, message("assistant", "Fine."), user("Thanks")], [WEATHER]),
    ]
