"""What lies in several files of an archive in several versions, shown as one article: the newest.

Captures of one page by web archives are, seen from first to last; and so is an entry that several feed files hold.

What the others say is kept (packed) beside the article, since any of the files may go again: what is merged depends on
the articles as they were read and on nothing else, so that an index kept up to date is the one that is built at once.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Collection

from retrieval.index.catalogue import ARTICLE, article_from_row, article_hash
from retrieval.reading.urls import same_page

CAPTURES = """
CREATE TABLE captures(source TEXT NOT NULL, file TEXT NOT NULL, ordinal INTEGER NOT NULL, first_seen TEXT,
  last_seen TEXT, hash BLOB NOT NULL, article BLOB, PRIMARY KEY(source, file, ordinal)) WITHOUT ROWID;
"""
"""The articles that were merged, as they were read. `article` is empty for the one that is shown."""
FEEDS = ("feed", "json-feed")
"""Formats of articles that are entries of feeds."""
_NUMBER = re.compile(r" \(\d+\)$")
_SAID = "record, title, authors, publisher, published, url, language, format, text, headings, captions, pages"


def separate(staging: sqlite3.Connection, of_file: str, arguments: tuple[str, ...]) -> None:
    """Undo the merging of the generation before for the articles that were taken over from it (SQL `of_file`)."""
    rows = staging.execute(
        "SELECT first_seen, last_seen, hash, source, file, ordinal, article FROM previous.captures "  # noqa: S608
        f"WHERE {of_file}",
        arguments,
    ).fetchall()
    for first_seen, last_seen, digest, source, file, ordinal, packed in rows:
        if packed is None:
            staging.execute(
                "UPDATE staged SET first_seen = ?, last_seen = ?, hash = ? "
                "WHERE source = ? AND file = ? AND ordinal = ?",
                (first_seen, last_seen, digest, source, file, ordinal),
            )
            continue
        said = json.loads(zlib.decompress(packed))
        text = said[8]
        staging.execute(
            f"INSERT INTO staged(source, file, ordinal, first_seen, last_seen, hash, {_SAID}, sketch, lines, story) "  # noqa: S608
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, sketch_of(?), lines_of(?), story_of(?))",
            (source, file, ordinal, first_seen, last_seen, digest, *said, text, text, text),
        )


def merge(staging: sqlite3.Connection) -> None:
    """Leave of the captures of each page the newest, under the id of the one that comes first in the archive.

    Of two that are as new, the later in the archive stays.
    """
    groups: dict[str, list[int]] = {}
    for key, url, record in staging.execute(
        "SELECT key, url, record FROM staged WHERE last_seen IS NOT NULL AND url IS NOT NULL "
        "ORDER BY source, file, ordinal"
    ):
        groups.setdefault(_identity(url, record), []).append(key)
    for keys in [*groups.values(), *_entries(staging)]:
        if len(keys) > 1:
            _merge(staging, keys)


def _entries(staging: sqlite3.Connection) -> list[list[int]]:
    """The entries of feeds that stand in several files: those with the same id and address.

    Where one file has two such entries, these tell nothing: there are feeds that give one address for all they have.
    """
    groups: dict[str, dict[tuple[str, str], list[int]]] = {}
    for key, url, record, source, file, form in staging.execute(
        "SELECT key, url, record, source, file, format FROM staged WHERE last_seen IS NULL AND url IS NOT NULL "
        "ORDER BY source, file, ordinal"
    ):
        if form in FEEDS:
            groups.setdefault(entry_identity(url, record), {}).setdefault((source, file), []).append(key)
    alone = [files for files in groups.values() if all(len(keys) == 1 for keys in files.values())]
    return [[keys[0] for keys in files.values()] for files in alone]


def entry_identity(url: str, record: str) -> str:
    """What an entry of a feed has in common with its other versions: where it leads to, and its own id.

    Of entries of one id in a file the reader numbers the second and those after it.
    """
    return f"{same_page(url)} {_NUMBER.sub('', record)}"


def _identity(url: str, record: str) -> str:
    """What the captures of one article have in common: their page and, where it holds several articles, which.

    A feed's entry is not the page that it is about, which says more than the entry does.
    """
    _, found, within = record.rpartition(url)
    return f"{same_page(url)} {within if found else 'entry'}"


def withdrawn_pages(withdrawn: Collection[str]) -> dict[str, str]:
    """The pages that articles withdrawn under these names are of, and the names: no capture of them is shown."""
    pages: dict[str, str] = {}
    for name in sorted(withdrawn):
        pages.setdefault(same_page(name), name)
        if name.endswith(")"):  # a second name: the URL, and the place in brackets
            pages.setdefault(same_page(name.partition(" (")[0]), name)
    return pages


def _merge(staging: sqlite3.Connection, keys: list[int]) -> None:
    """Merge the articles `keys`, in the order of their places."""
    rows = [
        staging.execute("SELECT key, id, first_seen, last_seen, published FROM staged WHERE key = ?", (key,)).fetchone()
        for key in keys
    ]
    shown = max(range(len(rows)), key=lambda place: (rows[place][3] or rows[place][4] or "", place))
    for place, (key, *_) in enumerate(rows):
        packed = None
        if place != shown:
            said = staging.execute(f"SELECT {_SAID} FROM staged WHERE key = ?", (key,)).fetchone()  # noqa: S608
            packed = zlib.compress(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        staging.execute(
            "INSERT INTO captures SELECT source, file, ordinal, first_seen, last_seen, hash, ? FROM staged "
            "WHERE key = ?",
            (packed, key),
        )
        if place != shown:
            staging.execute("DELETE FROM staged WHERE key = ?", (key,))
    key = rows[shown][0]
    days = [day for row in rows for day in row[2:4] if day]
    seen = (min(days, default=None), max(days, default=None))
    staging.execute("UPDATE staged SET id = ?, first_seen = ?, last_seen = ? WHERE key = ?", (rows[0][1], *seen, key))
    article = article_from_row(staging.execute(f"SELECT {ARTICLE} FROM staged WHERE key = ?", (key,)).fetchone())  # noqa: S608
    staging.execute("UPDATE staged SET hash = ? WHERE key = ?", (article_hash(article), key))
