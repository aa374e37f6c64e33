"""All vectors of a small archive in half of their size, which are searched in half of the time, and nothing is lost.

Which passages are nearest is read from numbers of 16 bits each, and proved by the vectors themselves: rounding moves a
number by at most 2^-11 of itself, so no cosine is off by more than that (Cauchy and Schwarz), and a passage that comes
too late by its rounded numbers to be among the nearest is not among them. Where that cannot be told from the passages
that were looked at, more of them are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Rows, Scores
from retrieval.index.floats import write_rows
from retrieval.index.mapped import mapped_index

# 2^-11, and what is lost in adding up float32 numbers and where scores are rounded to 1e-5.
APART = 6e-4
_MORE = 32  # passages that are looked at beyond those that are asked for, as a rule enough


def write_halves(path: Path, batches: Iterable[NDArray[np.float32]], dimension: int) -> None:
    """Write the vectors in `batches` as FAISS writes them where it halves them itself."""
    import faiss

    empty = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    write_rows(path, empty, (batch.astype(np.float16) for batch in batches), np.float16().itemsize)


class Halves:
    """The halved vectors in the file at `path`, mapped from disk: `count` of `dimension` numbers.

    Safe to ask from several threads. Raises DamagedError for a file that does not hold them.
    """

    def __init__(self, path: Path, count: int, dimension: int) -> None:
        self._index = mapped_index(path, count, dimension)

    def nearest(
        self, query: NDArray[np.float32], n: int, cosines: Callable[[Rows], Scores], selected: Any
    ) -> tuple[Rows, Scores]:
        """Return rows that the `n` nearest to `query` (shape (1, dimension)) are among, n at least 1, in no order.

        With their cosines: `cosines` tells those of some rows by the vectors themselves. `selected` are FAISS's search
        parameters.
        """
        depth = n + _MORE
        while True:
            scores, found = self._index.search(query, min(depth, self._index.ntotal), params=selected)
            rows: Rows = found[0][found[0] >= 0]
            exact = cosines(rows)
            # There are no others, or none that could be as near as the last that is asked for.
            if len(rows) < depth or np.partition(exact, len(rows) - n)[len(rows) - n] > scores[0][-1] + APART:
                return rows, exact
            depth *= 4

    def problem(self, rows: Rows, vectors: NDArray[np.float32]) -> str | None:
        """Return which of `rows` is not its vector in `vectors`, halved; None for none."""
        halved = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64)) if len(rows) else vectors
        apart = np.abs(halved - vectors).max(axis=1, initial=0) > APART
        return f"passage {rows[int(np.argmax(apart))]} is not its vector, halved" if apart.any() else None
