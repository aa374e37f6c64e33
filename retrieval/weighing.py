"""How telling each word of a question is in one archive."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence, Set
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
        self._words: dict[str, int] = {}  # form -> the words that it is a form of, a bit for each
        for place, group in enumerate(question.terms):
            for form in group:
                self._words[form] = self._words.get(form, 0) | 1 << place
        self._shares: dict[int, float] = {}

    def weight(self, group: Sequence[str]) -> float:
        """Return the weight of a word of the question: that of its commonest form."""
        return min(self._weights[form] for form in group)

    def covered(self, terms: Set[str]) -> float:
        """Return what share of the question's weight `terms` cover, between 0 and 1."""
        return self.share(self.held(terms))

    def held(self, terms: Set[str]) -> int:
        """Return which of the question's words are among `terms`: a number with a bit for each."""
        words = 0
        for form in self._words.keys() & terms:
            words |= self._words[form]
        return words

    def share(self, words: int) -> float:
        """Return what share of the question's weight these words have, as `held` gives them, between 0 and 1."""
        if not self.total:
            return 0.0
        if words not in self._shares:
            self._shares[words] = sum(w for place, w in enumerate(self.weights) if words >> place & 1) / self.total
        return self._shares[words]

    @property
    def terms(self) -> Collection[str]:
        """Every form of the question's words."""
        return self._weights.keys()

    def knows(self, term: str) -> bool:
        """Whether `term` is one of the question's words."""
        return term in self._weights
