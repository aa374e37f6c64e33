"""A `Filters` value as a condition that a server decides, over passages or over articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from retrieval.index.milvus.layout import quoted
from retrieval.types import Filters


class Known(Protocol):
    """Knows the numbers of names, and the rows of articles."""

    def publisher_number(self, name: str) -> int | None:
        """Return a publisher's number, None for none of that name."""
        ...

    def authors_articles(self, name: str) -> tuple[int, list[int] | None] | None:
        """Return an author's number and, where they are few, article rows; None for none of that name."""
        ...

    def rows_of(self, article_ids: Sequence[str]) -> list[int]:
        """Return the rows of those articles that there are."""
        ...


def condition(filters: Filters, known: Known, article: str, without: Sequence[int] = ()) -> str:
    """Return what `filters` allow, without the articles at the rows `without`; empty for everything.

    `article` is the column that holds an article's row: `article` of a passage, `row` of an article.
    """
    parts = list(_dates(filters))
    if filters.publishers:
        numbers = [known.publisher_number(name) for name in filters.publishers]
        parts.append(among("publisher", [number for number in numbers if number is not None]))
    if filters.authors:
        parts.append(_authors(filters, known, article))
    if filters.articles:
        parts.append(among(article, known.rows_of(filters.articles)))
    if without:
        parts.append(f"{article} not in {_numbers(without)}")
    return both(*parts)


def _dates(filters: Filters) -> Iterable[str]:
    if filters.after or filters.before:
        after = f"last >= {filters.after.toordinal()}" if filters.after else "last >= 1"
        before = f"first < {filters.before.toordinal()} and first >= 1" if filters.before else "first >= 1"
        yield f"(({after} and {before}) or first == 0)" if filters.undated else f"{after} and {before}"


def _authors(filters: Filters, known: Known, article: str) -> str:
    found = [of for name in filters.authors if (of := known.authors_articles(name)) is not None]
    few = [rows for _, rows in found if rows is not None]
    many = [number for number, rows in found if rows is None]
    either = [among(article, sorted({row for rows in few for row in rows}))] if few or not many else []
    either += [f"array_contains_any(authors, {_numbers(many)})"] if many else []
    return f"({' or '.join(either)})"


def among(field: str, numbers: Sequence[int]) -> str:
    """Return the condition that a field holds one of `numbers`, which nothing satisfies where there is none."""
    return f"{field} in {_numbers(numbers)}" if len(numbers) else f"{field} == -9"


def both(*conditions: str) -> str:
    """Return the condition that all of these hold; empty ones hold always."""
    return " and ".join(each for each in conditions if each)


def phrase(words: Sequence[str]) -> str:
    """Return the condition that a passage holds these folded words in a row, which hold no mark of a pattern."""
    marked = f"% {' '.join(words)} %"
    return f"exact like {quoted(marked)}"


def _numbers(numbers: Iterable[int]) -> str:
    return f"[{', '.join(str(int(number)) for number in numbers)}]"
