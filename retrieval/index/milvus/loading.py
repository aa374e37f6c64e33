"""Brings a finished local generation to a server: row by row, checked, and only then known by its manifest."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from retrieval.errors import DamagedError
from retrieval.index.catalogue import ARTICLE, article_from_row, text_hash
from retrieval.index.columns import days, name_key
from retrieval.index.entries import entries
from retrieval.index.lexical import Entry
from retrieval.index.local import LocalIndex
from retrieval.index.milvus import layout, weights
from retrieval.index.milvus.layout import Stem
from retrieval.index.milvus.ledger import LEDGER, packed, vocabulary_files
from retrieval.index.milvus.records import entered
from retrieval.index.milvus.server import Server
from retrieval.types import Article

Progress = Callable[[str, int, int], None]  # phase, done, total
_BATCH, _BYTES = 1_000, 16 << 20  # rows and bytes of one insertion
_FEW = 5_000  # articles of an author that are named in a filter one by one


@dataclass(frozen=True, slots=True)
class Dense:
    """How a server searches vectors: the index's kind, and what it is built with."""

    kind: str
    parameters: dict[str, Any]


def dense_index(kind: str, passages: int) -> Dense:
    """Return what a choice of `index.milvus.vectors` means for so many passages; `auto` is exact while that is quick.

    The parameters are those that Milvus's documentation begins with.
    """
    if kind == "auto":
        kind = "flat" if passages <= 200_000 else "hnsw"
    match kind:
        case "hnsw":
            return Dense("HNSW", {"M": 16, "efConstruction": 200})
        case "ivf_sq8":
            return Dense("IVF_SQ8", {"nlist": int(min(65_536, max(64, 4 * passages**0.5)))})
        case "diskann":
            return Dense("DISKANN", {})
    return Dense("FLAT", {})


