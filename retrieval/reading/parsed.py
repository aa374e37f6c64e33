"""The tree (lxml) of a web page, as trafilatura parses it, and quicker to walk through.

Its own parser asks a function in Python which class each element is to be of, whenever one is touched; nothing here or
there needs other classes for forms and their fields, and so lxml is told of one for all.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def page_tree(markup: str) -> Any:
    """The root of a decoded page, None where it is no page. The same as `trafilatura.utils.load_html` gives."""
    from lxml import etree
    from lxml.html import fromstring
    from trafilatura.utils import is_dubious_html, repair_faulty_html

    beginning = markup[:50].lower()
    repaired = repair_faulty_html(markup, beginning)
    tree = None
    for source in (repaired, repaired.encode("utf-8", "surrogatepass")):
        try:
            tree = fromstring(source, parser=_parser())
        except (ValueError, AssertionError, etree.LxmlError):  # text that states an encoding, or nothing in it
            continue
        if tree is not None and len(tree):
            break
    return None if tree is not None and is_dubious_html(beginning) and len(tree) < 2 else tree


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
