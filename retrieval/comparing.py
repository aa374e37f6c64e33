"""Two systems over one dataset, by the runs and the answers that `archivist evaluate` wrote for each.

A judged query that a run or an answers file leaves out counts as nothing found, for either side alike.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.dataset import Dataset, Query, has_articles, lines_of, load_dataset
from retrieval.errors import DatasetError
from retrieval.measures import holds, ranking_values
from retrieval.resampling import Difference, paired

_DEPTH = 100
_WRITTEN = "Write it with `archivist evaluate`, by --run or --answers"
_NAMES = {"ndcg_10": "nDCG@10", "recall_10": "R@10", "recall_100": "R@100", "rr_10": "RR@10"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two systems, by the names of measures in JSON; higher is better, but for `brier`.

    `brier` is the mean square of confidence less right (1 or 0) and `first_right` the share right, as `reliability` has
    it; `highlight_accuracy` is over the queries whose first passage holds a known answer for both systems.
    """

    dataset: str
    a: str
    b: str
    measures: Mapping[str, Difference]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as `archivist evaluate --compare --json` prints it."""
        return {
            "dataset": self.dataset,
            "a": self.a,
            "b": self.b,
            "measures": {name: asdict(d) | {"interval": list(d.interval)} for name, d in self.measures.items()},
        }


def compare(
    dataset: Path, run_a: Path, run_b: Path, answers_a: Path | None = None, answers_b: Path | None = None
) -> Comparison:
    """Compare two TREC runs, and two answers files where both are given, over the judged queries of `dataset`.

    Raises DatasetError for a file that cannot be read, holds what it should not, or a dataset without judgements.
    """
    loaded = load_dataset(dataset, elsewhere=not has_articles(dataset))
    if not loaded.qrels:
        raise DatasetError(f"{loaded.folder} judges no query", "Two runs can only be compared on judged queries")
    known = {query.id for query in loaded.queries}
    a, b = (ranking_values(loaded.qrels, read_run(path, known), _DEPTH) for path in (run_a, run_b))
    found = {
        _NAMES[name]: paired([a[name][i] for i in loaded.qrels], [b[name][i] for i in loaded.qrels]) for name in _NAMES
    }
    if answers_a and answers_b:
        found |= _answers_compared(loaded, *(_read_answers(path, known) for path in (answers_a, answers_b)))
    return Comparison(loaded.name, str(run_a), str(run_b), {name: each for name, each in found.items() if each})


def read_run(path: Path, known: set[str]) -> dict[str, dict[str, float]]:
    """Read a TREC run: query id -> corpus id -> score. Raises DatasetError, naming the line, for what is no run."""
    found: dict[str, dict[str, float]] = {}
    for number, line in lines_of(path, _WRITTEN):
        columns = line.split()
        if len(columns) != 6:
            raise DatasetError(
                f"line {number} of {path} has {len(columns)} columns, not 6",
                "A TREC run's lines are: query-id Q0 corpus-id rank score tag",
            )
        query_id, _, corpus_id, _, score, _ = columns
        _check_known(query_id, known, path, number)
        try:
            value = float(score)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise DatasetError(f"line {number} of {path} has the score {score!r}", "Write a number")
        if corpus_id in found.setdefault(query_id, {}):
            raise DatasetError(f"line {number} of {path} ranks {corpus_id!r} again", "Rank each article once a query")
        found[query_id][corpus_id] = value
    return found


def _read_answers(path: Path, known: set[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, line in lines_of(path, _WRITTEN):
        try:
            row = json.loads(line)
            query_id = row["query_id"]
            row["confidence"] = float(row["confidence"])
            if row["passages"]:
                first = row["passages"][0]
                row["first"] = first["corpus_id"], first["text"], [(int(s), int(e)) for s, e in first["highlights"]]
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DatasetError(
                f"line {number} of {path} is no answer: {error!r}",
                "Give a file that `archivist evaluate --answers` wrote",
            ) from error
        _check_known(query_id, known, path, number)
        if query_id in found:
            raise DatasetError(f"line {number} of {path} answers {query_id!r} again", "Keep one answer a query")
        found[query_id] = row
    return found


def _check_known(query_id: str, known: set[str], path: Path, number: int) -> None:
    if query_id not in known:
        raise DatasetError(
            f"line {number} of {path} is of the query {query_id!r}, which the dataset does not have",
            "Compare what was made of this dataset",
        )


def _answers_compared(
    dataset: Dataset, a: Mapping[str, dict[str, Any]], b: Mapping[str, dict[str, Any]]
) -> dict[str, Difference | None]:
    asked = [q for q in dataset.queries if q.answerable is False or (q.answerable and q.id in dataset.qrels)]
    right = [[_right(query, dataset, side.get(query.id)) for query in asked] for side in (a, b)]
    sure = [[side[q.id]["confidence"] if q.id in side else 0.0 for q in asked] for side in (a, b)]
    brier = [[(p - y) ** 2 for p, y in zip(*both, strict=True)] for both in zip(sure, right, strict=True)]
    marks = [
        (one, other)
        for query in dataset.queries
        if query.answerable
        for one, other in [(_marked(query, a.get(query.id)), _marked(query, b.get(query.id)))]
        if one is not None and other is not None
    ]
    return {
        "first_right": paired(right[0], right[1]),
        "brier": paired(brier[0], brier[1]),
        "highlight_accuracy": paired([one for one, _ in marks], [other for _, other in marks]),
    }


def _right(query: Query, dataset: Dataset, row: dict[str, Any] | None) -> float:
    if not query.answerable or row is None or "first" not in row:
        return 0.0
    return float(dataset.qrels[query.id].get(row["first"][0], 0) > 0)


def _marked(query: Query, row: dict[str, Any] | None) -> float | None:
    """Return whether a highlight of the first passage holds a known answer, None where that passage holds none."""
    if row is None or "first" not in row:
        return None
    _, text, highlights = row["first"]
    if not holds(text, query.answers):
        return None
    return float(any(holds(text[start:end], query.answers) for start, end in highlights))
