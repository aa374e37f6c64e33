"""The columns that filters are decided by, as arrays mapped from disk: which passages does a `Filters` value allow?

Days are proleptic Gregorian ordinals. An article's `first` and `last` day bound when it may have been published, both
included: "2021" is the whole year. An article without a date has `UNDATED` for both.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedError
from retrieval.terms import fold
from retrieval.types import Filters

UNDATED = 0
_ONE_BY_ONE = 8  # publishers: each is compared in a tenth of the time that a set of them takes
ARTICLES = np.dtype([("first", "<i4"), ("last", "<i4"), ("publisher", "<i4"), ("story", "<i4")])


def name_key(name: str) -> str:
    """Return what two spellings of one publisher's or author's name have in common: no case, accents, extra spaces."""
    return " ".join(fold(name).split())


def days(published: str | None) -> tuple[int, int]:
    """Return the first and the last day that an ISO 8601 date known in part may mean, as ordinals."""
    if not published:
        return UNDATED, UNDATED
    year, month, day = ([int(part) for part in published.split("-")] + [0, 0])[:3]
    if not month:
        return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    if not day:
        return date(year, month, 1).toordinal(), date(year, month, calendar.monthrange(year, month)[1]).toordinal()
    return (date(year, month, day).toordinal(),) * 2


class Columns:
    """Decides filters over a generation's articles and passages.

    `publishers` maps a name's key to its number, `written_by` an author's key to article rows; `row_of` tells an
    article's row by its id, None where there is none. The last two are only asked for what a filter names.
    """

    def __init__(
        self,
        folder: Path,
        counts: tuple[int, int],
        publishers: dict[str, int],
        written_by: Callable[[str], Sequence[int]],
        row_of: Callable[[str], int | None],
    ) -> None:
        self.articles = _mapped(folder / "articles.npy", counts[0], ARTICLES)
        self.article_of = _mapped(folder / "passages.npy", counts[1], np.dtype("<i4"))
        self._publishers = publishers
        self._written_by = written_by
        self._row_of = row_of

    def allowed_articles(self, filters: Filters) -> NDArray[np.bool_] | None:
        """Return a mask over article rows; None where everything is allowed."""
        if not filters:
            return None
        mask = np.ones(len(self.articles), np.bool_)
        if filters.after or filters.before:
            mask &= self._dated(filters)
        if filters.publishers:
            mask &= self._published_by([self._publishers.get(name_key(name), -2) for name in filters.publishers])
        if filters.authors:
            mask &= self._only(self._written_by(name_key(name)) for name in filters.authors)
        if filters.articles:
            mask &= self._only([list(self.rows_of(filters.articles).values())])
        return mask

    def rows_of(self, article_ids: Iterable[str]) -> dict[str, int]:
        """Return the rows of those articles that there are."""
        return {name: row for name in article_ids if (row := self._row_of(name)) is not None}

    def allowed_passages(self, articles: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """Return the mask over passage rows for a mask over article rows."""
        return None if articles is None else np.take(articles, self.article_of)  # half the time of indexing

    def undated_left_out(self, filters: Filters, shown: NDArray[np.bool_] | None = None) -> int:
        """Return how many articles of those `shown` (None for all) would pass `filters` if only they had a date."""
        if filters.undated or not (filters.after or filters.before):
            return 0
        rest = Filters(publishers=filters.publishers, authors=filters.authors, articles=filters.articles)
        mask = self.allowed_articles(rest)
        undated: NDArray[np.bool_] = self.articles["first"] == UNDATED
        if shown is not None:
            undated = undated & shown
        return int(np.count_nonzero(undated if mask is None else undated & mask))

    def _dated(self, filters: Filters) -> NDArray[np.bool_]:
        first, last = self.articles["first"], self.articles["last"]
        mask: NDArray[np.bool_] = first != UNDATED
        if filters.after:
            mask &= last >= filters.after.toordinal()
        if filters.before:
            mask &= first < filters.before.toordinal()
        return mask | (first == UNDATED) if filters.undated else mask

    def _published_by(self, publishers: Sequence[int]) -> NDArray[np.bool_]:
        column = self.articles["publisher"]
        if len(publishers) > _ONE_BY_ONE:
            return np.isin(column, publishers)
        mask: NDArray[np.bool_] = column == publishers[0]
        for number in publishers[1:]:
            mask |= column == number
        return mask

    def _only(self, rows: Iterable[Sequence[int]]) -> NDArray[np.bool_]:
        mask = np.zeros(len(self.articles), np.bool_)
        for some in rows:
            mask[np.array(some, np.int64)] = True
        return mask


def write_columns(folder: Path, articles: NDArray[np.void], article_of: NDArray[np.int32]) -> None:
    """Write both arrays into `folder`."""
    np.save(folder / "articles.npy", articles)
    np.save(folder / "passages.npy", article_of)


def _mapped(path: Path, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r" if count else None)
    except Exception as error:  # NumPy reads the file's head as Python: a broken one raises whatever that may
        raise DamagedError(f"{path} cannot be read: {error}", "Run `archivist index --full`") from error
    if array.shape != (count,) or array.dtype != dtype:
        raise DamagedError(
            f"{path} holds {array.shape} {array.dtype}, not {count} rows", "Run `archivist index --full`"
        )
    return array
