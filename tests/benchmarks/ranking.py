"""Fit the weights of the ranking, leaving one set out at a time to see how they do on sets they never saw.

    python -m tests.benchmarks.ranking FOLDER --work DIR [SET …]

`--work` holds the sets' indexes as `tests.benchmarks.quality --work` leaves them; conversations are asked with what was
asked before. A coordinate search over a few values
of each weight, from the middle of each, maximises the mean nDCG@10 over the sets it may see, each weighing the same.
Prints for every set its nDCG@10 with the committed weights, with those fitted on all sets, and with those fitted on all
others. Which signals there are was decided with all sets in sight.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.closeness import Reader
from retrieval.dataset import load_dataset
from retrieval.encoders import Encoder
from retrieval.encoders.choosing import choose
from retrieval.encoders.remembering import Remembering
from retrieval.index import Request
from retrieval.index.generation import folder_of, require_current
from retrieval.index.local import LocalIndex
from retrieval.preparing import Wishes, prepare
from retrieval.ranking import Ranking, Signals, signals_of
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
}
START = Ranking(dense=0.5, dense_elsewhere=0.35, article=0.5, near=0.2, window=0.06, numbers=0.05, opens=0.0)
ENOUGH = 1e-4  # what a change must gain to be made

Judged = tuple[Signals, NDArray[np.float64]]


class Table:
    """One set's judged queries, each with its candidates' signals and their articles' gains."""

    def __init__(self, dataset: Path, index: LocalIndex, encoder: Encoder) -> None:
        loaded = load_dataset(dataset)
        names = [(loaded.records or {})[citation.record] for citation, _ in index.citations()]
        judged = [query for query in loaded.queries if query.id in loaded.qrels]
        self.queries: list[tuple[Signals, NDArray[np.float64], float]] = []
        self._known: dict[Ranking, float] = {}
        for query in judged:
            question = prepare(index, encoder, query.text, Filters(), Wishes(query.history, now=query.asked)).question
            vector = vector_of(encoder, question)
            request = Request(vector, question.terms, (), Filters(), START.candidates, question.weights)
            candidates = index.candidates(request)
            reader = Reader(question.terms, Weigher(index, question).weights)
            signals = signals_of(index, candidates, reader, reads_language(encoder, question), START)
            relevant = loaded.qrels[query.id]
            gains = np.array([relevant.get(names[article], 0) for article in candidates.articles], np.float64)
            best = sorted(relevant.values(), reverse=True)[:10]
            self.queries.append((signals, gains, float(np.sum(best / np.log2(np.arange(2, len(best) + 2))))))

    def ndcg(self, ranking: Ranking) -> float:
        """Return the mean nDCG@10 with articles ranked by their best passages."""
        if ranking not in self._known:
            self._known[ranking] = float(np.mean([_ndcg(*query, ranking) for query in self.queries]))
        return self._known[ranking]


def _ndcg(signals: Signals, gains: NDArray[np.float64], ideal: float, ranking: Ranking) -> float:
    candidates = signals.candidates
    order = np.lexsort((candidates.rows, -signals.scores(ranking)))
    articles = candidates.articles[order]
    _, first = np.unique(articles, return_index=True)
    top = order[np.sort(first)[:10]]
    return float(np.sum(gains[top] / np.log2(np.arange(2, len(top) + 2)))) / ideal


def fit(tables: Sequence[Table]) -> Ranking:
    """Return the weights that a coordinate search finds for `tables`."""

    def quality(ranking: Ranking) -> float:
        return float(np.mean([table.ndcg(ranking) for table in tables]))

    found, best = START, quality(START)
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
