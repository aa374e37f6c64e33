"""What a web page marks as its author's name in its text, by schema.org's `itemprop`."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Any

from retrieval.reading.normalise import normalised, one_line

_MARKED = "//*[@itemprop='author' or @itemprop='creator'][not(ancestor::*[@itemprop='comment' or @itemprop='review'])]"
_NAMED = ".//*[@itemprop='name']"
_MOST = 20


def marked_authors(tree: Any) -> list[str]:
    """The names of an article's authors as its text marks them, in order; empty where none are marked."""
    found: list[str] = []
    for element in islice(_finder(_MARKED)(tree), _MOST):
        names = _finder(_NAMED)(element) or [element]
        found += [one_line(normalised(part.get("content") or part.text_content())) for part in names[:_MOST]]
    return [name for name in dict.fromkeys(found) if name]


@cache
def _finder(path: str) -> Any:
    from lxml import etree

    return etree.XPath(path)
