"""hOCR, recognised text in HTML (Tesseract, OCRopus): an article a page, its lines mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.alto import page_article
from retrieval.reading.blocks import Facts, Limits, check_length
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.ocr import Line, Page, Region
from retrieval.reading.whole import read_whole
from retrieval.reading.xmltree import words
from retrieval.types import Article, Skipped

FORMAT = "hocr"
_SIGN = re.compile(r"class=[\"']ocr_page\b|name=[\"']ocr-system[\"']", re.I)
_BOX = re.compile(r"\bbbox (-?\d{1,7}) (-?\d{1,7}) (-?\d{1,7}) (-?\d{1,7})")
_PAGE_NUMBER = re.compile(r"\bppageno (\d{1,6})")
_CLASS = "//*[contains(concat(' ', normalize-space(@class), ' '), ' {} ')]"
_LINES = ".//*[contains(@class, 'ocr_line') or contains(@class, 'ocr_header') or contains(@class, 'ocr_textfloat')]"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is hOCR: HTML that says which system recognised it, or where a page begins."""
    return b"ocr" in head and bool(_SIGN.search(head_text(head)))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each page that has text. Raises ReadError where there is none, and OSError as reading does."""
    from lxml import etree
    from lxml import html as parser

    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", decode(read_whole(file, limits)))
    check_length(text, limits, times=16)
    try:
        root = parser.document_fromstring(text)
    except (etree.ParserError, ValueError) as error:
        raise ReadError("it is no web page that can be parsed") from error
    pages = root.xpath(_CLASS.format("ocr_page"))
    count = 0
    for number, element in enumerate(pages, start=1):
        try:
            made = page_article(_page(element, number, root), Facts(), FORMAT, limits)
        except ReadError as error:
            yield Skipped(f"{name} at page {number}", error.message)
            continue
        if made:
            count += 1
            yield replace(made, record="" if len(pages) == 1 else f"page {number}")
    if not count:
        raise ReadError("the page has no text: nothing was recognised on it")


def _page(element: Any, number: int, root: Any) -> Page:
    stated = _PAGE_NUMBER.search(element.get("title") or "")
    language = (element.get("lang") or root.get("lang") or "")[:2] or None
    found = Page(label=str(int(stated[1]) + 1) if stated else str(number), language=language)
    paragraphs = element.xpath("." + _CLASS.format("ocr_par")) or element.xpath("." + _CLASS.format("ocr_carea"))
    for part in paragraphs or [element]:
        lines = [_line(line) for line in part.xpath(_LINES)]
        found.regions.append(Region(part.get("id") or "", tuple(lines or [Line(words(part))])))
    return found


def _line(line: Any) -> Line:
    pieces = [words(word) for word in line.xpath("." + _CLASS.format("ocrx_word"))]
    box = _BOX.search(line.get("title") or "")
    left, height = (int(box[1]), int(box[4]) - int(box[2])) if box else (0, 0)
    return Line(" ".join(piece for piece in pieces if piece) or words(line), left, max(0, height))
