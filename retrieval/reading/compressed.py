"""Packed files (`.gz`, `.bz2`, `.xz`, `.lzma`, `.zst`): what they hold is read as if it lay there unpacked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from retrieval.reading.blocks import Limits
from retrieval.reading.streams import Forward, buffered
from retrieval.reading.unpacking import unpacked
from retrieval.reading.within import within
from retrieval.types import Article, Skipped

_TAR = re.compile(r"\.t(?:gz|bz2?|xz|lz|lzma|zst)$", re.I)
_PACKED = re.compile(r"(?<=.)\.(?:gz|gzip|bz2|xz|lzma|zst|zstd)$", re.I)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is packed, whatever its suffix says."""
    return unpacked(head, _NOTHING) is not None


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of what is packed, and where it is damaged, if it is: what comes before that is read.

    Raises ReadError where it unpacks to more than the file may.
    """
    from retrieval.reading.articles import read_stream

    inside = within(file, limits)
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    source = unpacked(head, file)
    if source is None:
        return
    raw = Forward(source, inside.allowance)
    held = _PACKED.sub("", _TAR.sub(".tar", name))
    skipped: list[Skipped] = []
    found = False
    with buffered(raw) as stream:
        for item in read_stream(stream, held, inside):
            if isinstance(item, Article):
                found = True
                yield item
                continue
            told = Skipped(name + item.path.removeprefix(held), item.reason)
            if raw.damage and not found:
                skipped.append(told)
            else:
                yield told
    if raw.damage and found:
        yield Skipped(f"{name} at {source.consumed:,}", f"{raw.damage}; what comes before that was read")
    elif raw.damage:
        why = f" ({skipped[0].reason})" if skipped else ""
        yield Skipped(name, f"{raw.damage}; nothing that comes before that could be read{why}")


class _Nothing:
    def read(self, size: int, /) -> bytes:
        return b""


_NOTHING = _Nothing()
