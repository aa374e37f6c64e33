"""Web pages: the article's text without what stands around it (trafilatura), with what the page says about it.

Nothing is fetched. Where trafilatura finds no article, its plainer extractions are tried before the page is refused.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Limits, article, check_length
from retrieval.reading.densest import densest, is_beside, prose_length, states_one_article
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.guesses import Guesses
from retrieval.reading.loose import tag_loose_paragraphs
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.page import page_blocks
from retrieval.reading.page_facts import page_facts
from retrieval.reading.paging import links_of
from retrieval.reading.parsed import drop_furniture, drop_machinery, page_tree
from retrieval.reading.plain import without_title
from retrieval.reading.richtext import tree_blocks
from retrieval.reading.signatures import looks_like
from retrieval.reading.titles import untitled
from retrieval.reading.whole import read_whole
from retrieval.reading.wording import is_furniture
from retrieval.types import Article

FORMAT = "html"
_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")
_PAGE = re.compile(  # each comment ends where it first can, or many of them would be tried in every division
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*+<(?:!doctype html|html|head|body)\b", re.I | re.S
)
_TAG = re.compile(
    r"</?(?:p|div|span|h[1-6]|a|br|table|[uod]l|li|body|html|article|section|title|meta|b|i|em|strong|pre|font|center|"
    r"blockquote|img)\b[^>]*>",
    re.I,
)
_FRAGMENT = re.compile(
    r"\s*(?:<!--(?:(?!-->).){0,2000}-->\s*)*+<(p|div|h[1-6]|table|article|section|main|[uod]l|blockquote|figure)\b[^<>]*>",
    re.I | re.S,
)
_OTHERS = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rst", ".xml", ".wiki", ".mediawiki")
_DECLARED = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,100}?encoding=[\"']([\w.:-]{2,40})", re.I
)
_WORDS = re.compile(r"\w+")
_SHORT_TEXT, _TIMES = 2500, 4  # of a text that is but a part of what the page says
_MANY_LINES, _SHORT_LINE = 30, 20  # the labels of menus
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a web page: it begins as one or as a part of one, or is called one and has tags."""
    if looks_like(head):
        return False
    text = head_text(head).lstrip("\ufeff")
    if _PAGE.match(text) or (suffix in _SUFFIXES and _TAG.search(text)):
        return True
    part = None if suffix in _OTHERS else _FRAGMENT.match(text)
    return part is not None and bool(re.search(rf"</{part[1]}\s*>", text, re.I))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of a web page. Raises ReadError where there is none, and OSError as reading does."""
    yield html_article(page_text(read_whole(file, limits)), limits)


def page_text(data: bytes, charset: str | None = None) -> str:
    """A page's bytes as text: in the `charset` that its server stated, else in that which the page declares."""
    return decode(data, charset or declared_charset(data))


def declared_charset(data: bytes) -> str | None:
    """The charset that a page's own beginning states, or None."""
    declared = _DECLARED.search(data[:4096])
    return (declared[1] or declared[2]).decode("ascii", "replace") if declared else None


def html_article(markup: str, limits: Limits) -> Article:
    """The article of a decoded page. Raises ReadError where it has no text or too much."""
    check_length(markup, limits, times=4)
    markup = _XML_DECLARATION.sub("", markup)
    tree = _tree(markup)
    links = links_of(tree)
    drop_machinery(tree)
    facts = page_facts(tree, Guesses(tree), markup)
    if facts.url and ("url", "the canonical link") in facts.origins:
        links = (("canonical", facts.url), *links)
    single = states_one_article(tree)
    drop_furniture(tree)
    tag_loose_paragraphs(tree)
    blocks = _main_blocks(tree)
    if blocks is None:  # no guess of trafilatura's is worth much where it finds no article
        facts = page_facts(_tree(markup), None, markup)
    blocks = _mended(blocks or _all_blocks(_tree(markup)), single, markup)
    if not blocks:
        raise ReadError("the page has no text of its own")
    blocks = [block for block in blocks if not is_furniture(block.text)] or blocks
    if not facts.title:
        opening = next((block for block in blocks[:3] if block.kind == "heading"), blocks[0])
        origins = (("title", "its opening words"), *facts.origins)
        made = article(blocks, replace(facts, title=untitled(opening.text), origins=origins), FORMAT, limits)
    else:
        made = article(without_title(blocks, facts.title), facts, FORMAT, limits)
    return replace(made, links=links)


def _tree(markup: str) -> Any:
    """The page's tree (lxml)."""
    tree = page_tree(markup if _PAGE.match(markup) else f"<html><body>{markup}</body></html>")
    if tree is None:
        raise ReadError("it is no web page that can be parsed")
    return tree


def _main_blocks(tree: Any) -> list[Block] | None:
    """The blocks of the article that trafilatura finds in a tree; None where it fails."""
    import trafilatura

    # It logs what it discards, which is reported here by raising; a handler keeps that off standard error.
    logging.getLogger("trafilatura").addHandler(_SILENT)
    try:
        document: Any = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            fast=True,  # its fallbacks cost time and, measured on pages with known texts, lose accuracy
        )
    except Exception as error:  # a page may be broken in any way; what follows is less demanding
        document = None
        logging.getLogger(__name__).info("trafilatura failed on a page: %r", error)
    return page_blocks(document.body) if document is not None else None


def _all_blocks(tree: Any) -> list[Block]:
    """The blocks of whatever text there is in a page."""
    import trafilatura

    body, text, _ = trafilatura.baseline(tree)
    return page_blocks(body) or _lines(text)


def _mended(blocks: list[Block], single: bool, markup: str) -> list[Block]:
    """The blocks of a page of which trafilatura knew no article or, where it is no `single` one, took a part for it."""
    if not blocks or (len(blocks) == 1 and "\n" in blocks[0].text):
        blocks = _whole_page(_tree(markup), blocks)
    length = sum(len(block.text) for block in blocks)
    if single or length >= _SHORT_TEXT:
        return blocks
    tree = _tree(markup)
    if prose_length(tree) <= max(_SHORT_TEXT // 2, _TIMES * length):
        return blocks
    return tree_blocks(densest(_bare(tree, beside=True))) or blocks


def _whole_page(tree: Any, blocks: list[Block]) -> list[Block]:
    """The blocks of a page of which all is its text, where trafilatura writes a line for each tag, or nothing.

    A text that it knows from JSON-LD alone stays as it is: the page has more words then, or none.
    """
    bare = _bare(tree)
    whole = tree_blocks(bare)
    found, listed = (
        sum(len(word) for block in each for word in _WORDS.findall(block.text)) for each in (whole, blocks)
    )
    lines = sorted(len(line) for block in blocks for line in block.text.split("\n"))
    labels = len(lines) >= _MANY_LINES and lines[len(lines) // 2] < _SHORT_LINE
    if blocks and not labels and not 0.5 * listed <= found <= 1.1 * listed:
        return blocks
    return tree_blocks(densest(bare)) or whole


def _bare(tree: Any, beside: bool = False) -> Any:
    """The page's tree, without what stands around the text of most pages, or is `beside` it by its name."""
    parts = [*tree.iter("nav", "aside", "footer", "form")]
    parts += [element for element in tree.iterdescendants("div", "section", "ul", "p") if beside and is_beside(element)]
    for part in parts:
        part.drop_tree()
    return tree


_SILENT = logging.NullHandler()


def _lines(text: str) -> list[Block]:
    return [Block(one_line(line)) for line in normalised(text).split("\n") if line.strip()]
