"""Fit the model behind an answer's confidence, leaving one set out at a time to see how it does on sets it never saw.

    python -m tests.benchmarks.confidence FOLDER --work DIR [SET …] [--out FILE]

`--work` keeps the sets' indexes as `tests.benchmarks.quality --work` does. What tells an answerable question from
another is fitted on the sets that have both, each set and each class weighing the same; then an intercept and a slope
are fitted over all sets as they are, so that confidence is the share of answers that are right. Prints, for every set,
what a fit does that has not seen it, at any of the two steps; then the expected calibration error over all of these,
each set weighing the same; FILE gets the model that is fitted on all.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.calibrating import Examples, gather
from retrieval.calibration import Confidence, as_document, fit
from retrieval.dataset import QUERIES
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.evidence import NAMES
from retrieval.measures import auroc
from retrieval.reliability import expected_calibration_error

RIDGE = 1e-3  # of a weight of 1 over all queries


def model_of(examples: list[Examples]) -> Confidence:
    """Return the model of both steps over `examples`."""
    both = [e for e in examples if e.answerable.any() and not e.answerable.all()]
    rows = np.vstack([e.rows for e in both])
    labels = np.concatenate([e.answerable for e in both])
    halves = [np.where(e.answerable, 0.5 / e.answerable.sum(), 0.5 / (~e.answerable).sum()) for e in both]
    ridge = np.array([0.0, *[RIDGE] * len(NAMES)])
    direction = fit(rows, labels, np.concatenate(halves) / len(both), np.zeros(len(NAMES) + 1), ridge)
    told = np.concatenate([direction[0] + e.rows @ direction[1:] for e in examples])[:, None]
    right = np.concatenate([e.right for e in examples])
    even = np.concatenate([np.full(len(e.right), 1 / len(e.right)) for e in examples]) / len(examples)
    level, slope = fit(told, right, even, np.array([0.0, 1.0]), np.zeros(2))
    return Confidence(float(level + slope * direction[0]), tuple((slope * direction[1:]).tolist()))


def table_row(name: str, examples: Examples, confidences: NDArray[np.float64]) -> str:
    """Return a line of the table: what a model that has not seen a set does on it."""
    yes, no = confidences[examples.answerable], confidences[~examples.answerable]
    cells = [f"{expected_calibration_error(confidences.tolist(), examples.right.tolist()):.3f}"]
    cells += [f"{np.mean(confidences):.2f}", f"{np.mean(examples.right):.2f}"]
    if len(no):
        at_95 = np.quantile(yes, 0.05)
        cells += [f"{auroc(yes.tolist(), no.tolist()):.3f}", f"{np.mean(no < at_95):.2f}"]
    else:
        cells += ["–", "–"]
    return f"| {name} | {' | '.join(cells)} |\n"


def weighted_error(examples: list[Examples], confidences: list[NDArray[np.float64]]) -> float:
    """Return the expected calibration error over all sets together, each weighing the same."""
    p, right = np.concatenate(confidences), np.concatenate([e.right for e in examples])
    weight = np.concatenate([np.full(len(e.right), 1 / len(e.right)) for e in examples]) / len(examples)
    bins = np.minimum((p * 10).astype(int), 9)
    return float(sum(abs((weight * (p - right))[bins == i].sum()) for i in range(10)))


def sets_in(folder: Path, wanted: Sequence[str]) -> dict[str, Path]:
    """Return the datasets in `folder` by name, all or those that are wanted."""
    found = {place.parent.name: place.parent for place in sorted(folder.glob(f"*/{QUERIES}"))}
    return {name: path for name, path in found.items() if not wanted or name in wanted}


def main(arguments: list[str]) -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_intermixed_args(arguments)
    encoder = SentenceTransformerEncoder()
    known = {
        name: gather(path, encoder, data=options.work / name)
        for name, path in sets_in(options.folder, options.sets).items()
    }
    write = sys.stdout.write
    write("| set | ECE | mean confidence | right | AUROC | refused at 95 % answered |\n|---|--:|--:|--:|--:|--:|\n")
    confidences = []
    for name, examples in known.items():
        model = model_of([other for other in known.values() if other is not examples])
        confidences.append(np.array(examples.confidences(model)))
        write(table_row(name, examples, confidences[-1]))
    write(f"all together: ECE {weighted_error(list(known.values()), confidences):.3f}\n")
    whole = as_document(model_of(list(known.values()))) | {
        "fitted_on": [f"{name} ({len(e.right)} queries)" for name, e in known.items()],
        "by": "python -m tests.benchmarks.confidence; every set weighs the same",
    }
    write(json.dumps(whole, indent=1) + "\n")
    if options.out:
        options.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
