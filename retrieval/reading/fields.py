"""The names that records and front matter give to what they say about an article."""

from __future__ import annotations

import math
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
TEXT = (
    "text", "body", "content", "maintext", "article", "full_text", "fulltext", "article_text", "article_body",
    "articlebody", "body_text", "content_text", "text_content", "story", "body_html", "content_html", "html",
    "main_text",
    "lead_paragraph", "description", "summary", "abstract",
    "volltext", "artikeltext", "inhalt", "texto", "cuerpo", "contenido", "texte", "contenu",
)  # fmt: skip
_TITLE = (
    "title", "headline", "article_title", "web_title", "heading", "subject",
    "titel", "überschrift", "ueberschrift", "schlagzeile", "título", "titulo", "titular", "titre",
)  # fmt: skip
_AUTHORS = (
    "authors", "author", "byline", "creator", "author_name", "author_names", "writer", "by",
    "autor", "autoren", "autorin", "verfasser", "autores", "auteur", "auteurs",
)  # fmt: skip
PUBLISHER = (
    "publisher", "source", "site", "site_name", "outlet", "sitename", "publication", "newspaper", "source_name",
    "journal", "zeitung", "publikation", "quelle", "verlag", "periódico", "periodico", "diario", "fuente", "éditeur",
)  # fmt: skip
_PUBLISHED = (
    "published", "datepublished", "date_published", "publication_date", "date_publish", "published_at", "publish_date",
    "published_date", "published_on", "pubdate", "pub_date", "date", "article_date", "datetime",
    "web_publication_date", "timestamp",
    "datum", "erschienen", "erscheinungsdatum", "veröffentlicht", "veröffentlichungsdatum", "fecha",
    "fecha_de_publicación", "fecha_publicacion", "date_de_publication",
)  # fmt: skip
_URL = (
    "url",
    "link",
    "canonical_url",
    "permalink",
    "web_url",
    "weburl",
    "article_url",
    "source_url",
    "href",
    "source",
    "longurl",
    "enlace",
    "lien",
)
_LANGUAGE = ("language", "lang", "sprache", "idioma", "langue")
_NOBODY = re.compile(r"n/?a|none|null|nil|unknown|unbekannt|desconocido|inconnu|[-–—?.]+", re.I)
_Value = TypeVar("_Value")
NAMES = frozenset((*ID, *TEXT, *_TITLE, *_AUTHORS, *PUBLISHER, *_PUBLISHED, *_URL, *_LANGUAGE))
"""All of them."""
_SECONDS, _MILLISECONDS = range(10**8, 5 * 10**9), range(10**11, 5 * 10**12)


_QUOTE = r"(?:'[^'\n]{0,300}'|\"[^\"\n]{0,300}\")"
_LISTED = re.compile(rf"\[\s*{_QUOTE}(?:\s*,\s*{_QUOTE}){{0,200}}\s*\]")
_MOST_LISTED = 10_000
_QUOTED = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NESTED = ("fields", "_source", "attributes", "article", "node", "document", "properties", "data")


def by_name(record: Mapping[str, object]) -> dict[str, object]:
    """A record with its names as they are known here: lower-case, words divided by `_` (`publishedAt`, `Pub Date`).

    What lies in an object of its own, as search engines' and content services' answers have it (`_source`, `fields`),
    is brought up where the record has no text without it.
    """
    fields: dict[str, object] = {}
    for key, value in record.items():
        name = str(key)[:200].strip()
        fields.setdefault(re.sub(r"[\s-]+", "_", _HUMP.sub("_", name)).lower(), value)
        fields.setdefault(name.lower(), value)
    if not any(fields.get(name) for name in TEXT if not isinstance(fields.get(name), dict)):
        for name in _NESTED:
            inner = fields.get(name)
            if isinstance(inner, dict):
                for key, value in list(inner.items())[:1000]:
                    fields.setdefault(re.sub(r"[\s-]+", "_", _HUMP.sub("_", str(key)[:200])).lower(), value)
    return fields


def facts_of(fields: Mapping[str, object]) -> Facts:
    """What fields say about an article. Names are lower-case; among several for one thing the first that says it."""
    title, title_of = _first(fields, _TITLE, lambda value: stated({"": value}, ("",)))
    authors, authors_of = _first(fields, _AUTHORS, _authors)
    publisher, publisher_of = _first(fields, PUBLISHER, _publisher)
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
            value = next((value[key] for key in ("name", "rendered", "main", "value", "text") if value.get(key)), None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and (words := one_line(normalised(value))):
            return words
    return None


def _publisher(value: object) -> str | None:
    name = stated({"": value}, ("",))
    return None if name and re.match(r"https?://", name) else name


def _authors(value: object) -> tuple[str, ...]:
    """The authors that a value names: a list as Python writes one (`['Ann Doe']`, as tables have it) is a list, too."""
    if isinstance(value, dict) and isinstance(value.get("original"), str):
        value = value["original"]
    if isinstance(value, str) and len(value) < _MOST_LISTED and _LISTED.fullmatch(value.strip()):
        value = [first or second for first, second in _QUOTED.findall(value)]
    named = (re.sub(r"^\[\[|\]\]$", "", normalised(author)) for author in listed_authors(value))
    return tuple(name for name in named if not _NOBODY.fullmatch(name))


def _url(value: object) -> str | None:
    url = normalised(value).strip() if isinstance(value, str) else ""
    return url if re.fullmatch(r"https?://\S+", url) else None


def _date(value: object) -> str | None:
    """A date as written; a number is a year, or the seconds or milliseconds since 1970 (in UTC)."""
    if isinstance(value, str):
        return partial_date(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    if int(value) in _SECONDS or int(value) in _MILLISECONDS:
        seconds = value if int(value) in _SECONDS else value / 1000
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    return partial_date(str(int(value)))
