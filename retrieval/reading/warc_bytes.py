"""The unpacked bytes of a web archive, and how to go on behind what is damaged in it."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.streams import Allowance
from retrieval.reading.unpacking import Decompressor, Unpacked, deflated, zstd

_PIECE = 64 * 1024
_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_LARGEST_DICTIONARY = 16 * 1024 * 1024
_BEGINNING = b"WARC/"


class Broken(Exception):
    """Damage at an offset of the file; what is read next comes from behind it, but where it is `final`."""

    def __init__(self, offset: int, reason: str, final: bool = False) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.final = final


class Bytes:
    """The bytes of a file from its beginning, unpacked where it is packed.

    `offset` is where the next byte lies in the file or, where that is packed, where the member that it lies in begins.
    What is packed is read as far as it unpacks to no more than an `Allowance` lets through. Each beginning that turns
    out to be none is counted there, too: a file can be made of nothing else.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self._allowance = Allowance(self._size)
        file.seek(0)
        head = file.read(8)
        self._new, self._magic, self._at = _packing(file, head)
        file.seek(self._at)
        self._member: Unpacked | None = None
        self._decompressor: Decompressor | None = None
        self._buffer = b""
        self._next = 0  # in the buffer
        self._starts = False  # whether the next byte is the first of a member
        self.offset = self._at

    def read(self, size: int, within_record: bool = False) -> bytes:
        """The next bytes, at most `size`; none at the end, nor `within_record` where a member begins a record.

        Raises Broken where the file is damaged.
        """
        if self._next >= len(self._buffer):
            self._fill()
        if within_record and self._starts and self._buffer.startswith(_BEGINNING):
            return b""
        return self._taken(self._next + size)

    def readline(self, limit: int) -> bytes:
        """The next line with its end, or as much of it as `limit`; raises as `read` does."""
        line = b""
        while len(line) < limit:
            if self._next >= len(self._buffer):
                self._fill()
            most = self._next + limit - len(line)
            end = self._buffer.find(b"\n", self._next, most)
            data = self._taken(end + 1 if end >= 0 else most)
            line += data
            if end >= 0 or not data:
                break
        return line

    def skip(self, size: int) -> bool:
        """Pass over `size` bytes; whether there were fewer."""
        if self._new is None and size > len(self._buffer) - self._next:
            end = self._file.seek(0, os.SEEK_END)
            target = self.offset + size
            self.offset = min(target, end)
            self._file.seek(self.offset)
            self._buffer, self._next = b"", 0
            return target > end
        while size:
            data = self.read(min(size, _PIECE), within_record=True)
            if not data:
                return True
            size -= len(data)
        return False

    def _taken(self, end: int) -> bytes:
        data = self._buffer[self._next : end]
        self._next += len(data)
        if data:
            self._starts = False
            if self._new is None:
                self.offset += len(data)
        return data

    def _fill(self) -> None:
        self._buffer, self._next = b"", 0
        if self._new is None:
            self._buffer = self._file.read(_PIECE)
            return
        while not self._buffer and (self._member or self._open(self._new)):
            self._advance()

    def _open(self, new: Callable[[], Decompressor]) -> bool:
        """Begin with the member at `_at`, or with the next one after what is none; False at the end of the file."""
        self._file.seek(self._at)
        head = self._file.read(len(self._magic))
        if head and head != self._magic:
            garbage = self._at
            self._at = self._find(garbage)
            if head.strip(b"\0"):
                raise Broken(garbage, "something that is not packed lies there")
            self._file.seek(self._at)
            head = self._file.read(len(self._magic))
        if not head:
            return False
        self._file.seek(self._at)
        self._decompressor = decompressor = new()
        self._member = Unpacked(self._file, lambda: decompressor)
        self.offset, self._starts = self._at, True
        return True

    def _advance(self) -> None:
        """Fill the buffer from the member, or be done with it."""
        member, decompressor = self._member, self._decompressor
        if member is None or decompressor is None:
            return
        try:
            self._buffer = member.read(_PIECE)
        except (EOFError, OSError, zlib.error) as error:
            broken = self._at
            self._member = None
            self._at = self._find(broken + 1)
            self._spend(broken, max(_PIECE, member.consumed))  # a gzip header alone can be as long as the file
            reason = "it is cut off there" if isinstance(error, EOFError) else f"it is damaged there ({error})"
            raise Broken(broken, reason) from error
        self._spend(self._at, len(self._buffer))
        if not self._buffer:
            self._at += member.consumed - len(decompressor.unused_data)
            self._member = None

    def _spend(self, at: int, size: int) -> None:
        """Count what was unpacked; raises Broken, the last one, where it is too much."""
        try:
            self._allowance.spend(size)
        except ReadError as error:
            self._member, self._buffer, self._at = None, b"", self._size
            raise Broken(at, f"{error.message}; what comes before that was read", final=True) from error

    def _find(self, start: int) -> int:
        """Where the next member seems to begin from `start` on; the end of the file if nowhere."""
        at = start
        while True:
            self._file.seek(at)
            piece = self._file.read(_PIECE)
            place = piece.find(self._magic)
            if place >= 0:
                return at + place
            if len(piece) < len(self._magic):
                return at + len(piece)
            at += max(1, len(piece) - len(self._magic) + 1)


def _packing(file: BinaryIO, head: bytes) -> tuple[Callable[[], Decompressor] | None, bytes, int]:
    """How a file is packed, what every member begins with, and where the first begins."""
    if head.startswith(_GZIP):
        return partial(deflated, 31), _GZIP, 0
    if head.startswith(_ZSTD):
        return zstd, _ZSTD, 0
    if head.startswith(_DICTIONARY) and len(head) == 8:  # IIPC, "Use of Zstandard in WARC files", 1.0
        (size,) = struct.unpack("<L", head[4:8])
        file.seek(8)
        dictionary = file.read(min(size, _LARGEST_DICTIONARY))
        if dictionary.startswith(_ZSTD):
            dictionary = Unpacked(_Held(dictionary), zstd).read(_LARGEST_DICTIONARY)
        return partial(zstd, dictionary), _ZSTD, 8 + size
    return None, b"", 0


class _Held:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        data, self._data = self._data[:size], self._data[size:]
        return data
