"""Paragraphs that a page leaves without a tag beside others that have one, given one: extractors pass them over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

_INLINE = frozenset((
    "a", "abbr", "b", "cite", "code", "em", "font", "i", "mark", "q", "small", "span", "strong", "sub", "sup", "u",
))  # fmt: skip
_LOOSE = "//*[self::div or self::td or self::article or self::section][p][text()[string-length(.) > 40]]"
_FEWEST, _SHORTEST = 80, 20  # characters: of one run that makes its place a story, and of those beside it
_MOST = 200

_Run = tuple[Any, list[Any]]  # what stands before it (None at the beginning), its elements


def tag_loose_paragraphs(tree: Any) -> None:
    """Put the running text that stands beside paragraphs (in a tree of lxml) into paragraphs of its own.

    A run ends where a line or another block does. What is short, or a link and no more, stays as it is.
    """
    for place in _finder()(tree)[:_MOST]:
        runs = [(run, _length(place, run)) for run in _runs(place)]
        if all(length < _FEWEST for _, length in runs):
            continue
        for (before, inside), length in runs:
            if length >= _SHORTEST:
                _wrap(place, before, inside)


def _runs(place: Any) -> Iterator[_Run]:
    before, inside = None, list[Any]()
    for child in place:
        if child.tag in _INLINE:
            inside.append(child)
            continue
        yield before, inside
        before, inside = child, []
    yield before, inside


def _length(place: Any, run: _Run) -> int:
    """How many characters of a run are no link."""
    before, inside = run
    opening = place.text if before is None else before.tail
    parts = [opening, *(part.tail for part in inside)]
    parts += [part.text_content() for part in inside if part.tag != "a"]
    return sum(len(" ".join(part.split())) for part in parts if part)


def _wrap(place: Any, before: Any, inside: list[Any]) -> None:
    paragraph = place.makeelement("p")
    if before is None:
        paragraph.text, place.text = place.text, None
        place.insert(0, paragraph)
    else:
        paragraph.text, before.tail = before.tail, None
        before.addnext(paragraph)
    paragraph.extend(inside)


@cache
def _finder() -> Any:
    from lxml import etree

    return etree.XPath(_LOOSE)
