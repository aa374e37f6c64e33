"""Stretches of the calendar: from a first day (inclusive) to a last one (exclusive).

Weeks begin on Monday. Seasons are those of the northern hemisphere, by whole months. Where people differ on what a
word spans, the longer stretch is meant, since a range that is too narrow hides what was asked for.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Literal, NamedTuple

EARLIEST, LATEST = 1000, 2199  # years; beyond these a number of four digits is no year

Unit = Literal["day", "week", "fortnight", "weekend", "month", "quarter", "year", "decade", "century"]
Season = Literal["spring", "summer", "autumn", "winter"]
Part = Literal["early", "middle", "late"]
_SEASON_BEGINS: dict[Season, int] = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_A_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """The days from `after` to the one before `before`."""

    after: date
    before: date

    def overlaps(self, other: Stretch) -> bool:
        """Whether the two have a day in common."""
        return self.after < other.before and other.after < self.before


def of_day(day: date) -> Stretch:
    """Return one day."""
    return Stretch(day, day + _A_DAY)


def of_month(year: int, month: int) -> Stretch:
    """Return a month."""
    return Stretch(date(year, month, 1), shifted(date(year, month, 1), 1))


def of_year(year: int, years: int = 1) -> Stretch:
    """Return `years` years from `year` on."""
    return Stretch(date(year, 1, 1), date(year + years, 1, 1))


def of_season(season: Season, year: int) -> Stretch:
    """Return the season that begins in `year`: winter lasts into the next."""
    first = date(year, _SEASON_BEGINS[season], 1)
    return Stretch(first, shifted(first, 3))


def named_season(season: Season, year: int) -> Stretch:
    """Return what "winter 1995" may mean: that which began in the year before, or that which began in it."""
    whole = of_season(season, year)
    return Stretch(date(year, 1, 1), whole.before) if season == "winter" else whole


def day_in(year: int, month: int, day: int) -> date | None:
    """Return a day, None where there is no such day."""
    return date(year, month, day) if 1 <= day <= calendar.monthrange(year, month)[1] else None


def part_of(part: Part, whole: Stretch) -> Stretch:
    """Return the first, the middle or the last half of a stretch, in whole months where it has months."""
    months = (whole.before.year - whole.after.year) * 12 + whole.before.month - whole.after.month
    if months < 2:
        return whole
    quarter = max(months // 4, 1)
    if part == "early":
        return Stretch(whole.after, shifted(whole.after, months // 2))
    if part == "late":
        return Stretch(shifted(whole.after, months // 2), whole.before)
    return Stretch(shifted(whole.after, quarter), shifted(whole.before, -quarter))


def shifted(day: date, months: int) -> date:
    """Return the same day some months on, or the last of the month where that has fewer days."""
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def current(unit: Unit, now: date) -> Stretch:
    """Return the day, week, weekend, month, quarter, year, decade or century that `now` lies in; a fortnight's week."""
    if unit == "day":
        return of_day(now)
    monday = now - timedelta(days=now.weekday())
    if unit in ("week", "fortnight"):
        return Stretch(monday, monday + 7 * _A_DAY)
    if unit == "weekend":
        return Stretch(monday + 5 * _A_DAY, monday + 7 * _A_DAY)
    if unit == "month":
        return of_month(now.year, now.month)
    if unit == "quarter":
        first = date(now.year, (now.month - 1) // 3 * 3 + 1, 1)
        return Stretch(first, shifted(first, 3))
    span = {"year": 1, "decade": 10, "century": 100}[unit]
    return of_year(now.year // span * span, span)


def back(unit: Unit, count: int, now: date) -> Stretch:
    """Return the day, week, … `count` of them before the one of `now`."""
    return current(unit, earlier(unit, count, now))


def trailing(unit: Unit, count: int, now: date) -> Stretch:
    """Return the time from `count` days, weeks, … ago up to `now`."""
    return Stretch(earlier(unit, count, now), now + _A_DAY)


def earlier(unit: Unit, count: int, now: date) -> date:
    """Return the day that lies `count` days, weeks, … before `now`; raises OverflowError beyond the calendar."""
    if unit in ("day", "week", "weekend", "fortnight"):
        return now - timedelta(days=count * {"day": 1, "fortnight": 14}.get(unit, 7))
    months = count * {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}[unit]
    if months >= now.year * 12 - 12:
        raise OverflowError(f"{count} {unit}s before {now}")
    return shifted(now, -months)


def last_month_called(month: int, now: date, *, over: bool) -> Stretch:
    """Return the latest month of that name before `now`; with `over` it has to be over, else it may be this one."""
    year = now.year if (month < now.month or (month == now.month and not over)) else now.year - 1
    return of_month(year, month)


def last_weekday(weekday: int, now: date, *, over: bool) -> Stretch:
    """Return the latest day of that name (0 is Monday); with `over` before `now`, else it may be today."""
    behind = (now.weekday() - weekday) % 7
    return of_day(now - timedelta(days=behind or (7 if over else 0)))


def last_season(season: Season, now: date) -> Stretch:
    """Return the latest season of that name that is over."""
    return max((of_season(season, now.year - ago) for ago in (0, 1, 2)), key=lambda s: (s.before <= now, s.after))


def easter(year: int) -> date:
    """Return Easter Sunday (the anonymous Gregorian computus; Meeus, Astronomical Algorithms, ch. 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


Feast = Literal[
    "christmas",
    "christmas eve",
    "christmas day",
    "boxing day",
    "easter",
    "new year",
    "new year's eve",
    "new year's day",
]
_FEAST_DAYS: dict[Feast, tuple[int, int]] = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "boxing day": (12, 26), "new year's eve": (12, 31),
    "new year's day": (1, 1),
}  # fmt: skip


def feast(name: Feast, year: int) -> Stretch:
    """Return the days around a feast: Christmas to the year's end, Palm Sunday to the week after Easter; or its day."""
    if name in _FEAST_DAYS:
        return of_day(date(year, *_FEAST_DAYS[name]))
    if name == "christmas":
        return Stretch(date(year, 12, 20), date(year + 1, 1, 1))
    if name == "new year":
        return Stretch(date(year - 1, 12, 31), date(year, 1, 3))
    sunday = easter(year)
    return Stretch(sunday - 7 * _A_DAY, sunday + 8 * _A_DAY)


def last_feast(name: Feast, now: date) -> Stretch:
    """Return the latest feast of that name that is over."""
    return max((feast(name, now.year + 1 - ago) for ago in (0, 1, 2)), key=lambda s: (s.before <= now, s.after))
