"""Finds where a text tells time, and what stretch of it: "in March 2003", "since last week", "before the 2008 vote".

Whether that says when something was written is for `grammar` to decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from retrieval.timescope.language import Language, Relation
from retrieval.timescope.relative import Kind, Value
from retrieval.timescope.spans import Stretch, day_in, of_year
from retrieval.timescope.tokens import Tokens
from retrieval.timescope.values import Reader

_EVENT_WORDS = 4  # "before the first general election of 2008"
_MARKS = frozenset("?.!,;)")


@dataclass(frozen=True, slots=True)
class Expression:
    """Tokens `first` to `last` (exclusive) that tell time. `relation` is the preposition's, None without one.

    `stated` is the token that the date itself begins at. An `event` has a year of its own: only its order is asked.
    """

    first: int
    last: int
    stated: int
    relation: Relation | None
    kind: Kind
    after: date | None
    before: date | None
    event: bool = False


def expressions(tokens: Tokens, language: Language, now: date) -> Iterator[Expression]:
    """Yield what tells time, from the left, without overlap."""
    reader = Reader(tokens, language, now)
    at = 0
    while at < len(tokens):
        found = _at(at, tokens, language, reader)
        if found:
            yield found
        at = found.last if found else at + 1


def _at(at: int, tokens: Tokens, language: Language, reader: Reader) -> Expression | None:
    pair = tokens.form(at), tokens.form(at + 1)
    for relation, stated in ((language.joint_relations.get(pair), at + 2), (language.relations.get(pair[0]), at + 1)):
        found = _related(at, stated, relation, tokens, language, reader) if relation else None
        if found:
            return found
    value = reader.value(at)
    return Expression(at, value.end, at, None, value.kind, *value.stretch) if value else None


def _related(
    at: int, place: int, relation: Relation, tokens: Tokens, language: Language, reader: Reader
) -> Expression | None:
    """What is told from token `at` on, where `relation` ends before token `place`."""
    stated = reader.after_the(place)
    if relation in ("between", "from"):
        joined = language.conjunction if relation == "between" else language.to
        found = _range(at, stated, joined, tokens, reader)
        if found or relation == "between":
            return found
    if relation in ("before", "after", "since") and stated > place:  # an event has its article
        event = _event(at, stated, relation, tokens, language, reader)
        if event:
            return event
    value = reader.value(stated)
    if value is None:
        return None
    end = value.end
    also = reader.year(end + 1) if tokens.form(end) in language.conjunction else None
    if relation == "in" and value.kind == "year" and also and also > value.stretch.after.year:  # in 2003 and 2004
        return Expression(at, end + 2, stated, relation, "year", value.stretch.after, of_year(also).before)
    if relation == "from" and _goes_on(end, tokens, language):
        relation, end = "since", end + 1
    return Expression(at, end, stated, relation, value.kind, *_bounds(relation, value.stretch))


def _range(at: int, stated: int, joined: frozenset[str], tokens: Tokens, reader: Reader) -> Expression | None:
    """From the one date to the other: the first may leave out what the second tells."""
    left = reader.value(stated)
    middle = left.end if left else stated + 1
    if tokens.form(middle) not in joined:
        return None
    right = reader.value(reader.after_the(middle + 1))
    if right is None:
        return None
    first = _completed(left, tokens.form(stated), right)
    if first is None or first >= right.stretch.before:
        return None
    return Expression(at, right.end, stated, "between", right.kind, first, right.stretch.before)


def _completed(left: Value | None, form: str, right: Value) -> date | None:
    end = right.stretch.after
    if left is None:
        return day_in(end.year, end.month, int(form)) if form.isascii() and form.isdigit() and len(form) < 3 else None
    if left.kind != "yearless":
        return left.stretch.after
    begin = left.stretch.after
    year = end.year if (begin.month, begin.day) <= (end.month, end.day) else end.year - 1
    return day_in(year, begin.month, begin.day)


def _event(
    at: int, stated: int, relation: Relation, tokens: Tokens, language: Language, reader: Reader
) -> Expression | None:
    """Before or after something of a stated year. When in that year it was is not known: none of it is left out."""
    value = reader.value(stated)
    if value and value.kind in ("year", "dated"):
        end = _after_name(value.end, tokens, language)
        return _of_event(at, end, stated, relation, value) if end > value.end else None
    for word in range(stated, stated + _EVENT_WORDS):
        if not tokens.form(word)[:1].isalpha() or tokens.form(word) in language.relations:
            return None
        ties = tokens.form(word + 1) in language.of or language.relations.get(tokens.form(word + 1)) in ("in", "of")
        if ties or language.bare_years:
            value = reader.value(reader.after_the(word + 1 + ties))
            if value and value.kind in ("year", "dated"):
                return _of_event(at, value.end, stated, relation, value)
    return None


def _after_name(at: int, tokens: Tokens, language: Language) -> int:
    """Return the token after the name of an event that begins at `at`: its words go with its year."""
    no_name = language.follow | language.present | language.to_come | language.perfect | language.past_forms
    no_name |= language.relations.keys()
    end = at
    for place in range(at, at + 2 * _EVENT_WORDS):
        form = tokens.form(place)
        if place > at and form in language.of | language.the and tokens.form(place - 1) not in language.the:
            continue  # the 2008 repair of the mole
        if not form[:1].isalpha() or form in no_name or (place > at and language.past_pattern.fullmatch(form)):
            break
        end = place + 1
    return end if end == at or not _begins_clause(end, tokens, language) else _to_its_end(end, tokens)


def _begins_clause(at: int, tokens: Tokens, language: Language) -> bool:
    """Whether a verb stands there: "before the 2008 storm hit the coast"."""
    form = tokens.form(at)
    return form in language.past_forms or bool(language.past_pattern.fullmatch(form))


def _to_its_end(at: int, tokens: Tokens) -> int:
    while tokens.form(at) and tokens.form(at) not in _MARKS:
        at += 1
    return at


def _of_event(at: int, end: int, stated: int, relation: Relation, value: Value) -> Expression:
    after, before = (None, value.stretch.before) if relation == "before" else (value.stretch.after, None)
    return Expression(at, end, stated, relation, value.kind, after, before, event=True)


def _goes_on(end: int, tokens: Tokens, language: Language) -> bool:
    """Whether "on" or "onwards" follows; "on" may also begin what is asked about."""
    word = tokens.form(end)
    return word in language.onwards and (len(word) > 2 or tokens.form(end + 1) in _MARKS | {""})


def _bounds(relation: Relation, stretch: Stretch) -> tuple[date | None, date | None]:
    match relation:
        case "since":
            return stretch.after, None
        case "after":
            return stretch.before, None
        case "before":
            return None, stretch.after
        case "until":
            return None, stretch.before
        case _:
            return stretch.after, stretch.before
