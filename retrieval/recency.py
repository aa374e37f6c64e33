"""A preference for articles near a date, for archives of news: gentle, and never a filter.

    score + WEIGHT * 2 ** (-distance / days)

`distance` is how many days lie between the date asked from and the article's, 0 where a date known in part ("2021")
includes it. So an article of that day gains `WEIGHT`, one that is `days` away half of it, one far away nothing. An
undated article gains what the candidates with a date gain on average: the preference neither helps it nor harms it.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WEIGHT = 0.2  # of a score whose best is 1; not tuned on any set
UNDATED = 0


class Recency(NamedTuple):
    """Which date articles should be near, and how many days away the preference is half as strong."""

    near: date
    days: int


def bonus(first: NDArray[np.int64], last: NDArray[np.int64], recency: Recency) -> NDArray[np.float64]:
    """Return what each article's score gains, by the first and last day (ordinals) it may have been published on."""
    dated = first != UNDATED
    near = recency.near.toordinal()
    distance = np.maximum(np.maximum(first - near, near - last), 0)
    gains = WEIGHT * np.exp2(-distance / recency.days)
    neutral = min(gains[dated].mean(), WEIGHT) if dated.any() else 0.0  # a mean may round up
    return np.where(dated, gains, neutral)
