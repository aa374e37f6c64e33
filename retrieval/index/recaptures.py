"""What lies in several files of an archive in several versions or pieces, shown as one article.

Captures of one page by web archives are, the newest of them, seen from first to last; so is an entry that several feed
files hold; and so are the pages and the printed version of one article on the web (`joining`).

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
from retrieval.index.joining import joined_pages, shortened, told
from retrieval.reading.urls import same_page
from retrieval.types import Article

CAPTURES = """
CREATE TABLE captures(source TEXT NOT NULL, file TEXT NOT NULL, ordinal INTEGER NOT NULL, first_seen TEXT,
  last_seen TEXT, hash BLOB NOT NULL, article BLOB, PRIMARY KEY(source, file, ordinal)) WITHOUT ROWID;
"""
"""The articles that were merged, and those that may be, as they were read.

`article` is JSON, packed: what was `said`, null where that is what is shown, and the `links` to the pages beside it; it
is empty where there is neither.
"""
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
        kept = json.loads(zlib.decompress(packed))
        said, links = (kept["said"], kept["links"]) if isinstance(kept, dict) else (kept, None)
        place = "source = ? AND file = ? AND ordinal = ?"
        if said is None:
            staging.execute(
                f"UPDATE staged SET first_seen = ?, last_seen = ?, hash = ?, links = ? WHERE {place}",  # noqa: S608
                (first_seen, last_seen, digest, links, source, file, ordinal),
            )
            continue
        text = said[8]
        staging.execute(f"DELETE FROM staged WHERE {place}", (source, file, ordinal))  # noqa: S608 - what was made of it
        staging.execute(
            "INSERT INTO staged(source, file, ordinal, first_seen, last_seen, hash, links, "  # noqa: S608
            f"{_SAID}, sketch, lines, story) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "sketch_of(?), lines_of(?), story_of(?))",
            (source, file, ordinal, first_seen, last_seen, digest, links, *said, text, text, text),
        )


def merge(staging: sqlite3.Connection) -> None:
    """Leave of the captures of each page the newest, under the id of the one that comes first in the archive.

    Of two that are as new, the later in the archive stays. Pages of one article are joined then, and what was joined is
    noted among what was skipped.
    """
    groups: dict[str, list[int]] = {}
    for key, url, record in staging.execute(
        "SELECT key, url, record FROM staged WHERE last_seen IS NOT NULL AND url IS NOT NULL "
        "ORDER BY source, file, ordinal"
    ):
        groups.setdefault(_identity(url, record), []).append(key)
    merged = {_newest(staging, keys): keys for keys in [*groups.values(), *_entries(staging)] if len(keys) > 1}
    hidden = {key for shown, keys in merged.items() for key in keys if key != shown}
    notes = []
    for whole in joined_pages(staging, hidden):
        keys = [key for page in whole.keys for key in merged.pop(page, [page])]
        article_id = _merge(staging, keys, whole.shown.key, whole.article)
        notes.append((article_id, told(whole)))
    for shown, keys in merged.items():
        _merge(staging, keys, shown)
    for row in staging.execute(
        "SELECT source, file, ordinal, first_seen, last_seen, hash, links FROM staged s WHERE links IS NOT NULL AND "
        "NOT EXISTS (SELECT 1 FROM captures c WHERE (c.source, c.file, c.ordinal) = (s.source, s.file, s.ordinal))"
    ).fetchall():
        staging.execute("INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?, ?)", (*row[:6], _packed(None, row[6])))
    staging.executemany("INSERT INTO skipped VALUES ('', '', ?, ?)", shortened(notes))


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


def _newest(staging: sqlite3.Connection, keys: list[int]) -> int:
    """Which of the versions `keys`, in the order of their places, is shown."""
    select = "SELECT last_seen, published FROM staged WHERE key = ?"
    days = [staging.execute(select, (key,)).fetchone() for key in keys]
    return keys[max(range(len(keys)), key=lambda place: (days[place][0] or days[place][1] or "", place))]


def _merge(staging: sqlite3.Connection, keys: list[int], shown: int, made: Article | None = None) -> str:
    """Leave of the articles `keys` the one `shown`, as `made` of all of them if it was; return its id."""
    rows = [
        staging.execute(
            "SELECT source, file, ordinal, id, first_seen, last_seen, url, links FROM staged WHERE key = ?", (key,)
        ).fetchone()
        for key in keys
    ]
    for key, row in zip(keys, rows, strict=True):
        said = None
        if key != shown or made:
            said = staging.execute(f"SELECT {_SAID} FROM staged WHERE key = ?", (key,)).fetchone()  # noqa: S608
        staging.execute(
            "INSERT INTO captures SELECT source, file, ordinal, first_seen, last_seen, hash, ? FROM staged "
            "WHERE key = ?",
            (_packed(said, row[7]), key),
        )
        if key != shown:
            staging.execute("DELETE FROM staged WHERE key = ?", (key,))
    ids: list[str] = [row[3] for row in sorted(rows, key=lambda row: row[:3])]
    article_id = next((own for own in ids if made and own == made.url), ids[0])
    days = [day for row in rows for day in row[4:6] if day]
    seen = (min(days, default=None), max(days, default=None))
    staging.execute("UPDATE staged SET id = ?, first_seen = ?, last_seen = ? WHERE key = ?", (article_id, *seen, shown))
    if made:
        before = staging.execute("SELECT text FROM staged WHERE key = ?", (shown,)).fetchone()[0]
        staging.execute(
            "UPDATE staged SET text = ?, title = ?, authors = ?, publisher = ?, published = ?, language = ?, "
            "headings = ?, captions = ?, pages = ? WHERE key = ?",
            (
                made.text, made.title, json.dumps(made.authors, ensure_ascii=False), made.publisher, made.published,
                made.language, json.dumps(made.headings), json.dumps(made.captions),
                json.dumps(made.pages, ensure_ascii=False), shown,
            ),
        )  # fmt: skip
        if made.text != before:
            staging.execute(
                "UPDATE staged SET sketch = sketch_of(text), lines = lines_of(text), story = story_of(text) "
                "WHERE key = ?",
                (shown,),
            )
    article = article_from_row(staging.execute(f"SELECT {ARTICLE} FROM staged WHERE key = ?", (shown,)).fetchone())  # noqa: S608
    staging.execute("UPDATE staged SET hash = ? WHERE key = ?", (article_hash(article), shown))
    return article_id


def _packed(said: object, links: str | None) -> bytes | None:
    if said is None and links is None:
        return None
    return zlib.compress(
        json.dumps({"said": said, "links": links}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    )
