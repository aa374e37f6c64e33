"""The file of all vectors, as FAISS keeps them: written without holding them in memory, read a few at a time.

Reads go past the mapping of the file: a page that was read through one counts as this process's memory, with fifteen
about it, and after a thousand questions the whole file would.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.index import Rows
from retrieval.index.faults import written

_COUNT_AT = 8  # bytes from the file's start: how many vectors there are, as an int64
_BATCH = 16_384  # vectors
_SIZE = 8  # bytes before the first vector: how many numbers there are, as an uint64
_Place = tuple[int, memoryview]  # where in the file, and where in memory


def write_floats(path: Path, batches: Iterable[NDArray[np.float32]], dimension: int) -> int:
    """Write the vectors in `batches` as FAISS writes an `IndexFlatIP`; return how many there were."""
    import faiss

    return write_rows(path, faiss.IndexFlatIP(dimension), (np.asarray(batch, np.float32) for batch in batches), 1)


def write_rows(path: Path, empty: Any, batches: Iterable[NDArray[np.floating[Any]]], counted: int) -> int:
    """Write the rows in `batches` as FAISS writes the index `empty` once they are added; return how many there were.

    FAISS tells at the end of what it writes of an empty index how long its rows are together: `counted` for a number.
    """
    import faiss

    head = bytearray(faiss.serialize_index(empty).tobytes())
    count = 0
    with written(path, OSError), path.open("wb") as file:
        file.write(head)
        for batch in batches:
            file.write(np.ascontiguousarray(batch).tobytes())
            count += len(batch)
        head[_COUNT_AT : _COUNT_AT + 8] = count.to_bytes(8, "little")
        head[-_SIZE:] = (count * empty.d * counted).to_bytes(_SIZE, "little")
        file.seek(0)
        file.write(head)
    return count


class Floats:
    """The vectors in the file at `path`, which holds `count` of them at its end; safe to ask from several threads."""

    def __init__(self, path: Path, count: int, dimension: int) -> None:
        self.count, self.dimension = count, dimension
        self._path = path
        self._file = path.open("rb", buffering=0)
        self._start = path.stat().st_size - 4 * count * dimension

    def rows(self, rows: Rows) -> NDArray[np.float32]:
        """Return the vectors of `rows`: shape (len(rows), dimension), float32.

        About a microsecond each; those that are not in memory are fetched from the disk all at once.
        """
        out = np.empty((len(rows), self.dimension), np.float32)
        descriptor, size = self._file.fileno(), 4 * self.dimension
        wanted = [(self._start + row * size, place.data) for row, place in zip(rows.tolist(), out, strict=True)]
        for at, place in _not_in_memory(descriptor, wanted, size):
            if os.preadv(descriptor, (place,), at) != size:
                raise OSError(f"{self._path} ends before vector {(at - self._start) // size}")
        return out

    def between(self, start: int, end: int) -> NDArray[np.float32]:
        """Return the vectors from row `start` up to row `end`."""
        count = max(0, min(end, self.count) - start)
        size = 4 * self.dimension * count
        read = os.pread(self._file.fileno(), size, self._start + 4 * self.dimension * start)
        if len(read) != size:
            raise OSError(f"{self._path} ends before vector {end}")
        return np.frombuffer(read, np.float32).reshape(count, self.dimension)

    def all(self) -> Iterator[NDArray[np.float32]]:
        """Yield all vectors in order, some thousands at a time."""
        return (self.between(start, start + _BATCH) for start in range(0, self.count, _BATCH))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _not_in_memory(descriptor: int, wanted: list[_Place], size: int) -> list[_Place]:
    """Read what of the file is in memory into its places; return the others, which are on their way from the disk.

    One after the other, each would be waited for: a hundred times as long as those that are in memory take.
    """
    if sys.platform != "linux":
        return wanted
    left: list[_Place] = []
    for i, (at, place) in enumerate(wanted):
        try:
            if os.preadv(descriptor, (place,), at, os.RWF_NOWAIT) == size:
                continue
        except BlockingIOError:
            pass  # it would have to be waited for
        except OSError:  # a file system that cannot tell; what is really wrong, whoever reads again is told
            return [*left, *wanted[i:]]
        os.posix_fadvise(descriptor, at, size, os.POSIX_FADV_WILLNEED)
        left.append((at, place))
    return left
