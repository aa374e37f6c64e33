"""Parts of readers that take text by themselves: what each is tried with, and what has to hold whatever comes."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from documents import LEAD

from retrieval.errors import ReadError
from retrieval.reading import Limits, feedparts, paging
from retrieval.reading.feeds import read as read_feed
from retrieval.reading.pdf_lines import Line, Page, without_margins
from retrieval.reading.pdf_text import document_blocks
from retrieval.reading.wikitext import wikitext_blocks
from retrieval.reading.xmp import xmp_facts

_LIMITS = Limits(file_bytes=2_000_000, article_chars=500_000)
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">'
    b'<rdf:Description prism:coverDate="2004-03-03"><dc:title><rdf:Alt><rdf:li>A Lamp</rdf:li></rdf:Alt></dc:title>'
    b"<prism:url>https://coast.example/1</prism:url></rdf:Description></rdf:RDF></x:xmpmeta>"
)
_WIKI = (
    b"== A ==\n{{box|a=[[x|y]]|b={{c}}}}\nThe '''lamp'''<ref name=x/> of [[Holm|the town]] [https://a.example b]."
    b"<!-- c -->\n{| class=x\n|-\n| a\n|}\n* one\n# two\n<ref>note</ref>[[File:a.jpg|thumb|x]]__TOC__\n== B ==\nend\n"
)
_FEED = (
    '<rss version="2.0"><channel><title>C</title>'
    + f"<item><title>A</title><description>{LEAD}</description></item>" * 4
    + "</channel></rss>"
).encode()
_ADDRESSES = b"https://a.example/story/page-2/?page=3&print=1#x | A Lamp - page 2 of 3 /print/ lamp_2.html ?p=4"


def _xmp(data: bytes) -> None:
    f"{xmp_facts(io.BytesIO(b'%PDF-1.4 ' + data), _LIMITS)}".encode()


def _wikitext(data: bytes) -> None:
    for block in wikitext_blocks(data.decode("utf-8", "replace")):
        assert block.text.strip()


def _feed_parts(data: bytes) -> None:
    """In small parts, as a feed of more than a megabyte is."""
    with pytest.MonkeyPatch.context() as patch, suppress(ReadError):
        patch.setattr(feedparts, "_WHOLE", 100)
        for _ in read_feed(io.BytesIO(data or b" "), "a.rss", _LIMITS):
            pass


def _addresses(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for word in text.split():
        found = paging.numbered(word)
        assert found is None or 0 < found[1] <= paging.MOST_PAGES
        paging.unprinted(word)
    number = paging.titled_number(text)
    assert number is None or 0 < number <= paging.MOST_PAGES
    paging.unnumbered_title(text)


def _lines(data: bytes) -> None:
    """Lines anywhere on a page of a PDF, of any size."""
    lines = tuple(
        Line(LEAD[one % 40 :][: one % 90 + 1] + "-" * (one % 7 == 0), 7.0 * two, 9.5 * three, 7.0 * two + one,
             9.5 * three + one % 30, one % 30, 400 + one, one % 5 == 0)
        for one, two, three in zip(data, data[1:], data[2:], strict=False)
    )  # fmt: skip
    pages, _ = without_margins([Page("1", 842, lines), Page("2", 0, lines[::-1]), Page("3", 842, ())])
    blocks, _ = document_blocks(pages, ["A Lamp", LEAD[:20]])
    assert all(block.text.strip() for block in blocks)


PARTS: dict[str, tuple[bytes, Callable[[bytes], None]]] = {
    "xmp": (_XMP, _xmp),
    "wikitext": (_WIKI, _wikitext),
    "feed parts": (_FEED, _feed_parts),
    "addresses and titles": (_ADDRESSES, _addresses),
    "lines of a page": (bytes(range(0, 240, 3)), _lines),
}
"""By name: a sample to change, and the check."""
