"""The full-text side of a generation: BM25 over passages and over whole articles, in tantivy.

Texts come analysed (`terms.stems`), joined by spaces, so that the engine sees the same terms as the question; BM25 is
Lucene's with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza 2009). Filters are clauses without weight. Two indexes lie
side by side, since a passage's and an article's statistics differ: `passages/` (title and passage) and `articles/`
(title and whole text). Field `exact` holds unstemmed words with positions, for quoted phrases.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedError
from retrieval.index import Rows, Scores, scored
from retrieval.index.columns import name_key
from retrieval.index.faults import written
from retrieval.types import Filters

if TYPE_CHECKING:
    from tantivy import Query, Searcher

FAR_FUTURE = 3_652_059  # ordinal of 9999-12-31
_ONE_BY_ONE = 400  # rows; a set is quicker for more than some 600
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a folder of a random name is made in it


class Entry(NamedTuple):
    """One document: a passage or an article with what it is filtered by. `first` and `last` are day ordinals."""

    row: int
    article: int
    text: Sequence[str]
    exact: Sequence[str]
    first: int
    last: int
    publisher: str | None
    authors: Sequence[str]


class LexicalIndex:
    """Searches one of the two indexes, at `path`. Safe to ask from several threads."""

    def __init__(self, path: Path, count: int) -> None:
        import tantivy

        self._tantivy = tantivy
        try:
            # The engine writes a lock file where it opens: links keep the generation as it was published.
            with _links(path) as links:
                index = tantivy.Index.open(str(links))
                _register(index)
                index.config_reader("manual")
                self._searcher: Searcher = index.searcher()
        except (ValueError, OSError) as error:
            raise DamagedError(f"{path} cannot be read: {error}", "Run `archivist index --full`") from error
        self._schema = index.schema
        if self._searcher.num_docs != count:
            raise DamagedError(
                f"{path} holds {self._searcher.num_docs} entries, not {count}", "Run `archivist index --full`"
            )

    def search(
        self,
        terms: Sequence[Sequence[str]],
        n: int,
        *,
        phrases: Sequence[Sequence[str]] = (),
        filters: Filters | None = None,
        articles: Rows | None = None,
        without: Rows | None = None,
        weights: Sequence[float] = (),
    ) -> tuple[Rows, Scores]:
        """Return the `n` best rows that hold any of `terms` and satisfy all else, with their BM25 scores.

        `articles` (at most a few thousand article rows) narrows the search to these, `without` leaves some out,
        `weights` multiplies what each of `terms` scores. Ordered by falling score, then row.
        """
        if not terms or self._searcher.num_docs == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        must = [*self._phrases(phrases), *self._filters(filters or Filters()), *self._articles(articles)]
        return self._run(self._all([self._any(terms, weights), *map(self._weightless, must)], without), n)

    def scores(
        self,
        terms: Sequence[Sequence[str]],
        rows: Rows,
        weights: Sequence[float] = (),
        known: tuple[Rows, Scores] | None = None,
    ) -> Scores:
        """Return the BM25 score of each of `rows`, ascending; 0 where none of `terms` occurs.

        `known` are the scores of some of them, which the same terms and weights gave.
        """
        if known is not None and len(known[0]):
            return scored(rows, known, lambda left: self.scores(terms, left, weights))
        out = np.zeros(len(rows), np.float32)
        if not terms or not len(rows):
            return out
        wanted = self._weightless(self._one_of(rows))
        found, scores = self._run(self._all([self._any(terms, weights), wanted]), len(rows))
        out[np.searchsorted(rows, found)] = scores
        return out

    def rows_with(self, phrases: Sequence[Sequence[str]]) -> Rows:
        """Return all rows in which every phrase occurs, ascending."""
        query = self._all([self._weightless(phrase) for phrase in self._phrases(phrases)])
        return np.sort(self._run(query, max(1, self._searcher.num_docs))[0])

    def rows_holding(self, terms: Sequence[Sequence[str]]) -> Rows:
        """Return all rows that hold each of `terms`, in any of its forms, by falling BM25 score, then row."""
        return self._run(self._all(map(self._group, terms)), max(1, self._searcher.num_docs))[0]

    def document_frequencies(self, terms: Sequence[str], without: Rows | None = None) -> list[int]:
        """Return how many documents each term occurs in, not counting those of the articles `without`."""
        if without is None:
            return [self._searcher.doc_freq("text", term) for term in terms]
        most = max(1, self._searcher.num_docs)
        queries = [self._all([self._weightless(self._term("text", term))], without) for term in terms]
        return [len(self._searcher.search(query, most, count=False).hits) for query in queries]

    def entries(self) -> NDArray[np.int64]:
        """Return (row, article, first day, last day) of every entry, by row: shape (entries, 4)."""
        hits = self._searcher.search(self._tantivy.Query.all_query(), max(1, self._searcher.num_docs), count=False).hits
        places = [address for _, address in hits]
        fields = [self._searcher.fast_field_values(name, places) for name in ("row", "article", "first", "last")]
        table = np.array(fields, np.int64).T
        return table[np.argsort(table[:, 0], kind="stable")]

    def _run(self, query: Query, n: int) -> tuple[Rows, Scores]:
        hits = self._searcher.search(query, n, count=False).hits
        rows = np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _any(self, terms: Sequence[Sequence[str]], weights: Sequence[float] = ()) -> Query:
        """A document scores by each word of the question once, whichever of the word's forms it has."""
        should = self._tantivy.Occur.Should
        queries = [self._group(forms) for forms in terms]
        if weights:
            boost = self._tantivy.Query.boost_query
            queries = [boost(q, weight) for q, weight in zip(queries, weights, strict=True)]
        return self._tantivy.Query.boolean_query([(should, query) for query in queries])

    def _group(self, forms: Sequence[str]) -> Query:
        terms = [self._term("text", form) for form in forms]
        return self._tantivy.Query.disjunction_max_query(terms) if len(terms) > 1 else terms[0]

    def _phrases(self, phrases: Sequence[Sequence[str]]) -> Iterator[Query]:
        for words in phrases:
            if len(words) == 1:
                yield self._term("exact", words[0])
            else:
                yield self._tantivy.Query.phrase_query(self._schema, "exact", list(words))

    def _filters(self, filters: Filters) -> Iterator[Query]:
        for field, names in (("publisher", filters.publishers), ("author", filters.authors)):
            if names:
                yield self._tantivy.Query.term_set_query(self._schema, field, [name_key(name) for name in names])
        if filters.after or filters.before:
            after = filters.after.toordinal() if filters.after else 1
            before = filters.before.toordinal() - 1 if filters.before else FAR_FUTURE
            overlap = self._all([self._range("last", after, FAR_FUTURE), self._range("first", 1, before)])
            if filters.undated:
                should = self._tantivy.Occur.Should
                overlap = self._tantivy.Query.boolean_query([(should, overlap), (should, self._range("last", 0, 0))])
            yield overlap

    def _articles(self, articles: Rows | None) -> Iterator[Query]:
        if articles is not None:
            yield self._set("article", articles)

    def _set(self, field: str, rows: Rows) -> Query:
        if not len(rows):
            return self._tantivy.Query.empty_query()
        return self._tantivy.Query.term_set_query(self._schema, field, rows.tolist())

    def _one_of(self, rows: Rows) -> Query:
        """Some hundred rows are found one by one in less than half the time of a set of them, with the same scores."""
        if len(rows) > _ONE_BY_ONE:
            return self._set("row", rows)
        should, term = self._tantivy.Occur.Should, self._tantivy.Query.term_query
        return self._tantivy.Query.boolean_query([(should, term(self._schema, "row", row)) for row in rows.tolist()])

    def _range(self, field: str, low: int, high: int) -> Query:
        kind = self._tantivy.FieldType.Integer
        return self._tantivy.Query.range_query(self._schema, field, kind, low, high)

    def _term(self, field: str, value: str) -> Query:
        return self._tantivy.Query.term_query(self._schema, field, value)

    def _all(self, queries: Iterable[Query], without: Rows | None = None) -> Query:
        clauses = [(self._tantivy.Occur.Must, query) for query in queries]
        if without is not None:
            clauses.append((self._tantivy.Occur.MustNot, self._set("article", without)))
        return self._tantivy.Query.boolean_query(clauses)

    def _weightless(self, query: Query) -> Query:
        return self._tantivy.Query.const_score_query(query, 0.0)


