"""Which articles carry the same story: a wire report in five papers, cut here and headed differently there.

An article is compared by a sketch of its shingles: of the 64-bit hashes of every five words in a row, those below
2^64 / 8 are kept, for all articles the same ("mod m" sketches of Broder, On the resemblance and containment of
documents, 1997; FracMinHash of Irber et al., 2022). What share of the smaller of two sketches is in the other estimates
what share of the shorter text is in the longer, so that a report whose end was cut off is still known. Numbers must
agree too: yesterday's market report has today's words and other numbers, and is another story.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import forms

COPIES = 1  # changes when sketches or lines are taken in another way: then they are taken again
SHINGLE = 5  # words
SCALE = 8  # one shingle in so many is kept in a sketch
_KEPT = np.uint64(2**64 // SCALE)
_LEAST = 4  # kept shingles: below, about 36 words, only a text that is word for word the same is a copy
_SHARE = 0.6  # of the shorter text's shingles that must be in the longer
_NUMBERS = 64  # numbers of a text that are compared
_NUMBER_SHARE = 0.75
_CARRIED = 0.6  # of a passage's shingles that an article must hold to be cited beside it
_OVERLAP = 0.5  # of the shorter of two passages that makes them one
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


class Sketch(NamedTuple):
    """What of an article is compared with others: hashes of some of its shingles and of its numbers, each ascending."""

    shingles: Hashes
    numbers: Hashes

    def to_bytes(self) -> bytes:
        """Return it for the catalogue."""
        return len(self.numbers).to_bytes(2, "little") + self.numbers.tobytes() + self.shingles.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Sketch:
        """Return what `to_bytes` gave."""
        numbers = int.from_bytes(stored[:2], "little")
        hashes = np.frombuffer(stored, np.uint64, offset=2)
        return cls(hashes[numbers:], hashes[:numbers])


def sketch(text: str) -> Sketch:
    """Return the sketch of an article's text."""
    words = forms(text)
    numbers = np.unique(_hashes([word for word in words if word[0].isdigit()]))[:_NUMBERS]
    return Sketch(_kept(_shingles(words)), numbers)


def stories(sketches: Sequence[Sketch]) -> NDArray[np.int64]:
    """Return for each article the first one that carries the same story (itself, where it is the first).

    Two articles carry the same story where most of the shorter is in the longer and their numbers agree, and where
    others between them do. Takes time in proportion to the number of sketches.
    """
    first = np.arange(len(sketches), dtype=np.int64)
    for a, b in _suspects(sketches):
        x, y = sketches[a], sketches[b]
        if _contained(x.shingles, y.shingles) >= _SHARE and _numbers_agree(x.numbers, y.numbers):
            low, high = sorted((_root(first, a), _root(first, b)))
            first[high] = low
    for row in range(len(first)):
        first[row] = first[first[row]]  # whatever comes before has its root already
    return first


def passage_sketch(text: str) -> Hashes:
    """Return the shingles of a passage that its article's sketch holds too, where the passage has enough of them."""
    return _kept(_read(text))


def carries(article: Sketch, passage: Hashes) -> bool:
    """Whether an article of the same story holds nearly all of a passage (`passage_sketch`), as far as can be told."""
    if not len(passage):
        return False
    return len(np.intersect1d(article.shingles, passage, assume_unique=True)) >= _CARRIED * len(passage)


def overlap(one: str, other: str) -> bool:
    """Whether two passages of one story are mostly the same words, though they may begin and end elsewhere."""
    return _contained(np.unique(_read(one)), np.unique(_read(other))) >= _OVERLAP


def runs(text: str) -> Hashes:
    """Return the hashes of every five words in a row of a text, each once, ascending."""
    return np.unique(_shingles(forms(text)))


def shared(one: Hashes, other: Hashes) -> float:
    """Return which share of the shorter text's `runs` the longer one holds: 0 where it has none."""
    return _contained(one, other)


def _root(first: NDArray[np.int64], row: int) -> int:
    while first[row] != row:
        first[row] = first[first[row]]
        row = int(first[row])
    return row


def _suspects(sketches: Sequence[Sketch]) -> Iterable[tuple[int, int]]:
    """Return pairs of articles that share shingles, in order.

    Of the articles that hold a shingle each is paired with the first and with the one before it, not with all: that
    links all that belong together, and a line that a thousand articles share makes two thousand pairs, no million.
    """
    large = [row for row, one in enumerate(sketches) if len(one.shingles) >= _LEAST]
    if not large:
        return ()
    hashes = np.concatenate([sketches[row].shingles for row in large])
    rows = np.repeat(np.array(large, np.int64), [len(sketches[row].shingles) for row in large])
    order = np.lexsort((rows, hashes))
    hashes, rows = hashes[order], rows[order]
    begins = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    heads = np.repeat(begins, np.diff(np.append(begins, len(hashes))))
    at = np.arange(len(hashes))
    star, chain = at[at > heads], at[at > heads + 1]
    pairs = np.concatenate((rows[heads[star]] * len(sketches) + rows[star],
                            rows[chain - 1] * len(sketches) + rows[chain]))  # fmt: skip
    found, times = np.unique(pairs, return_counts=True)
    return [divmod(int(pair), len(sketches)) for pair in found[times >= 2]]


def _contained(one: Hashes, other: Hashes) -> float:
    smaller = min(len(one), len(other))
    return len(np.intersect1d(one, other, assume_unique=True)) / smaller if smaller else 0.0


def _numbers_agree(one: Hashes, other: Hashes) -> bool:
    """Whether the text with fewer numbers has hardly any that the other has not; the smallest hashes are compared."""
    if not len(one) or not len(other):
        return True
    limit = min(part[-1] if len(part) == _NUMBERS else np.iinfo(np.uint64).max for part in (one, other))
    return _contained(one[one <= limit], other[other <= limit]) >= _NUMBER_SHARE


def _shingles(words: Sequence[str]) -> Hashes:
    """Return a hash of every SHINGLE words in a row, in order."""
    hashes = _hashes(words)
    if len(hashes) < SHINGLE:
        return hashes[:0]
    mixed = np.zeros(len(hashes) - SHINGLE + 1, np.uint64)
    for at in range(SHINGLE):  # a polynomial modulo 2^64, as in a rolling hash
        mixed = mixed * _FACTOR + hashes[at : at + len(mixed)]
    mixed ^= mixed >> np.uint64(31)  # the finalizer of splitmix64, so that the least bits sample as well as any
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(29))


@lru_cache(maxsize=256)
def _read(passage: str) -> Hashes:
    """Return the shingles of a passage: it is compared with several others in one question. Nobody changes them."""
    return _shingles(forms(passage))


def _kept(shingles: Hashes) -> Hashes:
    return np.unique(shingles[shingles < _KEPT])


def _hashes(words: Sequence[str]) -> Hashes:
    return np.fromiter(map(_hash, words), np.uint64, len(words))


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
