"""Where what is known of an article was found: kept beside it by the readers, and shown by `archivist inspect`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from retrieval.reading.blocks import Facts

Value = TypeVar("Value")
_FIELDS = ("title", "authors", "publisher", "published", "url", "language")
OPENING = "its opening words"
BYLINE = "the byline"


def told(facts: Facts, **where: str) -> Facts:
    """The facts with where each of them was found; of what is not known nothing is told."""
    origins = dict(facts.origins) | where
    known = tuple((name, found) for name, found in origins.items() if found and getattr(facts, name))
    return replace(facts, origins=known)


def all_from(facts: Facts, where: str) -> Facts:
    """The facts, every one of them found in the same place."""
    return told(facts, **dict.fromkeys(_FIELDS, where))


def merged(*sources: Facts) -> Facts:
    """Each fact, and its origin, from the first of the sources that states it."""
    facts = Facts()
    for source in sources:
        new = [name for name in _FIELDS if getattr(source, name) and not getattr(facts, name)]
        origins = (*facts.origins, *((name, found) for name, found in source.origins if name in new))
        facts = replace(facts, **{name: getattr(source, name) for name in new}, origins=origins)
    return facts


def only(facts: Facts, *names: str) -> Facts:
    """These of the facts, with their origins."""
    empty = Facts()
    return told(replace(facts, **{name: getattr(empty, name) for name in _FIELDS if name not in names}))


def called(facts: Facts, title: str, where: str = OPENING) -> Facts:
    """The facts with this title, found there unless they state one."""
    return told(replace(facts, title=title), **({} if facts.title else {"title": where}))


def signed(facts: Facts, authors: tuple[str, ...]) -> Facts:
    """The facts with these authors, found in the text's byline unless they state some."""
    return told(replace(facts, authors=authors), **({} if facts.authors else {"authors": BYLINE}))


def first_of(stated: Iterable[tuple[str, Value | None]]) -> tuple[Value | None, str]:
    """The first of these (place, value) that has a value, and its place; None and no place where none has."""
    return next(((value, place) for place, value in stated if value), (None, ""))
