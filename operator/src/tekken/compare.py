#!/usr/bin/env python3
"""Compares the engine's Tekken with mistral-common's, on the vocabularies that its package holds.

    python3 operator/src/tekken/compare.py [--count 10000] [--seed 1] [--probe 'mvn -q -Pprobe']

Run at the top of the project. It needs the Python package mistral-common, and says so and does
nothing where that is not installed. Compared are the ids of random texts, the texts of random ids,
and the ids of dialogues, with tekken.json as it is and as the vocabulary of a GGUF file.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import oracle


def differences(probe, questions, expected, key):
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    run = subprocess.run(probe, shell=True, input=lines, capture_output=True, text=True, encoding="utf-8")
    answers = [json.loads(line) for line in run.stdout.split("\n") if line.startswith("{")]
    if len(answers) != len(questions):
        sys.exit(f"{len(answers)} answers to {len(questions)} questions: {run.stderr[-2000:]}")
    wrong = 0
    for question, answer, right in zip(questions, answers, expected):
        if answer.get(key) != right:
            wrong += 1
            if wrong <= 5:
                print(f"  DIFFERS {str(question)[:400]}\n    engine {str(answer)[:400]}\n    oracle {str(right)[:400]}")
    return wrong


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--probe", default="mvn -q -Pprobe")
    options = options.parse_args()
    try:
        import mistral_common
        import chats
        from mistral_common.tokens.tokenizers.tekken import Tekkenizer
    except ImportError as e:
        print(f"skipped: mistral-common is not installed here ({e})")
        return
    files = sorted(pathlib.Path(mistral_common.__file__).parent.joinpath("data").glob("tekken_*.json"))
    print(f"mistral-common {mistral_common.__version__}: {[file.name for file in files]}")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            tekken = Tekkenizer.from_file(file)
            texts = oracle.texts(options.seed, options.count)
            runs = oracle.id_runs(options.seed, options.count, tekken.n_words)
            runs += oracle.broken_characters(options.seed, options.count, tekken.n_words)
            ids = [tekken.encode(text, bos=False, eos=False) for text in texts]
            decoded = [tekken.decode(run) for run in runs + ids]
            gguf = pathlib.Path(folder, file.stem + ".gguf")
            oracle.write_gguf(json.loads(file.read_text()), [str(t["token_str"].value) for t in tekken.DEPRECATED_SPECIAL_TOKENS], gguf)
            for vocabulary in (str(file), str(gguf)):
                name = pathlib.Path(vocabulary).name
                bad = differences(options.probe, [{"op": "encode", "vocab": vocabulary, "text": t} for t in texts], ids, "ids")
                print(f"{name}: {len(texts)} texts encoded, {bad} differ")
                wrong += bad
                bad = differences(
                    options.probe, [{"op": "decode", "vocab": vocabulary, "ids": r} for r in runs + ids], decoded, "text")
                print(f"{name}: {len(decoded)} sequences of ids decoded, {bad} differ")
                wrong += bad
                for version in ("v3", "v7"):
                    rendered = chats.rendered(file, version, folder)
                    bad = differences(
                        options.probe,
                        [{"op": "chat", "vocab": vocabulary, "version": version, "messages": m, "tools": t}
                         for m, t, _ in rendered],
                        [i for _, _, i in rendered], "ids")
                    print(f"{name}: {len(rendered)} dialogues of {version} rendered, {bad} differ")
                    wrong += bad
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
