"""Finds, among the articles staged for a generation, the web pages that make one article together.

What pages say of others is looked at first, and the texts of those alone are read that may be of one article: memory
does not grow with the archive's texts.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from retrieval.index.catalogue import ARTICLE, article_from_row
from retrieval.reading.leaves import Leaf, connected
from retrieval.reading.paging import numbered
from retrieval.reading.urls import same_page
from retrieval.reading.wholes import Whole, wholes
from retrieval.types import Article

FORMATS = ("html", "mhtml", "webarchive")
_MOST_CHARS = 20_000_000  # of a group of pages: their texts are in memory at once
_NAMED = 5
_NOTES = 100
_COLUMNS = "key, url, title, authors, published, last_seen, source, file, record, links"


def links_to_keep(article: Article) -> str | None:
    """What is kept of a web page's links: all where they tell of other pages, nothing where they tell nothing new."""
    if article.format not in FORMATS or not article.links:
        return None
    page = Leaf(0, article.url or "", "", "", None, None, "", article.links)
    return json.dumps(article.links, ensure_ascii=False) if page.tells else None


def whole_of(url: str, links: str) -> list[str]:
    """The addresses of the article that a page says it is part or version of, as addresses are compared."""
    page = Leaf(0, url, "", "", None, None, "", tuple((kind, target) for kind, target in json.loads(links)))
    found = numbered(page.own)
    return [address for address in (page.canonical, page.unprinted, same_page(found[0]) if found else "") if address]


def joined_pages(staging: sqlite3.Connection, hidden: Collection[int] = ()) -> Iterator[Whole]:
    """The articles that several staged pages make, but for those with keys among the `hidden`."""
    for group in connected(_candidates(staging, hidden)):
        keys = [page.key for page in group]
        marks = ", ".join("?" * len(keys))
        size = staging.execute(f"SELECT sum(length(text)) FROM staged WHERE key IN ({marks})", keys).fetchone()[0]  # noqa: S608
        if size > _MOST_CHARS:
            continue
        rows = staging.execute(f"SELECT key, {ARTICLE} FROM staged WHERE key IN ({marks})", keys)  # noqa: S608
        yield from wholes(group, {key: article_from_row(row) for key, *row in rows.fetchall()})


def told(whole: Whole) -> str:
    """What of an article was joined, for the archive's owner."""
    parts, versions = len(whole.parts), len(whole.versions)
    what = [f"{parts} pages"] if parts > 1 else []
    what += [f"{versions} other version{'s' if versions > 1 else ''} of the same text"] if versions else []
    others = [page.place for page in (*whole.parts[1:], *whole.versions)]
    named = ", ".join(sorted(others)[:_NAMED]) + (f" and {len(others) - _NAMED} more" if len(others) > _NAMED else "")
    return f"one article of {' and '.join(what)}, with {named}"


def shortened(notes: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The notes, the last as a number where they are very many."""
    ordered = sorted(notes)
    more = len(ordered) - _NOTES
    rest = [(f"{more:,} more", "articles of several pages or versions")] if more > 0 else []
    return [*ordered[:_NOTES], *rest]


def _candidates(staging: sqlite3.Connection, hidden: Collection[int]) -> list[Leaf]:
    """The pages that tell of others or are told of, and those that share an address."""
    wanted: set[int] = set()
    held: Counter[int] = Counter()
    for page in _leaves(staging, hidden):
        addresses = {hash(address) for address in page.addresses}
        held.update(addresses)
        if page.tells:
            wanted |= addresses
            for relation in ("next", "prev", "print"):
                wanted |= {hash(target) for target in page.targets(relation)}
            wanted |= {hash(address) for address in (page.canonical, page.unprinted) if address}
    wanted |= {address for address, pages in held.items() if pages > 1}
    return [page for page in _leaves(staging, hidden) if any(hash(address) in wanted for address in page.addresses)]


def _leaves(staging: sqlite3.Connection, hidden: Collection[int]) -> Iterable[Leaf]:
    rows = staging.execute(
        f"SELECT {_COLUMNS} FROM staged WHERE format IN ({', '.join('?' * len(FORMATS))}) "  # noqa: S608
        "ORDER BY source, file, ordinal",
        FORMATS,
    )
    for key, url, title, authors, published, last_seen, source, file, record, links in rows:
        if key not in hidden:
            place = f"{source}/{file}" + (f"!/{record}" if record else "")
            said = tuple((kind, target) for kind, target in json.loads(links)) if links else ()
            yield Leaf(key, url or "", title, "" if authors == "[]" else authors, published, last_seen, place, said)
