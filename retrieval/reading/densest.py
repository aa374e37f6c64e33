"""Where on a page its sentences stand, for pages of which no extractor knows the article: the menus stand elsewhere."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_UNREAD = frozenset((
    "a", "script", "style", "noscript", "template", "select", "option", "button", "textarea", "nav", "aside", "footer",
    "form", "head", "iframe", "svg",
))  # fmt: skip
_SENTENCE = 25  # characters: what is shorter is as often a label
_FEWEST = 200
_SHARE = 0.8
_MOST = 2000
_LEVELS = 3  # up from a paragraph, within which the heading of its teaser stands
_BESIDE = re.compile(
    r"comment|footer|related|sidebar|teaser|cookie|disclaimer|consent|newsletter|promo|reply|kommentar|recommend", re.I
)
_ARTICLE = (
    "//meta[@property='og:type'][@content='article'] | //*[@itemprop='articleBody'] | "
    "//script[contains(@type, 'ld+json')][contains(., 'Article\"')]"
)
_PROSE = (
    "//p[string-length(.) > 80][not(ancestor::*[self::nav or self::aside or self::footer or self::form or "
    "self::noscript or self::li])]"
)


def densest(tree: Any) -> Any:
    """The smallest element (lxml) that holds four fifths of a page's sentences; `tree` itself where it has few.

    A sentence is running text that is no link, of 25 characters or more. It does not recurse: pages nest without end.
    """
    from lxml import etree

    held: dict[Any, int] = {}
    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            above = element.getparent()
            if element is not tree and above is not None:
                held[above] = held.get(above, 0) + held.get(element, 0) + _sentence(element.tail)
        elif not isinstance(element.tag, str) or element.tag in _UNREAD:
            walker.skip_subtree()
        else:
            held[element] = _sentence(element.text)
    enough = _SHARE * held.get(tree, 0)
    if held.get(tree, 0) < _FEWEST:
        return tree
    found = tree
    while True:
        inner = next((child for child in found if held.get(child, 0) >= enough and child.tag != "p"), None)
        if inner is None:
            return found
        found = inner


def states_one_article(tree: Any) -> bool:
    """Whether a page says that it is an article, and so what its text is: of others the first part is not the whole."""
    return bool(_stated()(tree))


def prose_length(tree: Any) -> int:
    """How many characters stand in a page's paragraphs of 80 or more, but for menus, teasers and comments.

    A paragraph that stands under a heading which is a link belongs to the article that this leads to.
    """
    length = 0
    for paragraph in _finder()(tree)[:_MOST]:
        above = list(paragraph.iterancestors())
        if any(map(is_beside, (paragraph, *above))) or any(map(_is_teaser, above[:_LEVELS])):
            continue
        size = _size(paragraph)
        linked = sum(_size(link) for link in paragraph.iter("a"))
        length += size if linked * 3 <= size else 0
    return length


def is_beside(element: Any) -> bool:
    """Whether an element is by its name something that stands beside articles."""
    if element.tag in ("html", "body"):
        return False
    return bool(_BESIDE.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


def _is_teaser(element: Any) -> bool:
    """Whether an element leads to another article: its heading is a link, and nothing in it the page's own."""
    if element.tag in ("html", "body") or next(element.iter("h1"), None) is not None:
        return False
    return any(next(heading.iter("a"), None) is not None for heading in element.iter("h2", "h3", "h4"))


def _size(element: Any) -> int:
    return len(" ".join(element.text_content().split()))


def _sentence(text: str | None) -> int:
    bare = " ".join(text.split()) if text else ""
    return len(bare) if len(bare) >= _SENTENCE else 0


@cache
def _finder() -> Any:
    from lxml import etree

    return etree.XPath(_PROSE)


@cache
def _stated() -> Any:
    from lxml import etree

    return etree.XPath(_ARTICLE)
