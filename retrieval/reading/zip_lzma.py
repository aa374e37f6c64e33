"""LZMA as zip archives hold it: its properties in front of the stream, and no need of a mark at its end.

PKWARE's APPNOTE 6.3, 5.8.8: two bytes of version, two of the properties' size, the five properties, the raw stream.
"""

from __future__ import annotations

import lzma

_MOST_DICTIONARY = 256 * 1024 * 1024
_FRONT = 4


class ZipLzma:
    """A `Decompressor` of one entry. Raises lzma.LZMAError for what is no such stream or needs too much memory."""

    def __init__(self) -> None:
        self._front = b""
        self._stream: lzma.LZMADecompressor | None = None
        self._over = False

    @property
    def eof(self) -> bool:
        """Whether the stream has said that it ends, or nothing more of it came."""
        return self._over or (self._stream is not None and self._stream.eof)

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes of what was put in."""
        return self._stream is None or self._stream.needs_input

    @property
    def unused_data(self) -> bytes:
        """What was put in after the mark of the end."""
        return self._stream.unused_data if self._stream is not None else b""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Take `data` in and give at most `max_length` bytes."""
        if self._stream is None:
            self._front += data
            size = int.from_bytes(self._front[2:_FRONT], "little")
            if data and len(self._front) < _FRONT + size:
                return b""
            self._stream, data = _stream(self._front[_FRONT : _FRONT + size]), self._front[_FRONT + size :]
            if not data:
                return b""
            return self._stream.decompress(data, max_length)
        asked = self._stream.needs_input and not data
        found = self._stream.decompress(data, max_length)
        self._over = asked and not found  # without a mark, the sizes in the zip say where it ends
        return found


def _stream(properties: bytes) -> lzma.LZMADecompressor:
    if len(properties) != 5 or properties[0] >= 9 * 5 * 5:
        raise lzma.LZMAError("its LZMA properties are damaged")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    dictionary = int.from_bytes(properties[1:], "little")
    if dictionary > _MOST_DICTIONARY:
        raise lzma.LZMAError("its LZMA dictionary needs more memory than there may be")
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": max(dictionary, 4096), "lc": lc, "lp": lp, "pb": pb}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
