"""Web pages: the article's text without what stands around it (trafilatura), with what the page says about it.

Nothing is fetched. Where trafilatura finds no article, its plainer extractions are tried before the page is refused.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article, check_length
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.languages import language_code
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.page import page_blocks
from retrieval.reading.people import listed_authors
from retrieval.reading.plain import without_title
from retrieval.reading.signatures import looks_like
from retrieval.reading.titles import untitled
from retrieval.reading.whole import read_whole
from retrieval.types import Article

FORMAT = "html"
_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")
_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S)
_TAG = re.compile(r"</?(?:p|div|span|h[1-6]|a|br|table|ul|body|html|article|title|meta)\b[^>]*>", re.I)
_DECLARED = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}?encoding=[\"']([\w.:-]{2,40})", re.I
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")

# Where pages state when they were published, the surest first.
_DATES = (
    "//meta[@property='article:published_time' or @name='article:published_time']/@content",
    "//script[@type='application/ld+json']/text()",
    "//*[@itemprop='datePublished']/@datetime",
    "//*[@itemprop='datePublished']/@content",
    "//meta[@name='citation_publication_date' or @name='parsely-pub-date' or @name='sailthru.date']/@content",
    "//meta[@name='DC.date.issued' or @name='dcterms.issued' or @name='DC.date' or @name='dc.date']/@content",
    "//meta[@name='pubdate' or @name='publish-date' or @name='publish_date' or @name='date']/@content",
    "//time[@pubdate]/@datetime",
)
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.){4,60}")')


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a web page: it begins as one, or is called one and has tags."""
    if looks_like(head):
        return False
    text = head_text(head).lstrip("\ufeff")
    return bool(_PAGE.match(text)) or (suffix in _SUFFIXES and bool(_TAG.search(text)))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of a web page. Raises ReadError where there is none, and OSError as reading does."""
    yield html_article(page_text(read_whole(file, limits)), limits)


def page_text(data: bytes, charset: str | None = None) -> str:
    """A page's bytes as text: in the `charset` that its server stated, else in that which the page declares."""
    declared = _DECLARED.search(data[:4096])
    if not charset and declared:
        charset = (declared[1] or declared[2]).decode("ascii", "replace")
    return decode(data, charset)


def html_article(markup: str, limits: Limits) -> Article:
    """The article of a decoded page. Raises ReadError where it has no text or too much."""
    check_length(markup, limits, times=4)
    tree, document, blocks = _extracted(_XML_DECLARATION.sub("", markup))
    if not blocks:
        raise ReadError("the page has no text of its own")
    facts = _facts(tree, document)
    if not facts.title:
        opening = next((block for block in blocks if block.kind == "heading"), blocks[0])
        return article(blocks, replace(facts, title=untitled(opening.text)), FORMAT, limits)
    return article(without_title(blocks, facts.title), facts, FORMAT, limits)


def _extracted(markup: str) -> tuple[Any, Any, list[Block]]:
    """The page's tree (lxml), trafilatura's document or None, and the blocks of the article."""
    import trafilatura
    from trafilatura.utils import load_html

    # It logs what it discards, which is reported here by raising; a handler keeps that off standard error.
    logging.getLogger("trafilatura").addHandler(_SILENT)
    tree = load_html(markup if _PAGE.match(markup) else f"<html><body>{markup}</body></html>")
    if tree is None:
        raise ReadError("it is no web page that can be parsed")
    try:
        document: Any = trafilatura.bare_extraction(
            tree,
            with_metadata=True,
            include_comments=False,
            fast=True,  # its fallbacks cost time and, measured on pages with known texts, lose accuracy
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception as error:  # a page may be broken in any way; what follows is less demanding
        document = None
        logging.getLogger(__name__).info("trafilatura failed on a page: %r", error)
    blocks = page_blocks(document.body) if document is not None else []
    if not blocks:
        body, text, _ = trafilatura.baseline(tree)
        blocks = page_blocks(body) or _lines(text)
    return tree, document, blocks or _lines(trafilatura.html2txt(tree))


_SILENT = logging.NullHandler()


def _lines(text: str) -> list[Block]:
    return [Block(one_line(line)) for line in normalised(text).split("\n") if line.strip()]


def _facts(tree: Any, document: Any) -> Facts:
    publisher = _text(document and document.sitename)
    if publisher and publisher.startswith("@"):
        publisher = None
    url = _text(document and document.url)
    return Facts(
        title=_title(_text(document and document.title), tree, publisher),
        authors=listed_authors(_text(document and document.author)),
        publisher=publisher,
        published=_published(tree, document),
        url=url if url and re.match(r"https?://", url) else None,
        language=language_code(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")),
    )


def _text(value: object) -> str | None:
    return one_line(normalised(value)) or None if isinstance(value, str) else None


def _title(found: str | None, tree: Any, site: str | None) -> str:
    # trafilatura cuts a page's title at every dash, which is right where the page's heading says so too; else only the
    # site's own name is known not to be part of it.
    whole = _text(tree.findtext(".//title"))
    cut = found and whole and whole.startswith(found)
    if cut and found not in [_text(heading.text_content()) for heading in tree.iter("h1")]:
        found = whole
    return _without_site(found or whole or "", site)


def _without_site(title: str, site: str | None) -> str:
    """A title without " | Site" or " - Site" at its end, where that is the site's known name."""
    if not site:
        return title
    return re.sub(r"(?<=\S)\s+[|–—•·:-]+\s+" + re.escape(site) + "$", "", title, flags=re.I)


def _published(tree: Any, document: Any) -> str | None:
    for path in _DATES:
        for stated in tree.xpath(path)[:20]:
            written = _stated_date(str(stated), path.startswith("//script"))
            if written:
                return written
    found = document.date if document is not None else None
    if not found:
        return None
    # htmldate writes the first of the month, or of January, for what it does not know.
    return str(found)[:4] if found.endswith("-01-01") else str(found)[:7] if found.endswith("-01") else str(found)


def _stated_date(stated: str, is_json: bool) -> str | None:
    if not is_json:
        return partial_date(stated)
    match = _JSON_DATE.search(stated)
    if not match:
        return None
    try:
        return partial_date(str(json.loads(match[1])))
    except ValueError:
        return None
