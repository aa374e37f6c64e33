"""The tree (lxml) of a web page, as trafilatura parses it, and quicker to walk through.

Its own parser asks a function in Python which class each element is to be of, whenever one is touched; nothing here or
there needs other classes for forms and their fields, and so lxml is told of one for all.
"""

from __future__ import annotations

from functools import cache
from typing import Any

_FIRST_LINES = 4096  # that trafilatura looks for faults in
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_NONCHARACTERS = ("\ufffe", "\uffff")
# What of a page neither has text nor tells of the article.
_MACHINERY = ("script", "style", "svg", "template", "nav")
# What else trafilatura discards before it looks for the article and before it measures the page's text, and what has
# no text: it walks through the tree dozens of times, and copies it, so that what is not there is time won.
_FURNITURE = (
    "link", "meta", "aside", "footer", "fencedframe", "img", "source", "track", "iframe", "noscript", "map", "area",
    "param", "input", "select", "option", "datalist", "textarea", "button",
)  # fmt: skip
_KEPT = "kept-script"


def page_tree(markup: str) -> Any:
    """The root of a decoded page, None where it is no page. The same as `trafilatura.utils.load_html` gives."""
    from lxml import etree
    from lxml.html import fromstring
    from trafilatura.utils import is_dubious_html

    beginning = markup[:50].lower()
    repaired = _repaired(markup, beginning)
    tree = None
    for source in (repaired, repaired.encode("utf-8", "surrogatepass")):
        try:
            tree = fromstring(source, parser=_parser())
        except (ValueError, AssertionError, etree.LxmlError):  # text that states an encoding, or nothing in it
            continue
        if tree is not None and len(tree):
            break
    return None if tree is not None and is_dubious_html(beginning) and len(tree) < 2 else tree


def drop_machinery(tree: Any) -> None:
    """Take out of a page's tree what is no part of its article and tells nothing of it; scripts that hold data stay."""
    data = [script for script in tree.iter("script") if "json" in (script.get("type") or "")]
    for script in data:
        script.tag = _KEPT
    _drop(tree, _MACHINERY)
    for script in data:
        script.tag = "script"


def drop_furniture(tree: Any) -> None:
    """Take out what no article is made of, though it may tell of it."""
    _drop(tree, _FURNITURE)


def _drop(tree: Any, tags: tuple[str, ...]) -> None:
    """Take out all elements of these kinds, unless every paragraph of the page would go with them."""
    from lxml import etree

    if any(all(above.tag not in tags for above in p.iterancestors()) for p in tree.iter("p")):
        etree.strip_elements(tree, *tags, with_tail=False)


def _repaired(markup: str, beginning: str) -> str:
    """The same as trafilatura's `repair_faulty_html`, which takes out characters that are hardly ever there."""
    from trafilatura.utils import repair_faulty_html

    sound = not any(character in markup for character in _NONCHARACTERS)
    data = markup.encode("utf-8", "surrogatepass") if sound else b""
    if sound and len(data.translate(None, _CONTROLS)) == len(data):
        return repair_faulty_html(markup[:_FIRST_LINES], beginning) + markup[_FIRST_LINES:]
    return repair_faulty_html(markup, beginning)


@cache
def _parser() -> Any:
    from lxml import etree
    from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction

    parser = etree.HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(
            element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
        )
    )
    return parser
