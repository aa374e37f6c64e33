"""Whether confidence means what it says, and what it is worth: calibration, and risk against coverage.

An answer is *right* where the question is answerable and the first passage is of an article that is judged relevant,
or stands in one word for word. Nothing here asks anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 10
COVERAGES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)  # shares of the questions at which a risk is told


class Bin(NamedTuple):
    """The answers whose confidence is from `low` to `high`: how many, how sure on average, what share was right."""

    low: float
    high: float
    answers: int
    confidence: float
    right: float


class RiskPoint(NamedTuple):
    """What holds where only the surest `coverage` of the questions are answered, those with at least `confidence`."""

    coverage: float
    risk: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """What confidences are worth; None, or empty, where no answer is known to be right or wrong.

    `error` is the expected calibration error over `bins`, which are of equal width. `area` is the area under the curve
    of risk (the share of wrong answers among those given) against coverage, lower is better; `points` are some of it.
    """

    judged: int
    right: float | None
    error: float | None
    bins: tuple[Bin, ...]
    area: float | None
    points: tuple[RiskPoint, ...]


def reliability_of(confidences: Sequence[float], right: Sequence[bool]) -> Reliability:
    """Return what `confidences`, each between 0 and 1, are worth, given which answers were right; to four places."""
    if not len(confidences):
        return Reliability(0, None, None, (), None, ())
    bins = reliability(confidences, right)
    coverage, risk, least = risk_coverage(confidences, right)
    points = []
    for wanted in COVERAGES:
        at = min(int(np.searchsorted(coverage, wanted - 1e-9)), len(coverage) - 1)
        points.append(RiskPoint(*(round(float(curve[at]), 4) for curve in (coverage, risk, least))))
    return Reliability(
        judged=len(confidences),
        right=round(sum(right) / len(right), 4),
        error=expected_calibration_error(confidences, right),
        bins=tuple(Bin(b.low, b.high, b.answers, round(b.confidence, 4), round(b.right, 4)) for b in bins),
        area=round(float(np.sum(risk * np.diff(coverage, prepend=0.0))), 4),
        points=tuple(dict.fromkeys(points)),
    )


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Return the bins of a reliability diagram, of equal width, without the empty ones."""
    p, y = np.asarray(confidences, np.float64), np.asarray(right, np.float64)
    # A bin's confidences are summed exactly, so that the order of the questions does not show in the last digit told.
    at = np.minimum((p * bins).astype(int), bins - 1)
    return [
        Bin(i / bins, (i + 1) / bins, int(held.sum()), fsum(p[held]) / int(held.sum()), float(y[held].mean()))
        for i in range(bins)
        if (held := at == i).any()
    ]


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float | None:
    """Return by how much confidence and share right differ on average, over bins of equal width; None without answers.

    As in Guo et al. 2017 (arXiv 1706.04599), section 2; between 0 and 1, lower is better.
    """
    if not len(confidences):
        return None
    table = reliability(confidences, right, bins)
    return round(sum(b.answers * abs(b.confidence - b.right) for b in table) / len(confidences), 4)


def risk_coverage(
    confidences: Sequence[float], right: Sequence[bool]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return coverage, risk and least confidence, each an array, at every place where a threshold may lie.

    As in Geifman and El-Yaniv 2017 (arXiv 1705.08500), section 2. Answers of one confidence are given or held back
    together.
    """
    order = np.argsort(-np.asarray(confidences, np.float64), kind="stable")
    p = np.asarray(confidences, np.float64)[order]
    wrong = np.cumsum(~np.asarray(right, bool)[order])
    given = np.arange(1, len(p) + 1)
    last = np.append(p[1:] != p[:-1], True) if len(p) else np.zeros(0, bool)
    return given[last] / max(len(p), 1), wrong[last] / given[last], p[last]
