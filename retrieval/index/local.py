"""The index on this machine's disk: catalogue in SQLite, vectors in FAISS, full text in tantivy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from retrieval.errors import DamagedError
from retrieval.index import Candidates, Request, Rows, Stored, Summary
from retrieval.index.catalogue import Catalogue
from retrieval.index.columns import Columns
from retrieval.index.dense import DenseIndex
from retrieval.index.generation import Manifest, check_sizes, load_manifest
from retrieval.index.lexical import LexicalIndex
from retrieval.index.lock import ReaderLock
from retrieval.types import Article, Citation, Filters


class LocalIndex:
    """An open generation in the folder `folder`; holds it against removal until it is closed.

    Raises DamagedError, naming the file, where one is missing, of another size or unreadable, and GenerationError for a
    format that this program does not read. Safe to ask from several threads.
    """

    def __init__(self, folder: Path, manifest: Manifest | None = None) -> None:
        if manifest is None:
            self.manifest = load_manifest(folder)
            self._lock: ReaderLock | None = ReaderLock(folder / "manifest.json")
            check_sizes(folder, self.manifest)
        else:  # still being built: nobody else can see it
            self.manifest, self._lock = manifest, None
        counts = self.manifest.articles, self.manifest.passages
        self.catalogue = Catalogue(folder / "catalogue.sqlite")
        self.columns = _columns(folder, self.catalogue, counts)
        self.dense = DenseIndex(folder / "dense.faiss", counts[1], self.manifest.encoder["dimension"])
        self._passages = LexicalIndex(folder / "lexical" / "passages", counts[1])
        self._articles = LexicalIndex(folder / "lexical" / "articles", counts[0])
        self._summary = _summary(self.manifest, self.catalogue)

    @property
    def summary(self) -> Summary:
        """What the generation holds."""
        return self._summary

    def candidates(self, request: Request) -> Candidates:
        """Return the union of the `n` nearest and the `n` best-worded passages, each with all of its scores."""
        articles = self.columns.allowed_articles(request.filters)
        allowed = self.columns.allowed_passages(articles)
        narrowed = np.flatnonzero(articles) if articles is not None and request.filters.articles else None
        if request.phrases:
            mask = np.zeros(self.manifest.passages, np.bool_)
            mask[self._passages.rows_with(request.phrases)] = True
            allowed = mask if allowed is None else allowed & mask
        near, _ = self.dense.search(request.vector, request.n, allowed)
        worded, _ = self._passages.search(
            request.terms, request.n, phrases=request.phrases, filters=request.filters, articles=narrowed
        )
        rows: Rows = np.union1d(near, worded).astype(np.int64)
        of = np.asarray(self.columns.article_of[rows], np.int64)
        unique, back = np.unique(of, return_inverse=True)
        return Candidates(
            rows=rows,
            dense=self.dense.scores(request.vector, rows),
            passage=self._passages.scores(request.terms, rows),
            article=self._articles.scores(request.terms, unique)[back],
            articles=of,
            story=np.asarray(self.columns.articles["story"][of], np.int64),
        )

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """Return in how many passages each analysed term occurs."""
        return self._passages.document_frequencies(terms)

    def passages(self, rows: Sequence[int]) -> list[Stored]:
        """Return the passages at `rows`, in that order, each checked against its hash."""
        return self.catalogue.passages(rows)

    def copies(self, rows: Sequence[int]) -> dict[int, list[Citation]]:
        """Return for each row the other articles that carry exactly this passage, ordered by article id."""
        return self.catalogue.copies(rows)

    def article(self, article_id: str) -> Article | None:
        """Return an article whole, None where there is none of that id."""
        return self.catalogue.article(article_id)

    def citations(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by article id."""
        return self.catalogue.citations()

    def undated_left_out(self, filters: Filters) -> int:
        """Return how many articles a date range leaves out only because they have no date."""
        return self.columns.undated_left_out(filters)

    def close(self) -> None:
        """Close the files and let the generation be retired."""
        self.catalogue.close()
        if self._lock:
            self._lock.close()


def _columns(folder: Path, catalogue: Catalogue, counts: tuple[int, int]) -> Columns:
    publishers = {key: number for number, key in catalogue.query("SELECT number, key FROM publishers")}
    authorship: dict[str, list[int]] = {}
    for key, article in catalogue.query("SELECT author, article FROM authorship ORDER BY author, article"):
        authorship.setdefault(key, []).append(article)
    rows = {article_id: row for row, article_id in catalogue.query("SELECT row, id FROM articles")}
    by_author = {key: np.array(articles, np.int64) for key, articles in authorship.items()}
    return Columns(folder / "columns", counts, publishers, by_author, rows)


def _summary(manifest: Manifest, catalogue: Catalogue) -> Summary:
    """Return what `status` tells."""
    row = catalogue.query(
        "SELECT (SELECT count(*) FROM publishers), sum(published IS NULL), min(published), max(published) FROM articles"
    )[0]
    publishers, undated, first, last = row
    return Summary(
        generation=manifest.generation,
        articles=manifest.articles,
        passages=manifest.passages,
        publishers=publishers,
        undated=undated or 0,
        first=first,
        last=last,
        languages=tuple(manifest.languages),
        encoder=manifest.encoder["name"],
        built=manifest.built,
        size_bytes=manifest.size_bytes,
    )


def check_agreement(index: LocalIndex, sample: int = 64) -> None:
    """Raise DamagedError unless catalogue, vectors and full text agree, by an even sample of passages.

    Each sampled passage's quote must match its hash, its vector must find it, and its words must find it.
    """
    from retrieval.terms import stems

    count = index.manifest.passages
    for row in np.unique(np.linspace(0, count - 1, min(sample, count), dtype=np.int64)) if count else ():
        stored = index.passages([int(row)])[0]
        vector = index.dense.vectors(np.array([row]))[0]
        own = index.dense.scores(vector, np.array([row]))[0]
        nearest = index.dense.search(vector, 1, None)[1][0]
        words = stems(stored.passage.text, stored.article.language)[:8]
        worded = not words or index._passages.scores([[w] for w in words], np.array([row]))[0] > 0
        if abs(own - 1) > 1e-3 or nearest < own or not worded or not stored.article.id:
            raise DamagedError(f"passage {stored.passage.id} cannot be found by itself", "Run `archivist index --full`")
