"""Fit the model behind an answer's confidence, leaving one set out at a time to see how it does on sets it never saw.

    python -m tests.benchmarks.confidence FOLDER --work DIR SET SET ...     sets with unanswerable queries

`--work` holds the sets' indexes as `tests.benchmarks.quality --work` leaves them. Prints, for every set, the AUROC of a
fit that has not seen it, and the coefficients of the fit over all; every set and every class weighs the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.answer import EVIDENCE, Weigher, evidence
from retrieval.encoders import Encoder, SentenceTransformerEncoder
from retrieval.index.generation import folder_of, require_current
from retrieval.index.local import LocalIndex
from retrieval.search import search, understand
from retrieval.types import Filters

Table = tuple[NDArray[np.float64], NDArray[np.bool_]]
NAMES = ("cosine", "covered", "sentence", "article")
RIDGE = 1e-3


def features(dataset: Path, index: Path, encoder: Encoder) -> Table:
    """Return a row of evidence for each query that says whether it is answerable, and those labels."""
    rows, labels = [], []
    opened = LocalIndex(folder_of(index, require_current(index)))
    for line in (dataset / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        if query.get("answerable") is None:
            continue
        question = understand(query["text"], opened.summary.languages)
        found = search(opened, encoder, question, Filters(), EVIDENCE)
        if not found:
            question = question.without_phrases()
            found = search(opened, encoder, question, Filters(), EVIDENCE)
        known = evidence(found, Weigher(opened, question))
        rows.append([known[name] for name in NAMES])
        labels.append(bool(query["answerable"]))
    opened.close()
    return np.array(rows), np.array(labels)


def fit(tables: list[Table]) -> NDArray[np.float64]:
    """Return intercept and coefficients of a ridge logistic regression (Newton's method), sets and classes balanced."""
    x = np.vstack([np.column_stack([np.ones(len(rows)), rows]) for rows, _ in tables])
    y = np.concatenate([labels for _, labels in tables])
    weight = np.concatenate([np.where(y, 0.5 / y.sum(), 0.5 / (~y).sum()) for _, y in tables]) / len(tables)
    ridge = np.diag([0.0, *[RIDGE] * len(NAMES)])
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (weight * (y - p)) - ridge @ beta
        beta += np.linalg.solve((x.T * (weight * p * (1 - p))) @ x + ridge, gradient)
    return beta


def auroc(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the chance that an answerable query scores above an unanswerable one, ties counting half."""
    yes, no = scores[labels], np.sort(scores[~labels])
    below = np.searchsorted(no, yes, "left") + np.searchsorted(no, yes, "right")
    return float(below.mean() / 2 / len(no))


def main(arguments: list[str]) -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args(arguments)
    encoder = SentenceTransformerEncoder()
    tables = {name: features(options.folder / name, options.work / name / "index", encoder) for name in options.sets}
    out = sys.stdout
    for name, (rows, labels) in tables.items():
        beta = fit([table for other, table in tables.items() if other != name])
        own = {feature: round(auroc(rows[:, i], labels), 3) for i, feature in enumerate(NAMES)}
        p = 1 / (1 + np.exp(-(beta[0] + rows @ beta[1:])))
        at = {
            t: (round(float((p[labels] >= t).mean()), 2), round(float((p[~labels] >= t).mean()), 2))
            for t in (0.25, 0.5)
        }
        out.write(f"{name}: AUROC {auroc(rows @ beta[1:], labels):.3f}; alone {own}; at or above (yes, no) {at}\n")
    beta = fit(list(tables.values()))
    out.write(
        json.dumps({"intercept": round(beta[0], 3)} | dict(zip(NAMES, np.round(beta[1:], 3).tolist(), strict=True)))
    )
    out.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
