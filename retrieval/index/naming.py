"""Which publisher or author of the catalogue does somebody mean? And who wrote, and when, what a question asks for?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from retrieval.index import Rows, Tally
from retrieval.index.catalogue import Catalogue
from retrieval.index.columns import days, name_key

_ARTICLE = re.compile(r"(?:the|der|die|das|den|dem|le|la|les|el|los|il) (?=.)")
_DOMAIN = re.compile(r"(?<=\w)\.(?:com|org|net|de|at|ch|co\.uk|info|news|io|eu)$")
_TITLE = re.compile(r"(?:(?:dr|prof|professor|mr|mrs|ms|sir|herr|frau)\.? )+")
_GENITIVE = re.compile(r"['’]s?$")


class PublisherNames:
    """The names of publishers, `listed` as (key, name), as askers write them: without case, accents and articles."""

    def __init__(self, listed: Iterable[tuple[str, str]]) -> None:
        listed = list(listed)
        self._publishers: dict[str, str] = {}
        for key, name in listed:  # a name as it stands goes before what is left of another
            self._publishers[key] = name
        for key, name in listed:
            self._publishers.setdefault(_press_key(key), name)

    def publisher(self, text: str) -> str | None:
        """Return the publisher that `text` names: "the tech times" and "TechTimes.com" are one; None for none."""
        key = name_key(_GENITIVE.sub("", text.strip()))
        return (
            self._publishers.get(name_key(text)) or self._publishers.get(key) or self._publishers.get(_press_key(key))
        )


def author_keys(text: str) -> tuple[str, str]:
    """Return what an author whom `text` names may be known by: without a title and a genitive, and as it stands."""
    return _TITLE.sub("", name_key(_GENITIVE.sub("", text.strip()))), name_key(text)


def is_last_name(key: str) -> bool:
    """Whether a key may be a last name alone."""
    return " " not in key and len(key) >= 3


class CatalogueNames(PublisherNames):
    """The names of a catalogue's publishers and authors, as askers write them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        listed = catalogue.query("SELECT key, name FROM publishers ORDER BY number")
        super().__init__((key, name) for key, name in listed)

    def author(self, text: str) -> str | None:
        """Return the author that `text` names, by the whole name, or by the last alone where one author has it."""
        key, plain = author_keys(text)
        whole = self._catalogue.query("SELECT name FROM authors WHERE key IN (?, ?)", (key, plain))
        if whole:
            return str(whole[0][0])
        if not is_last_name(key):
            return None
        # Compared by the end alone, in SQL, where a hundred thousand names take some ten milliseconds.
        last = self._catalogue.query(
            "SELECT name FROM authors WHERE substr(key, -length(?)) = ? LIMIT 2", (f" {key}", f" {key}")
        )
        return str(last[0][0]) if len(last) == 1 else None


def tally(catalogue: Catalogue, articles: Rows) -> Tally:
    """Return when the articles at these rows were published, and by whom they were written."""
    found = {
        row: (published, authors)
        for row, published, authors in catalogue.query(
            "SELECT row, published, authors FROM articles WHERE row IN (SELECT value FROM json_each(?))",
            (json.dumps(articles.tolist()),),
        )
    }
    return tallied([(found[row][0], json.loads(found[row][1])) for row in articles.tolist()])


def tallied(found: Sequence[tuple[str | None, Sequence[str]]]) -> Tally:
    """Return what articles have in common, each given as (published, authors)."""
    dates = tuple(published for published, _ in found)
    known = [date for date in dates if date]
    counted: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    unsigned = 0
    for _, names in found:
        unsigned += not names
        for name in names:
            counted[spelt.setdefault(name_key(name), name)] += 1
    return Tally(
        first=min(known, key=lambda date: (days(date)[0], date), default=None),
        last=max(known, key=lambda date: (days(date)[1], date), default=None),
        authors=tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))),
        unsigned=unsigned,
        dates=dates,
    )


def _press_key(key: str) -> str:
    """Return what is left of a publisher's key without an article in front, a domain behind, and marks between."""
    bare = _DOMAIN.sub("", _ARTICLE.sub("", key, count=1)) if _ARTICLE.match(key) else _DOMAIN.sub("", key)
    return re.sub(r"[\W_]+", "", bare)
