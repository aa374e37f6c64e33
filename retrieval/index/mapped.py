"""FAISS's files of a generation, mapped from disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from retrieval.errors import DamagedError


def mapped_index(path: Path, count: int, dimension: int) -> Any:
    """Return the FAISS index in the file at `path`; raises DamagedError unless it has `count` rows of `dimension`."""
    import faiss

    hint = "Run `archivist index --full`"
    try:
        index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise DamagedError(f"{path} cannot be read: {error}", hint) from error
    if (index.ntotal, index.d) != (count, dimension):
        raise DamagedError(
            f"{path} holds {index.ntotal} vectors of {index.d} numbers, not {count} of {dimension}", hint
        )
    return index
