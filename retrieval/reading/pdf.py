"""PDF documents: one article each, with its printed pages; read by PDFium in a process of its own (`pdf_child`).

That process has so much time for each page, and so much memory; a page on which it dies or hangs is skipped and named,
and the others are read. What the file says about itself is believed where it can be true: a producer's "Microsoft
Word - x.doc" is no title, a user's name no author, and the day on which a file was made not the day of publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.office import is_title, people
from retrieval.reading.opening import credited
from retrieval.reading.origins import all_from, called, merged, only, told
from retrieval.reading.pdf_lines import Line, Page, without_margins
from retrieval.reading.pdf_pages import Document, pdf_document
from retrieval.reading.pdf_text import document_blocks
from retrieval.reading.plain import without_title
from retrieval.reading.titles import untitled
from retrieval.reading.xmp import xmp_facts
from retrieval.types import Article, Skipped

FORMAT = "pdf"
_MOST_TOLD = 20  # pages that cannot be read, each by itself
_START = re.compile(rb"[\s\x00-\x20]{0,1024}%PDF-|.{0,1000}?[\r\n]%PDF-[12]\.\d", re.S)
_URL = re.compile(r"https?://[^\s<>\"…]{4,2000}")
_DIVIDER = re.compile(r"\s[|–—•·»-]\s")
_SHORTEST_HEADLINE, _AROUND = 12, 15
_NO_LINES = (
    "it has no text layer (its pages are pictures); run OCR over it first, for example `ocrmypdf in.pdf out.pdf`"
)
_ONLY_MARGINS = (
    "it has no text but what is stamped on each of its pages, which may be pictures; run OCR over it first, for "
    "example `ocrmypdf in.pdf out.pdf`"
)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a PDF: it begins as one, at times after a few bytes of something else."""
    return bool(_START.match(head[:2048]))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of a PDF, and what of it could not be read.

    Raises ReadError where no page has text, the document is encrypted or it is no PDF after all.
    """
    document = pdf_document(file, limits)
    for damage in document.damages[:_MOST_TOLD]:
        yield Skipped(f"{name} at page {damage.page}", damage.reason)
    if len(document.damages) > _MOST_TOLD:
        more, last = len(document.damages) - _MOST_TOLD, document.damages[-1]
        yield Skipped(f"{name} at pages up to {last.page}", f"{more:,} more cannot be read; of the last: {last.reason}")
    if document.attachments:
        reason = f"{document.attachments} attached and not read; to have it read, save what is attached beside it"
        yield Skipped(f"{name}: attachments", reason)
    pages, running = without_margins(document.pages)
    if not any(page.lines for page in document.pages):
        raise ReadError(_nothing(document))
    if not any(page.lines for page in pages):
        if not _is_told_apart(document.pages):
            raise ReadError(_ONLY_MARGINS)
        pages, running = list(document.pages), []
    blocks, largest = document_blocks(pages, document.outline)
    yield _article(blocks, largest, running, document, file, limits)


def _is_told_apart(pages: Sequence[Page]) -> bool:
    """Whether pages that hold but a line or two say different things in words: not a stamp, and not numbers alone."""
    texts = {" ".join(line.text for line in page.lines) for page in pages if page.lines}
    return len(texts) > 1 and any(char.isalpha() for text in texts for char in text)


def _nothing(document: Document) -> str:
    if document.damages and not document.pages:
        return f"none of its pages can be read: {document.damages[0].reason}"
    return _NO_LINES if document.objects else "it has no text: its pages are empty"


def _article(
    blocks: list[Block], largest: str, running: Sequence[str], document: Document, file: BinaryIO, limits: Limits
) -> Article:
    stated, kept = credited(blocks)
    xmp = xmp_facts(file, limits)
    own_title = _headline(_stated(document.info, "Title"), blocks)
    facts = merged(
        all_from(replace(xmp, title=xmp.title if is_title(xmp.title) else ""), "its XMP metadata"),
        all_from(
            Facts(own_title if is_title(own_title) else "", people(_stated(document.info, "Author"))),
            "the document's properties",
        ),
        told(Facts(title=largest), title="its heading in the largest letters"),
        only(stated, "authors", "publisher", "published", "url"),
        told(Facts(url=_printed_url(running, document.pages)), url="the address that is printed on its pages"),
    )
    titled = called(facts, facts.title or untitled(_opening(kept)))
    return article(without_title(kept, facts.title) if facts.title else kept, titled, FORMAT, limits)


def _headline(title: str, blocks: Sequence[Block]) -> str:
    """The title of a printed web page without the name of its site, where the page itself has it so."""
    for divider in _DIVIDER.finditer(title):
        front = title[: divider.start()].strip()
        if len(front) >= _SHORTEST_HEADLINE and any(
            front.casefold() in block.text.casefold() and len(block.text) < len(front) + _AROUND for block in blocks
        ):
            return front
    return title


def _opening(blocks: Sequence[Block]) -> str:
    prose = [block.text for block in blocks if block.kind == "text" and " | " not in block.text]
    return next(iter(prose), blocks[0].text if blocks else "")


def _stated(info: Mapping[str, str], key: str) -> str:
    return one_line(normalised(info.get(key, "")))


def _printed_url(running: Sequence[str], pages: Sequence[Page]) -> str | None:
    """The address that a browser prints on every page; on a page alone, one that stands at its foot or head."""
    lines = [*running, *(_edge_lines(pages[0]) if len(pages) == 1 else ())]
    for text in lines:
        if match := _URL.match(text.strip()):
            rest = text.strip()[match.end() :]
            if re.fullmatch(r"(?:\s+\d{1,4}(?:\s?/\s?\d{1,4})?)?", rest):
                return match[0]
    return None


def _edge_lines(page: Page) -> list[str]:
    ordered: list[Line] = sorted(page.lines, key=lambda line: line.bottom)
    return [line.text for line in (*ordered[:2], *ordered[-2:])]
