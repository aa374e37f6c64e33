"""The index on this machine's disk: catalogue in SQLite, vectors in FAISS, full text in tantivy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np

from retrieval.errors import DamagedError, GenerationError
from retrieval.index import Candidates, Request, Rows, Source, Stored, Summary, Tally, Vocabulary
from retrieval.index import generation as generations
from retrieval.index.catalogue import Catalogue
from retrieval.index.columns import Columns
from retrieval.index.dense import DenseIndex
from retrieval.index.generation import Manifest, check_columns, check_sizes, load_manifest
from retrieval.index.lexical import LexicalIndex
from retrieval.index.lists import Tuned
from retrieval.index.lock import ReaderLock, Retired
from retrieval.index.naming import CatalogueNames, tally
from retrieval.index.vocabulary import SpelledWords
from retrieval.index.withdrawals import Hidden, Watched, path_in
from retrieval.types import Article, Citation, Filters


class LocalIndex:
    """An open generation in the folder `folder`; holds it against removal until it is closed.

    What is withdrawn from the data folder it lies in is gone from every question after. Raises DamagedError, naming
    the file, where one is missing, of another size or unreadable, GenerationError for a format that this program does
    not read or one that is just being removed. Safe to ask from several threads.
    """

    def __init__(self, folder: Path, manifest: Manifest | None = None) -> None:
        self.manifest = manifest or load_manifest(folder)
        with ExitStack() as opened:  # given back at once where what comes after cannot be opened
            if manifest is None:  # otherwise it is still being built: nobody else can see it
                opened.callback(ReaderLock(folder / "manifest.json").close)
                check_sizes(folder, self.manifest)
                check_columns(folder, self.manifest)
            counts = self.manifest.articles, self.manifest.passages
            self.catalogue = Catalogue(folder / "catalogue.sqlite")
            opened.callback(self.catalogue.close)
            self.columns = _columns(folder, self.catalogue, counts)
            self.dense = _dense(folder / "dense.faiss", self.manifest)
            opened.callback(self.dense.close)
            self.passage_texts = LexicalIndex(folder / "lexical" / "passages", counts[1])
            self.article_texts = LexicalIndex(folder / "lexical" / "articles", counts[0])
            # One that is being built holds nothing that is withdrawn, and nobody asks it.
            self._names = CatalogueNames(self.catalogue)
            self.vocabulary_folder = folder / "vocabulary"
            self._vocabulary = SpelledWords(self.vocabulary_folder)
            withdrawn = path_in(folder.parent.parent) if manifest is None else None
            self._watched = Watched(withdrawn, counts[0], self.columns.rows_of)
            self._summary = Hidden(), _summary(self.manifest, self.catalogue)
            self._opened = opened.pop_all()

    @property
    def summary(self) -> Summary:
        """What the generation holds, without what is withdrawn."""
        hidden, summary = self._watched.hidden(), self._summary
        if summary[0] is not hidden:
            summary = self._summary = hidden, _left(_summary(self.manifest, self.catalogue), hidden, self)
        return summary[1]

    @property
    def whole_summary(self) -> Summary:
        """What the generation was built with, before anything was withdrawn."""
        return _summary(self.manifest, self.catalogue)

    def holdings(self) -> list[Source]:
        """Return the archive's sources with what came of each, by path."""
        return self.catalogue.holdings()

    def candidates(self, request: Request) -> Candidates:
        """Return the union of the `n` nearest and the `n` best-worded passages, each with all of its scores."""
        hidden = self._watched.hidden()
        articles = hidden.left(self.columns.allowed_articles(request.filters))
        allowed = self.columns.allowed_passages(articles)
        narrowed = np.flatnonzero(articles) if articles is not None and request.filters.articles else None
        if request.phrases:
            mask = np.zeros(self.manifest.passages, np.bool_)
            mask[self.passage_texts.rows_with(request.phrases)] = True
            allowed = mask if allowed is None else allowed & mask
        in_words = self.passage_texts.search(
            request.terms,
            request.n,
            phrases=request.phrases,
            filters=request.filters,
            articles=narrowed,
            without=hidden.rows,
            weights=request.weights,
        )
        worded = in_words[0]
        told, places = np.unique(np.asarray(self.columns.article_of[worded], np.int64), return_inverse=True)
        in_articles = told, self.article_texts.scores(request.terms, told, request.weights)
        if request.meanwhile:
            request.meanwhile(*in_words, in_articles[1][places])
        vector = request.vector()  # until now it was being encoded
        near = self.dense.search(vector, request.n, allowed)
        rows: Rows = reduce(np.union1d, (near[0], worded, *request.rows)).astype(np.int64)
        of = np.asarray(self.columns.article_of[rows], np.int64)
        unique, back = np.unique(of, return_inverse=True)
        return Candidates(
            rows=rows,
            dense=self.dense.scores(vector, rows, near),
            passage=self.passage_texts.scores(request.terms, rows, request.weights, in_words),
            article=self.article_texts.scores(request.terms, unique, request.weights, in_articles)[back],
            articles=of,
            story=np.asarray(self.columns.articles["story"][of], np.int64),
        )

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """Return in how many passages each analysed term occurs."""
        return self.passage_texts.document_frequencies(terms, self._watched.hidden().rows)

    def passages(self, rows: Sequence[int]) -> list[Stored]:
        """Return the passages at `rows`, in that order, each checked against its hash."""
        return self.catalogue.passages(rows)

    def copies(self, rows: Sequence[int]) -> dict[int, list[Citation]]:
        """Return for each row the other articles that carry this passage, or nearly all of it, by article id."""
        ids = self._watched.hidden().ids
        found = self.catalogue.copies(rows)
        return {row: [copy for copy in copies if copy.id not in ids] for row, copies in found.items()}

    def article(self, article_id: str) -> Article | None:
        """Return an article whole, None where there is none of that id."""
        return None if article_id in self._watched.hidden().ids else self.catalogue.article(article_id)

    def citations(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by article id."""
        ids = self._watched.hidden().ids
        return (cited for cited in self.catalogue.citations() if cited[0].id not in ids)

    def publisher_named(self, text: str) -> str | None:
        """Return the publisher that `text` names, as the archive spells it; None for none."""
        return self._names.publisher(text)

    def author_named(self, text: str) -> str | None:
        """Return the one author whose name or last name `text` is, as the archive spells it; None for none."""
        return self._names.author(text)

    def holding(
        self, terms: Sequence[Sequence[str]], filters: Filters, *, whole: bool = False, copies: bool = False
    ) -> Rows:
        """Return the rows of the articles that `filters` allow and that hold every one of `terms`, best first.

        Of copies only the best is returned, but with `copies`.
        """
        if terms and not whole:
            rows = np.asarray(self.columns.article_of[self.rows_holding(terms, filters)], np.int64)
        else:
            allowed = self._watched.hidden().left(self.columns.allowed_articles(filters))
            rows = self.article_texts.rows_holding(terms) if terms else np.arange(self.manifest.articles)
            rows = rows if allowed is None else rows[allowed[rows]]
        _, first = np.unique(rows if copies else self.columns.articles["story"][rows], return_index=True)
        return rows[np.sort(first)]

    def rows_holding(self, terms: Sequence[Sequence[str]], filters: Filters) -> Rows:
        """Return the rows of the passages that `filters` allow and that hold every one of `terms`, best first."""
        rows = self.passage_texts.rows_holding(terms)
        allowed = self.columns.allowed_passages(self._watched.hidden().left(self.columns.allowed_articles(filters)))
        return rows if allowed is None else rows[allowed[rows]]

    def days(self, articles: Rows) -> tuple[Rows, Rows]:
        """Return the first and the last day, as ordinals, that each article may be of; 0 where it has no date."""
        table = self.columns.articles[articles]
        return table["first"].astype(np.int64), table["last"].astype(np.int64)

    def tally(self, articles: Rows) -> Tally:
        """Return when the articles at these rows were published, and by whom they were written."""
        return tally(self.catalogue, articles)

    def cited(self, articles: Sequence[int]) -> list[Citation]:
        """Return the citations of the articles at these rows, in that order."""
        return self.catalogue.cited(articles)

    def vocabulary(self) -> Vocabulary:
        """Return the words that stand in the archive."""
        return self._vocabulary

    def undated_left_out(self, filters: Filters) -> int:
        """Return how many articles a date range leaves out only because they have no date."""
        return self.columns.undated_left_out(filters, self._watched.hidden().shown)

    def close(self) -> None:
        """Close the files and let the generation be retired."""
        self._opened.close()


def _columns(folder: Path, catalogue: Catalogue, counts: tuple[int, int]) -> Columns:
    publishers = {key: number for number, key in catalogue.query("SELECT number, key FROM publishers")}
    return Columns(folder / "columns", counts, publishers, catalogue.written_by, catalogue.row_of)


def _dense(path: Path, manifest: Manifest) -> DenseIndex:
    try:
        tuned = Tuned(**manifest.dense) if manifest.dense else None
    except TypeError as error:
        raise DamagedError(
            f"the manifest of {path.parent} says of no lists: {error}", "Run `archivist index --full`"
        ) from error
    return DenseIndex(path, manifest.passages, manifest.encoder["dimension"], tuned)


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
        search="approximate" if manifest.dense else "exact",
        recall=float(manifest.dense.get("recall", 1.0)),
    )


def _left(summary: Summary, hidden: Hidden, index: LocalIndex) -> Summary:
    """Return `summary` without the articles that are `hidden`."""
    if hidden.rows is None or hidden.shown is None:
        return summary
    table = index.columns.articles[hidden.shown]
    rows = (json.dumps(hidden.rows.tolist()),)
    gone, passages, undated = index.catalogue.query(
        "SELECT count(*), sum(passages), sum(published IS NULL) FROM articles "
        "WHERE row IN (SELECT value FROM json_each(?))",
        rows,
    )[0]
    first, last = index.catalogue.query(
        "SELECT min(published), max(published) FROM articles WHERE row NOT IN (SELECT value FROM json_each(?))", rows
    )[0]
    return replace(
        summary,
        articles=summary.articles - gone,
        passages=summary.passages - passages,
        publishers=len(np.unique(table["publisher"][table["publisher"] >= 0])),
        undated=summary.undated - undated,
        first=first,
        last=last,
        withdrawn=hidden.ids,
    )


def open_current(data: Path) -> LocalIndex:
    """Open the generation that is asked in the data folder `data`; the same errors as `LocalIndex`, and NoGeneration.

    A hint says how to go back, where that is possible. A generation that is retired while it is opened gives way to
    the one that has become current.
    """
    while True:
        name = generations.require_current(data)
        try:
            return LocalIndex(generations.folder_of(data, name))
        except (DamagedError, Retired) as error:
            if generations.require_current(data) != name:
                continue
            raise DamagedError(error.message, generations.remedy(data)) from error


def open_kept(data: Path, name: str) -> LocalIndex:
    """Open the generation `name` of the data folder `data`; raises as `LocalIndex`, GenerationError for none."""
    if name not in generations.names(data):
        raise GenerationError(
            f"there is no generation {name} in {data}", "`archivist generations` lists those there are"
        )
    return LocalIndex(generations.folder_of(data, name))


def check_agreement(index: LocalIndex, sample: int = 64) -> None:
    """Raise DamagedError unless catalogue, vectors and full text agree, by an even sample of passages.

    Each sampled passage's quote must match its hash, its vector must find it, and its words it and its article.
    """
    from retrieval.terms import stems

    count = index.manifest.passages
    for row in np.unique(np.linspace(0, count - 1, min(sample, count), dtype=np.int64)) if count else ():
        stored = index.passages([int(row)])[0]
        vector = index.dense.vectors(np.array([row]))[0]
        own = index.dense.scores(vector, np.array([row]))[0]
        nearest = index.dense.search(vector, 1, None)[1][0]
        words = stems(stored.passage.text, stored.article.language)[:8]
        article = np.asarray(index.columns.article_of[[row]], np.int64)
        worded = all(
            index.passage_texts.scores([[word]], np.array([row]))[0] > 0
            and index.article_texts.scores([[word]], article)[0] > 0
            for word in words
        )
        if abs(own - 1) > 1e-3 or nearest < own or not worded or not stored.article.id:
            raise DamagedError(f"passage {stored.passage.id} cannot be found by itself", "Run `archivist index --full`")
