"""How far a measured mean can be trusted: bootstrap intervals, and a paired test of two systems.

Both are seeded: the same values give the same numbers. Queries are what is drawn, since another day brings others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2_000
PERMUTATIONS = 10_000
SEED = 20_111
_AT_ONCE = 2_000_000  # numbers drawn at once: memory does not grow with the queries
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a paired test says of two means over the same `queries`, `b` minus `a`.

    `interval` holds 95 % of the bootstrapped differences; `p` is two-sided. `better`, `worse` and `same` count the
    queries by the sign of theirs.
    """

    queries: int
    a: float
    b: float
    mean: float
    interval: Interval
    p: float
    better: int
    worse: int
    same: int


def interval(values: Sequence[float], samples: int = SAMPLES, seed: int = SEED) -> Interval | None:
    """Return the 95 % percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13) of the mean of `values`.

    Both ends to four places; None without values.
    """
    if not len(values):
        return None
    data = np.asarray(values, np.float64)
    rng = np.random.default_rng(seed)
    means = np.concatenate(
        [data[rng.integers(0, len(data), (n, len(data)))].mean(axis=1) for n in _shares(samples, len(data))]
    )
    low, high = np.percentile(means, (2.5, 97.5))
    return round(float(low), 4), round(float(high), 4)


def auroc_interval(positive: Sequence[float], negative: Sequence[float], samples: int = SAMPLES) -> Interval | None:
    """Return the 95 % bootstrap interval of `measures.auroc`, each side drawn by itself; None where one is empty."""
    if not len(positive) or not len(negative):
        return None
    yes, no = np.asarray(positive, np.float64), np.asarray(negative, np.float64)
    rng = np.random.default_rng(SEED)
    areas = np.empty(samples)
    for i in range(samples):
        one = yes[rng.integers(0, len(yes), len(yes))]
        other = np.sort(no[rng.integers(0, len(no), len(no))])
        pairs = np.searchsorted(other, one, "left").sum() + np.searchsorted(other, one, "right").sum()
        areas[i] = pairs / 2 / len(one) / len(other)
    low, high = np.percentile(areas, (2.5, 97.5))
    return round(float(low), 4), round(float(high), 4)


def paired(
    a: Sequence[float], b: Sequence[float], permutations: int = PERMUTATIONS, seed: int = SEED
) -> Difference | None:
    """Return the difference of two systems' means with a randomisation test; None without queries.

    Under the null hypothesis the two values of a query may be swapped: p is the share of random swaps (and of the
    values as they are) that differ at least as much (Smucker, Allan and Carterette 2007, section 3.1).
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} values are not pairs")
    if not len(a):
        return None
    differences = np.asarray(b, np.float64) - np.asarray(a, np.float64)
    observed = abs(differences.sum())
    rng = np.random.default_rng(seed)
    extreme = 0
    for n in _shares(permutations, len(differences)):
        signs = rng.integers(0, 2, (n, len(differences)), np.int8) * np.int8(2) - np.int8(1)
        extreme += int((np.abs(_products(signs, differences)) >= observed - 1e-9).sum())
    found = interval(differences.tolist(), seed=seed)
    return Difference(
        queries=len(differences),
        a=round(float(np.mean(a)), 4),
        b=round(float(np.mean(b)), 4),
        mean=round(float(differences.mean()), 4),
        interval=found or (0.0, 0.0),
        p=round((extreme + 1) / (permutations + 1), 4),
        better=int((differences > 1e-9).sum()),
        worse=int((differences < -1e-9).sum()),
        same=int((np.abs(differences) <= 1e-9).sum()),
    )


def _products(signs: NDArray[np.int8], differences: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(signs @ differences, np.float64)


def _shares(total: int, width: int) -> list[int]:
    """Return `total` in parts, each of so many rows of `width` that it fits into memory."""
    part = max(1, _AT_ONCE // width)
    return [min(part, total - at) for at in range(0, total, part)]
