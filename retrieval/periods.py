"""Dates known in part, grouped into months, years or decades: how a timeline is divided, and where its peaks are.

Pure: ISO 8601 dates in (`2021`, `2021-09`, `2021-09-07`), periods out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["month", "year", "decade"]

MONTHS = 36  # up to so many, a timeline is told by the month: three years of bars still have room for their names
YEARS = 80  # up to so many, by the year


@dataclass(frozen=True, slots=True)
class Period:
    """A month, a year or a decade: `first` to `last`, both included, as `2021-03` or `2021`. One period has one unit.

    `members` are the places, among the dates that were grouped, of those that lie in it.
    """

    first: str
    last: str
    members: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many lie in it."""
        return len(self.members)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Dates grouped by one `unit`: every period from the first to the last, those without a date in them too.

    `year_only` holds the years of the dates that know no month where the unit is one, with their places: they lie in
    no period, since nobody knows in which. `undated` are the places of the dates that are None.
    """

    unit: Unit
    periods: tuple[Period, ...]
    year_only: tuple[Period, ...]
    undated: tuple[int, ...]


def grouped(dates: Sequence[str | None]) -> Grouped:
    """Return `dates` grouped by the unit that suits them, see `unit_of`."""
    unit = unit_of([date for date in dates if date])
    found: dict[int, list[int]] = {}
    years: dict[int, list[int]] = {}
    for place, date in enumerate(dates):
        if not date:
            continue
        if unit == "month" and len(date) == 4:
            years.setdefault(int(date), []).append(place)
        else:
            found.setdefault(_number(date, unit), []).append(place)
    whole = range(min(found), max(found) + 1) if found else range(0)
    return Grouped(
        unit,
        tuple(_period(number, unit, found.get(number, ())) for number in whole),
        tuple(_period(year, "year", years[year]) for year in sorted(years)),
        tuple(place for place, date in enumerate(dates) if not date),
    )


def unit_of(dates: Sequence[str]) -> Unit:
    """Return what suits `dates`: months for up to 36 of them, years for up to 80, decades for more.

    Months suit only where at least half of the dates know theirs; those that do not would stand in no period.
    """
    if not dates:
        return "year"
    years = [int(date[:4]) for date in dates]
    knowing = [_number(date, "month") for date in dates if len(date) > 4]
    if 2 * len(knowing) >= len(dates):
        only = [int(date) * 12 for date in dates if len(date) == 4]
        first = min([*knowing, *only])
        last = max([*knowing, *(month + 11 for month in only)])
        if last - first < MONTHS:
            return "month"
    return "year" if max(years) - min(years) < YEARS else "decade"


def peaks_of(periods: Sequence[Period], n: int) -> tuple[Period, ...]:
    """Return at most `n` peaks in the order of time: the fullest of those that no neighbour of theirs exceeds.

    Of neighbours that are equally full only the first is one, and of peaks that are equally full, the earlier go
    before.
    """
    counts = [0, *(period.count for period in periods), 0]
    tops = [i for i in range(1, len(counts) - 1) if counts[i - 1] < counts[i] >= counts[i + 1]]
    chosen = sorted(tops, key=lambda i: (-counts[i], i))[:n]
    return tuple(periods[i - 1] for i in sorted(chosen))


def _number(date: str, unit: Unit) -> int:
    """Return which month, year or decade, counted from year 0, a date lies in."""
    year = int(date[:4])
    if unit == "month":
        return year * 12 + int(date[5:7]) - 1
    return year if unit == "year" else year // 10


def _period(number: int, unit: Unit, members: Sequence[int]) -> Period:
    if unit == "month":
        first = last = f"{number // 12:04}-{number % 12 + 1:02}"
    elif unit == "year":
        first = last = f"{number:04}"
    else:
        first, last = f"{max(number * 10, 1):04}", f"{number * 10 + 9:04}"
    return Period(first, last, tuple(members))
