"""Bytes that come in one direction only, given to readers that may turn back.

What is unpacked can be read forward. Most readers look at a file's beginning and then read on from it, so that is kept;
a reader that goes to the end first (as those do that need all of it) has the whole spooled: in memory as long as it is
small, else in a temporary file that goes with the stream.
"""

from __future__ import annotations

import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from typing import IO, Any, BinaryIO, Protocol, cast

from retrieval.errors import ReadError

_MIB = 1024**2
_KEPT = _MIB
_IN_MEMORY = 8 * _MIB
_PIECE = 256 * 1024
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, OSError, ValueError)
SPOOLED_BYTES = 4096 * _MIB
"""The most that a member may have that is not read from front to back."""


class Source(Protocol):
    """What has bytes to give, a piece at a time; raises OSError, EOFError or its library's error where damaged."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most `size`; none at the end."""
        ...


class Allowance:
    """How many bytes may still be unpacked, over all that a file holds, however deep: what stops a zip bomb.

    An archive of text seldom has twenty times its packed size; `times` that, or `floor` bytes, are let through.
    """

    def __init__(self, packed_bytes: int, times: int = 200, floor: int = 256 * _MIB) -> None:
        self.all = max(floor, packed_bytes * times)
        self.left = self.all

    def spend(self, size: int) -> None:
        """Count bytes that were unpacked; raises ReadError where it was more than there may be."""
        self.left -= size
        if self.left < 0:
            raise ReadError(f"unpacked it has more than the {self.all:,} bytes that are read of such a file (a bomb?)")


class Share(Allowance):
    """What one member of an archive may unpack to, so that a bomb leaves something for those beside it."""

    def __init__(self, packed_bytes: int, whole: Allowance) -> None:
        super().__init__(packed_bytes, times=100, floor=32 * _MIB)
        self._whole = whole

    def spend(self, size: int) -> None:
        """Count bytes against both."""
        super().spend(size)
        self._whole.spend(size)


class Forward(io.RawIOBase):
    """A source as a seekable file. Where it is damaged it ends, and `damage` says so; what came before was given.

    Reading raises ReadError where the allowance is used up; seeking, where more than `SPOOLED_BYTES` would have to be
    spooled.
    """

    def __init__(self, source: Source, allowance: Allowance) -> None:
        self.damage = ""
        self._source = source
        self._allowance = allowance
        self._kept: bytearray | None = bytearray()  # all that was read so far, None once it is too much
        self._read = 0
        self._position = 0
        self._spool: IO[bytes] | None = None

    def readable(self) -> bool:
        """Return True: it is there to be read."""
        return True

    def seekable(self) -> bool:
        """Return True, which holds as long as a reader that wants all of it says so early, by going to the end."""
        return True

    def tell(self) -> int:
        """Return the offset of the next byte."""
        return self._spool.tell() if self._spool else self._position

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as one piece goes and return how much that was."""
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to an offset; the end, and whatever lies behind it, needs everything spooled."""
        if whence == io.SEEK_CUR:
            offset, whence = offset + self.tell(), io.SEEK_SET
        if self._spool is None:
            if whence == io.SEEK_SET and offset == self._position:
                return offset
            if whence == io.SEEK_SET and self._kept is not None and offset <= len(self._kept):
                self._position = offset
                return offset
            if whence == io.SEEK_SET and offset > self._position:
                while self._position < offset and self._next(min(_PIECE, offset - self._position)):
                    pass
                return self._position
            self._spool = self._all()
        return self._spool.seek(offset, whence)

    def drain(self) -> None:
        """Read what is left, so that damage in it is known."""
        while self._spool is None and self._pull(_PIECE):
            pass

    def close(self) -> None:
        """Let the temporary file go."""
        if self._spool:
            self._spool.close()
        super().close()

    def _next(self, size: int) -> bytes:
        if self._spool:
            return self._spool.read(size)
        if self._kept is not None and self._position < len(self._kept):
            data = bytes(self._kept[self._position : self._position + size])
        else:
            data = self._pull(size)
        self._position += len(data)
        return data

    def _pull(self, size: int) -> bytes:
        if self.damage:
            return b""
        try:
            data = self._source.read(size)
        except _DAMAGE as error:
            self.damage = _why(error)
            return b""
        self._allowance.spend(len(data))
        self._read += len(data)
        if self._kept is not None:
            self._kept += data
            if len(self._kept) > _KEPT:
                self._kept = None
        return data

    def _all(self) -> IO[bytes]:
        if self._kept is None:
            raise ReadError("it is too large to be read twice out of an archive; unpack it")
        spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the stream
        try:
            spool.write(self._kept)
            self._kept = None
            while data := self._pull(_PIECE):
                if self._read > SPOOLED_BYTES:
                    raise ReadError(f"it has more than {SPOOLED_BYTES:,} bytes, too many to be kept aside; unpack it")
                spool.write(data)
        except BaseException:
            spool.close()
            raise
        return cast(IO[bytes], spool)


class Window(io.RawIOBase):
    """A part of a seekable file as a file of its own, nothing copied: `size` bytes from `start` on."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        """Return True: it is there to be read."""
        return True

    def seekable(self) -> bool:
        """Return True: it is part of a seekable file."""
        return True

    def tell(self) -> int:
        """Return the offset of the next byte in the window."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to an offset in the window."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the window goes and return how much that was."""
        size = min(len(buffer), max(0, self._size - self._position))
        self._file.seek(self._start + self._position)
        data = self._file.read(size)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def buffered(raw: io.RawIOBase) -> BinaryIO:
    """A raw stream as readers take it; closing it closes `raw`."""
    return io.BufferedReader(raw, 64 * 1024)


def _why(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it is cut off"
    return f"it is damaged ({str(error)[:100] or type(error).__name__})"
