"""Which of the captures in a web archive are read: of each page the newest, with the days of the first and the last.

Memory grows with the number of pages, not with their captures or their size.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from retrieval.reading.responses import Response, head_of
from retrieval.reading.urls import same_page
from retrieval.reading.warc_records import Damage, Record, records
from retrieval.reading.warc_segments import put_together

_TEXT = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/xml", "application/xml")
_DOCUMENTS = ("application/pdf", "application/epub+zip", "application/json", "application/msword", "application/rtf",
              "message/rfc822", "text/csv", "text/rtf", "application/warc-fields")  # fmt: skip
_OFFICE = ("application/vnd.openxmlformats-officedocument.wordprocessingml", "application/vnd.oasis.opendocument.text")
_UNKNOWN = ("", "application/octet-stream", "binary/octet-stream", "application/unknown", "unk", "no-type")
_NO_ARTICLES = ("text/css", "text/javascript", "image/svg+xml", "text/vtt", "text/vnd.wap.wml")
_ABOUT_CAPTURES = ("warcinfo", "request", "metadata")
_PAGES = ("http", "https", "ftp", "file", "gopher", "gemini")
_REDIRECT = range(300, 400)
_LONGEST_URL, _LONGEST_DIGEST, _MOST_KINDS = 8192, 200, 1000

Order = tuple[str, int, int]
"""When a capture was made, whether it is the answer itself (1) or a text made of it (0), and which record it is."""


@dataclass(slots=True)
class Page:
    """The captures of one page: the newest, the days of the first and last, how many; `others` are the same bytes."""

    newest: Order
    first: str
    last: str
    count: int = 1
    digest: str = ""
    others: list[tuple[str, str, str]] = field(default_factory=list)  # url, first day, last day

    def seen(self, date: str) -> None:
        """Note another capture's day."""
        self.first, self.last = min(self.first or date, date or self.first), max(self.last, date)


@dataclass(slots=True)
class Census:
    """What a web archive holds: its pages by key, what is not read of it, by kind, and where it is damaged."""

    pages: dict[bytes, Page] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)
    damages: list[Damage] = field(default_factory=list)
    damaged: int = 0


_DAMAGES_KEPT = 20


def key_of(url: str) -> bytes:
    """A page's key, 12 bytes."""
    return hashlib.blake2b(same_page(url).encode("utf-8", "surrogatepass"), digest_size=12).digest()


def candidates(file: BinaryIO) -> Iterator[tuple[Record, Response, bytes] | Damage | str]:
    """The captures that may hold an article, with what was read of them, and why each other one does not."""
    for record in put_together(records(file)):
        if isinstance(record, Damage):
            yield record
        elif len(record.url) > _LONGEST_URL:
            yield f"a record whose address has more than {_LONGEST_URL:,} characters"
        elif record.kind in ("response", "resource", "conversion"):
            said, first = head_of(record)
            why = _passed_over(record, said, first)
            yield why or (record, said, first)
        elif record.kind == "revisit":
            yield record, Response(0, "", None, (), b""), b""
        elif record.kind not in _ABOUT_CAPTURES:
            yield f"a record of the kind {record.kind[:30] or 'that is not stated'}"


def census(file: BinaryIO) -> Census:
    """Look through a web archive once."""
    found = Census()
    revisits: dict[bytes, _Revisit] = {}
    for item in candidates(file):
        if isinstance(item, Damage):
            found.damaged += 1
            if len(found.damages) < _DAMAGES_KEPT:
                found.damages.append(item)
            continue
        if isinstance(item, str):
            known = item in found.passed_over or len(found.passed_over) < _MOST_KINDS
            found.passed_over[item if known else "something else"] += 1
            continue
        record, _, _ = item
        key = key_of(record.url)
        if record.kind == "revisit":
            _revisit(revisits, key, record)
            continue
        _count(found.pages, key, record)
    _settle(found, revisits)
    return found


def order_of(record: Record) -> Order:
    """By what captures of a page are compared; the highest is the newest."""
    return record.date, int(record.kind != "conversion"), record.number


def day(date: str) -> str | None:
    """The ISO 8601 day of a capture's date, None where it states none."""
    if len(date) < 8 or not ("01" <= date[4:6] <= "12" and "01" <= date[6:8] <= "31"):
        return None
    return f"{date[:4]}-{date[4:6]}-{date[6:8]}"


def _count(pages: dict[bytes, Page], key: bytes, record: Record) -> None:
    order, page = order_of(record), pages.get(key)
    digest = _digest(record)
    if page is None:
        pages[key] = Page(order, record.date, record.date, digest=digest)
        return
    page.seen(record.date)
    page.count += 1
    if order > page.newest:
        page.newest, page.digest = order, digest


@dataclass(slots=True)
class _Revisit:
    """Captures of a page that were the same bytes as another, and which one."""

    url: str
    first: str
    last: str
    target: bytes | None
    digest: str
    count: int = 0


def _revisit(revisits: dict[bytes, _Revisit], key: bytes, record: Record) -> None:
    target = record.headers.get("warc-refers-to-target-uri", "")
    digest = _digest(record)
    known = revisits.setdefault(
        key, _Revisit(record.url, record.date, record.date, key_of(target) if target else None, digest)
    )
    known.first, known.last = min(known.first, record.date), max(known.last, record.date)
    known.count += 1


def _digest(record: Record) -> str:
    digest = record.headers.get("warc-payload-digest", "")
    return digest if len(digest) <= _LONGEST_DIGEST else ""


def _settle(found: Census, revisits: dict[bytes, _Revisit]) -> None:
    """Resolve the revisits: of a page in the file, more days of it; of the same bytes elsewhere in it, a page more."""
    by_digest: dict[str, Page] = {}
    if revisits:
        by_digest = {page.digest: page for page in found.pages.values() if page.digest}
    for key, revisit in revisits.items():
        page = found.pages.get(key)
        original = found.pages.get(revisit.target) if revisit.target else None
        original = original or by_digest.get(revisit.digest)
        if page:
            page.seen(revisit.first)
            page.seen(revisit.last)
        elif original:
            original.others.append((revisit.url, revisit.first, revisit.last))
        else:
            found.passed_over["a revisit (of what is no page of this file)"] += revisit.count


def _passed_over(record: Record, said: Response, first: bytes) -> str | None:
    """Why a capture is not read, None where it may be."""
    scheme = record.url.partition(":")[0].lower()
    if record.kind != "response" and scheme not in _PAGES:
        return "a record that the crawler keeps for itself"
    if scheme in ("dns", "whois", "ntp"):
        return f"{scheme} record"
    if said.status in _REDIRECT:
        return "a redirect"
    if said.status not in (200, 203):
        return f"an answer with status {said.status}"
    path = record.url.partition("?")[0]
    if path.endswith(("/robots.txt", "/ads.txt", "/sitemap.xml", "/favicon.ico")):
        return "a file for robots (robots.txt, a sitemap)"
    return _unread_type(said, first)


def _unread_type(said: Response, first: bytes) -> str | None:
    mime = said.mime
    if mime in _UNKNOWN or "/" not in mime:
        text = first.lstrip()[:200].lower()
        known = text.startswith((b"%pdf-", b"<!doctype html", b"<html", b"<?xml")) or b"\r\n\r\n<" in first[:4096]
        return None if known else "of a type that is not stated"
    if mime in _NO_ARTICLES or "javascript" in mime or "ecmascript" in mime:
        return mime
    readable = mime in _TEXT or mime in _DOCUMENTS or mime.startswith(_OFFICE) or mime.endswith(("+xml", "+json"))
    return None if readable else mime
