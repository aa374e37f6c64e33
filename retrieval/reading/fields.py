"""The names that records and front matter give to what they say about an article."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from retrieval.reading.blocks import Facts
from retrieval.reading.dates import partial_date
from retrieval.reading.languages import language_code
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.people import listed_authors

ID = ("_id", "id", "guid")
TEXT = ("text", "body", "content", "maintext", "article")
_TITLE = ("title", "headline")
_AUTHORS = ("authors", "author", "byline", "creator")
_PUBLISHER = ("publisher", "source", "site", "site_name", "outlet", "sitename")
_PUBLISHED = (
    "published", "datepublished", "date_published", "publication_date", "date_publish", "published_at", "publish_date",
    "published_date", "pubdate", "pub_date", "date",
)  # fmt: skip
_URL = ("url", "link", "canonical_url")
_LANGUAGE = ("language", "lang")
_Value = TypeVar("_Value")
_SECONDS, _MILLISECONDS = range(10**8, 5 * 10**9), range(10**11, 5 * 10**12)


def facts_of(fields: Mapping[str, object]) -> Facts:
    """What fields say about an article. Names are lower-case; among several for one thing the first that says it."""
    title, title_of = _first(fields, _TITLE, lambda value: stated({"": value}, ("",)))
    authors, authors_of = _first(fields, _AUTHORS, _authors)
    publisher, publisher_of = _first(fields, _PUBLISHER, lambda value: stated({"": value}, ("",)))
    published, published_of = _first(fields, _PUBLISHED, _date)
    url, url_of = _first(fields, _URL, _url)
    language, language_of = _first(fields, _LANGUAGE, language_code)
    found = {"title": title_of, "authors": authors_of, "publisher": publisher_of, "published": published_of,
             "url": url_of, "language": language_of}  # fmt: skip
    origins = tuple((name, f"the field {field}") for name, field in found.items() if field)
    return Facts(title or "", authors or (), publisher, published, url, language, origins=origins)


def _first(
    fields: Mapping[str, object], names: Sequence[str], read: Callable[[object], _Value | None]
) -> tuple[_Value | None, str]:
    """The first of these fields that `read` makes something of, and its name; None and no name where none is."""
    return next(((value, name) for name in names if (value := read(fields.get(name)))), (None, ""))


def stated(fields: Mapping[str, object], names: Sequence[str]) -> str | None:
    """The first of these fields that holds words (or, as ids do, a number), on one line; else None."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and (words := one_line(normalised(value))):
            return words
    return None


def _authors(value: object) -> tuple[str, ...]:
    return tuple(normalised(author) for author in listed_authors(value))


def _url(value: object) -> str | None:
    url = normalised(value).strip() if isinstance(value, str) else ""
    return url if re.fullmatch(r"https?://\S+", url) else None


def _date(value: object) -> str | None:
    """A date as written; a number is a year, or the seconds or milliseconds since 1970 (in UTC)."""
    if isinstance(value, str):
        return partial_date(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if int(value) in _SECONDS or int(value) in _MILLISECONDS:
        seconds = value if int(value) in _SECONDS else value / 1000
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    return partial_date(str(int(value)))
