"""Reads the dates that a text states: "3 March 2003", "the late nineties", "last August", "two weeks ago".

What is said relative to now is resolved against a date. Whether a date matters for a question is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache

from retrieval.reading.dates import partial_date
from retrieval.timescope import spans
from retrieval.timescope.language import Language
from retrieval.timescope.relative import Kind, Relative, Value, feast_at
from retrieval.timescope.spans import Stretch
from retrieval.timescope.tokens import Tokens

_ISO = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
_FIGURES = re.compile(r"\d{1,2}([./])\d{1,2}\1\d{4}")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_DECADE = re.compile(r"'?(\d{2}|\d{4})(s|er)")
_CENTURY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")


class Reader:
    """Reads dates in one language; `now` is what "last week" is relative to."""

    def __init__(self, tokens: Tokens, language: Language, now: date) -> None:
        self._tokens = tokens
        self._words = language
        self._now = now
        self._relative = Relative(tokens, language, now)
        self._ways: tuple[Callable[[int], Value | None], ...] = (
            self._figures, self._day_first, self._month_first, self._day_named, self._season, self._feast, self._part,
            self._counted, self._ordinal, self._decade, self._century, self._year, self._relative.value,
        )  # fmt: skip

    def value(self, at: int) -> Value | None:
        """Return the date that begins at token `at`, the longest that does; None where none does."""
        form = self._tokens.form(at)
        if form[:1].isalpha() and form.removesuffix("'s") not in _beginnings(self._words):
            return None
        for way in self._ways:
            try:
                found = way(at)
            except (ValueError, OverflowError):  # a date beyond the calendar is none
                continue
            if found is not None:
                return found
        return None

    def year(self, at: int) -> int | None:
        """Return the year that token `at` is, None for any other token."""
        form = self._tokens.form(at)
        whole = len(form) == 4 and form.isascii() and form.isdigit()
        return int(form) if whole and spans.EARLIEST <= int(form) <= spans.LATEST else None

    def after_the(self, at: int) -> int:
        """Return the token after an article and a word for "year", if there are such at `at`."""
        at += self._tokens.form(at) in self._words.the
        return at + (self._tokens.form(at) in self._words.year and self.year(at + 1) is not None)

    def _of(self, at: int) -> int:
        """Return the token after "of", "of the", "of the year" at `at`."""
        return self.after_the(at + (self._tokens.form(at) in self._words.of))

    def _figures(self, at: int) -> Value | None:
        form = self._tokens.form(at)
        if not (_ISO.fullmatch(form) or _FIGURES.fullmatch(form)):
            return None
        stated = partial_date(form)
        if stated is None:
            return None
        year, *rest = map(int, stated.split("-"))
        if len(rest) > 1:
            return Value(spans.of_day(date(year, *rest)), at + 1, "dated")
        return Value(spans.of_month(year, rest[0]) if rest else spans.of_year(year), at + 1, "dated")

    def _number_of_day(self, at: int) -> tuple[int, int] | None:
        """Return a day of the month and the token after it."""
        match = _DAY.fullmatch(self._tokens.form(at))
        if not match or not 1 <= int(match[1]) <= 31:
            return None
        return int(match[1]), at + 1 + (self._tokens.form(at + 1) == ".")

    def _month(self, at: int) -> tuple[int, int] | None:
        """Return a month's number and the token after its name, and after the full stop of a short one."""
        form = self._tokens.form(at)
        month = self._words.months.get(form)
        if month is None:
            return None
        short = (
            len(form) <= 4 and self._tokens.form(at + 1) == "." and self._tokens[at + 1].start == self._tokens[at].end
        )
        return month, at + 1 + (short and self._tokens.form(at + 2) != "")

    def _day_first(self, at: int) -> Value | None:
        day = self._number_of_day(at)
        month = self._month(self._of(day[1])) if day else None
        if day is None or month is None:
            return None
        comma = month[1] + (self._tokens.form(month[1]) == ",")
        year = self.year(comma)
        if year is not None:
            return self._on(year, month[0], day[0], comma + 1, "dated")
        return self._latest_day(month[0], day[0], month[1])

    def _month_first(self, at: int) -> Value | None:
        month = self._month(at)
        if month is None:
            return None
        number, end = month
        day = self._number_of_day(end)
        if day and not self._words.ago_before:  # "March 3"; "März 3" is not said
            comma = day[1] + (self._tokens.form(day[1]) == ",")
            year = self.year(comma)
            if year is not None:
                return self._on(year, number, day[0], comma + 1, "dated")
            return self._latest_day(number, day[0], day[1])
        of = self._of(end + (self._tokens.form(end) == ","))
        year = self.year(of)
        if year is not None:
            return Value(spans.of_month(year, number), of + 1, "dated")
        relative = self._relative.value(of)
        if relative and self._words.units.get(self._tokens.form(relative.end - 1)) == "year":
            return Value(spans.of_month(relative.stretch.after.year, number), relative.end, "relative")
        return Value(spans.last_month_called(number, self._now, over=False), end, "yearless")

    def _on(self, year: int, month: int, day: int, end: int, kind: Kind) -> Value | None:
        stated = spans.day_in(year, month, day)
        return Value(spans.of_day(stated), end, kind) if stated else None

    def _latest_day(self, month: int, day: int, end: int) -> Value | None:
        this = spans.day_in(self._now.year, month, day)
        year = self._now.year if this and this <= self._now else self._now.year - 1
        return self._on(year, month, day, end, "yearless")

    def _day_named(self, at: int) -> Value | None:
        """A weekday with its date: "Saturday, 3 June 2017"."""
        if self._tokens.form(at) not in self._words.weekdays:
            return None
        stated = self.after_the(at + 1 + (self._tokens.form(at + 1) == ","))
        month = self._month_first(stated) if self._number_of_day(stated + 1) else None
        return month or self._figures(stated) or self._day_first(stated)

    def _season(self, at: int) -> Value | None:
        season = self._words.seasons.get(self._tokens.form(at))
        if season is None:
            return None
        of = self._of(at + 1)
        year = self.year(of)
        if year is not None:
            return Value(spans.named_season(season, year), of + 1, "dated")
        return None

    def _feast(self, at: int) -> Value | None:
        feast, end = feast_at(self._tokens, at, self._words)
        of = self._of(end + (self._tokens.form(end) == ","))
        year = self.year(of) if feast else None
        return Value(spans.feast(feast, year), of + 1, "dated") if feast and year is not None else None

    def _part(self, at: int) -> Value | None:
        part = self._words.parts.get(self._tokens.form(at))
        if part is None:
            return None
        of = self._of(at + 1 + (self._tokens.form(at + 1) == "-"))
        whole = next(
            filter(None, (way(of) for way in (self._decade, self._century, self._year, self._month_first))), None
        )
        return Value(spans.part_of(part, whole.stretch), whole.end, "dated") if whole else None

    def _ordinal(self, at: int) -> Value | None:
        """The first half, the third quarter, the second week of something; of a week its month is meant."""
        form = self._tokens.form(at)
        number = self._words.ordinals.get(form)
        unit, of = self._tokens.form(at + 1), self._of(at + 2)
        if form in ("q1", "q2", "q3", "q4") or (form == "q" and unit in ("1", "2", "3", "4")):
            number, unit, of = int(form[1:] or unit), next(iter(self._words.quarter)), self._of(at + 1 + (form == "q"))
        if number is None:
            return None
        year = self.year(of)
        if year is not None and unit in self._words.quarter and number <= 4:
            first = date(year, number * 3 - 2, 1)
            return Value(Stretch(first, spans.shifted(first, 3)), of + 1, "dated")
        if year is not None and unit in self._words.half and number <= 2:
            return Value(spans.part_of("early" if number == 1 else "late", spans.of_year(year)), of + 1, "dated")
        if self._words.units.get(unit) in ("week", "day", "weekend"):
            month = self._month_first(of)
            return month if month and month.kind == "dated" else None
        return None

    def _counted(self, at: int) -> Value | None:
        """The first three months, the last ten days of something; of days and weeks the whole of it is meant."""
        form = self._tokens.form(at)
        first, last = self._words.ordinals.get(form) == 1, form in self._words.last
        count = self._tokens.form(at + 1)
        number = (
            int(count) if count.isascii() and count.isdigit() and len(count) < 3 else self._words.numbers.get(count)
        )
        unit = self._words.units.get(self._tokens.form(at + 2))
        if not (first or last) or number is None or unit not in ("day", "week", "month"):
            return None
        of = self._of(at + 3)
        year = self.year(of)
        if unit != "month":
            month = self._month_first(of) if year is None else None
            return month if month and month.kind == "dated" else None
        if year is None or number > 12:
            return None
        whole = spans.of_year(year)
        stretch = Stretch(whole.after, spans.shifted(whole.after, number))
        return Value(stretch if first else Stretch(spans.shifted(whole.before, -number), whole.before), of + 1, "dated")

    def _decade(self, at: int) -> Value | None:
        form = self._tokens.form(at)
        first = self._words.decades.get(form)
        if match := _DECADE.fullmatch(form):
            number = int(match[1])
            # Of a decade in two figures the latest that has begun; 1900s and 1800s may as well be a century.
            first = number if number >= spans.EARLIEST else self._latest_decade(number)
            if first % 10:
                return None
        if first is None:
            return None
        end = at + 1 + (self._words.units.get(self._tokens.form(at + 1)) == "year")
        return Value(spans.of_year(first, 100 if first % 100 == 0 and first < 2000 else 10), end, "era")

    def _latest_decade(self, number: int) -> int:
        century = self._now.year // 100 * 100
        return century + number if century + number <= self._now.year else century - 100 + number

    def _century(self, at: int) -> Value | None:
        form = self._tokens.form(at)
        match = _CENTURY.fullmatch(form)
        number = int(match[1]) if match else self._words.ordinals.get(form)
        end = at + 1
        if number is None and form.isdigit() and self._tokens.form(at + 1) == ".":
            number, end = int(form), at + 2
        if number is None or self._tokens.form(end) not in self._words.century or not 11 <= number <= 21:
            return None
        # Whether a century begins with its year 0 or 1 is left open.
        return Value(spans.of_year(number * 100 - 100, 101), end + 1, "era")

    def _year(self, at: int) -> Value | None:
        year = self.year(at)
        if year is None:
            return None
        second = self._tokens.form(at + 1)
        until = self._tokens.form(at + 2)
        if second in ("-", "–", "/") and until.isdigit() and len(until) in (2, 4):
            last = int(until) if len(until) == 4 else year // 100 * 100 + int(until)
            if year < last <= spans.LATEST:
                return Value(spans.of_year(year, last - year + 1), at + 3, "year")
        return Value(spans.of_year(year), at + 1, "year")


@cache
def _beginnings(words: Language) -> frozenset[str]:
    """Return every word that a date may begin with: most words of a text begin none."""
    return words.seeds | words.today | words.ordinals.keys() | words.the | {"q", "q1", "q2", "q3", "q4"}
