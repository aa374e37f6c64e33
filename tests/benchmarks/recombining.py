"""The texts and questions that the comparisons are made on: sentences of real sets, recombined from a fixed seed.

A text is two runs of neighbouring sentences, each of another article drawn from the sets, together about 125 words:
some 180 tokens of all-MiniLM-L6-v2, and less than a passage of Archivist's may have, so that one text is one passage
to every program, but for one in a hundred that is so full of numbers that Archivist divides it. Sets
are folders in BEIR's layout: `corpus.jsonl` and `queries.jsonl`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from retrieval.sentences import sentence_spans

WORDS = range(110, 141)  # a text; Archivist divides what has more than 150
_LETTERS = 1_000  # at most: what has more in so few words is no prose
_RUN = 60  # words of one article before the other begins
_LONGEST = 40  # words of a sentence that is taken


def texts(sets: Sequence[Path], count: int) -> list[str]:
    """Return `count` different texts; the first ones are the same whatever `count` is."""
    articles = [sentences for folder in sets for sentences in _articles(folder)]
    draw = random.Random(2_000)
    made: dict[str, None] = {}
    while len(made) < count:
        text = _text(draw, articles)
        if len(text.split()) in WORDS and len(text) <= _LETTERS:
            made[text] = None
    return list(made)


def questions(sets: Sequence[Path], count: int, seed: int = 300) -> list[str]:
    """Return `count` different questions of the sets, drawn without regard to their set."""
    asked = {text for folder in sets for text in _values(folder / "queries.jsonl") if 3 <= len(text.split()) <= 40}
    drawn = sorted(asked)
    random.Random(seed).shuffle(drawn)
    if len(drawn) < count:
        raise SystemExit(f"the sets have {len(drawn)} questions, not {count}: give more sets, or fewer --questions")
    return drawn[:count]


def write_jsonl(path: Path, made: Sequence[str]) -> None:
    """Write each text as a line, an article by itself, in the form that Archivist and the others read."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(made):
            file.write(json.dumps({"_id": f"t{number:06}", "text": text}, ensure_ascii=False) + "\n")


def _text(draw: random.Random, articles: Sequence[Sequence[str]]) -> str:
    taken: list[str] = []
    for enough in (_RUN, draw.choice(WORDS)):
        sentences = draw.choice(articles)
        at = draw.randrange(len(sentences))
        while at < len(sentences) and sum(len(sentence.split()) for sentence in taken) < enough:
            taken.append(sentences[at])
            at += 1
    return " ".join(taken)


def _articles(folder: Path) -> Iterator[list[str]]:
    """Yield the sentences of each article that has at least three of usual length."""
    for text in _values(folder / "corpus.jsonl"):
        sentences = [" ".join(text[start:end].split()) for start, end in sentence_spans(text, "en")]
        usual = [sentence for sentence in sentences if 4 <= len(sentence.split()) <= _LONGEST]
        if len(usual) >= 3:
            yield usual


def _values(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as lines:
        return [str(json.loads(line)["text"]) for line in lines if line.strip()]
