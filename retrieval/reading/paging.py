"""What a web page says of the pages beside it: the next and the one before, its printed version, its own number.

Sites write the number of an article's page into the address (`?page=2`, `/2/`, `story_2.html`) or into the title
("page 2 of 3"), and mark a printed version there (`?print=1`, `/print/`). Whether two pages are parts of one article is
for whoever has both: blogs link from each post to the next in the very same way.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

MOST_PAGES = 200
_PARAMETER = re.compile(r"page|pg|pagenum(?:ber)?|page_?no|pagina|seite|paged|cur_?page|p", re.I)
_IN_PATH = re.compile(
    r"(?P<before>.+?)(?:/(?:page|seite|pagina|p)[/-]?|[/_,.-](?:page|seite|pagina|p)?[_-]?)(?P<number>\d{1,3})"
    r"(?P<after>(?:\.[a-z]{3,5})?/?)",
    re.I,
)
_PRINT_PARAMETER = re.compile(
    r"print(?:able|er|_?version|_?view|friendly)?|printthis|(?:view|mode|format|output|version|layout|media|tmpl|m)",
    re.I,
)
_PRINT_VALUE = re.compile(r"print.*|pf", re.I)
_PRINT_PATH = re.compile(r"/print(?:able|er-friendly|version)?(?=/|$)|[_.-]print(?:able)?(?=\.[a-z]{3,5}$|/?$)", re.I)
_TITLE_NUMBER = re.compile(
    r"(?<![\s|–—·,:(\[-])[\s|–—·,:(\[-]*+\b(?:page|seite|página|pagina|p\.)\s*(?P<number>\d{1,3})"
    r"(?:\s*+(?:of|von|de|di|sur|/)\s*\d{1,3})?+\s*+[)\]]*+(?=\s*(?:$|[|–—·-]))",
    re.I,
)
_RELATIONS = {"next": "next", "prev": "prev", "previous": "prev"}
_MOST_LINKS = 2000

Link = tuple[str, str]
"""What a page says of another (`next`, `prev`, `canonical`, `print`), or of itself (`self`, `number`), and that."""


def links_of(tree: Any) -> tuple[Link, ...]:
    """The links of a page (its lxml tree) to the pages beside it, as they are written there, each once."""
    found: dict[Link, None] = {}
    for element in _finder()(tree)[:_MOST_LINKS]:
        relations = (element.get("rel") or "").lower().split()
        target = (element.get("href") or "").strip()
        if not target or target.startswith("#") or len(target) > 2000:
            continue
        for relation in relations:
            if relation in _RELATIONS:
                found[_RELATIONS[relation], target] = None
        if "alternate" in relations and (element.get("media") or "").strip().lower() == "print":
            found["print", target] = None
    number = titled_number(tree.findtext(".//title") or "")
    if number:
        found["number", str(number)] = None
    return tuple(found)


def titled_number(title: str) -> int | None:
    """The number of its page that a title ends with ("A Lamp, page 2 of 3"), None where it has none."""
    stated = _TITLE_NUMBER.search(title)
    return int(stated["number"]) if stated and 0 < int(stated["number"]) <= MOST_PAGES else None


def unnumbered_title(title: str) -> str:
    """A title without the number of its page, to be compared: its words in small letters."""
    return " ".join(re.findall(r"\w+", _TITLE_NUMBER.sub("", title).casefold()))


def numbered(url: str) -> tuple[str, int] | None:
    """The address that a page's would be without its number, and the number; None where it shows none."""
    parts = _split(url)
    if parts is None:
        return None
    query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    for at, (key, value) in enumerate(query):
        if _PARAMETER.fullmatch(key) and value.isascii() and value.isdigit() and 0 < int(value[:4]) <= MOST_PAGES:
            rest = urlencode(query[:at] + query[at + 1 :])
            return urlunsplit(parts._replace(query=rest)), int(value)
    found = _IN_PATH.fullmatch(parts.path)
    if not found or not 0 < int(found["number"]) <= MOST_PAGES:
        return None
    return urlunsplit(parts._replace(path=found["before"] + found["after"])), int(found["number"])


def unprinted(url: str) -> str | None:
    """The address of the article that a printed version's shows, None where it is no printed version's."""
    parts = _split(url)
    if parts is None:
        return None
    query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    kept = [(key, value) for key, value in query if not _asks_for_print(key, value)]
    if len(kept) < len(query):
        return urlunsplit(parts._replace(query=urlencode(kept)))
    path = _PRINT_PATH.sub("", parts.path, count=1)
    return urlunsplit(parts._replace(path=path or "/")) if path != parts.path else None


def _asks_for_print(key: str, value: str) -> bool:
    if not _PRINT_PARAMETER.fullmatch(key):
        return False
    if key.lower().startswith("print"):
        return value.lower() not in ("0", "false", "no")
    return bool(_PRINT_VALUE.fullmatch(value))


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url.strip())
    except ValueError:
        return None


@cache
def _finder() -> Any:
    from lxml import etree

    return etree.XPath("//link[@rel and @href] | //a[@rel and @href]")
