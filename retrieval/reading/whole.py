"""Reading a file as a whole, as most formats need."""

from __future__ import annotations

import os
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits


def read_whole(file: BinaryIO, limits: Limits) -> bytes:
    """All bytes of an open file. Raises ReadError where there are none or more than `limits.file_bytes`."""
    size = file.seek(0, os.SEEK_END)
    if size <= limits.file_bytes:
        file.seek(0)
        data = file.read(limits.file_bytes + 1)  # it may have grown
        if not data:
            raise ReadError("it is empty")
        if data.isspace():
            raise ReadError("it holds only white space")
        size = len(data)
        if size <= limits.file_bytes:
            return data
    raise ReadError(f"it has {size:,} bytes, more than the {limits.file_bytes:,} that are read of one file")
