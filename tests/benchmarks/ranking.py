"""Fit the weights of the ranking, leaving one set out at a time to see how they do on sets they never saw.

    python -m tests.benchmarks.ranking FOLDER --work DIR [SET …]

`--work` holds the sets' indexes as `tests.benchmarks.quality --work` leaves them; conversations are asked with what was
asked before. A coordinate search over a few values of each weight, from the middle of each and from a strong
reading of the best candidates (the better end is taken: what pays only together is missed from one side), maximises the
mean nDCG@10 over the sets it may see, each weighing the same.
Prints for every set its nDCG@10 with the committed weights, with those fitted on all sets, and with those fitted on all
others. Which signals there are was decided with all sets in sight.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.closeness import Reader
from retrieval.dataset import load_dataset
from retrieval.encoders import Encoder
from retrieval.encoders.choosing import choose
from retrieval.encoders.remembering import Remembering
from retrieval.index import Candidates, Request
from retrieval.index.generation import folder_of, require_current
from retrieval.index.local import LocalIndex
from retrieval.preparing import Wishes, prepare
from retrieval.ranking import Ranking, Readings, Signals, signals_of
from retrieval.search import reads_language, vector_of
from retrieval.types import Filters
from retrieval.weighing import Weigher

from .quality import kept_at, sets_below

VALUES = {
    "dense": (0.45, 0.5, 0.55),
    "dense_elsewhere": (0.3, 0.35, 0.4, 0.45),
    "article": (0.3, 0.5, 0.7),
    "near": (0.0, 0.1, 0.2, 0.3),
    "window": (0.0, 0.03, 0.06, 0.1, 0.15),
    "numbers": (0.0, 0.05, 0.1, 0.15, 0.2),
    "opens": (0.0, 0.03, 0.06, 0.1),
    "named": (0.0, 0.1, 0.2, 0.3, 0.4),
}
START = Ranking(dense=0.5, dense_elsewhere=0.35, article=0.5, near=0.2, window=0.06, numbers=0.05, opens=0.0, named=0.0)
STARTS = (START, replace(START, article=0.7, near=0.3, window=0.15, numbers=0.1, opens=0.03))
ENOUGH = 1e-4  # what a change must gain to be made


class Judged(NamedTuple):
    """A judged query: the signals of its candidates, the gains of their articles, and the best sum of gains."""

    signals: Signals
    gains: NDArray[np.float64]
    ideal: float


class Block:
    """Judged queries in one array: candidates lie in the order of their rows, those of an article side by side."""

    def __init__(self, queries: Sequence[Judged]) -> None:
        sizes = [len(query.gains) for query in queries]
        of = np.repeat(np.arange(len(queries)), sizes)
        self._signals = _joined([query.signals for query in queries])
        articles = self._signals.candidates.articles
        self._starts = np.flatnonzero(np.r_[True, (articles[1:] != articles[:-1]) | (of[1:] != of[:-1])])
        self._query = of[self._starts]
        self._first = np.flatnonzero(np.r_[True, self._query[1:] != self._query[:-1]])
        self._ideal = np.array([query.ideal for query in queries])
        gains = np.concatenate([query.gains for query in queries])[self._starts]
        relevant = np.flatnonzero(gains)
        place = np.concatenate([np.arange(n) for n in np.bincount(self._query[relevant], minlength=len(queries))])
        # One relevant article of each query in every layer.
        self._layers = [relevant[place == n] for n in range(int(place.max(initial=-1)) + 1)]
        self._gains = gains

    def ndcg(self, ranking: Ranking) -> NDArray[np.float64]:
        """Return each query's nDCG@10 with articles ranked by their best passages."""
        best = np.maximum.reduceat(self._signals.scores(ranking), self._starts)
        found = np.zeros(len(self._ideal))
        for layer in self._layers:
            own = self._query[layer]
            mark, at = np.full(len(self._ideal), np.inf), np.zeros(len(self._ideal), np.int64)
            mark[own], at[own] = best[layer], layer
            before = np.arange(len(best)) < at[self._query]
            better = (best > mark[self._query]) | ((best == mark[self._query]) & before)
            rank = 1 + np.add.reduceat(better.astype(np.int64), self._first)[own]
            found[own] += np.where(rank <= 10, self._gains[layer] / np.log2(rank + 1), 0.0)
        ndcg: NDArray[np.float64] = found / self._ideal
        return ndcg


