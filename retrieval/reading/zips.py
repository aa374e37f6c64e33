"""Zip archives: every member is read by the reader that its bytes call for; nothing is unpacked to disk by its name."""

from __future__ import annotations

import bz2
import os
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.membership import member_items
from retrieval.reading.naming import passed_over, tidy
from retrieval.reading.streams import Forward, Share, Source, Window, buffered
from retrieval.reading.tally import grouped
from retrieval.reading.unpacking import Decompressor, Unpacked, deflated, xz, zstd
from retrieval.reading.within import Within, within
from retrieval.reading.zip_entries import Entry, entries, headers, start_of
from retrieval.reading.zip_lzma import ZipLzma
from retrieval.types import Article, Skipped

_STORED = 0
_METHODS: dict[int, Callable[[], Decompressor]] = {
    8: deflated, 12: bz2.BZ2Decompressor, 14: ZipLzma, 20: zstd, 93: zstd, 95: xz,
}  # fmt: skip
_NAMES = {1: "shrink", 6: "implode", 9: "deflate64", 98: "PPMd", 99: "AES encryption"}
_ENDLESS = 1 << 62
_LOOKED_AT = 2000  # entries among which a document's own files stand


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a zip archive: it begins as one or, where it is called so, after something else."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or (suffix == ".zip" and b"PK\x03\x04" in head)


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of the members, in the directory's order, and what is skipped, alike reasons in one line.

    A web archive in a zip (WACZ) is read as one. Of a zip without its directory, what comes before the damage is read.
    Raises ReadError for a document in a zip that no reader took.
    """
    from retrieval.reading import wacz  # which reads its members by this module

    inside = within(file, limits)
    try:
        paths = [entry.path for entry, _ in zip(entries(file), range(_LOOKED_AT), strict=False)]
    except ReadError as error:
        yield from grouped(_salvaged(file, name, inside, error.message), name)
        return
    if wacz.is_collection(paths):
        yield from wacz.read(file, name, inside)
        return
    kind = _document(paths)
    if kind:
        raise ReadError(f"it is {kind}")
    yield from grouped(_listed(file, name, inside), name)


def _document(paths: list[str]) -> str | None:
    names = set(paths)
    if "[Content_Types].xml" in names:
        return "an Office document of a kind that is not read (a table or a presentation)"
    if "META-INF/container.xml" in names and any(path.endswith(".opf") for path in names):
        return "an e-book that no reader takes"
    if "mimetype" in names and "content.xml" in names:
        return "an OpenDocument file of a kind that is not read"
    if "META-INF/MANIFEST.MF" in names and any(path.endswith(".class") for path in names):
        return "a program (Java)"
    return None


def _listed(file: BinaryIO, name: str, inside: Within) -> Iterator[Article | Skipped]:
    try:
        for entry in entries(file):
            yield from member(file, name, entry, inside)
            if inside.allowance.left < 0:
                yield Skipped(f"{name} after {tidy(entry.path)}", "not read: it unpacks to more than there may be")
                return
    except ReadError as error:
        yield Skipped(f"{name} in its directory", error.message)


def _salvaged(file: BinaryIO, name: str, inside: Within, why: str) -> Iterator[Article | Skipped]:
    walk = headers(file)
    entry = next(walk, None)
    after = 0
    while entry and inside.allowance.left >= 0:
        yield from member(file, name, entry, inside)
        after = _end_of(file, entry, inside)
        if not after:
            break
        try:
            entry = walk.send(after)
        except StopIteration:
            break
    end = min(after, file.seek(0, os.SEEK_END))
    yield Skipped(f"{name} at {end:,}", f"{why}; what comes before that was read")


def _end_of(file: BinaryIO, entry: Entry, inside: Within) -> int:
    """Where the next header should stand, 0 where it cannot be told."""
    try:
        start = start_of(file, entry)
        if entry.packed is not None:
            return start + entry.packed
        if entry.method != 8:
            return 0
        decompressor = deflated()
        source = Unpacked(buffered(Window(file, start, _ENDLESS)), lambda: decompressor)
        while data := source.read(1 << 18):
            inside.allowance.spend(len(data))
    except (ReadError, EOFError, zlib.error):
        return 0
    end = start + source.consumed - len(decompressor.unused_data)
    file.seek(end)
    following = file.read(64).find(b"PK\x03\x04")  # sizes and checksum stand in between, in one of four ways
    return end + following if following >= 0 else 0


def member(file: BinaryIO, name: str, entry: Entry, inside: Within) -> Iterator[Article | Skipped]:
    """What comes of one entry of the zip `name`; folders give nothing."""
    path = tidy(entry.path)
    if entry.path.endswith(("/", "\\")):
        return
    why = passed_over(path) or _unfit(entry)
    if why:
        yield Skipped(f"{name}: {path}", why)
        return
    try:
        raw = opened_entry(file, entry, inside)
    except ReadError as error:
        yield Skipped(f"{name}: {path}", error.message)
        return
    yield from member_items(raw, path, name, inside)


def opened_entry(file: BinaryIO, entry: Entry, inside: Within) -> Forward | Window:
    """The bytes of an entry: of one that is only stored, as a part of the zip; of a packed one, from front to back.

    Raises ReadError where it is packed in a way that is not known or is not there.
    """
    start = start_of(file, entry)
    if entry.method == _STORED and entry.packed is not None:
        window = Window(file, start, entry.packed)
        if entry.packed > inside.file_bytes:
            inside.allowance.spend(entry.packed)
            return window  # a web archive, as it seems: to go back and forth in is worth more than the checksum
        return Forward(_Checked(buffered(window), entry.crc), inside.allowance)
    new = _METHODS.get(entry.method)
    if new is None:
        way = _NAMES.get(entry.method, f"method {entry.method}")
        raise ReadError(f"it is packed in a way that is not read ({way}); unpack the archive and pack it anew")
    packed = buffered(Window(file, start, _ENDLESS if entry.packed is None else entry.packed))
    share = inside.allowance if entry.packed is None else Share(entry.packed, inside.allowance)
    return Forward(_Checked(Unpacked(packed, new), entry.crc), share)


def _unfit(entry: Entry) -> str | None:
    if entry.encrypted:
        return "it is encrypted; unpack the archive with its password"
    return "a link; what it leads to is read where it stands itself" if entry.link else None


class _Checked:
    """What is unpacked, held against its checksum at the end."""

    def __init__(self, source: Source, crc: int | None) -> None:
        self._source = source
        self._expected = crc
        self._crc = 0

    def read(self, size: int, /) -> bytes:
        """Give the next bytes; raises OSError at the end where they are not what was packed."""
        data = self._source.read(size)
        self._crc = zlib.crc32(data, self._crc)
        if not data and self._expected is not None and self._crc != self._expected:
            raise OSError("its checksum does not fit")
        return data
