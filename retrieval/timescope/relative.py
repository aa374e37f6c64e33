"""Reads the dates that are told from now: "last August", "two weeks ago", "in the past year", "on Monday"."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from retrieval.timescope import spans
from retrieval.timescope.language import Language
from retrieval.timescope.spans import Feast, Stretch
from retrieval.timescope.tokens import Tokens

# year: four figures alone. yearless: a month, day or weekday whose year is only guessed. relative: told from now.
Kind = Literal["year", "era", "dated", "yearless", "weekday", "relative", "trailing", "today"]


class Value(NamedTuple):
    """A stated date: what it spans, the token after it, and how it was said."""

    stretch: Stretch
    end: int
    kind: Kind


def feast_at(tokens: Tokens, at: int, language: Language) -> tuple[Feast | None, int]:
    """Return the feast whose name, the longest there is, begins at token `at`, and the token after it."""
    for end in range(at + 3, at, -1):
        name = " ".join(tokens.form(place) for place in range(at, end))
        if feast := language.feasts.get(name) or language.feasts.get(name.removesuffix("'s")):
            return feast, end
    return None, at


class Relative:
    """Reads dates told from `now` in one language."""

    def __init__(self, tokens: Tokens, language: Language, now: date) -> None:
        self._tokens = tokens
        self._words = language
        self._now = now

    def value(self, at: int) -> Value | None:
        """Return the date told from now that begins at token `at`; None where none does.

        Raises OverflowError for one beyond the calendar.
        """
        return self._told_from_now(at) or self._ago(at) or self._weekday(at)

    def _told_from_now(self, at: int) -> Value | None:
        words, tokens = self._words, self._tokens
        form, following = tokens.form(at), tokens.form(at + 1)
        day = form.removesuffix("'s")
        if day in words.today:
            return Value(spans.of_day(self._now), at + 1, "today")
        if day in words.whole_days:
            return Value(spans.back("day", words.whole_days[day], self._now), at + 1, "relative")
        if form == "the" and (following, tokens.form(at + 2), tokens.form(at + 3)) == ("day", "before", "yesterday"):
            return Value(spans.back("day", 2, self._now), at + 4, "relative")
        this, last, past = form in words.this, form in words.last, form in words.past
        if not (this or last or past):
            return None
        if past and (trailing := self._trailing(at, always=not last)):
            return trailing
        return self._named_after(following, at + 1, this=this) if this or last else None

    def _trailing(self, at: int, *, always: bool) -> Value | None:
        """The last three days; the past week, and the last week only after "in the"."""
        unit = self._words.units.get(self._tokens.form(at + 1))
        trails = always or unit == "fortnight" or (unit != "quarter" and self._tokens.form(at - 1) in self._words.the)
        if unit is not None and trails:
            return Value(spans.trailing(unit, 1, self._now), at + 2, "trailing")
        count = self._count(at + 1)
        unit = self._words.units.get(self._tokens.form(at + 2))
        if count is None or unit is None:
            return None
        return Value(spans.trailing(unit, count, self._now), at + 3, "trailing")

    def _count(self, at: int) -> int | None:
        form = self._tokens.form(at)
        return int(form) if form.isascii() and form.isdigit() and len(form) < 4 else self._words.numbers.get(form)

    def _named_after(self, form: str, at: int, *, this: bool) -> Value | None:
        """What "last" or "this" is said of: a unit, a month, a weekday, a season, a feast, a part of the day."""
        words, now, form, end = self._words, self._now, form.removesuffix("'s"), at + 1
        found: Stretch | None = None
        feast, after_feast = feast_at(self._tokens, at, words)
        if form in words.units:
            unit = words.units[form]
            if (this and unit == "fortnight") or (unit == "quarter" and self._is_of_something(at, this=this)):
                return None  # which one is left open
            ago = 0 if this else 1
            found = spans.back(unit, ago, now)
            if unit == "weekend" and this and now < found.after:
                found = spans.back(unit, 1, now)
        elif form in words.months:
            found = spans.last_month_called(words.months[form], now, over=not this)
        elif form in words.weekdays:
            found = spans.last_weekday(words.weekdays[form], now, over=not this)
        elif form in words.seasons:
            found = spans.last_season(words.seasons[form], now)
            season = spans.of_season(words.seasons[form], now.year)
            if this and season.after <= now < season.before:
                found = season
        elif feast:
            found, end = spans.last_feast(feast, now), after_feast
        elif form in words.day_parts:  # last night belongs to both of its days
            found = spans.of_day(now) if this else Stretch(spans.back("day", 1, now).after, spans.of_day(now).before)
        return Value(found, end, "relative") if found else None

    def _is_of_something(self, at: int, *, this: bool) -> bool:
        """Whether a quarter is one of a town, a game or a mile: "in this quarter", "the last quarter of the game"."""
        words, following = self._words, self._tokens.form(at + 1)
        if this and self._tokens.form(at - 2) in words.relations:
            return True
        return following[:1].isalnum() and (following in words.of | words.the or following not in words.follow)

    def _ago(self, at: int) -> Value | None:
        words, tokens = self._words, self._tokens
        first = at + 1 if words.ago_before else at
        if words.ago_before and tokens.form(at) not in words.ago:
            return None
        count, unit = self._count(first), words.units.get(tokens.form(first + 1))
        if count is None or unit is None or unit in ("decade", "century"):
            return None
        if not words.ago_before and tokens.form(first + 2) not in words.ago:
            return None
        return Value(spans.back(unit, count, self._now), first + 2 + (not words.ago_before), "relative")

    def _weekday(self, at: int) -> Value | None:
        weekday = self._words.weekdays.get(self._tokens.form(at))
        if weekday is None:
            return None
        end = at + 1 + (self._tokens.form(at + 1) in self._words.day_parts)
        return Value(spans.last_weekday(weekday, self._now, over=False), end, "weekday")
