"""The limits of what lies in another file: how much all of it may unpack to, and how deep things may lie."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import BinaryIO

from retrieval.reading.blocks import Limits
from retrieval.reading.streams import Allowance

DEEPEST = 6  # three `.tar.gz` in each other


@dataclass(frozen=True, slots=True)
class Within(Limits):
    """The limits of what lies `depth` files deep; the `allowance` is one for all that the outermost file holds."""

    depth: int = 0
    allowance: Allowance = field(default_factory=lambda: Allowance(0))


def within(file: BinaryIO, limits: Limits) -> Within:
    """The limits to read the members of `file` with: those it is read with, where it is a member itself."""
    if isinstance(limits, Within):
        return limits
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Within(limits.file_bytes, limits.article_chars, 0, Allowance(size))
