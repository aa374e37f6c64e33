"""How time is told on the command line: dates and ranges in English words, and what was understood of a question's."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from retrieval.types import Answer, Understood

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def date_in_words(published: str) -> str:
    """Return an ISO 8601 date as it is read, to the precision known: `7 September 2021`, `September 2021`, `2021`."""
    year, *rest = published.split("-")
    words = [year.lstrip("0") or year]
    if rest:
        words.insert(0, _MONTHS[int(rest[0]) - 1])
    if len(rest) > 1:
        words.insert(0, str(int(rest[1])))
    return " ".join(words)


def range_in_words(after: date | None, before: date | None) -> str:
    """Return a range from `after` (inclusive) to `before` (exclusive): `in March 2003`, `from 2010 to 2012`.

    It is told as shortly as it can be; empty where neither end is set.
    """
    first, last = ends_shown(after, before)
    if first and last:
        one = "on" if len(first) == _DAY else "in"
        told = date_in_words(first)
        return f"{one} {told}" if first == last else f"from {told} to {date_in_words(last)}"
    if first:
        return f"from {date_in_words(first)} on"
    return f"before {date_in_words(before.isoformat()[: _shown(before, start=True)])}" if before else ""


def ends_shown(after: date | None, before: date | None) -> tuple[str | None, str | None]:
    """Return the first and the last day of a range, ISO 8601, to the precision that both need to be told.

    The last is None for a range without an end, the first for one without a beginning, and then the last too.
    """
    if after is None:
        return None, None
    if before is None:
        return after.isoformat()[: _shown(after, start=True)], None
    last = before - timedelta(days=1)
    shown = max(_shown(after, start=True), _shown(last, start=False))
    return after.isoformat()[:shown], last.isoformat()[:shown]


def understood_document(understood: Understood) -> dict[str, Any]:
    """Return words that set a time as `ask --json` prints them."""
    return {
        "text": understood.text,
        "start": understood.start,
        "end": understood.end,
        "after": understood.after.isoformat() if understood.after else None,
        "before": understood.before.isoformat() if understood.before else None,
        "order": understood.order,
        "written": understood.written,
    }


def understood_in_words(answer: Answer) -> Iterator[str]:
    """Yield what was made of the question's words for time."""
    for each in answer.understood:
        words = f"“{' '.join(each.text.split())}”"
        if each.order:
            order = "earliest" if each.order == "first" else each.order
            yield f"{words}: the {order} first, among what is about as relevant."
        else:
            told = "published" if each.written else "published, or telling of,"
            yield f"{words}: {told} {range_in_words(each.after, each.before)}. --as-asked searches all times."


_YEAR, _MONTH, _DAY = 4, 7, 10  # characters of an ISO date


def _shown(day: date, *, start: bool) -> int:
    """Return how much of a range's first or last day has to be told."""
    if day.day != (1 if start else calendar.monthrange(day.year, day.month)[1]):
        return _DAY
    return _YEAR if day.month == (1 if start else 12) else _MONTH
