"""Web archives (WARC, ARC): every page in them is an article, its text that of the newest capture.

The day of a capture is kept as `first_seen` and `last_seen` and never taken for the day of publication. The address is
shown as it was captured; `urls.same_page` says when two addresses are of one page.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading import html
from retrieval.reading.blocks import Limits
from retrieval.reading.captures import Census, Order, Page, candidates, census, day, key_of, order_of
from retrieval.reading.responses import Response, body_of
from retrieval.reading.signatures import is_markup
from retrieval.reading.tally import grouped
from retrieval.reading.unpacking import unpacked
from retrieval.reading.urls import last_name
from retrieval.reading.warc_records import Damage, Record, is_archive
from retrieval.reading.within import Within, within
from retrieval.types import Article, Skipped

_NO_PAGES = "it holds no pages, only what a crawler notes about them"
_TRIES = 3
_KINDS = 30
_URL_ORIGIN = (("url", "the address that was captured"),)
_SEEN_ORIGINS = (("first_seen", "the first capture"), ("last_seen", "the last capture"))
_NONE: Order = ("", -1, -1)
_ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a web archive, packed or not."""
    if is_archive(head) or (head.startswith(_ZSTD_DICTIONARY) and suffix == ".zst"):
        return True
    source = unpacked(head, io.BytesIO(head))
    if source is None or head.startswith((b"BZh", b"\xfd7z", b"\x5d\x00", b"\x5e\x00")):
        return False
    try:
        return is_archive(source.read(1024))
    except (EOFError, OSError, zlib.error):
        return False  # what is wrong with it is said by the reader of packed files


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each page, in the order of the captures that are read, then what is not read, counted by kind."""
    inside = within(file, limits)
    file.seek(0, io.SEEK_END)  # it is read more than once
    yield from grouped(
        web_articles(file, name, inside), name, "it holds no pages, only what a crawler notes about them"
    )


def web_articles(file: BinaryIO, name: str, inside: Within) -> Iterator[Article | Skipped]:
    """What `read` gives, with every skipped page by itself."""
    found = census(file)
    wanted = {page.newest: key for key, page in found.pages.items()}
    for _ in range(_TRIES):
        failed: dict[bytes, Order] = {}
        for record, said, first in _captures(file):
            order = order_of(record)
            key = wanted.pop(order, None) if record.kind != "revisit" else None
            if key is None:
                continue
            page, read_some = found.pages[key], False
            for item in _page(record, said, first, page, name, inside):
                read_some = read_some or isinstance(item, Article)
                yield item
            if not read_some and page.count > 1:
                failed[key] = order
        # The newest capture may be an empty page, where an older one is an article.
        wanted = _newest_before(file, failed) if failed else {}
        if not wanted:
            break
    yield from _left_out(found, name)


def _captures(file: BinaryIO) -> Iterator[tuple[Record, Response, bytes]]:
    return (item for item in candidates(file) if not isinstance(item, Damage | str))


def _newest_before(file: BinaryIO, before: dict[bytes, Order]) -> dict[Order, bytes]:
    """Of some pages, the newest capture before one that gave nothing."""
    newest: dict[bytes, Order] = {}
    for record, _, _ in _captures(file):
        key, order = key_of(record.url), order_of(record)
        if record.kind != "revisit" and key in before and newest.get(key, _NONE) < order < before[key]:
            newest[key] = order
    return {order: key for key, order in newest.items()}


def _page(
    record: Record, said: Response, first: bytes, page: Page, name: str, inside: Within
) -> Iterator[Article | Skipped]:
    leaf = last_name(record.url)
    place = f"{name} at {record.offset:,} ({record.url})"
    from retrieval.reading.articles import told

    for item in told(_read(record, said, first, leaf, inside), leaf):
        if isinstance(item, Skipped):
            yield Skipped(place + item.path.removeprefix(leaf), item.reason)
            continue
        own = item.url if item.url and item.format != html.FORMAT else None
        origins = tuple(origin for origin in item.origins if own or origin[0] != "url")
        for url, first_day, last_day in [(record.url, page.first, page.last), *page.others]:
            yield replace(
                item,
                url=own or url,
                record=f"{url}#{item.record}" if item.record else url,
                first_seen=day(first_day),
                last_seen=day(last_day),
                origins=(*origins, *(() if own else _URL_ORIGIN), *_SEEN_ORIGINS),
                links=(*item.links, ("self", url)) if item.format == html.FORMAT else (),
            )


def _read(record: Record, said: Response, first: bytes, leaf: str, inside: Within) -> Iterator[Article | Skipped]:
    from retrieval.reading.articles import read_stream

    response = body_of(record, first, inside.file_bytes)
    inside.allowance.spend(len(response.body))
    if not response.body.strip():
        raise ReadError("the capture is empty")
    head = response.body[: 16 * 1024]
    if html.matches(head, "") or (html.matches(head, ".html") and not is_markup(head)):
        yield html.html_article(html.page_text(response.body, response.charset), inside)
    else:
        yield from read_stream(io.BytesIO(response.body), leaf, inside)


def _left_out(found: Census, name: str) -> Iterator[Skipped]:
    for damage in found.damages:
        yield Skipped(f"{name} at {damage.offset:,}", damage.reason)
    if found.damaged > len(found.damages):
        yield Skipped(f"{name}: {found.damaged - len(found.damages):,} more places", "damaged as well")
    if found.passed_over:
        kinds = found.passed_over.most_common()
        told_kinds = [f"{count:,} × {kind}" for kind, count in kinds[:_KINDS]]
        rest = sum(count for _, count in kinds[_KINDS:])
        told_kinds += [f"{rest:,} × something else"] if rest else []
        yield Skipped(f"{name}: other records", "not read: " + "; ".join(told_kinds))
