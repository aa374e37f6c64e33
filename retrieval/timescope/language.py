"""What a language says time with: one table a language, all forms in lower case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from retrieval.timescope.spans import Feast, Part, Season, Unit

# How a preposition relates what is told to the date after it; "of" ties a date to the noun before it.
Relation = Literal["in", "over", "on", "since", "before", "after", "between", "from", "until", "of"]


def some(words: str) -> frozenset[str]:
    """Return words that are written with spaces between."""
    return frozenset(words.split())


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """The words of one language. `seeds` begin all that `values.Reader` reads, but for numbers.

    `follow` are words that may stand after a year that stands for itself; any other makes it a number of things or a
    part of a name. `months_stated` and `date_words` write a date as articles of the language do.
    """

    code: str
    months: dict[str, int]
    weekdays: dict[str, int]
    seasons: dict[str, Season]
    feasts: dict[str, Feast]  # by their words, with spaces between
    units: dict[str, Unit]
    numbers: dict[str, int]
    ordinals: dict[str, int]
    decades: dict[str, int]
    parts: dict[str, Part]
    whole_days: dict[str, int]  # yesterday: 1
    day_parts: frozenset[str]
    this: frozenset[str]
    last: frozenset[str]
    past: frozenset[str]  # the past week: the seven days up to now
    ago: frozenset[str]
    ago_before: bool  # "vor drei Tagen", not "three days ago"
    century: frozenset[str]
    quarter: frozenset[str]
    half: frozenset[str]
    the: frozenset[str]
    of: frozenset[str]
    year: frozenset[str]
    conjunction: frozenset[str]  # between … and
    alternative: frozenset[str]
    to: frozenset[str]
    onwards: frozenset[str]
    today: frozenset[str]  # also means nowadays
    relations: dict[str, Relation]
    joint_relations: dict[tuple[str, str], Relation]  # prior to
    follow: frozenset[str]
    present: frozenset[str]
    did: frozenset[str]  # makes a past of whatever verb follows
    perfect: frozenset[str]
    past_forms: frozenset[str]
    past_pattern: re.Pattern[str]
    to_come: frozenset[str]  # will, would
    planned: frozenset[str]  # planned, expected: about what comes after, but for "the planned tunnel"
    life: frozenset[str]  # born, set: what they date is told at any time
    relative: frozenset[str]
    copula: frozenset[str]
    asks: frozenset[str]
    asks_how: frozenset[str]
    determiners: frozenset[str]
    pieces: frozenset[str]  # what archives hold: article, report, news
    issues: frozenset[str]  # those of them that a date may stand before: "the 2003 report" may be anybody's
    editions: frozenset[str]  # of these a year alone may be the name
    anything: frozenset[str]
    have: str
    passive: frozenset[str]
    subjects: frozenset[str]  # what may stand between a verb and a bare year: "Wie viele gab es 2021?"
    wrote: frozenset[str]  # published, reported
    writers: frozenset[str]  # we, the paper
    latest: frozenset[str]
    not_latest: frozenset[str]  # the latest possible date
    news: frozenset[tuple[str, ...]]  # what's new: asks for the latest
    recent: frozenset[str]
    recently: frozenset[str]
    most: frozenset[str]
    last_time: frozenset[str]
    first: frozenset[str]
    first_time: tuple[str, ...]
    earliest: frozenset[str]
    mentioned: frozenset[str]
    hollow: frozenset[str]  # what happened, tell me: asks for all that there is
    names: re.Pattern[str]
    months_stated: tuple[str, ...]
    bare_years: bool  # "Was geschah 2003?"

    @property
    def seeds(self) -> frozenset[str]:
        """Every word that a date in words may begin with."""
        tables = (self.months, self.weekdays, self.whole_days, self.this, self.last, self.past, self.ago)
        feasts = {name.split()[0] for name in self.feasts}
        return frozenset().union(*tables, self.decades, self.parts, self.seasons, feasts, self.numbers)
