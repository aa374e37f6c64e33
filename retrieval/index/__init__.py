"""One immutable index over an archive, and the seam behind which another engine can stand.

`search.py` asks an `Index` for candidates with their scores and for the passages and articles behind them; it knows
nothing of files, FAISS or full-text engines. Rows count passages in the order (article id, start).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.types import Article, Citation, Filters, Passage

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


def scored(rows: Rows, known: tuple[Rows, Scores], score: Callable[[Rows], Scores]) -> Scores:
    """Return the score of each of `rows`, ascending: those `known` for some of them, `score` tells the others'."""
    out = np.empty(len(rows), np.float32)
    left = np.ones(len(rows), np.bool_)
    places = np.searchsorted(rows, known[0])
    out[places], left[places] = known[1], False
    out[left] = score(rows[left])
    return out


@dataclass(frozen=True, slots=True)
class Request:
    """What an index is asked for: `n` candidates from each engine among the passages that `filters` allow.

    `terms` are groups of analysed words, one group a word of the question: any of a group may match. Each of
    `phrases` (folded words in order) must occur in a passage. `vector` gives one L2-normalised float32 row, which may
    still be computed meanwhile: it is called as late as can be. `weights` multiplies what each of `terms` scores, empty
    for all alike. The passages at `rows` are candidates in any case. `meanwhile` may be called before `vector` is, with
    the best-worded rows and the BM25 scores of their passages and articles.
    """

    vector: Callable[[], NDArray[np.float32]]
    terms: tuple[tuple[str, ...], ...]
    phrases: tuple[tuple[str, ...], ...]
    filters: Filters
    n: int
    weights: tuple[float, ...] = ()
    rows: tuple[Rows, ...] = ()
    meanwhile: Callable[[Rows, Scores, Scores], None] | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages worth ranking, each with all of its scores; arrays of one length, by ascending row.

    `dense` is the cosine (rounded to 1e-5), `passage` and `article` are BM25 scores (at least 0) of the passage with
    its title and of the whole article. `story` is equal for passages whose articles carry the same story, word for
    word or nearly.
    """

    rows: Rows
    dense: Scores
    passage: Scores
    article: Scores
    articles: Rows
    story: Rows


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage as the index holds it, checked against its hash, with the citation of its article."""

    row: int
    passage: Passage
    article: Citation
    hash: bytes


@dataclass(frozen=True, slots=True)
class Summary:
    """What is in an index, as `archivist status` tells it; dates are ISO 8601 to the precision known.

    `withdrawn` holds the ids of the articles that it still has on disk and does not show. `search` is how vectors are
    searched, "exact" or "approximate"; `recall` the share of the ten nearest that is found, as measured when it was
    built.
    """

    generation: str
    articles: int
    passages: int
    publishers: int
    undated: int
    first: str | None
    last: str | None
    languages: tuple[str, ...]
    encoder: str
    built: str
    size_bytes: int
    search: str = "exact"
    recall: float = 1.0
    withdrawn: frozenset[str] = field(default=frozenset(), compare=False)  # what is shown is the same without them


@dataclass(frozen=True, slots=True)
class Source:
    """A folder or file that the archive is kept up to date with, and how much came of it at the last run.

    `files` counts its regular files, `skipped` what of it could not be used.
    """

    path: str
    articles: int
    files: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What some articles have in common: the first and the last date, authors with how many each wrote, most first.

    `unsigned` counts those without an author. `dates` holds each article's date, in the order asked for.
    """

    first: str | None
    last: str | None
    authors: tuple[tuple[str, int], ...]
    unsigned: int
    dates: tuple[str | None, ...]


class Vocabulary(Protocol):
    """The words that stand in an archive, as they are spelt there."""

    def suggest(self, word: str) -> str | None:
        """Return the word that `word`, which is not there, is most likely to be misspelt for; None for none."""
        ...


class Index(Protocol):
    """An open generation: what a distributed engine has to offer to stand in for the local one."""

    @property
    def summary(self) -> Summary:
        """What the generation holds."""
        ...

    def candidates(self, request: Request) -> Candidates:
        """Return the union of both engines' best passages, with all scores of each."""
        ...

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """Return in how many passages each analysed term occurs."""
        ...

    def passages(self, rows: Sequence[int]) -> list[Stored]:
        """Return the passages at `rows`, in that order; raises DamagedError where a quote is not what was indexed."""
        ...

    def copies(self, rows: Sequence[int]) -> dict[int, list[Citation]]:
        """Return for each row the other articles that carry this passage, or nearly all of it, by article id."""
        ...

    def article(self, article_id: str) -> Article | None:
        """Return an article whole, None where the index has none of that id."""
        ...

    def citations(self) -> Iterator[tuple[Citation, int]]:
        """Yield every article's citation with its number of passages, by article id."""
        ...

    def publisher_named(self, text: str) -> str | None:
        """Return the publisher that `text` names, as the archive spells it; None for none."""
        ...

    def author_named(self, text: str) -> str | None:
        """Return the one author whose name or last name `text` is, as the archive spells it; None for none."""
        ...

    def holding(
        self, terms: Sequence[Sequence[str]], filters: Filters, *, whole: bool = False, copies: bool = False
    ) -> Rows:
        """Return the rows of the articles that `filters` allow and that hold every one of `terms`, best first.

        In one passage, with the title; anywhere in the text where `whole`. Of copies the best alone, but for `copies`:
        then all of them. Without terms, all that `filters` allow, by row.
        """
        ...

    def rows_holding(self, terms: Sequence[Sequence[str]], filters: Filters) -> Rows:
        """Return the rows of the passages that `filters` allow and that hold every one of `terms`, best first."""
        ...

    def days(self, articles: Rows) -> tuple[Rows, Rows]:
        """Return the first and the last day, as ordinals, that each article may be of; 0 where it has no date."""
        ...

    def tally(self, articles: Rows) -> Tally:
        """Return when the articles at these rows were published, and by whom they were written."""
        ...

    def cited(self, articles: Sequence[int]) -> list[Citation]:
        """Return the citations of the articles at these rows, in that order."""
        ...

    def vocabulary(self) -> Vocabulary:
        """Return the words that stand in the archive."""
        ...

    def undated_left_out(self, filters: Filters) -> int:
        """Return how many articles a date range leaves out only because they have no date."""
        ...

    def close(self) -> None:
        """Give back files and memory; the index cannot be asked afterwards."""
        ...
