"""From gathered articles to a finished generation: rows in order, passages, vectors, columns, full text."""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders import Encoder, EncodesApart
from retrieval.index.beside import TextsBeside
from retrieval.index.catalogue import SCHEMA, text_hash
from retrieval.index.columns import name_key
from retrieval.index.dense import write_dense
from retrieval.index.derived import articles_of, write_columns_of
from retrieval.index.lists import Tuned
from retrieval.index.local import LocalIndex
from retrieval.index.recaptures import CAPTURES
from retrieval.index.stories import known_of
from retrieval.index.vectors import Spool
from retrieval.passages import split
from retrieval.types import Article, Span

Progress = Callable[[str, int, int], None]  # phase, done, total
_Cut = tuple[int, int, str | None, str | None, bytes]  # start, end, heading, page, hash
_SPLITTERS, _AHEAD = 2, 8
_CHUNK = 512  # passages encoded between two notes of progress
_SENT = 64  # passages sent away at once: a second's work or less


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: counts, how many passages were encoded anew, languages by falling number of passages.

    `lists` says how the vectors are searched, None for exactly.
    """

    articles: int
    passages: int
    encoded: int
    languages: list[str]
    lists: Tuned | None


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
        exact_below: int | None = None,
    ) -> None:
        self._exact_below = exact_below
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
        write_columns_of(self._db, self._folder / "columns", articles, passages)
        with TextsBeside(self._folder, articles) as texts:
            encoded = self._encode(spool)
            dense, dimension = self._folder / "dense.faiss", self._encoder.dimension
            lists = write_dense(dense, self._vectors(spool), dimension, self._exact_below, self._smallest)
            texts.finish(self._progress)
        languages = [
            language
            for (language,) in self._db.execute(
                "SELECT language FROM articles WHERE language IS NOT NULL "
                "GROUP BY language ORDER BY sum(passages) DESC, language"
            )
        ]
        self._db.commit()
        self._db.close()
        return Written(articles, passages, encoded, languages, lists)

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

    def _split(self, articles: int) -> int:
        """Divide every article into passages; those of unchanged articles are taken over as they were."""
        at = 0
        with ThreadPoolExecutor(_SPLITTERS) as threads:  # the encoder's tokenizer lets others run
            for row, cut in self._cuts(threads):
                passages = cut.result()
                self._db.executemany(
                    "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(at + i, row, *passage) for i, passage in enumerate(passages)],
                )
                self._db.execute("UPDATE articles SET passages = ? WHERE row = ?", (len(passages), row))
                at += len(passages)
                self._progress("split", row + 1, articles)
        return at

    def _cuts(self, threads: ThreadPoolExecutor) -> Iterator[tuple[int, Future[list[_Cut]]]]:
        """Yield (row, passages) of every article in row order; a few are divided ahead of the one that is taken."""
        room = self._encoder.max_tokens
        ahead: deque[tuple[int, Future[list[_Cut]]]] = deque()
        for row, article_id, digest, boilerplate, article in articles_of(self._db):
            known = self._known_passages(article_id, digest, boilerplate)
            if known is None:
                without = [(start, end) for start, end in json.loads(boilerplate)]
                ahead.append((row, threads.submit(self._cut, article, article_id, room, without)))
            else:
                taken: Future[list[_Cut]] = Future()
                taken.set_result(known)
                ahead.append((row, taken))
            if len(ahead) > _AHEAD:
                yield ahead.popleft()
        yield from ahead

    def _cut(self, article: Article, article_id: str, room: int, without: list[Span]) -> list[_Cut]:
        found = split(article, article_id, self._encoder, max_tokens=room, words=self._words, without=without)
        return [(p.start, p.end, p.heading, p.page, text_hash(p.text)) for p in found]

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
        done = 0
        if isinstance(self._encoder, EncodesApart):
            for keys, vectors in self._encoder.encode_chunks(self._wanted(_SENT)):
                spool.add(keys, vectors)
                done += len(keys)
                self._encoded(done, total, 0)
            return total
        for keys, texts in self._wanted(_CHUNK):
            spool.add(keys, self._encoder.encode_passages(texts, partial(self._encoded, done, total)))
            done += len(keys)
        return total

    def _wanted(self, size: int) -> Iterator[tuple[list[bytes], list[str]]]:
        """Yield the keys and texts of what has to be encoded, the longest first, at most `size` at once."""
        cursor = self._db.execute("SELECT hash, row FROM wanted ORDER BY place")
        while found := cursor.fetchmany(size):
            yield [key for key, _ in found], [self._text(row) for _, row in found]

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

    def _smallest(self, n: int) -> NDArray[np.int64]:
        """Return the `n` rows whose passages have the smallest hashes, by hash."""
        found = self._db.execute("SELECT row FROM passages ORDER BY hash, row LIMIT ?", (n,))
        return np.fromiter((row for (row,) in found), np.int64)
