"""From gathered articles to a finished generation: rows in order, passages, vectors, columns, full text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders import Encoder
from retrieval.index.catalogue import ARTICLE, SCHEMA, article_from_row, text_hash
from retrieval.index.columns import ARTICLES, days, name_key, write_columns
from retrieval.index.dense import write_dense
from retrieval.index.lexical import Entry, lexical_writer
from retrieval.index.local import LocalIndex
from retrieval.index.recaptures import CAPTURES
from retrieval.index.stories import known_of
from retrieval.index.vectors import Spool
from retrieval.index.vocabulary import WordCounts
from retrieval.passages import split
from retrieval.terms import analysed, stems
from retrieval.timescope.mentions import resolved_dates
from retrieval.types import Article

Progress = Callable[[str, int, int], None]  # phase, done, total
_Cut = tuple[int, int, str | None, str | None, bytes]  # start, end, heading, page, hash
_CHUNK = 512  # passages encoded between two notes of progress


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: counts, how many passages were encoded anew, languages by falling number of passages."""

    articles: int
    passages: int
    encoded: int
    languages: list[str]


class Writer:
    """Writes one generation into `folder` from the staging file `staged`."""

    def __init__(
        self,
        folder: Path,
        staged: Path,
        encoder: Encoder,
        words: int,
        previous: LocalIndex | None,
        same_cut: bool,
        progress: Progress,
    ) -> None:
        self._folder = folder
        self._staged = staged
        self._encoder = encoder
        self._words = words
        self._previous = previous
        self._same_cut = same_cut
        self._progress = progress
        self._db = sqlite3.connect(folder / "catalogue.sqlite")
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + SCHEMA + CAPTURES)

    def write(self, sources: dict[str, Path], spool: Spool) -> Written:
        """Write everything; vectors are taken from the previous generation and `spool` where they are known."""
        self._db.executemany("INSERT INTO sources VALUES (?, ?)", [(k, str(v)) for k, v in sources.items()])
        articles = self._order_articles()
        passages = self._split(articles)
        self._names()
        self._db.commit()
        self._carry()
        encoded = self._encode(spool)
        write_dense(self._folder / "dense.faiss", self._vectors(spool), self._encoder.dimension)
        self._write_columns(articles, passages)
        self._write_lexical(articles, passages)
        languages = [
            language
            for (language,) in self._db.execute(
                "SELECT language FROM articles WHERE language IS NOT NULL "
                "GROUP BY language ORDER BY sum(passages) DESC, language"
            )
        ]
        self._db.commit()
        self._db.close()
        return Written(articles, passages, encoded, languages)

    def count(self) -> int:
        """Return how many passages the generation would have; nothing is encoded, and what was written is no use."""
        try:
            return self._split(self._order_articles())
        finally:
            self._db.close()

    def _order_articles(self) -> int:
        """Number the articles by id, and each by the first article that carries the same story."""
        self._db.execute("ATTACH ? AS staging", (str(self._staged),))
        self._db.execute("CREATE TEMP TABLE known(key INTEGER PRIMARY KEY, row INTEGER, story INTEGER, lines TEXT)")
        self._db.executemany("INSERT INTO known VALUES (?, ?, ?, ?)", known_of(self._db))
        self._db.executescript(
            """
            INSERT INTO files SELECT * FROM staging.files;
            INSERT INTO skipped SELECT * FROM staging.skipped ORDER BY source, file, path, reason;
            INSERT INTO withheld SELECT * FROM staging.withheld ORDER BY source, file, ordinal;
            INSERT INTO parts SELECT * FROM staging.parts ORDER BY source, file, rowid;
            INSERT INTO captures SELECT * FROM staging.captures;
            INSERT INTO articles SELECT k.row, id, source, file, ordinal, record, title, authors, publisher, published,
              url, language, format, first_seen, last_seen, hash, k.story, 0, k.lines, s.lines, sketch, headings,
              captions, pages, text FROM staging.staged s JOIN known k ON k.key = s.key ORDER BY k.row;
            """
        )
        return int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])

    def _articles(self) -> Iterator[tuple[int, str, bytes, str, Article]]:
        """Yield (row, id, hash, boilerplate, article) in row order, a few at a time."""
        row = -1
        while True:
            found = self._db.execute(
                f"SELECT row, id, hash, boilerplate, {ARTICLE} FROM articles WHERE row > ? ORDER BY row LIMIT 64",  # noqa: S608
                (row,),
            ).fetchall()
            if not found:
                return
            for row, article_id, digest, boilerplate, *rest in found:
                yield row, article_id, digest, boilerplate, article_from_row(rest)

    def _split(self, articles: int) -> int:
        """Divide every article into passages; those of unchanged articles are taken over as they were."""
        at = 0
        for row, article_id, digest, boilerplate, article in self._articles():
            known = self._known_passages(article_id, digest, boilerplate)
            if known is None:
                room = self._encoder.max_tokens
                without = [(start, end) for start, end in json.loads(boilerplate)]
                found = split(article, article_id, self._encoder, max_tokens=room, words=self._words, without=without)
                known = [(p.start, p.end, p.heading, p.page, text_hash(p.text)) for p in found]
            self._db.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(at + i, row, *passage) for i, passage in enumerate(known)],
            )
            self._db.execute("UPDATE articles SET passages = ? WHERE row = ?", (len(known), row))
            at += len(known)
            self._progress("split", row + 1, articles)
        return at

    def _known_passages(self, article_id: str, digest: bytes, boilerplate: str) -> list[_Cut] | None:
        if self._previous is None or not self._same_cut:
            return None
        catalogue = self._previous.catalogue
        found = catalogue.query("SELECT row, hash, boilerplate FROM articles WHERE id = ?", (article_id,))
        if not found or found[0][1:] != (digest, boilerplate):
            return None
        return [
            (start, end, heading, page, hashed)
            for start, end, heading, page, hashed in catalogue.query(
                "SELECT start, end, heading, page, hash FROM passages WHERE article = ? ORDER BY row", (found[0][0],)
            )
        ]

    def _names(self) -> None:
        """Number the publishers and note who wrote what, by the keys that filters compare."""
        publishers: dict[str, int] = {}
        for row, publisher, authors in self._db.execute("SELECT row, publisher, authors FROM articles ORDER BY row"):
            if publisher and publishers.setdefault(name_key(publisher), len(publishers)) == len(publishers) - 1:
                self._db.execute(
                    "INSERT OR IGNORE INTO publishers VALUES (?, ?, ?)",
                    (publishers[name_key(publisher)], name_key(publisher), publisher),
                )
            for author in json.loads(authors):
                self._db.execute("INSERT OR IGNORE INTO authors VALUES (?, ?)", (name_key(author), author))
                self._db.execute("INSERT OR IGNORE INTO authorship VALUES (?, ?)", (name_key(author), row))

    def _encode(self, spool: Spool) -> int:
        """Encode what no vector is known for yet, the longest first; return how many were encoded."""
        self._db.create_function("kept", 1, spool.__contains__)
        self._db.execute(
            "INSERT INTO wanted(hash, row) SELECT hash, min(row) FROM passages p WHERE NOT kept(hash) "
            "AND NOT EXISTS (SELECT 1 FROM carried c WHERE c.hash = p.hash) "
            "GROUP BY hash ORDER BY end - start DESC, min(row)"
        )
        total = int(self._db.execute("SELECT count(*) FROM wanted").fetchone()[0])
        cursor = self._db.execute("SELECT hash, row FROM wanted ORDER BY place")
        done = 0
        while found := cursor.fetchmany(_CHUNK):
            texts = [self._text(row) for _, row in found]
            vectors = self._encoder.encode_passages(texts, partial(self._encoded, done, total))
            spool.add([key for key, _ in found], vectors)
            done += len(found)
        return total

    def _encoded(self, before: int, total: int, done: int) -> None:
        self._progress("encode", before + done, total)

    def _carry(self) -> None:
        """Note where the previous generation holds which vector, if its encoder was this one.

        All that is noted of passages is in temporary tables, which SQLite keeps on disk: memory does not grow.
        """
        previous = self._previous
        self._db.execute("CREATE TEMP TABLE wanted(place INTEGER PRIMARY KEY, hash BLOB, row INTEGER)")
        if previous and previous.manifest.encoder["fingerprint"] == self._encoder.fingerprint:
            place = f"{previous.catalogue.path.resolve().as_uri()}?mode=ro&immutable=1"
            self._db.execute("ATTACH ? AS previous", (place,))
            self._db.execute("CREATE TEMP VIEW carried AS SELECT hash, row FROM previous.passages")
        else:
            self._db.execute("CREATE TEMP TABLE carried(hash BLOB, row INTEGER)")

    def _text(self, row: int) -> str:
        """Return what is encoded for a passage: its text alone (a title before it lost more than it won)."""
        found = self._db.execute(
            "SELECT substr(a.text, p.start + 1, p.end - p.start) "
            "FROM passages p JOIN articles a ON a.row = p.article WHERE p.row = ?",
            (row,),
        ).fetchone()
        return str(found[0])

    def _vectors(self, spool: Spool) -> Iterator[NDArray[np.float32]]:
        """Yield the vectors of all passages, in row order."""
        cursor = self._db.execute(
            "SELECT hash, (SELECT min(c.row) FROM carried c WHERE c.hash = p.hash) FROM passages p ORDER BY p.row"
        )
        while found := cursor.fetchmany(4096):
            out = np.empty((len(found), self._encoder.dimension), np.float32)
            old = [i for i, (_, row) in enumerate(found) if row is not None]
            new = [i for i, (_, row) in enumerate(found) if row is None]
            if old and self._previous:
                out[old] = self._previous.dense.vectors(np.array([found[i][1] for i in old]))
            if new:
                out[new] = spool.get([found[i][0] for i in new])
            yield out

    def _write_columns(self, articles: int, passages: int) -> None:
        (self._folder / "columns").mkdir()
        table = np.zeros(articles, ARTICLES)
        numbers = dict(self._db.execute("SELECT key, number FROM publishers"))
        for row, publisher, published, story in self._db.execute(
            "SELECT row, publisher, published, story FROM articles"
        ):
            table[row] = (*days(published), numbers[name_key(publisher)] if publisher else -1, story)
        of = np.fromiter((a for (a,) in self._db.execute("SELECT article FROM passages ORDER BY row")), "<i4", passages)
        write_columns(self._folder / "columns", table, of)

    def _write_lexical(self, articles: int, passages: int) -> None:
        folder = self._folder / "lexical"
        at = 0
        spelt = WordCounts()
        with lexical_writer(folder / "passages") as add_passage, lexical_writer(folder / "articles") as add_article:
            for row, _, _, _, article in self._articles():
                about = (*days(article.published), article.publisher, article.authors)
                title = analysed(article.title, article.language)
                whole = list(title.stems)
                spelt.add(title.letters)
                for start, end in self._db.execute(
                    "SELECT start, end FROM passages WHERE article = ? ORDER BY row", (row,)
                ).fetchall():
                    text = article.text[start:end]
                    own = analysed(text, article.language)
                    said = [*own.stems, *_told_dates(text, article)]
                    spelt.add(own.letters)
                    add_passage(Entry(at, row, [*title.stems, *said], own.forms, *about))
                    whole += said
                    at += 1
                add_article(Entry(row, row, whole, (), *about))
                self._progress("write", row + 1, articles)
        spelt.write(self._folder / "vocabulary")


def _told_dates(text: str, article: Article) -> list[str]:
    """Return the terms of the dates that a passage tells by its article's: "last August" is found as August 2021."""
    dates = " ".join(resolved_dates(text, article.published, article.language))
    return stems(dates, article.language)
