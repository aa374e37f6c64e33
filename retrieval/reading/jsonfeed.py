"""JSON Feed (jsonfeed.org, versions 1 and 1.1): an article for each entry that has a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO
from urllib.parse import urljoin

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Limits, article
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import head_text
from retrieval.reading.feedentries import titles_only
from retrieval.reading.headlines import headed
from retrieval.reading.jsonvalues import json_values, listed, mapped, text_of
from retrieval.reading.languages import language_code
from retrieval.reading.markup import plain_words, text_blocks
from retrieval.reading.origins import OPENING, told
from retrieval.types import Article, Skipped

FORMAT = "json-feed"
_VERSION = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org\\?/version')


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a JSON Feed: it states the format's version."""
    text = head_text(head)
    return bool(re.match(r"\ufeff?\s*\{", text) and _VERSION.search(text))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of a feed, in its order, and in one line those entries that have only a title.

    Raises ReadError where the file is no JSON or holds no entry, and OSError as reading does.
    """
    bare: list[str] = []
    count = 0
    for feed in json_values(file, limits):
        for entry in listed(mapped(feed).get("items")):
            count += 1
            try:
                made = _article(mapped(entry), mapped(feed), limits)
            except ReadError as error:
                yield Skipped(f"{name} at entry {count}", error.message)
                continue
            if made is None:
                bare.append(_title(mapped(entry)) or text_of(mapped(entry).get("id")))
            else:
                yield made
    if bare:
        yield titles_only(name, bare, count)
    if not count:
        raise ReadError("it is a feed without entries")


def _article(entry: dict[str, object], feed: dict[str, object], limits: Limits) -> Article | None:
    texts = (text_of(entry.get(name)) for name in ("content_html", "content_text", "summary"))
    blocks = next((found for text in texts if text.strip() and (found := text_blocks(text))), [])
    if not blocks:
        return None
    title, blocks = headed(_title(entry), blocks)
    own_authors = _authors(entry)
    facts = told(
        Facts(
            title=title,
            authors=own_authors or _authors(feed),
            publisher=plain_words(text_of(feed.get("title"))) or None,
            published=partial_date(text_of(entry.get("date_published") or entry.get("date_modified"))),
            url=_url(entry, feed),
            language=language_code(entry.get("language") or feed.get("language")),
        ),
        title="the entry's title" if _title(entry) else OPENING,
        authors="the entry's authors" if own_authors else "the feed's authors",
        publisher="the feed's title",
        published=f"the entry's {'date_published' if entry.get('date_published') else 'date_modified'}",
        url="the entry's address",
        language="the entry's language" if entry.get("language") else "the feed's language",
    )
    made = article(blocks, facts, FORMAT, limits)
    return replace(made, record=text_of(entry.get("id")) or facts.url or title)


def _title(entry: dict[str, object]) -> str:
    return plain_words(text_of(entry.get("title")))


def _authors(stated: dict[str, object]) -> tuple[str, ...]:
    people = [*listed(stated.get("authors")), *listed(stated.get("author"))]
    names = (plain_words(text_of(mapped(one).get("name"))) for one in people)
    return tuple(dict.fromkeys(name for name in names if name))


def _url(entry: dict[str, object], feed: dict[str, object]) -> str | None:
    base = text_of(feed.get("home_page_url") or feed.get("feed_url"))
    for name in ("url", "external_url", "id"):
        stated = text_of(entry.get(name)).strip()
        if re.match(r"https?://\S+$", stated):
            return stated
        if name != "id" and stated and base:
            try:
                joined = urljoin(base, stated)
            except ValueError:
                continue
            if re.fullmatch(r"https?://\S+", joined):
                return joined
    return None
