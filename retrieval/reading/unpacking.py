"""Unpacking a piece at a time: gzip, raw deflate, bzip2, xz, LZMA, zstd and brotli, held to the size that is asked for.

Where packed data is damaged, what its last sound bytes give is given before the error is raised.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from retrieval.reading.streams import Source

_PIECE = 16 * 1024
_ZSTD_PIECE = 1024  # whose output cannot be held to a size: 32 MB at worst
_XZ_MEMORY = 256 * 1024 * 1024  # `xz -9` needs 65 MB
_ZSTD_WINDOW = 128 * 1024 * 1024  # what `zstd` unpacks without being told `--long`


class Decompressor(Protocol):
    """One run of packed data, as bz2's and lzma's decompressors read it."""

    @property
    def eof(self) -> bool:
        """Whether the packed data came to its end."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes of what was put in."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was put in after the end of the packed data."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Take `data` in and give at most `max_length` bytes."""
        ...


class Unpacked:
    """What packed bytes unpack to; where `repeats`, as many runs of them as follow each other.

    Reading raises EOFError where the packed data ends before its end; OSError, zlib.error or lzma.LZMAError where it is
    damaged. `consumed` is how many packed bytes were taken in.
    """

    def __init__(self, packed: Source, new: Callable[[], Decompressor], repeats: bool = False) -> None:
        self.consumed = 0
        self._packed = packed
        self._new = new
        self._repeats = repeats
        self._current = new()
        self._piece = _ZSTD_PIECE if isinstance(self._current, _Zstd) else _PIECE

    def read(self, size: int, /) -> bytes:
        """The next bytes, at least one and at most `size` unless it is the end."""
        while True:
            if self._current.eof:
                following = self._following()
                if not following:
                    return b""
                self._current = self._new()
                data = self._current.decompress(following, size)
            elif self._current.needs_input:
                packed = self._take()
                data = self._current.decompress(packed, size)
                if not packed and not data and not self._current.eof:
                    raise EOFError
            else:
                data = self._current.decompress(b"", size)
            if data:
                return data

    def _following(self) -> bytes:
        following = self._current.unused_data
        # Zeros fill up the last block of a tape or a disk.
        while self._repeats and not following.strip(b"\0"):
            following = self._take()
            if not following:
                return b""
        return following.lstrip(b"\0") if self._repeats else b""

    def _take(self) -> bytes:
        packed = self._packed.read(self._piece)
        self.consumed += len(packed)
        return packed


def unpacked(head: bytes, packed: Source) -> Unpacked | None:
    """The contents of a packed file that begins with `head`, None where it is not packed."""
    for signature, new in _KINDS:
        if head.startswith(signature):
            return Unpacked(packed, new, repeats=True)
    if _LZMA.match(head):
        return Unpacked(packed, xz, repeats=True)
    return Unpacked(packed, zstd, repeats=True) if _is_skippable(head) else None


def deflated(wrapped: int = -zlib.MAX_WBITS) -> Decompressor:
    """Data packed by deflate: raw, or wrapped as zlib's `wbits` says (15 for zlib, 31 for gzip)."""
    return _Inflate(wrapped)


def zstd(dictionary: bytes | None = None) -> Decompressor:
    """A frame of Zstandard, made with a dictionary if one is given."""
    return _Zstd(dictionary)


def xz() -> Decompressor:
    """A stream of xz, or of LZMA alone, as its own header says."""
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def brotli() -> Decompressor:
    """A stream of Brotli."""
    return _Brotli()


_KINDS: tuple[tuple[bytes, Callable[[], Decompressor]], ...] = (
    (b"\x1f\x8b", partial(deflated, 31)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", xz),
    (b"\x28\xb5\x2f\xfd", zstd),
)


# Properties as programs write them, a dictionary of 64 KiB or more, and the size, or that it is not known.
_LZMA = re.compile(rb"[\x5d\x5e]\x00\x00[\x00-\xff]{2}(?:\xff{8}|[\x00-\xff]{5}\x00{3})")


def _is_skippable(head: bytes) -> bool:
    """Whether a file begins with a frame that Zstandard passes over, as those made by several threads do."""
    return len(head) >= 4 and 0x50 <= head[0] <= 0x5F and head[1:4] == b"\x2a\x4d\x18"


class _Inflate:
    def __init__(self, wrapped: int) -> None:
        self._object = zlib.decompressobj(wrapped)
        self._tail = b""
        self._error: zlib.error | None = None

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def needs_input(self) -> bool:
        return not self._tail and self._error is None

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if self._error:
            raise self._error
        data = self._tail + data
        before = self._object.copy()
        try:
            found = self._object.decompress(data, max_length)
        except zlib.error as error:
            self._error = error
            return _up_to_error(before, data)
        self._tail = self._object.unconsumed_tail
        return found


def _up_to_error(state: Any, data: bytes) -> bytes:
    """What comes of `data` before the byte that zlib stumbles over: in one piece, it gives nothing of it."""
    found = bytearray()
    try:
        for place in range(len(data)):
            found += state.decompress(data[place : place + 1])
    except zlib.error:
        pass  # as was to be expected; the caller raises it once these bytes are given
    return bytes(found)


class _Buffered:
    """Output that a library gives as it comes, handed on in the sizes that are asked for."""

    def __init__(self) -> None:
        self._ready = b""
        self._given = 0  # bytes of it; cutting off what is given would copy a large rest each time

    @property
    def needs_input(self) -> bool:
        return self._given >= len(self._ready)

    def _add(self, data: bytes) -> None:
        self._ready, self._given = (self._ready[self._given :] + data if self._given < len(self._ready) else data), 0

    def _some(self, max_length: int) -> bytes:
        some = self._ready[self._given : self._given + max_length]
        self._given += len(some)
        return some


class _Zstd(_Buffered):
    def __init__(self, dictionary: bytes | None) -> None:
        import zstandard

        super().__init__()
        known = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        self._error = zstandard.ZstdError
        self._object: Any = zstandard.ZstdDecompressor(known, max_window_size=_ZSTD_WINDOW).decompressobj()

    @property
    def eof(self) -> bool:
        return bool(self._object.eof) and self._given >= len(self._ready)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._object.unused_data)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if data:
            try:
                self._add(self._object.decompress(data))
            except self._error as error:
                raise OSError(str(error)) from error
        return self._some(max_length)


class _Brotli(_Buffered):
    unused_data = b""  # the library does not tell it

    def __init__(self) -> None:
        import brotli

        super().__init__()
        self._error = brotli.error
        self._object: Any = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._object.is_finished()) and super().needs_input

    @property
    def needs_input(self) -> bool:
        return super().needs_input and bool(self._object.can_accept_more_data())

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if not self._object.is_finished():
            try:
                left = len(self._ready) - self._given
                self._add(self._object.process(data, output_buffer_limit=max(1, max_length - left)))
            except self._error as error:
                raise OSError(str(error)) from error
        return self._some(max_length)
