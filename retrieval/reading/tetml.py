"""TETML, the text of a PDF as PDFlib's TET takes it out: an article a document, its pages kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.dates import partial_date
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.ocr import Line, Region, region_blocks
from retrieval.reading.origins import called, told
from retrieval.reading.people import listed_authors
from retrieval.reading.xmltree import XmlFile, first, local, root_of, words
from retrieval.types import Article, Skipped

FORMAT = "tetml"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is TETML: its root element says so."""
    name, attributes = root_of(head)
    return name == "TET" and "pdflib" in attributes.lower()


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article. Raises ReadError where the document has no text, and OSError as reading does."""
    xml = XmlFile(file, limits.file_bytes)
    root = xml.root()
    regions = [(region, label, 0.0) for label, region in _regions(root)]
    blocks = region_blocks(regions)
    if not blocks:
        raise ReadError(xml.trouble or "the document has no text: its pages may be pictures")
    about = _about(first(root, "DocInfo"))
    title, shown = headed(about.title, blocks)
    yield article(shown or [Block(title)], called(about, title), FORMAT, limits)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")


def _about(info: Any) -> Facts:
    """What the document's own properties say; the day on which it was made is none of publication."""
    stated = {local(part): words(part) for part in info} if info is not None else {}
    return told(
        Facts(
            title=stated.get("Title", ""),
            authors=tuple(listed_authors(stated.get("Author", ""))),
            published=partial_date(stated.get("Issued", "")),
            language=language_code(stated.get("Language")),
        ),
        title="the document's properties",
        authors="the document's properties",
        published="the document's properties",
        language="the document's properties",
    )


def _regions(root: Any) -> Iterator[tuple[str, Region]]:
    """The paragraphs of each page, with its label; words follow each other, or lie in lines."""
    for number, page in enumerate(root.iter("{*}Page"), start=1):
        label = page.get("label") or page.get("number") or str(number)
        for paragraph in page.iter("{*}Para"):
            lines = [_words(line) for line in paragraph.iter("{*}Line")] or [_words(paragraph)]
            yield label, Region("", tuple(Line(line) for line in lines))


def _words(part: Any) -> str:
    """The words of a line or paragraph; where they are not told apart, its text as it stands."""
    found = [words(first(word, "Text")) for word in part.iter("{*}Word")]
    return " ".join(text for text in found if text) or words(first(part, "Text"))