class Table:
    """One set's judged queries, those in languages that the encoder was trained for apart from the others."""

    def __init__(self, dataset: Path, index: LocalIndex, encoder: Encoder) -> None:
        loaded = load_dataset(dataset)
        names = [(loaded.records or {})[citation.record] for citation, _ in index.citations()]
        queries: dict[bool, list[Judged]] = {}
        self._known: dict[Ranking, float] = {}
        for query in (query for query in loaded.queries if query.id in loaded.qrels):
            question = prepare(index, encoder, query.text, Filters(), Wishes(query.history, now=query.asked)).question
            vector, reads = vector_of(encoder, question), reads_language(encoder, question)
            request = Request(vector, question.terms, (), Filters(), START.candidates, question.weights)
            candidates = index.candidates(request)
            reader = Reader(question.terms, Weigher(index, question).weights)
            signals = replace(signals_of(candidates, Readings(index, reader), reads, START), stored={})
            relevant = loaded.qrels[query.id]
            gains = np.array([relevant.get(names[article], 0) for article in candidates.articles], np.float64)
            best = sorted(relevant.values(), reverse=True)[:10]
            ideal = float(np.sum(best / np.log2(np.arange(2, len(best) + 2))))
            queries.setdefault(reads, []).append(Judged(signals, gains, ideal))
        self._blocks = [Block(each) for each in queries.values()]

    def ndcg(self, ranking: Ranking) -> float:
        """Return the mean nDCG@10."""
        if ranking not in self._known:
            self._known[ranking] = float(np.mean(np.concatenate([block.ndcg(ranking) for block in self._blocks])))
        return self._known[ranking]


def _joined(signals: Sequence[Signals]) -> Signals:
    """Return the signals of several queries as if they were of one."""

    def columns(of: Sequence[object], kind: type) -> dict[str, Any]:
        arrays = [each.name for each in fields(kind) if isinstance(getattr(of[0], each.name), np.ndarray)]
        return {name: np.concatenate([getattr(one, name) for one in of]) for name in arrays}

    candidates = [each.candidates for each in signals]
    together = replace(candidates[0], **columns(candidates, Candidates))
    return replace(signals[0], candidates=together, **columns(signals, Signals))


def fit(tables: Sequence[Table]) -> Ranking:
    """Return the best weights that a coordinate search finds for `tables`."""

    def quality(ranking: Ranking) -> float:
        return float(np.mean([table.ndcg(ranking) for table in tables]))

    return max((_searched(start, quality) for start in STARTS), key=quality)


def _searched(start: Ranking, quality: Callable[[Ranking], float]) -> Ranking:
    """Return where changing one weight at a time leads from `start`."""
    found, best = start, quality(start)
    improved = True
    while improved:
        improved = False
        for name, values in VALUES.items():
            for value in values:
                tried = replace(found, **{name: value})  # type: ignore[arg-type]  # every one of VALUES is a float
                gained = quality(tried)
                if gained > best + ENOUGH:
                    found, best, improved = tried, gained, True
    return found


def main(arguments: list[str]) -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_intermixed_args(arguments)
    encoder = Remembering(choose(), 16)
    tables: dict[str, Table] = {}
    for name, path in sets_below(options.folder, options.sets).items():
        data = kept_at(options.work, name) / "index"
        index = LocalIndex(folder_of(data, require_current(data)))
        tables[name] = Table(path, index, encoder)
        index.close()
    write = sys.stdout.write
    whole = fit(list(tables.values()))
    rows = []
    for name, table in tables.items():
        unseen = fit([other for known, other in tables.items() if known != name])
        rows.append([table.ndcg(Ranking()), table.ndcg(whole), table.ndcg(unseen)])
        write(f"| {name} | {' | '.join(f'{value:.4f}' for value in rows[-1])} |\n")
        sys.stdout.flush()
    means = " | ".join(f"{value:.4f}" for value in np.mean(rows, axis=0))
    write(f"| **mean** | {means} |\n")
    write(" ".join(f"{name}={getattr(whole, name)}" for name in VALUES) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
