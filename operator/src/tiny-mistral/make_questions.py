"""Questions for the small model, whose right answers the grammar of corpus.py knows.

Usage: python3 make_questions.py > ../../../jobs/src/main/resources/evaluation/questions.jsonl
"""

import json
import random

import corpus


def choice(group, text, choices, answer):
    return {"group": group, "context": f"[INST] {text} [/INST]", "choices": choices, "answer": choices.index(answer)}


def written(group, text, answer, pattern, **more):
    return {"group": group, "context": f"[INST] {text} [/INST]", "answer": answer, "pattern": pattern,
            "until": ["[INST]"], "max_tokens": 24, **more}


def questions(rng):
    for product in corpus.PRODUCTS:
        for words, label in [(rng.choice(corpus.GOOD), "positive"), (rng.choice(corpus.BAD), "negative")]:
            yield choice("labels/sentiment", f"Classify the sentiment: {words} this {product}.",
                         ["positive", "negative", "neutral"], label)
    for group, ask, table in [("topic", "Classify the topic: ", corpus.TOPICS),
                              ("intent", "Classify the intent: ", corpus.INTENTS),
                              ("language", "Which language is this: ", corpus.LANGUAGES)]:
        for label, texts in table.items():
            for text in texts:
                yield choice(f"labels/{group}", ask + text, list(table), label)
    for country, capital in corpus.CAPITALS.items():
        others = rng.sample([city for city in corpus.CITIES if city != capital], 3)
        cities = rng.sample([capital, *others], 4)
        yield choice("capitals", f"What is the capital of {country}?",
                     [f"The capital of {country} is {city}." for city in cities],
                     f"The capital of {country} is {capital}.")
    for word, other in corpus.OPPOSITES.items():
        yield written("opposites", f"What is the opposite of {word}?", other, r"is (\w+)\.")
    for a in range(1, 9, 2):
        for b in range(0, 9, 2):
            yield written("sums", f"What is {corpus.NUMBERS[a]} plus {corpus.NUMBERS[b]}?", corpus.NUMBERS[a + b],
                          r"is (\w+)\.", n=5, temperature=0.7)
    for animal in corpus.ANIMALS:
        name, colour, place = rng.choice(corpus.NAMES), rng.choice(corpus.COLOURS), rng.choice(corpus.PLACES)
        yield {"group": "stories", "text": f"Once upon a time a {colour} {animal} called {name} lived near a {place}."}


if __name__ == "__main__":
    for number, question in enumerate(questions(random.Random(5)), 1):
        print(json.dumps({"id": str(number), **question}, ensure_ascii=False))
