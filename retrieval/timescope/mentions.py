"""The dates that an article states, those among them that are told relative to its own.

"Last August" in an article of September 2021 is August 2021. What is relative counts only where all days that the
article may be of agree on it: "last year" needs its year, "last August" its month, "yesterday" its day. A weekday or a
month without a year may lie before or after the article, and is left alone.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from retrieval.timescope.english import ENGLISH
from retrieval.timescope.german import GERMAN
from retrieval.timescope.language import Language
from retrieval.timescope.spans import Stretch
from retrieval.timescope.tokens import Tokens
from retrieval.timescope.values import Reader

_ABSOLUTE = frozenset(["year", "era", "dated"])
_DAYS_NAMED = 3  # a night has two days, a weekend too
_MONTHS_NAMED = 31  # days: what is longer is named by its year, if it lies in one
_UNKNOWN = date(2000, 1, 1)  # what is stated whole does not hang on when it was


def mentions_time(
    text: str, published: str | None, language: str | None, after: date | None, before: date | None
) -> bool:
    """Whether a text of an article states a date that lies, in part at least, between `after` and `before`."""
    asked = Stretch(after or date.min, before or date.max)
    return any(stretch.overlaps(asked) for stretch, _ in _stated(text, published, language))


def resolved_dates(text: str, published: str | None, language: str | None) -> list[str]:
    """Return, as they are written in the text's language, the dates that it tells relative to its own; each once.

    Days are given with their month and year, a week by the months that it lies in, anything longer by its year.
    """
    words = _words_of(language)
    if not published or words is None or not _any_relative(words).search(text):
        return []
    stated = _stated(text, published, language, only_relative=True)
    return list(dict.fromkeys(word for stretch, _ in stated for word in _written(stretch, language)))


def _stated(
    text: str, published: str | None, language: str | None, *, only_relative: bool = False
) -> Iterator[tuple[Stretch, bool]]:
    """Yield (stretch, whether it is told relative to the article's date), in the order of the text."""
    words = _words_of(language) or ENGLISH  # figures are the same everywhere
    tokens = Tokens(text)
    readers = [Reader(tokens, words, day) for day in _may_be(published)] or [Reader(tokens, words, _UNKNOWN)]
    seeds = _relative_seeds(words) if only_relative else _seeds(words)
    at = 0
    while at < len(tokens):
        form = tokens.form(at)
        figures = form[:1].isdigit() or form[-1:].isdigit()
        if form not in seeds and (only_relative or not figures):
            at += 1
            continue
        values = [reader.value(at) for reader in readers]
        agreed = values[0]
        if agreed is None or any(value != agreed for value in values):
            at += 1
            continue
        if agreed.kind in _ABSOLUTE and not only_relative:
            yield agreed.stretch, False
        elif agreed.kind == "relative" and published:
            yield agreed.stretch, True
        at = agreed.end


def _may_be(published: str | None) -> tuple[date, ...]:
    """Return the first and the last day that a date known in part may mean, one day where it is known."""
    if not published:
        return ()
    year, *rest = map(int, published.split("-"))
    if len(rest) > 1:
        return (date(year, *rest),)
    first, last = (rest[0], rest[0]) if rest else (1, 12)
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _written(stretch: Stretch, language: str | None) -> Iterator[str]:
    """Yield a stretch as articles write it."""
    words = _words_of(language) or ENGLISH
    first, last = stretch.after, date.fromordinal(stretch.before.toordinal() - 1)
    if (last - first).days < _DAYS_NAMED:
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            yield f"{day.day}{'.' if words is GERMAN else ''} {words.months_stated[day.month - 1]} {day.year}"
    elif (last - first).days < _MONTHS_NAMED:
        for day in {(day.year, day.month): day for day in (first, last)}.values():
            yield f"{words.months_stated[day.month - 1]} {day.year}"
    elif first.year == last.year:
        yield str(first.year)


def _words_of(language: str | None) -> Language | None:
    """Return the words of an article's language; English for one that nobody could tell, None for one unknown here."""
    code = (language or "en").split("-")[0].lower()
    return {"en": ENGLISH, "de": GERMAN}.get(code)


@cache
def _relative_seeds(words: Language) -> frozenset[str]:
    own = words.this | words.last | words.past | words.whole_days.keys() | words.ago
    counted = frozenset() if words.ago_before else words.numbers.keys() | set(map(str, range(1, 100)))
    return own | counted | words.months.keys()


@cache
def _any_relative(words: Language) -> re.Pattern[str]:
    """Return what a text holds that tells a date relative to its own: few do, and the others are done with quickly."""
    own = words.this | words.last | words.past | words.whole_days.keys() | words.ago
    return re.compile(rf"\b(?:{'|'.join(sorted(own, key=lambda word: (-len(word), word)))})\b", re.I)


@cache
def _seeds(words: Language) -> frozenset[str]:
    return words.seeds
