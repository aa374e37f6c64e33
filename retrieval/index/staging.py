"""All articles of the generation being built, gathered in one SQLite file before they are put in order.

Articles come from readers or, where a file has not changed, from the generation before. Memory does not grow with the
archive.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, count
from pathlib import Path

from retrieval.boilerplate import line_hashes
from retrieval.copies import sketch
from retrieval.index import parts
from retrieval.index.catalogue import article_hash, text_hash
from retrieval.index.joining import joined_pages, links_to_keep, whole_of
from retrieval.index.recaptures import CAPTURES, FEEDS, entry_identity, merge, separate, withdrawn_pages
from retrieval.reading.urls import same_page
from retrieval.types import Article, Skipped

_SCHEMA = (
    """
CREATE TABLE files(source TEXT, name TEXT, size INTEGER, mtime_ns INTEGER, PRIMARY KEY(source, name)) WITHOUT ROWID;
CREATE TABLE skipped(source TEXT, file TEXT, path TEXT, reason TEXT);
CREATE TABLE withheld(source TEXT, file TEXT, ordinal INTEGER, record TEXT, url TEXT, id TEXT);
CREATE TABLE staged(key INTEGER PRIMARY KEY, id TEXT, source TEXT, file TEXT, ordinal INTEGER, record TEXT, title TEXT,
  authors TEXT, publisher TEXT, published TEXT, url TEXT, language TEXT, format TEXT, text TEXT, headings TEXT,
  captions TEXT, pages TEXT, first_seen TEXT, last_seen TEXT, sketch BLOB,
  lines BLOB, hash BLOB, story BLOB, links TEXT);
