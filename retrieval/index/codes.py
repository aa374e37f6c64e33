"""All vectors in a quarter of their size, mapped from disk: which candidates are worth reading the vectors themselves?

Each number of a vector takes a byte, in steps of the vector's largest (as FAISS's scalar quantizer, but with a step for
each vector, so that nothing is trained): a cosine is off by about a thousandth.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedError
from retrieval.index import Rows, Scores
from retrieval.index.faults import written

_STEP = 4  # bytes before a vector's own: its step, as a float32
_LARGEST = 127
_BLOCK = 512  # rows at a time: what is made of them stays in the processor's cache


def write_codes(path: Path, batches: Iterable[NDArray[np.float32]]) -> None:
    """Write the codes of the vectors in `batches`, a row of bytes for each."""
    with written(path, OSError), path.open("wb") as file:
        for vectors in batches:
            steps = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(_LARGEST)
            rows = np.empty((len(vectors), _STEP + vectors.shape[1]), np.uint8)
            rows[:, :_STEP] = steps.astype("<f4").view(np.uint8)
            rows[:, _STEP:] = np.rint(vectors / steps).astype(np.int8).view(np.uint8)
            file.write(rows.tobytes())


class Codes:
    """The codes in the file at `path`, for `count` vectors; safe to ask from several threads."""

    def __init__(self, path: Path, count: int, dimension: int) -> None:
        width = _STEP + dimension
        if path.stat().st_size != count * width:
            raise DamagedError(f"{path} does not hold {count} codes of {width} bytes", "Run `archivist index --full`")
        self._rows: NDArray[np.uint8] = np.memmap(path, np.uint8, "r", shape=(count, width)).view(np.ndarray)

    def scores(self, vector: NDArray[np.float32], rows: Rows) -> Scores:
        """Return about the cosine of `vector` with each of `rows`."""
        query = np.asarray(vector, np.float32).ravel()
        out = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _BLOCK):
            taken = np.take(self._rows, rows[start : start + _BLOCK], axis=0)  # half the time of indexing
            steps = np.ascontiguousarray(taken[:, :_STEP]).view("<f4")[:, 0]
            out[start : start + _BLOCK] = steps * (taken[:, _STEP:].view(np.int8).astype(np.float32) @ query)
        return out

    def best(self, vector: NDArray[np.float32], rows: Rows, n: int) -> Rows:
        """Return about the `n` of `rows` nearest to `vector`, ascending where `rows` are."""
        if len(rows) <= n:
            return rows
        return rows[np.sort(np.argpartition(-self.scores(vector, rows), n - 1)[:n])]

    def problem(self, rows: Rows, vectors: NDArray[np.float32]) -> str | None:
        """Return which of `rows` has codes that are not those of its vector in `vectors`; None for none."""
        apart = [abs(float(self.scores(v, rows[i : i + 1])[0]) - float(v @ v)) > 0.02 for i, v in enumerate(vectors)]
        return f"the codes of passage {rows[int(np.argmax(apart))]} are not those of its vector" if any(apart) else None
