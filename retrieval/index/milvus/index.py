"""An open generation on a server: all that an `Index` promises, with nothing of it on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from retrieval.copies import Sketch, carries, passage_sketch
from retrieval.errors import DamagedError, EncoderMismatch
from retrieval.index import Candidates, Request, Rows, Source, Stored, Summary, Tally, Vocabulary
from retrieval.index.catalogue import article_hash
from retrieval.index.dense import rounded_scores
from retrieval.index.generation import Manifest
from retrieval.index.milvus import weights
from retrieval.index.milvus.contents import Contents
from retrieval.index.milvus.filters import both, condition, phrase
from retrieval.index.milvus.layout import Stem
from retrieval.index.milvus.names import Names
from retrieval.index.milvus.scoring import Lexical, Terms
from retrieval.index.milvus.server import MOST, Server
from retrieval.index.milvus.taken_down import Followed, Gone
from retrieval.index.milvus.words import FetchedWords
from retrieval.index.naming import tallied
from retrieval.types import Article, Citation, Filters


class MilvusIndex:
    """The generation `stem` on `server`, which stays open when this is closed.

    `followed` knows what is withdrawn. Raises Retired where the generation is gone, DamagedError where it is not whole,
    and as `Server` does. Safe to ask from several threads.
    """

    def __init__(self, server: Server, stem: Stem, followed: Followed) -> None:
        self._server = server
        self.stem = stem
        for collection in stem.collections:
            server.load(collection)
        self._contents = Contents(server, stem)
        self.manifest: Manifest = self._contents.manifest
        self._names = Names(self._contents)
        terms = Terms(self._contents.records)
        self._terms = terms
        self._passages = Lexical(server, stem.passages, terms, self.manifest.passages, "passages")
        self._articles = Lexical(server, stem.articles, terms, self.manifest.articles, "articles")
        self._vocabulary = FetchedWords(self._contents)
        self._followed = followed
        self._gone: Gone | None = None

    @property
    def summary(self) -> Summary:
        """What the generation holds, without what is withdrawn."""
        return self._hidden().summary

    def holdings(self) -> list[Source]:
        """Return the archive's sources with what came of each, by path."""
        return self._contents.holdings()

    def candidates(self, request: Request) -> Candidates:
        """Return the union of the `n` nearest and the `n` best-worded passages, each with all of its scores.

        Both searches are filtered by the server. Raises EncoderMismatch for a vector of another length.
        """
        vector = request.vector().ravel()
        if vector.size != self.manifest.encoder["dimension"]:
            raise EncoderMismatch(
                f"the question's vector has {vector.size} numbers, those of generation "
                f"{self.manifest.generation} have {self.manifest.encoder['dimension']}",
                "Set the encoder that made the index",
            )
        allowed = both(self._allowed(request.filters), *map(phrase, request.phrases))
        near = self._server.search(self.stem.passages, "vector", [vector.tolist()], request.n, allowed)[0]
        worded = self._passages.search(request.terms, request.n, allowed, request.weights)
        nearest = np.array([row for row, _ in near], np.int64)
        rows: Rows = reduce(np.union1d, (nearest, worded, *request.rows)).astype(np.int64)
        found = self._contents.passages(rows.tolist(), ("article", "story", "vector", "words"))
        of = np.array([each["article"] for each in found], np.int64)
        vectors = np.array([each["vector"] for each in found], np.float64).reshape(len(rows), vector.size)
        unique, back = np.unique(of, return_inverse=True)
        whole = self._contents.articles(unique.tolist(), ("words",))
        return Candidates(
            rows=rows,
            dense=rounded_scores(vectors @ vector.astype(np.float64)) if len(rows) else np.empty(0, np.float32),
            passage=self._passages.scores(request.terms, [each["words"] for each in found], request.weights),
            article=self._articles.scores(request.terms, [each["words"] for each in whole], request.weights)[back],
            articles=of,
            story=np.array([each["story"] for each in found], np.int64),
        )

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """Return in how many passages each analysed term occurs."""
        known, less = self._terms.of(terms), self._hidden().frequencies
        return [known[term].passages - less[known[term].number] if term in known else 0 for term in terms]

    def passages(self, rows: Sequence[int]) -> list[Stored]:
        """Return the passages at `rows`, in that order, each checked against its hash."""
        found = self._contents.passages(rows, ("article", "start", "end", "place", "hash", "text"))
        cited = self._contents.citations([each["article"] for each in found])
        return [self._contents.stored(each, cited[each["article"]]) for each in found]

    def copies(self, rows: Sequence[int]) -> dict[int, list[Citation]]:
        """Return for each row the other articles that carry this passage, or nearly all of it, by article id."""
        found = self._contents.passages(rows, ("article", "story", "hash"))
        records = self._contents.records
        same = records.loaded("same", {str(each["hash"]) for each in found})
        stories = records.loaded("story", {int(each["story"]) for each in found})
        own = {int(each["row"]): int(each["article"]) for each in found}
        others = {int(each["row"]): set(same.get(str(each["hash"]), ())) - {int(each["article"])} for each in found}
        alike = {
            row: rest
            for each in found
            if (rest := set(stories.get(int(each["story"]), ())) - others[row := int(each["row"])] - {own[row]})
        }
        whole = self._contents.whole(sorted(set().union(*alike.values())))
        for stored in self.passages(sorted(alike)) if alike else ():
            passage = passage_sketch(stored.passage.text)
            others[stored.row] |= {
                row for row in alike[stored.row] if carries(Sketch.from_bytes(whole[row]["sketch"]), passage)
            }
        cited = self._contents.citations(sorted(set().union(*others.values())))
        ids = self._hidden().ids
        return {
            row: sorted((copy for at in articles if (copy := cited[at]).id not in ids), key=lambda copy: copy.id)
            for row, articles in others.items()
        }

    def article(self, article_id: str) -> Article | None:
        """Return an article whole, None where there is none of that id; raises DamagedError as `passages` does."""
        rows = self._contents.rows_of([article_id])
        if not rows or article_id in self._hidden().ids:
            return None
        article, digest = self._contents.article(rows[0])
        if article_hash(article) != digest:
            raise DamagedError(
                f"the article {article_id} on {self._server.uri} is not what was indexed",
                "Run `archivist index --full`, which loads it anew",
            )
        return article

    def citations(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by article id."""
        ids = self._hidden().ids
        for citation, passages in self._contents.all_citations():
            if citation.id not in ids:
                yield citation, passages

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
            found = self._contents.passages(self.rows_holding(terms, filters).tolist(), ("article", "story"))
            pairs = [(int(each["article"]), int(each["story"])) for each in found]
        else:
            allowed = condition(filters, self._names, "row", self._hidden().rows)
            if terms:
                rows = self._articles.holding(terms, allowed).tolist()
                stories = self._contents.articles(rows, ("story",))
                pairs = [(row, int(each["story"])) for row, each in zip(rows, stories, strict=True)]
            else:
                every = self._contents.scan(self.stem.articles, self.manifest.articles, ("story",), allowed)
                pairs = [(int(each["row"]), int(each["story"])) for each in every]
        best: dict[int, int] = {}
        for row, story in pairs:
            best.setdefault(row if copies else story, row)
        return np.array(list(best.values()), np.int64)

    def rows_holding(self, terms: Sequence[Sequence[str]], filters: Filters) -> Rows:
        """Return the rows of the passages that `filters` allow and that hold every one of `terms`, best first."""
        return self._passages.holding(terms, self._allowed(filters))

    def days(self, articles: Rows) -> tuple[Rows, Rows]:
        """Return the first and the last day, as ordinals, that each article may be of; 0 where it has no date."""
        found = self._contents.articles(articles.tolist(), ("first", "last"))
        return (
            np.array([each["first"] for each in found], np.int64),
            np.array([each["last"] for each in found], np.int64),
        )

    def tally(self, articles: Rows) -> Tally:
        """Return when the articles at these rows were published, and by whom they were written."""
        rows = articles.tolist()
        cited = self._contents.citations(rows)
        return tallied([(cited[row].published, cited[row].authors) for row in rows])

    def cited(self, articles: Sequence[int]) -> list[Citation]:
        """Return the citations of the articles at these rows, in that order."""
        cited = self._contents.citations([int(row) for row in articles])
        return [cited[int(row)] for row in articles]

    def vocabulary(self) -> Vocabulary:
        """Return the words that stand in the archive."""
        return self._vocabulary

    def undated_left_out(self, filters: Filters) -> int:
        """Return how many articles a date range leaves out only because they have no date."""
        if filters.undated or not (filters.after or filters.before):
            return 0
        rest = Filters(publishers=filters.publishers, authors=filters.authors, articles=filters.articles)
        allowed = condition(rest, self._names, "row", self._hidden().rows)
        return self._server.count(self.stem.articles, both("first == 0", allowed))

    def close(self) -> None:
        """Give up what was fetched; the server's connection belongs to whoever opened this."""
        self._vocabulary.close()

    def sample(self, most: int) -> list[int]:
        """Return the rows of an even sample of passages."""
        count = self.manifest.passages
        return np.unique(np.linspace(0, count - 1, min(most, count), dtype=np.int64)).tolist() if count else []

    def ready(self) -> None:
        """Ask once, so that what a server makes for its first question is made before anybody waits for it."""
        for collection in (self.stem.passages, self.stem.articles):
            self._server.search(collection, "words", [weights.EMPTY], 1)

    def check(self, rows: Sequence[int]) -> None:
        """Raise DamagedError unless the passages at `rows` are what was indexed and their vectors have length 1."""
        for at in range(0, len(rows), MOST // 16):
            some = list(rows[at : at + MOST // 16])
            self.passages(some)
            for each in self._contents.passages(some, ("vector",)):
                if not abs(float(np.linalg.norm(np.array(each["vector"], np.float64))) - 1) < 1e-3:
                    raise DamagedError(
                        f"the vector of passage {each['row']} on {self._server.uri} does not have length 1",
                        "Run `archivist index --full`, which loads it anew",
                    )

    def _allowed(self, filters: Filters) -> str:
        return condition(filters, self._names, "article", self._hidden().rows)

    def _hidden(self) -> Gone:
        """Return what is withdrawn now of this generation."""
        names, gone = self._followed.names(), self._gone
        if gone is None or gone.names != names:
            gone = self._gone = Gone.of(names, self._contents)
        return gone
