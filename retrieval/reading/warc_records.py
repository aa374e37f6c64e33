"""WARC and ARC, record by record, whatever has become of the file.

ISO 28500 (WARC 1.0 and 1.1) and the Internet Archive's ARC 1 and 2; plain, gzip (a member for each record, one for all
of them, or anything between) and zstd with its dictionary in front. Where a record or a gzip member is damaged, reading
goes on at the next that is sound. Memory does not grow with the file or with a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from retrieval.reading.warc_bytes import Broken, Bytes

_LINE_BYTES = 64 * 1024
_HEADER_LINES = 500
_HEADER_CHARS = 256 * 1024  # of all fields of a record; what is beyond is passed over
_WARC = re.compile(rb"WARC/\d\.\d{1,2}\s*$")
# URL, IP address, date, type, [result, checksum, location, offset, file,] length: the URL may hold spaces.
_ARC = re.compile(
    rb"(?P<url>[a-z][\w+.-]{1,20}:\S.*?) (?P<ip>[\d.:a-f-]+) (?P<date>\d{8,18}) (?P<type>\S+(?: ?; ?[^ ]+)?)"
    rb"(?: \S+ \S+ \S+ \S+ \S+)? (?P<length>\S+)\s*$",
    re.I,
)
_ANGLED = re.compile(r"<(.*)>")


class Lines(Protocol):
    """What gives lines, none longer than it is asked for."""

    def readline(self, limit: int, /) -> bytes:
        """Give the next line."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number in the file and where it begins, what it is, and what was captured when.

    `kind` is WARC's record type (`response` for ARC). `date` is as many digits of YYYYMMDDHHMMSS as are stated. `type`
    is what the record's block is; `headers` are its named fields, lower-case.
    """

    number: int
    offset: int
    kind: str
    url: str
    date: str
    type: str
    headers: dict[str, str]
    block: Block


@dataclass(frozen=True, slots=True)
class Damage:
    """A place from which on something cannot be read, and why; what follows is the next sound record."""

    offset: int
    reason: str


class Block:
    """A record's bytes, to be read before the next record is asked for; `broken` says where and why they end early."""

    def __init__(self, source: Bytes, length: int, offset: int) -> None:
        self.length = length
        self.broken: Broken | None = None
        self._source = source
        self._left = length
        self._offset = offset

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, at most `size`; none at the end."""
        wanted = min(size, self._left)
        if not wanted:
            return b""
        try:
            data = self._source.read(wanted, within_record=True)
        except Broken as broken:
            self.broken, data = broken, b""
        if not data and self.broken is None:
            self.broken = Broken(self._offset, "the record is cut off")
        self._left = self._left - len(data) if data else 0
        return data

    def skip(self) -> None:
        """Pass over what is left."""
        try:
            if self._left and self._source.skip(self._left):
                self.broken = Broken(self._offset, "the record is cut off")
        except Broken as broken:
            self.broken = broken
        self._left = 0


def is_archive(head: bytes) -> bool:
    """Whether unpacked bytes begin as a WARC or an ARC file does."""
    line = head.lstrip(b"\r\n")[:300].split(b"\n", 1)[0]
    return bool(_WARC.match(line)) or (line.startswith(b"filedesc://") and b" " in line)


def records(file: BinaryIO) -> Iterator[Record | Damage]:
    """All records of a file, from its beginning, in their order, and the places where it is damaged."""
    source = Bytes(file)
    number = 0
    lost = False  # after damage, until the next record begins
    while True:
        try:
            line, offset = _next_line(source)
            if not line:
                return
            found = _record(source, line, number, offset)
            if isinstance(found, Damage):
                if not lost:
                    yield found
                lost = True
                continue
            lost = False
            number += 1
            yield found
            found.block.skip()
            if found.block.broken:
                raise found.block.broken
        except Broken as broken:
            if not lost or broken.final:
                yield Damage(broken.offset, broken.reason)
            lost = True


def _next_line(source: Bytes) -> tuple[bytes, int]:
    while True:
        offset = source.offset
        line = source.readline(_LINE_BYTES)
        if not line or line.strip():
            return line, offset


def _record(source: Bytes, line: bytes, number: int, offset: int) -> Record | Damage:
    if _WARC.match(line):
        return _warc(source, number, offset)
    arc = _ARC.match(line) if len(line) < _LINE_BYTES else None
    if arc:
        return _arc(source, arc, number, offset)
    return Damage(offset, "no record begins there (a length is wrong, or bytes are lost); reading goes on at the next")


def _warc(source: Bytes, number: int, offset: int) -> Record | Damage:
    headers = read_headers(source)
    length = headers.get("content-length", "")
    if not length.isdecimal() or len(length) > 18:
        return Damage(offset, "a record does not say how long it is")
    url = headers.get("warc-target-uri", "")
    angled = _ANGLED.fullmatch(url)  # as wget 1.15 wrote it, against the standard
    return Record(
        number, offset, headers.get("warc-type", "").lower(), angled[1] if angled else url,
        re.sub(r"\D", "", headers.get("warc-date", "").split(".")[0])[:14], headers.get("content-type", "").lower(),
        headers, Block(source, int(length), offset),
    )  # fmt: skip


def _arc(source: Bytes, line: re.Match[bytes], number: int, offset: int) -> Record | Damage:
    length, url = line["length"], line["url"].decode("utf-8", "replace")
    if not length.isdigit() or len(length) > 18:
        return Damage(offset, f"the record of {url} does not say how long it is")
    kind = "warcinfo" if url.startswith("filedesc:") else "response"
    type_ = line["type"].decode("latin-1").lower()
    return Record(number, offset, kind, url, line["date"].decode()[:14], type_, {}, Block(source, int(length), offset))


def read_headers(source: Lines) -> dict[str, str]:
    """Named fields up to a blank line, names lower-case; a folded line belongs to the one before."""
    headers: dict[str, str] = {}
    last = ""
    room = _HEADER_CHARS
    for _ in range(_HEADER_LINES):
        line = source.readline(_LINE_BYTES)
        if not line.strip():
            break
        room -= len(line)
        if room < 0:
            continue
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text[0] in " \t" and last:
            headers[last] += " " + text.strip()
            continue
        name, colon, value = text.partition(":")
        if colon:
            last = name.strip().lower()
            headers.setdefault(last, value.strip())
    return headers
