"""What a passage's own text says of a question beyond which words it holds: how close together they stand.

A bag of words cannot tell "the bank of the river" from a river in one paragraph and a bank in another. The best
candidates are therefore read, and three signals are taken from each, all between 0 and 1:

    near     the share of the question's neighbouring words that follow each other here as they do there
    window   the share of its weight that the best stretch of 250 characters holds
    numbers  the share of its words with a digit in them (1912, A320, HIV-1) that stand here

Words weigh by their inverse document frequency, a pair as the lesser of its words. Term dependence in ranking goes back
to Metzler and Croft (2005, "A Markov random field model for term dependencies"); its sequential pairs are `near`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

from retrieval.terms import fold, is_unspaced

NEAR = 12  # characters between two words: one or two small words fit in
WINDOW = 250  # characters
_THOUSANDS = re.compile(r"(?<=\d)[,.](?=\d{3}(?!\d))")


class Closeness(NamedTuple):
    """The signals of one passage, each between 0 and 1."""

    near: float
    window: float
    numbers: float


class Reader:
    """Reads passages for one question: `terms` are its words' forms, `weights` how much each word counts."""

    def __init__(self, terms: Sequence[Sequence[str]], weights: Sequence[float]) -> None:
        self._needles = [tuple(dict.fromkeys(map(_needle, forms))) for forms in terms]
        self._weights = list(weights)
        self._total = sum(weights)
        self._pairs = [min(a, b) for a, b in pairwise(weights)]
        self._numbers = [i for i, forms in enumerate(terms) if any(map(str.isdigit, forms[0]))]
        self._forms = [frozenset(forms) for forms in terms]
        self._long_numbers = any(len(terms[i][0]) > 3 for i in self._numbers)

    def read(self, text: str) -> Closeness:
        """Return what `text`, a passage after its title, says of the question."""
        folded = fold(text)
        if self._long_numbers:
            folded = _THOUSANDS.sub("", folded)
        places = [_places(folded, needles) for needles in self._needles]
        held = sum(bool(places[i]) for i in self._numbers)
        return Closeness(
            near=self._near(places),
            window=self._window(places),
            numbers=held / len(self._numbers) if self._numbers else 0.0,
        )

    def named(self, title: Collection[str]) -> float:
        """Return the share of the question's weight that an article's title holds; 0 unless the question holds all of
        the title, whose stems `title` are: then it calls the article by its name.
        """
        held = [not forms.isdisjoint(title) for forms in self._forms]
        if not any(held) or not self._total:
            return 0.0
        known = frozenset[str]().union(*(forms for forms, here in zip(self._forms, held, strict=True) if here))
        if not known.issuperset(title):
            return 0.0
        return sum(weight for weight, here in zip(self._weights, held, strict=True) if here) / self._total

    def _near(self, places: list[list[tuple[int, int]]]) -> float:
        total = sum(self._pairs)
        if not total:
            return 0.0
        found = 0.0
        for (first, second), weight in zip(pairwise(places), self._pairs, strict=True):
            if any(0 <= start - end <= NEAR for _, end in first for start, _ in second):
                found += weight
        return found / total

    def _window(self, places: list[list[tuple[int, int]]]) -> float:
        """Slide over the places where words stand, in order, and keep the best stretch."""
        if not self._total:
            return 0.0
        standing = sorted((start, i) for i, found in enumerate(places) for start, _ in found)
        inside = [0] * len(places)
        weight = best = 0.0
        left = 0
        for start, i in standing:
            if not inside[i]:
                weight += self._weights[i]
            inside[i] += 1
            while standing[left][0] < start - WINDOW:
                gone = standing[left][1]
                inside[gone] -= 1
                if not inside[gone]:
                    weight -= self._weights[gone]
                left += 1
            best = max(best, weight)
        return min(1.0, best / self._total)


def _needle(form: str) -> str:
    """Return what a word begins with whose stem is `form`: "studi" is the stem of "study"."""
    return form[:-1] if len(form) > 4 and form.endswith("i") else form


def _places(folded: str, needles: Sequence[str]) -> list[tuple[int, int]]:
    """Return where words begin that one of `needles` begins, with where the needle ends; short ones are whole words."""
    found: list[tuple[int, int]] = []
    for needle in needles:
        at = folded.find(needle)
        if at < 0:
            continue
        anywhere = is_unspaced(needle)
        whole = len(needle) <= 3 or needle[-1].isdigit()
        while at >= 0:
            end = at + len(needle)
            begins = at == 0 or not folded[at - 1].isalnum()
            ends = not whole or end == len(folded) or not folded[end].isalnum()
            if anywhere or (begins and ends):
                found.append((at, end))
            at = folded.find(needle, at + 1)
    return found
