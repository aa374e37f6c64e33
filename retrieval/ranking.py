"""What passages are ranked by: the signals of each candidate, and how much each weighs.

The score is the convex combination (Bruch et al. 2023, arXiv 2210.11934) of three views of a candidate, each scaled by
the best candidate's,

    w * cosine⁺ + (1 - w) * ((1 - a) * BM25(passage with title) + a * BM25(whole article))

and, for the best of these, what their texts say of how close together the question's words stand (`closeness`), each
signal by its weight; whether it opens its article: there it is said what the whole is about, and nowhere else need it
be said again; and whether the question calls its article by its title. A negative cosine counts as 0, which is BM25's
own least value. `w` is less where the encoder was not trained for the question's language.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.closeness import Closeness, Reader
from retrieval.errors import DamagedError
from retrieval.index import Candidates, Index, Rows, Scores, Stored
from retrieval.marking import terms_of

_AHEAD = 12  # passages that are read before it is known which are the best


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the ranking may be tuned by: the weight of the dense side in languages that the encoder was trained for and
    in others, the share of the whole article in the lexical side; the weights of the signals of `closeness`, of a
    passage that opens its article and of one whose article the question names, and how many of the best candidates are
    read for them; candidates from each engine, passages an article; how many days away the preference for articles near
    a date is half as strong (0: none; see `retrieval.recency`).

    The weights were fitted as `tests.benchmarks.ranking` does, on eight public sets; README tells what they are worth.
    """

    dense: float = 0.55
    dense_elsewhere: float = 0.45
    article: float = 0.7
    near: float = 0.3
    window: float = 0.15
    numbers: float = 0.15
    opens: float = 0.06
    named: float = 0.3
    read: int = 20
    candidates: int = 100
    per_article: int = 2
    prefer_recent_days: int = 0


@dataclass(frozen=True, slots=True)
class Signals:
    """What a ranking is made of: candidates with the columns that are weighed, one row a candidate.

    `dense`, `passage` and `article` are scaled so that the best candidate has 1; `close` holds the signals of
    `Closeness`, `opens` is 1 where a passage opens its article, and `named` is how much of the question the title of
    its article makes up (`closeness.Reader.named`): 0 for candidates that were not read. `stored` are the passages
    that were, by row.
    """

    candidates: Candidates
    reads: bool
    dense: NDArray[np.float64]
    passage: NDArray[np.float64]
    article: NDArray[np.float64]
    close: NDArray[np.float64]
    opens: NDArray[np.float64]
    named: NDArray[np.float64]
    stored: dict[int, Stored]

    def scores(self, ranking: Ranking) -> NDArray[np.float64]:
        """Return each candidate's score, rounded to 1e-6."""
        weights = np.array([ranking.near, ranking.window, ranking.numbers])
        article = ranking.opens * self.opens + ranking.named * self.named
        scores: NDArray[np.float64] = np.round(_mixed(self, ranking) + self.close @ weights + article, 6)
        return scores


class Read(NamedTuple):
    """A passage that was read for a question, with what it and its article's title say of it."""

    stored: Stored
    close: Closeness
    named: float


class Readings:
    """Reads passages of `index` for the question that `reader` knows, each once."""

    def __init__(self, index: Index, reader: Reader) -> None:
        self._index = index
        self._reader = reader
        self._read: dict[int, Read] = {}

    def of(self, rows: NDArray[np.int64]) -> list[Read]:
        """Return the passages at `rows`, in that order; raises DamagedError as `Index.passages`."""
        wanted = rows.tolist()
        for stored in self._index.passages([row for row in wanted if row not in self._read]):
            title = stored.article.title
            close = self._reader.read(f"{title} . {stored.passage.text}")
            named = self._reader.named(terms_of(title, stored.article.language))
            self._read[stored.row] = Read(stored, close, named)
        return [self._read[row] for row in wanted]

    def ahead(self, ranking: Ranking, rows: Rows, passage: Scores, article: Scores) -> None:
        """Read the best of `rows` by their words alone: most of them will be among the best by all that counts.

        What is damaged is left to whoever needs it.
        """
        worth = (1 - ranking.article) * _scaled(passage) + ranking.article * _scaled(article)
        with suppress(DamagedError):
            self.of(rows[np.argsort(-worth, kind="stable")[:_AHEAD]])


def signals_of(candidates: Candidates, readings: Readings, reads: bool, ranking: Ranking) -> Signals:
    """Return what `candidates` are ranked by; the best `ranking.read` of them are read."""
    size = len(candidates.rows)
    signals = Signals(
        candidates,
        reads,
        dense=_scaled(candidates.dense),
        passage=_scaled(candidates.passage),
        article=_scaled(candidates.article),
        close=np.zeros((size, len(Closeness._fields))),
        opens=np.zeros(size),
        named=np.zeros(size),
        stored={},
    )
    first = np.round(_mixed(signals, ranking), 6)
    best = np.lexsort((candidates.rows, -first))[: ranking.read]
    for i, read in zip(best, readings.of(candidates.rows[best]), strict=True):
        signals.stored[read.stored.row] = read.stored
        signals.opens[i] = read.stored.passage.start == 0
        signals.named[i] = read.named
        signals.close[i] = read.close
    return signals


def _mixed(signals: Signals, ranking: Ranking) -> NDArray[np.float64]:
    """Return the convex combination of the three scaled views."""
    weight = ranking.dense if signals.reads else ranking.dense_elsewhere
    lexical = (1 - ranking.article) * signals.passage + ranking.article * signals.article
    mixed: NDArray[np.float64] = weight * signals.dense + (1 - weight) * lexical
    return mixed


def _scaled(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scale scores so that 0 is the least that means anything and 1 the best candidate's."""
    positive = np.maximum(scores.astype(np.float64), 0)
    best = positive.max(initial=0)
    return positive / best if best > 0 else positive
