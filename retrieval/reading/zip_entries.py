"""What lies in a zip file, entry by entry, by its directory or, where that is lost, by what stands before each entry.

The directory is read as a stream (PKWARE's APPNOTE 6.3, 4.3): a zip of a million files needs no more memory than one.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from retrieval.errors import ReadError

_END, _END64, _LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_CENTRAL, _LOCAL = b"PK\x01\x02", b"PK\x03\x04"
_ALL_ONES = 0xFFFFFFFF
_KANA = re.compile("[\u3041-\u30fe]{2}")
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800


@dataclass(frozen=True, slots=True)
class Entry:
    """A member: its path as written, how it is packed, its sizes, and where its own header stands.

    `packed` and `size` are None where only what follows its bytes would tell.
    """

    path: str
    method: int
    encrypted: bool
    crc: int | None
    packed: int | None
    size: int | None
    header: int
    link: bool = False


def entries(file: BinaryIO) -> Iterator[Entry]:
    """The entries of the directory, in its order. Raises ReadError where there is no directory or it breaks off."""
    start, size, shift = _directory(file)
    at, end = start, start + size
    while at + 46 <= end:
        file.seek(at)
        fixed = file.read(46)
        if len(fixed) < 46 or fixed[:4] != _CENTRAL:
            raise ReadError("its directory is damaged")
        flags, method, crc, packed, plain = struct.unpack("<HH4xLLL", fixed[8:28])
        name_size, extra_size, comment_size = struct.unpack("<HHH", fixed[28:34])
        attributes, header = struct.unpack("<LL", fixed[38:46])
        name, extra = file.read(name_size), file.read(extra_size)
        if len(name) + len(extra) < name_size + extra_size:
            raise ReadError("its directory is cut off")
        plain, packed, header = _long(extra, [plain, packed, header])
        yield Entry(
            _path(name, extra, flags), method, bool(flags & _ENCRYPTED), crc, packed, plain, header + shift,
            stat.S_ISLNK(attributes >> 16),
        )  # fmt: skip
        at += 46 + name_size + extra_size + comment_size


def headers(file: BinaryIO, at: int = 0) -> Generator[Entry, int, None]:
    """The entry whose header stands at `at` in a file without a directory, then the next, whose place is sent in."""
    while True:
        file.seek(at)
        fixed = file.read(30)
        if len(fixed) < 30 or fixed[:4] != _LOCAL:
            return
        flags, method, crc, packed, plain, name_size, extra_size = struct.unpack("<HH4xLLLHH", fixed[6:30])
        name, extra = file.read(name_size), file.read(extra_size)
        plain, packed, _ = _long(extra, [plain, packed, 0])
        later = bool(flags & _SIZES_FOLLOW)
        found = Entry(
            _path(name, extra, flags), method, bool(flags & _ENCRYPTED), None if later else crc,
            None if later and not packed else packed, None if later and not plain else plain, at,
        )  # fmt: skip
        sent = yield found
        if sent is None:
            return
        at = sent


def start_of(file: BinaryIO, entry: Entry) -> int:
    """Where an entry's packed bytes begin. Raises ReadError where no header stands in its place."""
    file.seek(entry.header)
    fixed = file.read(30)
    if len(fixed) < 30 or fixed[:4] != _LOCAL:
        raise ReadError("it is not where the archive's directory says")
    name_size, extra_size = struct.unpack("<HH", fixed[26:30])
    return entry.header + 30 + int(name_size) + int(extra_size)


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Where the directory begins, its size, and how far everything is shifted by what stands before the zip."""
    total = file.seek(0, os.SEEK_END)
    tail_start = max(0, total - 66_000)
    file.seek(tail_start)
    tail = file.read(66_000)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        raise ReadError("its directory is missing, as where a download broke off")
    end = tail_start + place
    size, offset = struct.unpack("<LL", tail[place + 12 : place + 20])
    if place >= 20 and tail[place - 20 : place - 16] == _LOCATOR:
        (end64,) = struct.unpack("<Q", tail[place - 12 : place - 4])
        for candidate in (end64, end - 20 - 56):  # the second where something stands before the zip
            file.seek(candidate)
            record = file.read(56)
            if record[:4] == _END64 and len(record) == 56:
                size, offset = struct.unpack("<QQ", record[40:56])
                end = candidate
                break
    shift = end - size - offset
    if shift < 0:
        raise ReadError("its directory is damaged")
    return offset + shift, size, shift


def _long(extra: bytes, values: list[int]) -> list[int]:
    """The sizes and the offset, in this order, with those that need 64 bits taken from the extra field for them."""
    if _ALL_ONES not in values:
        return values
    large = next((data for kind, data in _fields(extra) if kind == 0x0001), b"")
    found = []
    for value in values:
        if value == _ALL_ONES and len(large) >= 8:
            found.append(int.from_bytes(large[:8], "little"))
            large = large[8:]
        else:
            found.append(value)
    return found


def _path(name: bytes, extra: bytes, flags: int) -> str:
    for kind, data in _fields(extra):  # Info-ZIP's, which says which name it is a better writing of
        if kind == 0x7075 and data[:1] == b"\x01" and data[1:5] == struct.pack("<L", zlib.crc32(name)):
            return data[5:].decode("utf-8", "replace")
    try:
        return name.decode("utf-8")  # as most programs write it, whether they say so or not
    except UnicodeDecodeError:
        return name.decode("utf-8", "replace") if flags & _UTF8 else _old_path(name)


def _old_path(name: bytes) -> str:
    """A path as its country wrote it: Japan's is known by its kana, and may hold the byte of a backslash."""
    try:
        japanese = name.decode("cp932")
    except UnicodeDecodeError:
        return name.decode("cp437")
    return japanese if _KANA.search(japanese) else name.decode("cp437")


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size
