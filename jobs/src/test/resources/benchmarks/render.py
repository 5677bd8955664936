"""Records the prompts that lm-evaluation-harness makes of the documents beside this file.

Usage: python3 render.py > prompts.jsonl       (needs lm_eval 0.4.13)

The tasks are the harness's own. They are given our documents, with the fields that its data sets have, and take the
first documents as examples.
"""

import csv
import json
import logging
import sys
from pathlib import Path

import datasets
import lm_eval.tasks
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

logging.disable(logging.CRITICAL)
HERE = Path(__file__).parent
TASKS = Path(lm_eval.tasks.__file__).parent


def lines(name):
    for line in (HERE / name).read_text().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            pass


def rows(name):
    with open(HERE / name, newline="") as file:
        for row in csv.reader(file):
            if len(row) == 6:
                yield {"question": row[0], "choices": row[1:5], "answer": "ABCD".index(row[5])}


def labelled(name):
    labels = (HERE / f"{name}-labels.lst").read_text().split()
    return [{**doc, "label": int(label)} for doc, label in zip(lines(f"{name}.jsonl"), labels)]


def hellaswag(name):
    return [{**doc, "label": str(doc["label"])} for doc in lines(name) if "endings" in doc]


def winogrande(name):
    return [doc for doc in lines(name) if "_" in doc["sentence"]]


def arc(name):
    for doc in lines(name):
        choices = doc["question"]["choices"]
        labels = [choice["label"] for choice in choices]
        if doc["answerKey"] in labels:
            yield {"question": doc["question"]["stem"], "answerKey": doc["answerKey"],
                   "choices": {"text": [choice["text"] for choice in choices], "label": labels}}


def boolq(name):
    return [{"passage": doc["passage"], "question": doc["question"], "label": int(doc["answer"])}
            for doc in lines(name) if isinstance(doc["answer"], bool)]


def triviaqa(name):
    return [{"question": doc["Question"], "answer": {"aliases": doc["Answer"]["Aliases"]}}
            for doc in json.loads((HERE / name).read_text())["Data"] if isinstance(doc, dict)]


def mmlu(subject):
    path = TASKS / "mmlu/default" / "mmlu_anatomy.yaml"
    config = {**load_yaml(path, resolve_func=True), "task": subject}
    config["description"] = config["description"].replace("anatomy", subject.replace("_", " "))
    return config, {"dev": list(rows(f"mmlu/dev/{subject}_dev.csv")), "test": list(rows(f"mmlu/test/{subject}_test.csv"))}


def task(path, **splits):
    return load_yaml(TASKS / path, resolve_func=True), {name: list(docs) for name, docs in splits.items()}


BENCHMARKS = {
    "mmlu": [mmlu("high_school_tea"), mmlu("pottery")],
    "hellaswag": [task("hellaswag/hellaswag.yaml", train=hellaswag("hellaswag/hellaswag_train.jsonl"),
                       validation=hellaswag("hellaswag/hellaswag_val.jsonl"))],
    "winogrande": [task("winogrande/default.yaml", train=winogrande("winogrande/train_xl.jsonl"),
                        validation=winogrande("winogrande/dev.jsonl"))],
    "piqa": [task("piqa/piqa.yaml", train=labelled("piqa/train"), validation=labelled("piqa/valid"))],
    "arc-easy": [task("arc/arc_easy.yaml", train=arc("arc-easy/ARC-Easy-Train.jsonl"), validation=[],
                      test=arc("arc-easy/ARC-Easy-Test.jsonl"))],
    "arc-challenge": [task("arc/arc_challenge.yaml", train=arc("arc-challenge/ARC-Challenge-Train.jsonl"), validation=[],
                           test=arc("arc-challenge/ARC-Challenge-Test.jsonl"))],
    "boolq": [task("super_glue/boolq/default.yaml", train=boolq("boolq/train.jsonl"), validation=boolq("boolq/dev.jsonl"))],
    "gsm8k": [task("gsm8k/gsm8k.yaml", train=lines("gsm8k/train.jsonl"),
                   test=[doc for doc in lines("gsm8k/test.jsonl") if "answer" in doc])],
    "triviaqa": [task("triviaqa/default.yaml", train=triviaqa("triviaqa/web-train.json"),
                      validation=triviaqa("triviaqa/web-dev.json"))],
}


def requests(config, splits, shots):
    data = datasets.DatasetDict({name: datasets.Dataset.from_list(docs) for name, docs in splits.items() if docs})
    config = {**config, "custom_dataset": lambda **_: data, "num_fewshot": shots}
    for unused in ("dataset_path", "dataset_name", "tag", "group", "task_alias"):
        config.pop(unused, None)
    if not splits.get("validation"):
        config.pop("validation_split", None)
    config["fewshot_config"] = {"sampler": "first_n"}
    made = ConfigurableTask(config=config)
    for doc in made.eval_docs:
        context = made.fewshot_context(doc, shots)
        instances = made.construct_requests(doc, context, metadata=(config["task"], 0, 1))
        if made.OUTPUT_TYPE == "multiple_choice":
            gold = made.doc_to_text(doc) if made.multiple_input else made.doc_to_target(doc)
            yield {"contexts": [one.args[0] for one in instances], "continuations": [one.args[1] for one in instances],
                   "lengths": [len(choice) for choice in made.doc_to_choice(doc)],
                   "answer": int(gold)}
        else:
            answers = made.doc_to_target(doc)
            yield {"contexts": [instances.args[0]], "until": instances.args[1]["until"],
                   "answers": answers if isinstance(answers, list) else [answers]}


def main():
    for name, tasks in BENCHMARKS.items():
        for shots in (0, 1 if name.startswith("arc") else 2):
            made = [request for config, splits in tasks for request in requests(dict(config), splits, shots)]
            print(json.dumps({"benchmark": name, "shots": shots, "requests": made}, ensure_ascii=False))


if __name__ == "__main__":
    main()