"""
    + parts.SCHEMA
)
_CARRIED = (
    "source, file, ordinal, record, title, authors, publisher, published, url, language, format, text, headings, "
    "captions, pages, first_seen, last_seen, sketch, lines, hash"
)


class Staging:
    """The articles, files and skipped files of the next generation, kept in a new SQLite file at `path`.

    Where the generation before was not `sketched` as this program does, articles taken over from it are sketched anew.
    """

    def __init__(self, path: Path, previous: Path | None, sketched: bool = True) -> None:
        self._path = path
        self._db = sqlite3.connect(path)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA + CAPTURES)
        self._taken = _CARRIED if sketched else _CARRIED.replace("sketch, lines", "sketch_of(text), lines_of(text)")
        self._db.create_function("story_of", 1, _story, deterministic=True)
        self._db.create_function("sketch_of", 1, lambda text: sketch(text).to_bytes(), deterministic=True)
        self._db.create_function("lines_of", 1, line_hashes, deterministic=True)
        if previous:
            self._db.execute("ATTACH ? AS previous", (f"{previous.resolve().as_uri()}?mode=ro&immutable=1",))

    def add_file(self, source: str, name: str, size_bytes: int, mtime_ns: int) -> None:
        """Note that a file was read in this state."""
        self._db.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (source, name, size_bytes, mtime_ns))

    def add_article(self, source: str, file: str, ordinal: int, article: Article) -> None:
        """Add the `ordinal`-th article of a file."""
        self._db.execute(
            f"INSERT INTO staged({_CARRIED}, story, links) VALUES ({', '.join('?' * 22)})",  # noqa: S608
            (
                source, file, ordinal, article.record, article.title, json.dumps(article.authors, ensure_ascii=False),
                article.publisher, article.published, article.url, article.language, article.format, article.text,
                json.dumps(article.headings), json.dumps(article.captions),
                json.dumps(article.pages, ensure_ascii=False), article.first_seen, article.last_seen,
                sketch(article.text).to_bytes(), line_hashes(article.text),
                article_hash(article), _story(article.text), links_to_keep(article),
            ),
        )  # fmt: skip

    def add_skipped(self, source: str, file: str, skipped: Skipped) -> None:
        """Note what could not be used."""
        self._db.execute("INSERT INTO skipped VALUES (?, ?, ?, ?)", (source, file, skipped.path, skipped.reason))

    def add_parts(self, source: str, file: str, found: Mapping[str, str | None]) -> None:
        """Note which files are read as part of this one: what it calls them, and which they are in the source."""
        self._db.executemany(parts.INSERT, [(source, file, reference, part) for reference, part in found.items()])

    def carry_file(self, source: str, name: str) -> None:
        """Take an unchanged file's articles over from the generation before."""
        self._carry("source = ? AND file = ?", "source = ? AND name = ?", (source, name))

    def carry_source(self, source: str) -> None:
        """Take all of a source over from the generation before."""
        self._carry("source = ?", "source = ?", (source,))

    def _carry(self, of_file: str, named: str, arguments: tuple[str, ...]) -> None:
        self._db.execute(f"INSERT INTO files SELECT * FROM previous.files WHERE {named}", arguments)  # noqa: S608
        self._db.execute(f"INSERT INTO skipped SELECT * FROM previous.skipped WHERE {of_file}", arguments)  # noqa: S608
        self._db.execute(f"INSERT INTO withheld SELECT * FROM previous.withheld WHERE {of_file}", arguments)  # noqa: S608
        self._db.execute(parts.COPY.format(origin="previous", condition=of_file), arguments)
        self._db.execute(
            f"INSERT INTO staged({_CARRIED}, story) SELECT {self._taken}, story_of(text) FROM previous.articles "  # noqa: S608
            f"WHERE {of_file}",
            arguments,
        )
        separate(self._db, of_file, arguments)

    def assign_ids(self, withdrawn: Collection[str] = ()) -> None:
        """Give every article its id: its URL, else its place; where several claim one, the first place keeps it.

        Those that are `withdrawn` by their id, or by the name they would have if another claimed it, leave only their
        place behind: the others' ids are the same with and without them. Captures of one page by web archives become
        one article, as do versions of an entry in several feed files and the pages of one article on the web; none is
        shown where one of them was withdrawn.
        """
        pages = withdrawn_pages(withdrawn)
        families = [whole.keys for whole in joined_pages(self._db)] if withdrawn else []
        withheld: dict[int, str] = {}
        used: set[str] = set()
        entries: dict[str, tuple[str, str, str]] = {}  # of feeds: the name that it is withdrawn by, and its file
        rows = self._db.execute(
            "SELECT key, coalesce(url, ''), source, file, record, ordinal, last_seen, format, links FROM staged "
            "UNION ALL SELECT NULL, coalesce(url, ''), source, file, record, ordinal, NULL, NULL, NULL FROM withheld "
            "ORDER BY source, file, ordinal"
        ).fetchall()
        for key, url, source, file, record, ordinal, captured, form, links in rows:
            place = _place(source, file, record)
            second = second_name(url, source, file, record, ordinal)
            claims = chain((url or place, second), (f"{place}#{ordinal}{'!' * n}" for n in count(1)))
            candidate = next(claim for claim in claims if claim not in used)
            used.add(candidate)
            name = next((name for name in (candidate, second) if name in withdrawn), None)
            if name and url:
                entries.setdefault(entry_identity(url, record), (name, source, file))
            if key is None:
                continue
            if not name and url and form in FEEDS:
                withdrawn_as, *place_of = entries.get(entry_identity(url, record), ("", source, file))
                name = None if place_of == [source, file] else withdrawn_as
            if pages and captured and url:
                name = name or pages.get(same_page(url))
            if pages and links:
                name = name or next((pages[page] for page in whole_of(url, links) if page in pages), None)
            self._db.execute("UPDATE staged SET id = ? WHERE key = ?", (candidate, key))
            if name:
                withheld[key] = name
        for keys in families:
            name = next((withheld[key] for key in sorted(keys) if key in withheld), "")
            withheld |= {key: withheld.get(key, name) for key in keys if name}
        for key, name in withheld.items():
            self._db.execute(
                "INSERT INTO withheld SELECT source, file, ordinal, record, url, ? FROM staged WHERE key = ?",
                (name, key),
            )
            self._db.execute("DELETE FROM staged WHERE key = ?", (key,))
        merge(self._db)

    def hashes(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield (article id, source, hash) of every staged article, in no order."""
        yield from self._db.execute("SELECT id, source, hash FROM staged")

    def files(self) -> set[tuple[str, str, int, int]]:
        """Return (source, name, size, mtime_ns) of every file."""
        return set(self._db.execute("SELECT source, name, size, mtime_ns FROM files"))

    def withheld(self) -> list[tuple[str, str, int, str]]:
        """Return (source, file, ordinal, id) of every article that was withdrawn."""
        return self._db.execute("SELECT source, file, ordinal, id FROM withheld ORDER BY 1, 2, 3").fetchall()

    def counts(self) -> tuple[int, int]:
        """Return how many articles there are, and how many of them have the same text as another before them."""
        articles, stories = self._db.execute("SELECT count(*), count(DISTINCT story) FROM staged").fetchone()
        return articles, articles - stories

    def formats(self) -> dict[str, int]:
        """Return how many articles came in each format, the commonest first."""
        rows = self._db.execute("SELECT format, count(*) FROM staged GROUP BY format ORDER BY 2 DESC, 1")
        return dict(rows.fetchall())

    def skipped(self) -> list[Skipped]:
        """Return all that was skipped, by path."""
        return [Skipped(*row) for row in self._db.execute("SELECT path, reason FROM skipped ORDER BY path, reason")]

    def close(self) -> None:
        """Flush to disk; the file stays."""
        self._db.commit()
        self._db.close()


def second_name(url: str | None, source: str, file: str, record: str, ordinal: int) -> str:
    """Return the id of an article whose first choice another article holds."""
    place = _place(source, file, record)
    return f"{url} ({place})" if url else f"{place}#{ordinal}"


def _place(source: str, file: str, record: str) -> str:
    return f"{source}/{file}" + (f"#{record}" if record else "")


def _story(text: str) -> bytes:
    """Return what exact copies of one text have in common, however their lines are broken."""
    return text_hash(" ".join(text.split()))
