"""How telling each word of a question is in one archive."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from retrieval.index import Index

if TYPE_CHECKING:
    from retrieval.search import Question


class Weigher:
    """Weighs the words of one question (`text`) by their inverse document frequency among an archive's passages.

    Words that come from earlier questions count the share that they have in this one.
    """

    def __init__(self, index: Index, question: Question) -> None:
        self.text = question.text
        self.groups = question.terms
        passages = index.summary.passages
        flat = [form for group in question.terms for form in group]
        self._weights = {
            form: math.log(1 + (passages - count + 0.5) / (count + 0.5))
            for form, count in zip(flat, index.document_frequencies(flat), strict=True)
        }
        shares = question.weights or (1.0,) * len(question.terms)
        self.weights = tuple(self.weight(group) * share for group, share in zip(question.terms, shares, strict=True))
        self.total = sum(self.weights)

    def weight(self, group: Sequence[str]) -> float:
        """Return the weight of a word of the question: that of its commonest form."""
        return min(self._weights[form] for form in group)

    def covered(self, terms: set[str]) -> float:
        """Return what share of the question's weight `terms` cover, between 0 and 1."""
        if not self.total:
            return 0.0
        held = (w for group, w in zip(self.groups, self.weights, strict=True) if not terms.isdisjoint(group))
        return sum(held) / self.total

    @property
    def terms(self) -> Collection[str]:
        """Every form of the question's words."""
        return self._weights.keys()

    def knows(self, term: str) -> bool:
        """Whether `term` is one of the question's words."""
        return term in self._weights
