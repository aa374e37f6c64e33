"""BM25 on a server: which terms there are and how rare, who holds them, and what they score.

A server ranks by the sum over all forms of the question's words. What comes of it is scored anew by its sparse vectors:
a word counts once, by its best form, as the local index has it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Rows, Scores
from retrieval.index.milvus.filters import among, both
from retrieval.index.milvus.records import Records
from retrieval.index.milvus.server import MOST, Server
from retrieval.index.milvus.weights import rarity

Groups = Sequence[Sequence[str]]
_REMEMBERED = 100_000  # terms
_ROWS = 4_096  # named in one condition


@dataclass(frozen=True, slots=True)
class Term:
    """A term's number in the sparse vectors, and in how many passages and articles it occurs."""

    number: int
    passages: int
    articles: int


class Terms:
    """Looks terms up among the records; safe between threads, and remembers what it was asked."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.Lock()
        self._known: dict[str, Term | None] = {}

    def of(self, terms: Sequence[str]) -> dict[str, Term]:
        """Return those of `terms` that occur in the generation."""
        with self._lock:
            missing = [term for term in dict.fromkeys(terms) if term not in self._known]
        found: dict[str, Term | None] = dict.fromkeys(missing)
        for value in self._records.get("term", missing).values() if missing else ():
            term, *numbers = json.loads(value)
            found[term] = Term(*numbers)
        with self._lock:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known |= found
            return {term: known for term in terms if (known := self._known.get(term, found.get(term))) is not None}


class Lexical:
    """The full text in one collection, of passages or of articles; `documents` counts them."""

    def __init__(
        self, server: Server, collection: str, terms: Terms, documents: int, of: Literal["passages", "articles"]
    ) -> None:
        self._server = server
        self._collection = collection
        self._terms = terms
        self._documents = documents
        self._of = of

    def search(self, groups: Groups, n: int, condition: str, weights: Sequence[float]) -> Rows:
        """Return the rows of the `n` best that hold any of `groups` and satisfy a condition, in no order."""
        vector: dict[int, float] = {}
        for forms, weight in zip(self._forms(groups), weights or [1.0] * len(groups), strict=True):
            for number, worth in forms.items():
                vector[number] = max(vector.get(number, 0.0), worth * weight)
        if not vector:
            return np.empty(0, np.int64)
        hits = self._server.search(self._collection, "words", [vector], n, condition)[0]
        return np.array([row for row, _ in hits], np.int64)

    def scores(self, groups: Groups, words: Sequence[Mapping[int, float]], weights: Sequence[float]) -> Scores:
        """Return the BM25 score of each document, by its sparse vector in `words`; 0 where no group occurs."""
        total = np.zeros(len(words), np.float64)
        for forms, weight in zip(self._forms(groups), weights or [1.0] * len(groups), strict=True):
            for i, each in enumerate(words):
                total[i] += weight * max((each.get(number, 0.0) * worth for number, worth in forms.items()), default=0)
        return total.astype(np.float32)

    def holding(self, groups: Groups, condition: str) -> Rows:
        """Return all rows that hold each of `groups`, in any of its forms, by falling BM25 score, then row."""
        forms = self._forms(groups)
        if not groups or not all(forms):
            return np.empty(0, np.int64)
        rarest = min(range(len(groups)), key=lambda i: (self._most(groups[i]), i))
        rows = self._all_with(forms[rarest], condition, 0, self._documents)
        for i in range(len(groups)):
            if i != rarest and len(rows):
                rows = rows[self._by_group([groups[i]], rows)[0] > 0]
        scores = np.sum(self._by_group(groups, rows), axis=0).astype(np.float32)
        return rows[np.lexsort((rows, -scores))]

    def _all_with(self, forms: dict[int, float], condition: str, start: int, end: int) -> Rows:
        """Return all rows from `start` to `end` with one of `forms`: by halves, where they are too many at once."""
        between = "" if (start, end) == (0, self._documents) else f"row >= {start} and row < {end}"
        hits = self._server.search(self._collection, "words", [forms], MOST, both(between, condition))[0]
        if len(hits) < MOST or end - start <= MOST:
            return np.sort(np.array([row for row, _ in hits], np.int64))
        middle = (start + end) // 2
        first = self._all_with(forms, condition, start, middle)
        return np.concatenate((first, self._all_with(forms, condition, middle, end)))

    def _by_group(self, groups: Groups, rows: Rows) -> list[NDArray[np.float64]]:
        """Return for each of `groups` what it scores in each of `rows`: its best form's BM25."""
        out = [np.zeros(len(rows), np.float64) for _ in groups]
        singles = [
            (i, {number: worth}) for i, forms in enumerate(self._forms(groups)) for number, worth in forms.items()
        ]
        if not singles:
            return out
        for at in range(0, len(rows), _ROWS):
            some = rows[at : at + _ROWS]
            found = self._server.search(
                self._collection, "words", [vector for _, vector in singles], len(some), among("row", some.tolist())
            )
            for (i, _), hits in zip(singles, found, strict=True):
                places = at + np.searchsorted(some, [row for row, _ in hits])
                out[i][places] = np.maximum(out[i][places], [score for _, score in hits])
        return out

    def _forms(self, groups: Groups) -> list[dict[int, float]]:
        """Return for each of `groups` the numbers of the forms that occur, with how rare each is."""
        known = self._terms.of([form for forms in groups for form in forms])
        return [
            {
                known[form].number: rarity(self._documents, count)
                for form in forms
                if form in known and (count := getattr(known[form], self._of))
            }
            for forms in groups
        ]

    def _most(self, forms: Sequence[str]) -> int:
        known = self._terms.of(forms)
        return sum(int(getattr(term, self._of)) for term in known.values())