@contextmanager
def _links(path: Path) -> Iterator[Path]:
    """Yield a temporary folder of links to the files of `path`."""
    links = Path(mkdtemp(prefix="archivist-", dir=_in_memory()))
    try:
        for file in path.iterdir():
            (links / file.name).symlink_to(file.resolve())
        yield links
    finally:
        # A thread of the engine may put a lock file there at any moment of its first second.
        for _ in range(100):
            shutil.rmtree(links, ignore_errors=True)
            if not links.exists():
                break
            time.sleep(0.01)


@contextmanager
def lexical_writer(path: Path, heap_bytes: int = 192 << 20) -> Iterator[Any]:
    """Yield a function that adds an `Entry` to a new index at `path`; all are searchable when the block is left.

    One thread writes, so that the same entries in the same order give the same index.
    """
    import tantivy

    path.mkdir(parents=True)
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_unsigned_field("article", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="analysed", index_option="freq")
    builder.add_text_field("exact", tokenizer_name="analysed", index_option="position")
    builder.add_integer_field("first", indexed=True, fast=True)
    builder.add_integer_field("last", indexed=True, fast=True)
    builder.add_text_field("publisher", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("author", tokenizer_name="raw", index_option="basic")
    index = tantivy.Index(builder.build(), path=str(path))
    _register(index)
    writer = index.writer(heap_bytes, 1)

    def add(entry: Entry) -> None:
        document = tantivy.Document()
        document.add_unsigned("row", entry.row)
        document.add_unsigned("article", entry.article)
        document.add_text("text", " ".join(entry.text))
        document.add_text("exact", " ".join(entry.exact))
        document.add_integer("first", entry.first)
        document.add_integer("last", entry.last)
        if entry.publisher:
            document.add_text("publisher", name_key(entry.publisher))
        for author in entry.authors:
            document.add_text("author", name_key(author))
        with written(path, ValueError):
            writer.add_document(document)

    try:
        yield add
    except BaseException:  # its threads would go on writing into a folder that somebody is about to clear
        with suppress(ValueError):
            writer.rollback()
            writer.wait_merging_threads()
        raise
    with written(path, ValueError):
        writer.commit()
        writer.wait_merging_threads()


def _in_memory() -> str | None:
    """Return a folder that lives in memory, where a busy disk makes nobody wait; None for the usual one."""
    usable = "TMPDIR" not in os.environ and os.access(_SHARED_MEMORY, os.W_OK | os.X_OK)
    return _SHARED_MEMORY if usable else None


def _register(index: Any) -> None:
    import tantivy

    analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("analysed", analyser)
