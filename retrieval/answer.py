"""From ranked passages to an answer: what to mark in each quote, and how far it can be trusted.

Nothing here writes a sentence: an answer is made of the archive's own passages.
"""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.highlights import ReadPassage, best_sentences, read_passage
from retrieval.search import Found
from retrieval.types import Hit, Status
from retrieval.weighing import Weigher


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence an answer counts as answered, and as unsure; below, it is not in the archive."""

    answered: float = 0.5
    unsure: float = 0.25


def read(found: Found, weigher: Weigher) -> ReadPassage:
    """Return a ranked passage read for the question."""
    return read_passage(found.stored.passage.text, found.stored.article.language, weigher)


def to_hit(found: Found, rank: int, passage: ReadPassage, weigher: Weigher) -> Hit:
    """Return a ranked passage, read, as it is shown: with the question's words and the sentences that answer marked.

    `also_in` is left empty.
    """
    stored = found.stored
    highlights = best_sentences(passage, weigher)
    return Hit(rank, found.score, stored.passage, stored.article, highlights, passage.matches)


def status_of(value: float, thresholds: Thresholds) -> Status:
    """Return what a confidence means."""
    if value >= thresholds.answered:
        return "answered"
    return "unsure" if value >= thresholds.unsure else "not_found"
