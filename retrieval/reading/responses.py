"""What a web archive's record holds: the answer of a server, taken out of its wrappings."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from retrieval.errors import ReadError
from retrieval.reading.streams import Source
from retrieval.reading.unpacking import Decompressor, Unpacked, brotli, deflated, zstd
from retrieval.reading.warc_records import Record, read_headers

_HEAD_BYTES = 256 * 1024
_PIECE = 64 * 1024
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})\b")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
_MIME = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,120}")
_MOST_CODINGS = 6


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: its HTTP status (200 where none was stated), its type (empty where unknown), its charset, its bytes.

    `body` is as it was sent, with the `codings` (the last applied first to be undone) that were applied to it.
    """

    status: int
    mime: str
    charset: str | None
    codings: tuple[str, ...]
    body: bytes


def head_of(record: Record) -> tuple[Response, bytes]:
    """What a record says of its content, without the body; and the first bytes of the block, which were read for it."""
    first = _filled(record, 4096)
    if not _STATUS.match(first):
        return _stated(200, record.type, (), b""), first
    while b"\r\n\r\n" not in first and b"\n\n" not in first and len(first) < _HEAD_BYTES:
        more = _filled(record, _PIECE)
        if not more:
            break
        first += more
    return _parsed(first), first


def body_of(record: Record, first: bytes, most: int) -> Response:
    """A record's content, unwrapped. Raises ReadError where it is longer than `most` bytes, packed or not."""
    if record.block.length > most:
        raise ReadError(f"it has {record.block.length:,} bytes, more than the {most:,} that are read of one page")
    pieces = [first]
    while piece := record.block.read(_PIECE):
        pieces.append(piece)
    data = b"".join(pieces)
    found = _parsed(data) if _STATUS.match(data) else _stated(200, record.type, (), data)
    return Response(found.status, found.mime, found.charset, (), _unwrapped(found.body, found.codings, most))


def _filled(record: Record, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = record.block.read(size - len(data))
        if not piece:
            break
        data += piece
    return bytes(data)


def _parsed(data: bytes) -> Response:
    file = io.BytesIO(data)
    status = _STATUS.match(file.readline(_PIECE))
    headers = read_headers(file)
    codings = [*headers.get("content-encoding", "").split(","), *headers.get("transfer-encoding", "").split(",")]
    applied = tuple(coding.strip().lower() for coding in codings if coding.strip())
    return _stated(int(status[1]) if status else 200, headers.get("content-type", ""), applied, file.read())


def _stated(status: int, content_type: str, codings: tuple[str, ...], body: bytes) -> Response:
    mime, charset = _MIME.match(content_type.strip()), _CHARSET.search(content_type)
    return Response(status, mime[0].lower() if mime else "", charset[1] if charset else None, codings, body)


def _unwrapped(body: bytes, codings: tuple[str, ...], most: int) -> bytes:
    """The bytes without their codings, the last applied taken off first; one that is not as it is stated is left.

    Raises ReadError where there are more of them than any server applies: each could take its time.
    """
    if len(codings) > _MOST_CODINGS:
        raise ReadError(f"it is said to be packed {len(codings):,} times over, more than any page is")
    for coding in reversed(codings):
        body = _without(body, coding.removeprefix("x-"), most)
    return body


def _without(body: bytes, coding: str, most: int) -> bytes:
    if coding == "chunked":
        from warcio.bufferedreaders import ChunkedDataReader  # which also takes what is only said to be chunked

        return _all(ChunkedDataReader(io.BytesIO(body)), most)
    for new in _CODINGS.get(coding, ()):
        found = _all(Unpacked(io.BytesIO(body), new, repeats=coding in ("gzip", "zstd")), most)
        if found:
            return found
    return body


_CODINGS: dict[str, tuple[Callable[[], Decompressor], ...]] = {
    "gzip": (partial(deflated, 31),),
    "deflate": (partial(deflated, 15), deflated),  # what RFC 9110 means, and what many servers send
    "br": (brotli,),
    "zstd": (zstd,),
}


def _all(source: Source, most: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    try:
        while piece := source.read(_PIECE):
            pieces.append(piece)
            total += len(piece)
            if total > most:
                raise ReadError(f"unpacked it has more than the {most:,} bytes that are read of one page")
    except (EOFError, OSError, zlib.error):
        pass  # cut off, as captures are: what came of it is the page
    return b"".join(pieces)
