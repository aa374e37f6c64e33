"""Tar archives, from front to back: every file in them is read by the reader that its bytes call for."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.membership import member_items
from retrieval.reading.naming import passed_over, tidy
from retrieval.reading.streams import Allowance, Forward, Source, Window
from retrieval.reading.tally import grouped
from retrieval.reading.within import Within, within
from retrieval.types import Article, Skipped

_BLOCK = 512
_SAID_BYTES = 1024 * 1024  # what a member's headers may say of it: its long name, its attributes
_PAX, _PAX_OF_ALL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_SPARSE = b"S"
_MOST_DIGITS = 20  # of a member's size


@dataclass(frozen=True, slots=True)
class _Entry:
    info: tarfile.TarInfo
    path: str
    start: int
    size: int
    sparse: bool


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a tar archive: it begins with a header whose checksum is right."""
    if suffix == ".tar" and len(head) >= _BLOCK and not head[:_BLOCK].strip(b"\0"):
        return True
    return bool(head[:1].strip(b"\0")) and _header(head[:_BLOCK]) is not None


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of the members, in their order, and what is skipped, alike reasons in one line.

    Where the archive is damaged, what comes before that is read.
    """
    yield from grouped(_members(file, name, within(file, limits)), name)


def _members(file: BinaryIO, name: str, inside: Within) -> Iterator[Article | Skipped]:
    at = 0
    while inside.allowance.left >= 0:
        try:
            entry = _entry(file, at)
        except ReadError as error:
            yield Skipped(f"{name} at {at:,}", f"{error.message}; what comes before that was read")
            return
        if entry is None:
            return
        yield from _member(file, name, entry, inside)
        at = entry.start + -(-entry.size // _BLOCK) * _BLOCK
    yield Skipped(f"{name} at {at:,}", "not read from here on: it unpacks to more than there may be")


def _entry(file: BinaryIO, at: int) -> _Entry | None:
    """The member whose headers begin at `at`, None at the end. Raises ReadError where there is something else."""
    said: dict[str, str] = {}
    room = _SAID_BYTES
    while True:
        file.seek(at)
        block = file.read(_BLOCK)
        if not block.strip(b"\0"):
            return None
        info = _header(block)
        if info is None:
            raise ReadError("the archive is cut off" if len(block) < _BLOCK else "the archive is damaged there")
        at += _BLOCK
        if info.type not in (_PAX, _PAX_OF_ALL, _LONG_NAME, _LONG_LINK):
            return _described(file, info, said, at)
        room -= info.size + _BLOCK
        if room < 0 or info.size < 0:
            raise ReadError("a member's name or attributes are longer than any are")
        if info.type == _LONG_NAME:
            said["path"] = file.read(info.size).rstrip(b"\0").decode("utf-8", "replace")
        elif info.type == _PAX:
            said |= _attributes(file.read(info.size))
        at += -(-info.size // _BLOCK) * _BLOCK


def _described(file: BinaryIO, info: tarfile.TarInfo, said: dict[str, str], start: int) -> _Entry:
    """A member, with what the headers before its own say of it (POSIX.1-2001 pax, and GNU's long names)."""
    stated = said.get("size", "")
    size = int(stated) if stated.isdecimal() and len(stated) < _MOST_DIGITS else info.size
    if size < 0:
        raise ReadError("the archive is damaged there")
    sparse = info.type == _SPARSE or any(key.startswith("GNU.sparse") for key in said)
    if info.type == _SPARSE:  # the list of its parts goes on in blocks of its own
        file.seek(start - _BLOCK)
        goes_on = file.read(_BLOCK)[482:483] == b"\x01"
        while goes_on:
            goes_on = file.read(_BLOCK)[504:505] == b"\x01"
            start += _BLOCK
    has_data = info.isreg() or info.type not in tarfile.SUPPORTED_TYPES
    name = said.get("GNU.sparse.name") or said.get("path") or info.name
    path = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _Entry(info, path, start, size if has_data else 0, sparse)


def _member(file: BinaryIO, name: str, entry: _Entry, inside: Within) -> Iterator[Article | Skipped]:
    if entry.info.isdir():
        return
    path = tidy(entry.path)
    why = passed_over(path) or _unfit(entry)
    if why:
        yield Skipped(f"{name}: {path}", why)
        return
    yield from member_items(_opened(file, entry, inside), path, name, inside)


def _opened(file: BinaryIO, entry: _Entry, inside: Within) -> Forward | Window:
    """A member's bytes: where the archive itself is a file, as a part of it; where it is unpacked, as they come."""
    file.seek(entry.start)
    if entry.size > inside.file_bytes and not isinstance(getattr(file, "raw", None), Forward):
        return Window(file, entry.start, entry.size)
    return Forward(_Part(file, entry.size), Allowance(entry.size, times=1))  # nothing is unpacked here


def _unfit(entry: _Entry) -> str | None:
    if entry.info.islnk() or entry.info.issym():
        return "a link; what it leads to is read where it stands itself"
    if entry.sparse:
        return "a file with holes, which is not read out of an archive; unpack it"
    return None if entry.info.isreg() else "neither a file nor a folder"


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return None


def _attributes(data: bytes) -> dict[str, str]:
    """The attributes of a pax header: `30 path=a/b.txt` and a line end each, the number being the line's length."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        length, space, _ = data[at : at + 20].partition(b" ")
        if not space or not length.isdigit() or not 4 <= int(length) <= len(data) - at:
            break
        key, _, value = data[at + len(length) + 1 : at + int(length) - 1].partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        at += int(length)
    return found


class _Part:
    """The next `size` bytes of a file; raises EOFError where it ends before."""

    def __init__(self, file: Source, size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int, /) -> bytes:
        """Give the next bytes."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        if not data and self._left and size:
            raise EOFError
        return data
