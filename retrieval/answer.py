"""From ranked passages to an answer: what to mark in each quote, and how far it can be trusted.

Nothing here writes a sentence: an answer is made of the archive's own passages.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from retrieval.search import Found
from retrieval.sentences import sentence_spans
from retrieval.terms import stemmed
from retrieval.types import Hit, Span, Status
from retrieval.weighing import Weigher

EVIDENCE = 5  # passages that an answer's confidence is judged by
_ASKS_NUMBER = re.compile(
    r"\b(?:when|how (?:many|much|long|old|far|fast|high|tall|big)|(?:what|which) (?:year|date|day|time|month)|wann|"
    r"wie ?viele?|wie (?:lange|alt|weit|hoch)|welche[ms] jahr|cuándo|cuánt[oa]s?|qué año|quand|combien|quando|"
    r"quant[oiae]s?|wanneer|hoeveel)\b",
    re.I,
)
_NUMBER = re.compile(r"\d")
BM25_LIMIT = 2.2  # k1 + 1: what a word's weight is multiplied by at most


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence an answer counts as answered, and as unsure; below, it is not in the archive."""

    answered: float = 0.5
    unsure: float = 0.25


def to_hit(found: Found, rank: int, weigher: Weigher) -> Hit:
    """Return a ranked passage as it is shown: with the question's words and the sentence that answers marked.

    `also_in` is left empty.
    """
    passage, article = found.stored.passage, found.stored.article
    matches = tuple((w.start, w.end) for term, w in stemmed(passage.text, article.language) if weigher.knows(term))
    highlights = best_sentences(passage.text, article.language, weigher)
    return Hit(rank, found.score, passage, article, highlights, matches)


def best_sentences(text: str, language: str | None, weigher: Weigher) -> tuple[Span, ...]:
    """Return the span of the sentence that covers most of the question's weight; none where no sentence has any.

    Where a number is asked for ("when", "how many") and that sentence has none, the one beside it that has one is
    given as well, the next before the one before.
    """
    best: tuple[float, int] | None = None
    spans = sentence_spans(text, language)
    for i, (start, end) in enumerate(spans):
        covered = weigher.covered({term for term, _ in stemmed(text[start:end], language)})
        if covered > 0 and (best is None or covered > best[0]):
            best = covered, i
    if best is None:
        return ()
    chosen = [best[1]]
    if weigher.asks_number and not _NUMBER.search(text[slice(*spans[best[1]])]):
        near = [i for i in (best[1] + 1, best[1] - 1) if 0 <= i < len(spans)]
        chosen += [i for i in near if _NUMBER.search(text[slice(*spans[i])])][:1]
    return tuple(spans[i] for i in sorted(chosen))


def evidence(found: Sequence[Found], weigher: Weigher) -> dict[str, float]:
    """Return what speaks for the archive holding an answer, each between -1 and 1.

    `cosine` is the highest one; `covered` is how much of the question's weight the best passage and its title cover,
    `sentence` how much the best single sentence of it does, `article` how the best article's BM25 compares with what
    an article could get that held every word of the question often.
    """
    best = found[0].stored
    language = best.article.language
    title = {term for term, _ in stemmed(best.article.title, language)}
    text = best.passage.text
    sentences = [{t for t, _ in stemmed(text[a:b], language)} for a, b in sentence_spans(text, language)]
    return {
        "cosine": max(f.dense for f in found),
        "covered": weigher.covered(title.union(*sentences)),
        "sentence": max((weigher.covered(terms) for terms in sentences), default=0.0),
        "article": min(1.0, max(f.article for f in found) / (BM25_LIMIT * weigher.total)) if weigher.total else 0.0,
    }


def confidence(found: Sequence[Found], weigher: Weigher) -> float:
    """Return how likely it is, between 0 and 1, that the archive answers: a logistic model over the `evidence`.

    The coefficients stand in `confidence.json` with what they were fitted on.
    """
    if not found:
        return 0.0
    model = _model()
    z = model["intercept"] + sum(model[name] * value for name, value in evidence(found, weigher).items())
    return round(1 / (1 + math.exp(-z)), 4)


def status_of(value: float, thresholds: Thresholds) -> Status:
    """Return what a confidence means."""
    if value >= thresholds.answered:
        return "answered"
    return "unsure" if value >= thresholds.unsure else "not_found"


@cache
def _model() -> dict[str, float]:
    model: dict[str, float] = json.loads(files("retrieval").joinpath("confidence.json").read_text(encoding="utf-8"))[
        "coefficients"
    ]
    return model