class Loader:
    """Loads the generation `index` into the collections that `stem` names, which must not be there."""

    def __init__(self, server: Server, stem: Stem, index: LocalIndex, shards: int, vectors: str) -> None:
        self._server = server
        self._stem = stem
        self._index = index
        self._shards = shards
        self._dense = dense_index(vectors, index.manifest.passages)
        self._fields = {
            stem.passages: layout.passages(index.manifest.encoder["dimension"]),
            stem.articles: layout.ARTICLES,
            stem.records: layout.RECORDS,
        }
        self._waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._bytes: dict[str, int] = defaultdict(int)
        self._counts: dict[str, int] = dict.fromkeys(self._fields, 0)

    def load(self, progress: Progress, replaced: str = "") -> None:
        """Load everything, check how much arrived, and write the manifest; the errors of `Server`.

        `replaced` is the mark of the generation that is current before it.
        """
        for collection, fields in self._fields.items():
            self._server.create(collection, fields, self._shards)
        of_passages, of_articles = self._statistics(progress)
        numbers = weights.numbered(of_passages, of_articles)
        authors = self._names()
        at = 0
        for row, article, found, whole in self._entries():
            about = self._about(row, article, authors, len(found))
            words = weights.impacts(whole.text, numbers, of_articles.average)
            self._add(self._stem.articles, about | {"words": words})
            self._record("article", row, LEDGER.dumps(self._whole(row)))
            vectors = self._index.dense.vectors(np.arange(at, at + len(found)))
            dated = {name: about[name] for name in ("story", "first", "last", "publisher", "authors")}
            for entry, vector, stored in zip(found, vectors, self._passages(row, article), strict=True):
                self._check_vector(entry.row, vector)
                words = weights.impacts(entry.text, numbers, of_passages.average)
                own = {"row": entry.row, "article": row, "vector": vector, "words": words, "exact": _exact(entry)}
                self._add(self._stem.passages, dated | stored | own)
            at += len(found)
            progress("load", row + 1, self._index.manifest.articles)
        self._alike()
        for term, number in numbers.items():
            counts = [number, of_passages.frequencies[term], of_articles.frequencies[term]]
            self._record("term", term, json.dumps([term, *counts]))
        ledger = sum(self._record("ledger", i, row) > 0 for i, row in enumerate(packed(self._index.catalogue)))
        vocabulary = [
            name for name, text in vocabulary_files(self._index.vocabulary_folder) if self._record("words", name, text)
        ]
        self._finish(progress)
        self._seal(
            {
                "layout": layout.VERSION,
                "manifest": asdict(self._index.manifest),
                "summary": asdict(self._index.whole_summary) | {"withdrawn": []},
                "holdings": [asdict(source) for source in self._index.holdings()],
                "loaded_at": time.time(),
                "replaced": replaced,
                "ledger": ledger,
                "vocabulary": vocabulary,
                "counts": {name.rpartition("_")[2]: count for name, count in self._counts.items()},
            }
        )

    def _entries(self) -> Iterator[tuple[int, Article, list[Entry], Entry]]:
        catalogue, at = self._index.catalogue, 0
        for row in range(self._index.manifest.articles):
            said = catalogue.query(f"SELECT {ARTICLE} FROM articles WHERE row = ?", (row,))[0]  # noqa: S608
            article = article_from_row(said)
            spans = catalogue.query("SELECT start, end FROM passages WHERE article = ? ORDER BY row", (row,))
            found, whole, _ = entries(row, at, article, [(start, end) for start, end in spans])
            at += len(found)
            yield row, article, found, whole

    def _statistics(self, progress: Progress) -> tuple[weights.Statistics, weights.Statistics]:
        of_passages, of_articles = weights.Statistics(), weights.Statistics()
        for row, _, found, whole in self._entries():
            for entry in found:
                of_passages.add(entry.text)
            of_articles.add(whole.text)
            progress("count", row + 1, self._index.manifest.articles)
        return of_passages, of_articles

    def _names(self) -> dict[str, int]:
        """Record the publishers and authors; return each author's number, by key."""
        catalogue = self._index.catalogue
        listed = catalogue.query("SELECT key, name, number FROM publishers ORDER BY number")
        self._record("publishers", "", json.dumps(listed))
        last: dict[str, list[str]] = defaultdict(list)
        numbers: dict[str, int] = {}
        for author, name in catalogue.query("SELECT key, name FROM authors ORDER BY key"):
            numbers[author] = len(numbers) + 1
            rows = catalogue.written_by(author)
            few = rows if len(rows) <= _FEW else None
            self._record("author", author, json.dumps([author, name, numbers[author], few]))
            if " " in author and len(names := last[author.rpartition(" ")[2]]) < 2:
                names.append(name)
        for word, names in last.items():
            self._record("lastname", word, json.dumps([word, names]))
        return numbers

    def _alike(self) -> None:
        """Record which articles share a passage word for word, and which are of one story: few, and looked up by key,
        where a search for them would go through all rows."""
        shared = "SELECT hash FROM passages GROUP BY hash HAVING COUNT(DISTINCT article) > 1"
        for kind, rows in (
            ("same", f"SELECT hash, article FROM passages WHERE hash IN ({shared}) ORDER BY hash, article"),  # noqa: S608
            ("story", "SELECT story, row FROM articles ORDER BY story, row"),
        ):
            for name, pairs in groupby(self._index.catalogue.query(rows), key=itemgetter(0)):
                articles = list(dict.fromkeys(int(article) for _, article in pairs))
                if len(articles) > 1:
                    self._record(kind, name.hex() if isinstance(name, bytes) else name, json.dumps(articles))

    def _about(self, row: int, article: Article, authors: dict[str, int], passages: int) -> dict[str, Any]:
        citation = self._index.cited([row])[0]
        about = json.dumps(asdict(citation))
        if len(about) > layout.VARCHAR:
            self._record("about", row, about)
        first, last = days(article.published)
        table = self._index.columns.articles[row]
        return {
            "row": row, "id": layout.encodable(citation.id[: layout.ID]), "story": int(table["story"]), "first": first,
            "last": last, "publisher": int(table["publisher"]),
            "authors": sorted({authors[name_key(author)] for author in article.authors})[: layout.AUTHORS],
            "published": article.published or "", "about": about if len(about) <= layout.VARCHAR else "",
            "seal": text_hash(about).hex(), "passages": passages,
        }  # fmt: skip

    def _whole(self, row: int) -> tuple[Any, ...]:
        """Return all that the catalogue knows of an article."""
        return self._index.catalogue.query("SELECT * FROM articles WHERE row = ?", (row,))[0]

    def _passages(self, row: int, article: Article) -> Iterator[dict[str, Any]]:
        for start, end, heading, page, digest in self._index.catalogue.query(
            "SELECT start, end, heading, page, hash FROM passages WHERE article = ? ORDER BY row", (row,)
        ):
            text, place = article.text[start:end], json.dumps([heading, page])
            if not _fits(text) or len(place) > layout.VARCHAR:
                self._record("place", f"{row}#{start}", place)  # and the text stands in the article
                text = place = ""
            yield {"start": start, "end": end, "place": place, "hash": digest.hex(), "text": text}

    def _check_vector(self, row: int, vector: np.ndarray[Any, Any]) -> None:
        if not abs(float(np.linalg.norm(vector)) - 1) < 1e-3:  # so that NaN is wrong too, which Lite would take
            raise DamagedError(
                f"the vector of passage {row} of generation {self._index.manifest.generation} does not have length 1",
                "Run `archivist index --full`",
            )

    def _record(self, kind: str, name: str | int, value: str) -> int:
        found = entered(kind, name, value)
        for record in found:
            self._add(self._stem.records, record)
        return len(found)

    def _add(self, collection: str, row: dict[str, Any]) -> None:
        waiting = self._waiting[collection]
        waiting.append(row)
        self._bytes[collection] += 2_000 + sum(len(value) for value in row.values() if isinstance(value, str))
        if len(waiting) >= _BATCH or self._bytes[collection] >= _BYTES:
            self._send(collection)

    def _send(self, collection: str) -> None:
        waiting = self._waiting.pop(collection, [])
        self._bytes.pop(collection, None)
        if waiting:
            self._server.insert(collection, waiting)
            self._counts[collection] += len(waiting)

    def _finish(self, progress: Progress) -> None:
        for collection in self._fields:
            self._send(collection)
        # A server takes seconds for each, however small; Lite is one process, which is quickest with one at a time.
        with ThreadPoolExecutor(1 if self._server.is_lite else len(self._fields)) as threads:
            finished = threads.map(self._finish_one, self._fields)
            for done, _ in enumerate(finished):
                progress("finish", done, len(self._fields))
        for collection in self._fields:
            arrived = self._server.count(collection, strong=True)
            if arrived != self._counts[collection]:
                raise DamagedError(
                    f"{collection} holds {arrived:,} rows of the {self._counts[collection]:,} that were loaded",
                    "Run `archivist index` again, which loads it anew",
                )

    def _finish_one(self, collection: str) -> None:
        self._server.finish(collection, self._fields[collection], self._dense.kind, self._dense.parameters)

    def _seal(self, manifest: dict[str, Any]) -> None:
        self._record("manifest", layout.MANIFEST, json.dumps(manifest))
        self._send(self._stem.records)
        self._server.keep(self._stem.records)


def _exact(entry: Entry) -> str:
    """Return a passage's words as they stand there, between spaces; a text that fits no field is cut."""
    text = f" {' '.join(entry.exact)} ".encode("utf-8", "replace")
    return text[: layout.VARCHAR].decode("utf-8", "ignore")


def _fits(text: str) -> bool:
    """Whether a server takes a text as it is."""
    try:
        return len(text.encode("utf-8")) <= layout.VARCHAR
    except UnicodeEncodeError:  # half of a pair, as a broken file may hold
        return False
