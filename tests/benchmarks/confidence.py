"""Fit the model behind an answer's confidence, leaving one set out at a time to see how it does on sets it never saw.

    python -m tests.benchmarks.confidence FOLDER --work DIR [SET …] [--out FILE]

`--work` keeps the sets' indexes as `tests.benchmarks.quality --work` does; conversations are asked with what was asked
before. What tells an answerable question from another is fitted on the sets that have both, each set and each class
weighing the same; then an intercept, a slope and what a language costs that the encoder was not trained for are fitted
over all sets as they are, so that confidence is the share of answers that are right: the question is answerable, and
the first passage is of an article that is judged relevant. What a contradiction costs is given beforehand and hardly
moved by a fit, since most sets have too few of them to tell.

Prints, for every set, what a fit does that has not seen it, at any of the steps. Then what `archivist calibrate` makes
of that fit on half of a set's questions, measured on the other half, and the other way round. Then the expected
calibration error over all sets, each weighing the same. FILE gets the model that is fitted on all.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.answer import Thresholds
from retrieval.calibrating import Examples, fitted, gather
from retrieval.calibration import Confidence, as_document, fit
from retrieval.encoders.choosing import choose
from retrieval.evidence import NAMES
from retrieval.measures import auroc
from retrieval.reliability import expected_calibration_error

from .quality import kept_at, sets_below

RIDGE = 1e-3  # of a weight of 1 over all queries, for evidence of unit variance
CONTRADICTED = (-1.0, 0.05)  # log-odds: they fall to about a third; and how strongly a fit is drawn there

COLUMNS = (
    "ECE", "ECE after `calibrate`", "mean confidence", "right", "answerable: answered", "refused",
    "unanswerable: answered", "refused", "AUROC", "refused where 95 % of the answerable are not",
)  # fmt: skip


def model_of(examples: list[Examples]) -> Confidence:
    """Return the model of both steps over `examples`."""
    both = [e for e in examples if e.answerable.any() and not e.answerable.all()]
    rows = np.vstack([e.rows for e in both])
    labels = np.concatenate([e.answerable for e in both])
    halves = [np.where(e.answerable, 0.5 / e.answerable.sum(), 0.5 / (~e.answerable).sum()) for e in both]
    prior, ridge = np.zeros(len(NAMES) + 1), np.array([0.0, *(RIDGE * rows.var(axis=0))])
    prior[1 + NAMES.index("contradicted")], ridge[1 + NAMES.index("contradicted")] = CONTRADICTED
    direction = fit(rows, labels, np.concatenate(halves) / len(both), prior, ridge)
    foreign = NAMES.index("foreign")
    direction[1 + foreign] = 0.0  # no set that has both is in such a language
    told = np.vstack([np.column_stack([direction[0] + e.rows @ direction[1:], e.rows[:, foreign]]) for e in examples])
    right = np.concatenate([e.right for e in examples])
    even = np.concatenate([np.full(len(e.right), 1 / len(e.right)) for e in examples]) / len(examples)
    level, slope, cost = fit(told, right, even, np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, RIDGE]))
    coefficients = slope * direction[1:]
    coefficients[foreign] = cost
    return Confidence(float(level + slope * direction[0]), tuple(coefficients.tolist()))


def halves(examples: Examples, prior: Confidence) -> NDArray[np.float64]:
    """Return how sure each answer is by what `archivist calibrate` makes of `prior` on the other half of the set."""
    second = np.random.default_rng(0).permutation(len(examples.right)) % 2 == 1
    confidences = np.zeros(len(second))
    for own in (second, ~second):
        model = fitted(examples.rows[~own], examples.right[~own], np.ones(int((~own).sum())), prior)
        confidences[own] = np.array(examples.confidences(model))[own]
    return confidences


def table_row(name: str, examples: Examples, confidences: NDArray[np.float64], calibrated: NDArray[np.float64]) -> str:
    """Return one line of the table."""
    right, yes, no = examples.right, confidences[examples.answerable], confidences[~examples.answerable]
    limits = Thresholds()
    cells = [f"{expected_calibration_error(p.tolist(), right.tolist()):.3f}" for p in (confidences, calibrated)]
    cells += [f"{confidences.mean():.2f}", f"{right.mean():.2f}"]
    cells += [f"{np.mean(yes >= limits.answered):.2f}", f"{np.mean(yes < limits.unsure):.2f}"]
    if len(no):
        at_95 = np.quantile(yes, 0.05)
        cells += [f"{np.mean(no >= limits.answered):.2f}", f"{np.mean(no < limits.unsure):.2f}"]
        cells += [f"{auroc(yes.tolist(), no.tolist()):.3f}", f"{np.mean(no < at_95):.2f}"]
    else:
        cells += ["–"] * 4
    return f"| {name} | {' | '.join(cells)} |\n"


def weighted_error(examples: list[Examples], confidences: list[NDArray[np.float64]]) -> float:
    """Return the expected calibration error over all sets together, each weighing the same."""
    p, right = np.concatenate(confidences), np.concatenate([e.right for e in examples])
    weight = np.concatenate([np.full(len(e.right), 1 / len(e.right)) for e in examples]) / len(examples)
    bins = np.minimum((p * 10).astype(int), 9)
    return float(sum(abs((weight * (p - right))[bins == i].sum()) for i in range(10)))


def _errors(known: dict[str, Examples], confidences: list[NDArray[np.float64]]) -> dict[str, float]:
    pairs = zip(known.items(), confidences, strict=True)
    return {name: round(expected_calibration_error(p.tolist(), e.right.tolist()) or 0.0, 3) for (name, e), p in pairs}


def _aurocs(known: dict[str, Examples], confidences: list[NDArray[np.float64]]) -> dict[str, float]:
    """Return how well confidence tells the answerable queries from the others, for the sets that have both."""
    told = {
        name: auroc(p[e.answerable].tolist(), p[~e.answerable].tolist())
        for (name, e), p in zip(known.items(), confidences, strict=True)
    }
    return {name: round(area, 3) for name, area in told.items() if area is not None}


def main(arguments: list[str]) -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_intermixed_args(arguments)
    encoder = choose()
    known = {
        name: gather(path, encoder, data=kept_at(options.work, name))
        for name, path in sets_below(options.folder, options.sets).items()
    }
    write = sys.stdout.write
    write(f"| set | {' | '.join(COLUMNS)} |\n|---|{'--:|' * len(COLUMNS)}\n")
    confidences, calibrated = [], []
    for name, examples in known.items():
        model = model_of([other for other in known.values() if other is not examples])
        confidences.append(np.array(examples.confidences(model)))
        calibrated.append(halves(examples, model))
        write(table_row(name, examples, confidences[-1], calibrated[-1]))
        sys.stdout.flush()
    together = weighted_error(list(known.values()), confidences)
    write(f"all together: ECE {together:.3f}\n")
    whole = as_document(model_of(list(known.values()))) | {
        "fitted_on": [f"{name} ({len(e.right)} queries)" for name, e in known.items()],
        "by": "python -m tests.benchmarks.confidence; every set weighs the same; contradicted is held near -1",
        "on_a_set_left_out": {
            "auroc": _aurocs(known, confidences),
            "expected_calibration_error": {"all together": round(together, 3)} | _errors(known, confidences),
            "expected_calibration_error_after_calibrate_on_the_other_half": _errors(known, calibrated),
        },
    }
    write(json.dumps(whole, indent=1) + "\n")
    if options.out:
        options.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
