"""The catalogue of a generation: articles, passages and what they came from, in one SQLite file.

Opened read-only and immutable; one connection for each thread that asks.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from retrieval.copies import Sketch, carries, passage_sketch
from retrieval.errors import DamagedError
from retrieval.index import Source, Stored, parts
from retrieval.types import Article, Citation, Passage, Skipped, Span

SCHEMA = (
    """
CREATE TABLE sources(label TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files(source TEXT, name TEXT, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
  PRIMARY KEY(source, name)) WITHOUT ROWID;
CREATE TABLE skipped(source TEXT, file TEXT, path TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE withheld(source TEXT NOT NULL, file TEXT NOT NULL, ordinal INTEGER NOT NULL, record TEXT NOT NULL,
  url TEXT, id TEXT NOT NULL);
CREATE TABLE articles(row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, file TEXT NOT NULL,
  ordinal INTEGER NOT NULL, record TEXT NOT NULL, title TEXT NOT NULL, authors TEXT NOT NULL, publisher TEXT,
  published TEXT, url TEXT, language TEXT, format TEXT NOT NULL, first_seen TEXT, last_seen TEXT, hash BLOB NOT NULL,
  story INTEGER NOT NULL, passages INTEGER NOT NULL, boilerplate TEXT NOT NULL, lines BLOB NOT NULL,
  sketch BLOB NOT NULL, headings TEXT NOT NULL, captions TEXT NOT NULL, pages TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX articles_file ON articles(source, file);
CREATE INDEX articles_story ON articles(story);
CREATE TABLE passages(row INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
  heading TEXT, page TEXT, hash BLOB NOT NULL);
CREATE INDEX passages_hash ON passages(hash);
CREATE INDEX passages_article ON passages(article);
CREATE TABLE publishers(number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE authors(key TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE authorship(author TEXT, article INTEGER, PRIMARY KEY(author, article)) WITHOUT ROWID;
"""
    + parts.SCHEMA
)

ARTICLE = (
    "text, title, authors, publisher, published, url, language, format, record, headings, captions, pages, "
    "first_seen, last_seen"
)
"""The columns that `article_from_row` takes."""
_CITATION = (
    "a.id, a.title, a.authors, a.publisher, a.published, a.url, a.source, a.file, a.record, a.language, a.format, "
    "a.first_seen, a.last_seen"
)

_PATHS = 1 << 13  # of files that are remembered

_WHOLE = ", ".join(f"a.{column}" for column in ARTICLE.split(", "))


def text_hash(text: str) -> bytes:
    """Return the 16-byte BLAKE2b hash that a quote is checked with."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def article_hash(article: Article) -> bytes:
    """Return the 16-byte hash over all that an article says, wherever it lies."""
    content = [article.text, article.title, article.authors, article.publisher, article.published, article.url,
               article.language, article.format, article.headings, article.captions, article.pages,
               article.first_seen, article.last_seen]  # fmt: skip
    return text_hash(json.dumps(content, ensure_ascii=False))


class Catalogue:
    """Reads the catalogue at `path`; safe to ask from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            self._path_of = lru_cache(_PATHS)(self._located)
            self._sources = {label: Path(source) for label, source in self.query("SELECT label, path FROM sources")}
        except DamagedError:
            self.close()
            raise

    def query(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query; raises DamagedError where SQLite finds the file damaged."""
        try:
            return self._connection().execute(sql, arguments).fetchall()
        except sqlite3.DatabaseError as error:
            raise DamagedError(
                f"the catalogue {self._path} cannot be read: {error}",
                "Run `archivist index --full`, which builds a new index beside it",
            ) from error

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    @property
    def sources(self) -> dict[str, Path]:
        """The archive's sources: label to folder or file."""
        return self._sources

    def holdings(self) -> list[Source]:
        """Return the archive's sources with what came of each, by path."""
        rows = self.query(
            "SELECT path, (SELECT count(*) FROM articles WHERE source = label), "
            "(SELECT count(*) FROM files WHERE source = label), "
            "(SELECT count(*) FROM skipped WHERE source = label) FROM sources ORDER BY path"
        )
        return [Source(*row) for row in rows]

    def skipped(self) -> list[Skipped]:
        """Return what could not be read when the generation was built."""
        return [Skipped(*row) for row in self.query("SELECT path, reason FROM skipped ORDER BY path, reason")]

    def passages(self, rows: Sequence[int]) -> list[Stored]:
        """Return the passages at `rows`, in that order, each checked against its hash."""
        wanted = [int(row) for row in rows]
        found = self.query(
            "SELECT row, article, start, end, heading, page, hash FROM passages "  # noqa: S608 - whole numbers
            f"WHERE row IN ({','.join(map(str, set(wanted)))})"
        )
        articles = self._articles({article for _, article, *_ in found})
        stored = {row: self._stored(row, *articles[article], *place) for row, article, *place in found}
        for row in wanted:
            if row not in stored:
                raise DamagedError(f"the catalogue {self._path} has no passage {row}", "Run `archivist index --full`")
        return [stored[row] for row in wanted]

    def copies(self, rows: Sequence[int]) -> dict[int, list[Citation]]:
        """Return for each row the citations of the other articles that carry this passage, by article id.

        Those that hold it word for word, and those of the same story that hold nearly all of it.
        """
        wanted = ",".join(str(int(row)) for row in rows)
        found = self.query(
            f"SELECT DISTINCT {_CITATION}, p.row FROM passages p JOIN passages q ON q.hash = p.hash "  # noqa: S608
            f"AND q.article <> p.article JOIN articles a ON a.row = q.article WHERE p.row IN ({wanted})"
        )
        others = self.query(
            f"SELECT {_CITATION}, p.row, a.sketch FROM passages p JOIN articles o ON o.row = p.article "  # noqa: S608
            f"JOIN articles a ON a.story = o.story AND a.row <> o.row WHERE p.row IN ({wanted})"
        )
        if others:
            told = self.query(
                "SELECT p.row, a.text, p.start, p.end FROM passages p "  # noqa: S608
                f"JOIN articles a ON a.row = p.article WHERE p.row IN ({','.join({str(each[-2]) for each in others})})"
            )
            sketches = {row: passage_sketch(text[start:end]) for row, text, start, end in told}
            found += [other[:-1] for other in others if carries(Sketch.from_bytes(other[-1]), sketches[other[-2]])]
        copies: dict[int, set[Citation]] = {int(row): set() for row in rows}
        for *article, row in found:
            copies[row].add(self._citation(article))
        return {row: sorted(each, key=lambda citation: citation.id) for row, each in copies.items()}

    def article(self, article_id: str) -> Article | None:
        """Return an article whole, None where there is none of that id; raises DamagedError as `passages` does."""
        found = self.query(f"SELECT hash, {ARTICLE} FROM articles WHERE id = ?", (article_id,))  # noqa: S608
        if not found:
            return None
        if _hash_of(found[0][1:]) != found[0][0]:
            raise DamagedError(
                f"the article {article_id} in {self._path} is not what was indexed",
                "Run `archivist index --full`, which builds a new index beside it",
            )
        return article_from_row(found[0][1:])

    def row_of(self, article_id: str) -> int | None:
        """Return an article's row, None where there is none of that id."""
        found = self.query("SELECT row FROM articles WHERE id = ?", (article_id,))
        return int(found[0][0]) if found else None

    def written_by(self, author: str) -> list[int]:
        """Return the rows of an author's articles, ascending; `author` is a name's key."""
        return [row for (row,) in self.query("SELECT article FROM authorship WHERE author = ? ORDER BY 1", (author,))]

    def citations(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by article id."""
        for row in self.query(f"SELECT {_CITATION}, a.passages FROM articles a ORDER BY a.row"):  # noqa: S608
            yield self._citation(row), row[-1]

    def cited(self, articles: Sequence[int]) -> list[Citation]:
        """Return the citations of the articles at these rows, in that order."""
        found = self.query(
            f"SELECT {_CITATION}, a.row FROM articles a WHERE a.row IN (SELECT value FROM json_each(?))",  # noqa: S608
            (json.dumps([int(row) for row in articles]),),
        )
        by_row = {row[-1]: self._citation(row) for row in found}
        return [by_row[int(row)] for row in articles]

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _articles(self, rows: Collection[int]) -> dict[int, tuple[Citation, str, bool]]:
        """Return of each article its citation, its text, and whether it is what was indexed: read once for all."""
        found = self.query(
            f"SELECT {_CITATION}, a.row, a.hash, {_WHOLE} FROM articles a "  # noqa: S608 - whole numbers
            f"WHERE a.row IN ({','.join(map(str, rows))})"
        )
        return {row[13]: (self._citation(row), row[15], _hash_of(row[15:]) == row[14]) for row in found}

    def _stored(
        self, row: int, article: Citation, whole: str, sound: bool, start: int, end: int,
        heading: str | None, page: str | None, digest: bytes,
    ) -> Stored:  # fmt: skip
        # The article as well, since its title and date stand beside the quote.
        text = whole[start:end]
        if not sound or text_hash(text) != digest:
            raise DamagedError(
                f"passage {start}–{end} of {article.id} in {self._path} is not what was indexed",
                "Run `archivist index --full`, which builds a new index beside it",
            )
        passage = Passage(f"{article.id}#{start}", article.id, start, end, text, heading, page)
        return Stored(row, passage, article, digest)

    def _citation(self, row: Sequence[Any]) -> Citation:
        article_id, title, authors, publisher, published, url, source, file, *rest = row[:13]
        signed = tuple(_listed(authors))
        return Citation(article_id, title, signed, publisher, published, url, self._path_of(source, file), *rest)

    def _located(self, source: str, file: str) -> str:
        """Return where a file of a source lies; the source may be that file itself."""
        root = self._sources.get(source, Path(source))
        return str(root if root.name == file and not root.is_dir() else root / file)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            uri = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._local.connection = connection
            with self._lock:
                self._all.append(connection)
        return connection


def article_from_row(row: Sequence[Any]) -> Article:
    """Return the article in a row of `ARTICLE`'s columns."""
    text, title, authors, publisher, published, url, language, form, record, headings, captions, pages, *seen = row
    return Article(
        text, title, tuple(_listed(authors)), publisher, published, url, language, form, record,
        _spans(headings), _spans(captions), tuple((start, name) for start, name in _listed(pages)), *seen,
    )  # fmt: skip


def _hash_of(row: Sequence[Any]) -> bytes | None:
    """Return the hash of the article in a row, as `article_from_row` takes it; None where damage left what is none."""
    try:
        return article_hash(article_from_row(row))
    except (ValueError, TypeError):
        return None


def _spans(stored: str) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in _listed(stored))


def _listed(stored: str) -> Sequence[Any]:
    """Return a list that is kept as JSON: most are empty."""
    return () if stored == "[]" else json.loads(stored)
