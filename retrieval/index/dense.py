"""The dense side of a generation: the passages' vectors in FAISS, row i = passage i.

Exact inner product over L2-normalised vectors, which is the cosine; scores are rounded to 1e-5, since the last bits of
a float32 sum depend on how the library walks the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedError
from retrieval.index import Rows, Scores
from retrieval.index.faults import written

DECIMALS = 5


class DenseIndex:
    """Searches the vectors stored at `path`, mapped from disk. Safe to ask from several threads."""

    def __init__(self, path: Path, passages: int, dimension: int) -> None:
        import faiss

        try:
            self._faiss: Any = faiss
            self._index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise DamagedError(f"{path} cannot be read: {error}", "Run `archivist index --full`") from error
        if (self._index.ntotal, self._index.d) != (passages, dimension):
            raise DamagedError(
                f"{path} holds {self._index.ntotal} vectors of {self._index.d} numbers, not {passages} of {dimension}",
                "Run `archivist index --full`",
            )

    def search(self, vector: NDArray[np.float32], n: int, allowed: NDArray[np.bool_] | None) -> tuple[Rows, Scores]:
        """Return the `n` nearest rows among those `allowed` (a mask over all rows; None for all), with their cosines.

        Fewer come back where fewer are allowed. Ordered by falling score, then by row.
        """
        n = min(n, self._index.ntotal if allowed is None else int(np.count_nonzero(allowed)))
        if n == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        # One query is one thread's work. FAISS would still gather a team for it, and wait for each on a busy machine.
        self._faiss.omp_set_num_threads(1)  # for this thread alone
        if allowed is None:
            scores, rows = self._index.search(query, n)
        else:
            bits = np.packbits(allowed, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(bits)
            scores, rows = self._index.search(query, n, params=self._faiss.SearchParameters(sel=selector))
        rounded = rounded_scores(scores[0])
        order = np.lexsort((rows[0], -rounded))
        return rows[0][order], rounded[order]

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """Return the vectors of `rows`: shape (len(rows), dimension), float32."""
        found: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found

    def scores(self, vector: NDArray[np.float32], rows: Rows) -> Scores:
        """Return the cosine of `vector` with each of `rows`, rounded as `search` rounds."""
        if not len(rows):
            return np.empty(0, np.float32)
        # In float64: a float32 sum's last bits depend on how many rows are asked for, and rounding lets some through.
        return rounded_scores(self.vectors(rows).astype(np.float64) @ vector.ravel().astype(np.float64))


def rounded_scores(scores: NDArray[np.floating[Any]]) -> Scores:
    """Return `scores` rounded to 1e-5: what two ways of adding the same numbers agree on."""
    return np.round(scores.astype(np.float64), DECIMALS).astype(np.float32)


def write_dense(path: Path, batches: Iterable[NDArray[np.float32]], dimension: int) -> None:
    """Write the vectors of all passages, in row order, to `path`."""
    import faiss

    index = faiss.IndexFlatIP(dimension)
    for batch in batches:
        index.add(np.ascontiguousarray(batch, np.float32))
    with written(path, RuntimeError):
        faiss.write_index(index, str(path))
