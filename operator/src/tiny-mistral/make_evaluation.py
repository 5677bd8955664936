"""Records what questions score by the formulas, so that an engine can be held against them.

Usage: python3 make_evaluation.py FOLDER > ../test/resources/evaluation/goldens.json     (needs numpy and sentencepiece)

FOLDER is the trained model in Hugging Face's layout; log-likelihoods are computed as in make_tasks.py, in float64. A
context is BOS and encode(context without spaces at its end); a continuation is what encode(context + continuation) has
behind that. `acc` is right where the greatest sum is the right choice's, `acc_norm` where that of sums divided by the
choices' characters is. A text is scored in windows: the first behind BOS, the next ones behind the token before them,
the last behind as many as fill its window. Standard errors are those of the mean, with n - 1; of several parts pooled by
their variances. The statistics are of numbers that both sides make by the same formula.
"""

import json
import math
import sys
from pathlib import Path

import numpy
import sentencepiece

from make_tasks import LONG, Model

THINGS = ["lamp", "phone", "hotel", "movie", "sofa", "book"]
WORDS = [("I love", 0), ("I hate", 1), ("I was disappointed by", 1)]
RULES = [
    ("Once upon a time", ["there was a red dog.", "there", "dog dog dog dog dog"], 1),
    ("[INST] Repeat: dog yellow salad [/INST]", ["dog yellow salad", "salad", "o"], 0),
    ("[INST] Good morning! [/INST] ", ["Good", "é ☃", "morning, what is it that you say?"], 2),
    ("The ball is", ["red.", "Athens", "a very long answer of many words"], 2),
]
TEXTS = [LONG, "Ünïcode ☃ and a\nline", "  two  spaces ", "a red dog called Anna lived near a lake. " * 9]
WINDOW = 60
STEPS = (30, 40)


def choices():
    for thing in THINGS:
        for words, answer in WORDS:
            yield ("sentiment/" + thing, f"[INST] Classify the sentiment: {words} this {thing}. [/INST]",
                   ["positive", "negative"], answer)
    for context, options, answer in RULES:
        yield "rules", context, options, answer


def windows(tokens, most):
    scored = 0
    while scored < len(tokens):
        many = min(most, len(tokens) - scored)
        context = [1] if scored == 0 else tokens[scored + many - most - 1:scored]
        yield context, tokens[scored:scored + many]
        scored += many


def error(values):
    return float(numpy.std(values, ddof=1) / math.sqrt(len(values)))


def pooled(parts):
    n = sum(len(part) for part in parts)
    return math.sqrt(sum(numpy.var(part, ddof=1) * (len(part) - 1) for part in parts) / (n - len(parts)) / n)


def mcnemar(lost, won):
    n = lost + won
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(min(lost, won) + 1)) / 2 ** n)


def next_tokens():
    places, size = STEPS
    i, j = numpy.meshgrid(numpy.arange(places), numpy.arange(size), indexing="ij")
    first = (3 * numpy.sin(i * 7.0 + j * 1.5)).astype(numpy.float32).astype(numpy.float64)
    second = (first + numpy.cos(i * 2.0 + j * 3.0) / 2).astype(numpy.float32).astype(numpy.float64)
    p = first - numpy.log(numpy.exp(first).sum(axis=1, keepdims=True))
    q = second - numpy.log(numpy.exp(second).sum(axis=1, keepdims=True))
    stands = [(place * 5) % size for place in range(places)]
    at_p = numpy.array([p[place, token] for place, token in enumerate(stands)])
    at_q = numpy.array([q[place, token] for place, token in enumerate(stands)])
    divergence = (numpy.exp(p) * (p - q)).sum(axis=1)
    difference = numpy.exp(at_q) - numpy.exp(at_p)
    return {
        "places": places, "size": size,
        "first": [math.exp(-at_p.mean()), math.exp(-at_p.mean()) * error(-at_p)],
        "second": [math.exp(-at_q.mean()), math.exp(-at_q.mean()) * error(-at_q)],
        "logRatio": [float((at_p - at_q).mean()), error(at_p - at_q)],
        "divergence": [float(divergence.mean()), error(divergence)],
        "median": float(numpy.median(divergence)), "high": float(numpy.percentile(divergence, 99)),
        "most": float(divergence.max()),
        "probability": [float(difference.mean()), error(difference)],
        "rootMeanSquare": float(numpy.sqrt((difference ** 2).mean())),
        "sameTop": float((p.argmax(axis=1) == q.argmax(axis=1)).mean())}


def main():
    folder = Path(sys.argv[1])
    model = Model(folder)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))

    def encode(text):
        return [1] + pieces.encode(text)

    questions, by_group = [], {}
    for group, context, options, answer in choices():
        sums = []
        for option in options:
            before, whole = encode(context.rstrip()), encode(context + " " + option)
            sums.append(float(sum(model.score(before, whole[len(before):]))))
        by_length = [total / len(option) for total, option in zip(sums, options)]
        acc, norm = float(numpy.argmax(sums) == answer), float(numpy.argmax(by_length) == answer)
        questions.append({"group": group, "context": context, "choices": options, "answer": answer,
                          "log_likelihoods": sums, "acc": acc, "acc_norm": norm})
        by_group.setdefault(group, []).append((acc, norm))
    groups = {}
    for name in sorted({group.split("/")[0] for group in by_group}):
        parts = [values for group, values in by_group.items() if group.split("/")[0] == name]
        groups[name] = {}
        for metric, place in (("acc", 0), ("acc_norm", 1)):
            columns = [[value[place] for value in part] for part in parts]
            groups[name][metric] = float(numpy.mean(sum(columns, [])))
            groups[name][metric + "_stderr"] = error(columns[0]) if len(columns) == 1 else pooled(columns)
    texts = []
    for text in TEXTS:
        total = sum(sum(model.score(context, window)) for context, window in windows(pieces.encode(text), WINDOW))
        texts.append({"text": text, "log_likelihood": float(total), "tokens": len(pieces.encode(text))})
    log = sum(text["log_likelihood"] for text in texts)
    bytes_ = sum(len(text.encode()) for text in TEXTS)
    prose = {"perplexity": math.exp(-log / sum(text["tokens"] for text in texts)),
             "byte_perplexity": math.exp(-log / bytes_), "bits_per_byte": -log / bytes_ / math.log(2)}
    json.dump({"questions": questions, "groups": groups, "window": WINDOW, "texts": texts, "prose": prose,
               "mcnemar": [[lost, won, mcnemar(lost, won)] for lost, won in
                           [(0, 0), (1, 0), (3, 3), (10, 2), (40, 61), (500, 560)]],
               "next_tokens": next_tokens()}, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
