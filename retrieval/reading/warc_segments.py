"""Puts WARC records together that were written in segments (ISO 28500, 7): the first, and its continuations.

A record's continuations are looked for behind it in the same file. One whose end is not there is given as far as it
goes, with the place told as damaged. What is held of such records at once is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from retrieval.reading.warc_records import Block, Damage, Record

_MOST_BYTES = 64 * 1024 * 1024
_PIECE = 64 * 1024
_OWN_BYTES = 4096  # that a record takes beside its bytes: its headers


class Held(Block):
    """The bytes of a record that were in several."""

    def __init__(self, data: bytes) -> None:
        self.length = len(data)
        self.broken = None
        self._data = data
        self._at = 0

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most `size`; none at the end."""
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def skip(self) -> None:
        """Pass over what is left."""
        self._at = len(self._data)


@dataclass(slots=True)
class _Begun:
    record: Record
    data: bytearray
    segments: int = 1


def put_together(found: Iterator[Record | Damage]) -> Iterator[Record | Damage]:
    """The records of a file, those in segments as one each, where their last segment stands or at the end."""
    begun: dict[str, _Begun] = {}
    held = 0
    for item in found:
        if isinstance(item, Damage):
            yield item
            continue
        number = item.headers.get("warc-segment-number", "")
        key = item.headers.get("warc-segment-origin-id" if item.kind == "continuation" else "warc-record-id", "")
        if item.kind == "continuation":
            whole = begun.get(key)
            if whole is None or number != str(whole.segments + 1):
                yield Damage(
                    item.offset, "the continuation of a record whose beginning, or what is between, is missing"
                )
                continue
        elif number == "1" and key and key not in begun:
            whole = begun[key] = _Begun(item, bytearray())
            held += _OWN_BYTES
        else:
            yield item
            continue
        if item.block.length + held > _MOST_BYTES:
            yield Damage(item.offset, f"a record in segments with more than the {_MOST_BYTES:,} bytes that are held")
            held -= len(begun.pop(key).data) + _OWN_BYTES
            continue
        while piece := item.block.read(_PIECE):
            whole.data += piece
            held += len(piece)
        if item.kind == "continuation":
            whole.segments += 1
            if "warc-segment-total-length" in item.headers:
                held -= len(whole.data) + _OWN_BYTES
                yield _complete(begun.pop(key))
    for whole in begun.values():
        yield Damage(whole.record.offset, "a record in segments, of which the last is not in this file")
        yield _complete(whole)


def _complete(whole: _Begun) -> Record:
    return replace(whole.record, block=Held(bytes(whole.data)))
