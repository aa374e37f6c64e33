"""BM25 as sparse vectors: what a term adds to a document's score is worked out once, when it is loaded.

A server's own BM25 depends on its version, on its analysers and, with Lite, on how rows fell into segments. An inner
product does not: a document's vector holds tf (k1 + 1) / (tf + k1 (1 - b + b dl / avgdl)) for each of its terms, a
question's ln(1 + (N - df + 0.5) / (df + 0.5)), and their product is BM25 (Robertson and Zaragoza 2009) by the numbers
of the whole generation, as tantivy computes it: k1 = 1.2, b = 0.75, and a document's length in a byte.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

K1, B = 1.2, 0.75
EMPTY = {0: 1.0}  # of a text without terms: a sparse vector has to hold something, and no term has the number 0


@dataclass(slots=True)
class Statistics:
    """What BM25 has to know of all documents of a kind: how many there are, their terms in all, and in how many each
    term occurs."""

    documents: int = 0
    length: int = 0
    frequencies: Counter[str] = field(default_factory=Counter)

    def add(self, terms: Sequence[str]) -> None:
        """Count one document."""
        self.documents += 1
        self.length += len(terms)
        self.frequencies.update(set(terms))

    @property
    def average(self) -> float:
        """How many terms a document has."""
        return self.length / self.documents if self.documents else 0.0


def numbered(*statistics: Statistics) -> dict[str, int]:
    """Return a number from 1 on for every term, the same for the same terms."""
    return {term: i for i, term in enumerate(sorted(set().union(*(each.frequencies for each in statistics))), 1)}


def impacts(terms: Iterable[str], numbers: Mapping[str, int], average: float) -> dict[int, float]:
    """Return a document's vector: what each of its terms adds to a score, but for the term's rarity."""
    counts = Counter(terms)
    if not counts:
        return dict(EMPTY)
    length = rounded_length(sum(counts.values()))
    norm = K1 * (1 - B + B * length / average)
    return {numbers[term]: n * (1 + K1) / (n + norm) for term, n in counts.items()}


def rarity(documents: int, frequency: int) -> float:
    """Return what a term's occurrence is worth: the less, the more documents hold it."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def rounded_length(length: int) -> int:
    """Return a document's length as an engine keeps it in one byte: exact up to 40, then its four highest bits.

    Lucene's SmallFloat.intToByte4 and back, which is tantivy's table of field norms.
    """
    if length < 40:
        return length
    rest = length - 24
    shift = rest.bit_length() - 4
    return 24 + ((rest >> shift) << shift)
