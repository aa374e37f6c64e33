"""Pages that a browser saved in one file (`.mht`, `.mhtml`): a message whose first page is the article.

The page's address and the day on which it was saved come from the file; that day is when it was seen, not published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.html import declared_charset, html_article
from retrieval.reading.mime import Part, is_cut_off, leaves, parsed
from retrieval.reading.whole import read_whole
from retrieval.types import Article, Skipped

FORMAT = "mhtml"
_SUFFIXES = (".mht", ".mhtml", ".mhtm")
_RELATED = re.compile(
    r"^content-type:\s*multipart/(?:related|alternative|mixed)\b|^content-type:\s*text/html\b", re.I | re.M
)
_SAVED = re.compile(
    r"^snapshot-content-location:|^from:.{0,40}saved by|^content-location:\s*(?:https?|file):",
    re.I | re.M,
)
_SENT = re.compile(r"^(?:received|return-path|delivered-to|message-id|to|dkim-signature):", re.I | re.M)
_HTML = ("text/html", "application/xhtml+xml")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a saved page: a message of parts that says so or is called so, and that nobody sent."""
    text = head_text(head).lstrip().replace("\r\n", "\n")
    header = text.split("\n\n", 1)[0]
    if not re.match(r"[A-Za-z][A-Za-z0-9-]{1,60}:", header) or not _RELATED.search(header):
        return False
    return suffix in _SUFFIXES or (bool(_SAVED.search(text)) and not _SENT.search(header))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of a saved page. Raises ReadError where it has none, and OSError as reading does."""
    whole = parsed(read_whole(file, limits))
    parts = list(leaves(whole))
    start = whole.parameter("start").strip("<> ")
    pages = [part for part in parts if part.type in _HTML]
    address = _address(whole.header("snapshot-content-location"))
    # The page itself is what the header points to; any other is a frame of it, most often an advertisement.
    chosen = [page for page in pages if start and page.raw_header("content-id").strip("<> ") == start]
    chosen += [page for page in pages if address and _address(page.header("content-location")) == address]
    page = next(iter([*chosen, *pages]), None)
    if page is None:
        raise ReadError("no web page is in it")
    cut = is_cut_off(whole)
    try:
        yield _article(page, whole, address, limits)
    except ReadError as error:
        raise ReadError(f"{error.message}; the file was cut off" if cut else error.message) from error
    if cut:
        yield Skipped(name, "the file was cut off: it ends before its last part does")


def _article(page: Part, whole: Part, address: str | None, limits: Limits) -> Article:
    data = page.content()
    markup = decode(data, page.parameter("charset") or declared_charset(data))
    found = html_article(markup, limits)
    seen = partial_date(whole.header("date"))
    saved = address or _address(page.header("content-location"))
    title = found.title or whole.header("subject")
    origins = [origin for origin in found.origins if origin[0] not in ("first_seen", "last_seen")]
    origins += [(field, "the header Date") for field in ("first_seen", "last_seen") if seen]
    origins += [("url", "the header Content-Location")] if saved and not found.url and not address else []
    return replace(
        found,
        url=found.url or saved,
        first_seen=seen,
        last_seen=seen,
        title=title,
        format=FORMAT,
        origins=tuple(origins),
        links=(*found.links, ("self", saved)) if saved else found.links,
    )


def _address(stated: str) -> str | None:
    return stated if re.fullmatch(r"https?://\S+", stated) else None
