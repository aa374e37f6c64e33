"""Vectors that need not be computed again: those of the generation before, and those of a run that was cut short.

A vector is kept under the 16-byte hash of the text that was encoded. The spool is a file of fixed-size records that is
only ever appended to, so a run that dies leaves at most one record unfinished, which is cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

KEY = 16  # bytes


class Spool:
    """Vectors encoded for the next generation, by key, in the folder `folder`, for one encoder's `fingerprint`."""

    def __init__(self, folder: Path, fingerprint: str, dimension: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._record = KEY + 4 * dimension
        self._path = folder / f"{fingerprint}.spool"
        for other in folder.glob("*.spool"):
            if other != self._path:  # another encoder's vectors are of no use any more
                other.unlink()
        self._path.touch()
        size = self._path.stat().st_size
        self._file = self._path.open("r+b")
        self._file.truncate(size - size % self._record)
        self._count = size // self._record
        self._rows = {self._file.read(self._record)[:KEY]: row for row in range(self._count)}

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def add(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Append vectors, shape (len(keys), dimension), and hand them to the operating system."""
        self._file.seek(0, 2)
        self._file.write(b"".join(key + row.tobytes() for key, row in zip(keys, vectors, strict=True)))
        self._file.flush()
        for key in keys:
            self._rows[key] = self._count
            self._count += 1

    def get(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """Return the vectors kept under `keys`: shape (len(keys), dimension)."""
        records = []
        for key in keys:
            self._file.seek(self._rows[key] * self._record + KEY)
            records.append(self._file.read(self._record - KEY))
        return np.frombuffer(b"".join(records), np.float32).reshape(len(keys), -1)

    def clear(self) -> None:
        """Forget everything: the vectors stand in a published generation now."""
        self._file.close()
        self._path.unlink()
