"""What lies in a ZIM file, read in the order in which it lies there (openZIM's file format, versions 5 and 6).

Everything is checked against the size of the file: whatever its numbers say, nothing is read or held but what is there.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.streams import Allowance, Source, Window, buffered
from retrieval.reading.unpacking import Decompressor, Unpacked, deflated, zstd

_HEADER = struct.Struct("<4sHH16xLLQQQQLLQ")
_REDIRECT, _LINK, _DELETED = 0xFFFF, 0xFFFE, 0xFFFD
_USUAL_BYTES, _DIRENT_BYTES = 400, 16 * 1024  # of an entry in the directory
_PACKED: dict[int, Callable[[], Decompressor]] = {
    2: lambda: deflated(15), 3: bz2.BZ2Decompressor, 5: zstd,
    4: lambda: lzma.LZMADecompressor(memlimit=256 * 1024 * 1024),
}  # fmt: skip
_NEW_NAMESPACES = (6, 1)  # the version from which on all content is in the one namespace C


@dataclass(frozen=True, slots=True)
class Header:
    """What a ZIM says of itself; positions are offsets in the file."""

    version: tuple[int, int]
    entries: int
    clusters: int
    paths_at: int
    clusters_at: int
    checksum_at: int
    size: int
    types: tuple[str, ...]

    @property
    def content(self) -> str:
        """The namespace of its articles."""
        return "C" if self.version >= _NEW_NAMESPACES else "A"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the directory. `type` is None for a redirect, and for what was deleted."""

    namespace: str
    path: str
    title: str
    type: str | None
    cluster: int
    blob: int


def header(file: BinaryIO) -> Header:
    """The header. Raises ReadError where the file ends before what it names, or is no ZIM."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    data = file.read(_HEADER.size)
    if len(data) < _HEADER.size:
        raise ReadError("it is cut off within its header")
    magic, major, minor, count, clusters, paths_at, _, clusters_at, types_at, _, _, checksum_at = _HEADER.unpack(data)
    if magic != b"ZIM\x04":
        raise ReadError("it is no ZIM archive")
    if paths_at + 8 * count > size or clusters_at + 8 * clusters > size or types_at >= size:
        raise ReadError("it is cut off, or part of an archive that was split; what it lists lies behind its end")
    file.seek(types_at)
    types = file.read(min(64 * 1024, max(0, paths_at - types_at) or 64 * 1024)).split(b"\0\0")[0].split(b"\0")
    if not types[0] or any(b"/" not in kind for kind in types if kind):
        raise ReadError("its list of types is damaged")
    return Header(
        (major, minor), count, clusters, paths_at, clusters_at, checksum_at, size,
        tuple(kind.decode("utf-8", "replace").lower() for kind in types),
    )  # fmt: skip


def is_sound(file: BinaryIO, head: Header) -> bool:
    """Whether the file has the checksum (MD5) that it ends with."""
    digest = hashlib.md5(usedforsecurity=False)
    file.seek(0)
    left = head.checksum_at
    while left and (piece := file.read(min(left, 1 << 20))):
        digest.update(piece)
        left -= len(piece)
    return not left and file.read(16) == digest.digest()


def entry(file: BinaryIO, head: Header, number: int) -> Entry | None:
    """The `number`-th entry in the order of paths, None where the directory is damaged there."""
    file.seek(head.paths_at + 8 * number)
    (at,) = struct.unpack("<Q", file.read(8))
    if at >= head.size:
        return None
    file.seek(at)
    data = file.read(_USUAL_BYTES)
    if len(data) < 16:
        return None
    (kind,) = struct.unpack("<H", data[:2])
    redirected = kind in (_REDIRECT, _LINK, _DELETED)
    cluster, blob = (0, 0) if redirected else struct.unpack("<LL", data[8:16])
    if data.count(b"\0", 12 if redirected else 16) < 2:
        data += file.read(_DIRENT_BYTES)
    texts = data[12 if redirected else 16 :].split(b"\0", 2)
    if len(texts) < 3 or (not redirected and (kind >= len(head.types) or cluster >= head.clusters)):
        return None
    path, title = (text.decode("utf-8", "replace") for text in texts[:2])
    return Entry(chr(data[3]), path, title or path, None if redirected else head.types[kind], cluster, blob)


def blobs(
    file: BinaryIO, head: Header, cluster: int, wanted: list[int], most: int, allowance: Allowance
) -> Iterator[tuple[int, bytes | None]]:
    """The `wanted` (ascending) blobs of a cluster with their numbers; None for one of more than `most` bytes.

    Raises ReadError where the cluster is damaged, for the rest of it.
    """
    file.seek(head.clusters_at + 8 * cluster)
    (at,) = struct.unpack("<Q", file.read(8))
    if at >= head.size:
        raise ReadError("the part that it lies in is cut off")
    file.seek(at)
    info = file.read(1)
    packed = buffered(Window(file, at + 1, head.size - at - 1))
    new = _PACKED.get(info[0] & 0x0F)
    if new is None and info[0] & 0x0F > 1:
        raise ReadError(f"the part that it lies in is packed in a way that is not known ({info[0] & 0x0F})")
    source: Source = Unpacked(packed, new) if new else packed
    yield from _cut(_Walk(source, allowance), 8 if info[0] & 0x10 else 4, wanted, most)


def _cut(walk: _Walk, width: int, wanted: list[int], most: int) -> Iterator[tuple[int, bytes | None]]:
    first = int.from_bytes(walk.take(width), "little")
    count = first // width
    if count < 1 or first % width or count > 1 << 24:
        raise ReadError("the part that it lies in is damaged")
    offsets = [first]
    for _ in range(count - 1):
        offsets.append(int.from_bytes(walk.take(width), "little"))
        if offsets[-1] < offsets[-2]:
            raise ReadError("the part that it lies in is damaged")
    for number in wanted:
        if number + 1 >= count:
            raise ReadError("it is not in the part that it should lie in")
        start, end = offsets[number], offsets[number + 1]
        walk.skip(start - walk.position)
        yield number, walk.take(end - start) if end - start <= most else None


class _Walk:
    """A cluster's bytes, from front to back."""

    def __init__(self, source: Source, allowance: Allowance) -> None:
        self.position = 0
        self._source = source
        self._allowance = allowance

    def take(self, size: int) -> bytes:
        pieces = []
        while size > 0:
            try:
                piece = self._source.read(min(size, 1 << 18))
            except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
                raise ReadError("the part that it lies in is damaged") from error
            if not piece:
                raise ReadError("the part that it lies in is cut off")
            self._allowance.spend(len(piece))
            self.position += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        while size > 0:
            size -= len(self.take(min(size, 1 << 20)))
