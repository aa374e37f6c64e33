"""PAGE-XML (PRImA, Transkribus, OCR-D), the text of a scanned page: an article a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.alto import page_article
from retrieval.reading.blocks import Facts, Kind, Limits
from retrieval.reading.ocr import Line, Page, Region
from retrieval.reading.xmltree import XmlFile, first, root_of, words
from retrieval.types import Article, Skipped

FORMAT = "page-xml"
_LEFT_OUT = frozenset(("page-number", "signature-mark", "catch-word", "header", "footer"))


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is PAGE-XML: its root element is called so."""
    return root_of(head)[0] == "PcGts"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of a page. Raises ReadError where it has no text, and OSError as reading does."""
    xml = XmlFile(file, limits.file_bytes)
    root = xml.root()
    made = page_article(_page(root), Facts(), FORMAT, limits)
    if not made:
        raise ReadError(xml.trouble or "the page has no text: nothing was recognised on it")
    yield made
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")


def _page(root: Any) -> Page:
    order = {part.get("regionRef"): number for number, part in enumerate(root.iter("{*}RegionRefIndexed"))}
    found = Page()
    for region in root.iter("{*}TextRegion"):
        kind = (region.get("type") or "").lower()
        if kind == "page-number":
            found.label = found.label or _text(region)
        if kind in _LEFT_OUT:
            continue
        lines = [_text(line) for line in region.findall("{*}TextLine")]
        lines = [line for line in lines if line] or [_text(region)]
        shown: Kind = "heading" if kind in ("heading", "headline") else "caption" if kind == "caption" else "text"
        found.regions.append(Region(region.get("id") or "", tuple(Line(line) for line in lines), kind=shown))
    found.regions.sort(key=lambda region: order.get(region.id, len(order)))
    return found


def _text(part: Any) -> str:
    """The best reading of a line or region: that of the lowest index."""
    readings = part.findall("{*}TextEquiv")
    if not readings:
        return " ".join(text for word in part.findall("{*}Word") if (text := _text(word)))
    best = min(readings, key=lambda reading: reading.get("index") or "")
    return words(first(best, "Unicode", "PlainText"))
