"""Vectors that need not be computed again: those of the generation before, and those of a run that was cut short.

A vector is kept under the 16-byte hash of the text that was encoded. The spool is a file of fixed-size records, each
with its checksum, that is only ever appended to: what a run that died, or a machine that lost its power, left
unfinished is cut off.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

KEY = 16  # bytes
_CHECK = 4  # bytes: CRC-32 of all before it


class Spool:
    """Vectors encoded for the next generation, by key, in the folder `folder`, for one encoder's `fingerprint`."""

    def __init__(self, folder: Path, fingerprint: str, dimension: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._dimension = dimension
        self._record = KEY + 4 * dimension + _CHECK
        self._path = folder / f"{fingerprint}.spool"
        for other in folder.glob("*.spool"):
            if other != self._path:  # another encoder's vectors are of no use any more
                other.unlink()
        self._path.touch()
        self._file = self._path.open("r+b")
        self._rows: dict[bytes, int] = {}
        self._count = 0
        while len(record := self._file.read(self._record)) == self._record and _whole(record):
            self._rows[record[:KEY]] = self._count
            self._count += 1
        self._file.truncate(self._count * self._record)

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def add(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Append vectors, shape (len(keys), dimension), and hand them to the operating system."""
        self._file.seek(0, 2)
        self._file.write(b"".join(_checked(key + row.tobytes()) for key, row in zip(keys, vectors, strict=True)))
        self._file.flush()
        for key in keys:
            self._rows[key] = self._count
            self._count += 1

    def get(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """Return the vectors kept under `keys`: shape (len(keys), dimension)."""
        records = []
        for key in keys:
            self._file.seek(self._rows[key] * self._record + KEY)
            records.append(self._file.read(self._record - KEY - _CHECK))
        return np.frombuffer(b"".join(records), np.float32).reshape(len(keys), self._dimension)

    def clear(self) -> None:
        """Forget everything: the vectors stand in a published generation now."""
        self._file.close()
        self._path.unlink()


def forget(folder: Path) -> None:
    """Remove every spool in `folder`: a run that died had published before it could do so."""
    for path in folder.glob("*.spool"):
        path.unlink()


def _checked(record: bytes) -> bytes:
    return record + zlib.crc32(record).to_bytes(_CHECK, "little")


def _whole(record: bytes) -> bool:
    return _checked(record[:-_CHECK]) == record
