"""ALTO, the text of a scanned page (versions 1 to 4): by itself, an article a page.

The pages that a METS file describes are read with it (`mets.py`), where it says which blocks make an article.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Limits, article
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.ocr import Line, Page, Region, region_blocks
from retrieval.reading.origins import called, merged, told
from retrieval.reading.xmltree import XmlFile, first, local, root_of
from retrieval.types import Article, Skipped

FORMAT = "alto"
_MARGINS = ("TopMargin", "BottomMargin", "LeftMargin", "RightMargin")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is ALTO: its root element is called so."""
    return root_of(head)[0].lower() == "alto"


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each page that has text. Raises ReadError where there is none, and OSError as reading does."""
    pages, trouble = alto_pages(file, limits)
    count = 0
    for number, page in enumerate(pages, start=1):
        made = page_article(page, Facts(), FORMAT, limits)
        if made:
            count += 1
            yield replace(made, record="" if len(pages) == 1 else f"page {page.label or number}")
    if trouble:
        yield Skipped(name, f"{trouble}; what could be read of it was")
    elif not count:
        raise ReadError("the page has no text: nothing was recognised on it")


def page_article(page: Page, facts: Facts, form: str, limits: Limits) -> Article | None:
    """The article that a whole page is, None for a page without text."""
    body = page.body_size()
    blocks = region_blocks((region, page.label, body) for region in page.regions)
    if not blocks:
        return None
    title, blocks = headed(facts.title, blocks)
    stated = merged(facts, told(Facts(language=page.language), language="the language of the page in its file"))
    return article(blocks, called(stated, title), form, limits)


def alto_pages(file: BinaryIO, limits: Limits) -> tuple[list[Page], str | None]:
    """The pages of an ALTO file, and what was wrong with it. Raises ReadError where there is no such thing in it."""
    xml = XmlFile(file, limits.file_bytes)
    root = xml.root()
    sizes = {style.get("ID"): _number(style.get("FONTSIZE")) for style in root.iter("{*}TextStyle")}
    pages = [_page(page, sizes) for page in root.iter("{*}Page")]
    if not pages:
        raise ReadError(xml.trouble or "it is ALTO without a page")
    order = {part.get("REF"): number for number, part in enumerate(root.iter("{*}ElementRef"))}
    for page in pages:
        if order:
            page.regions.sort(key=lambda region: order.get(region.id, len(order)))
    return pages, xml.trouble


def _page(page: Any, sizes: dict[str, float]) -> Page:
    """The regions of the print space, or where it is empty those of the margins, which hold running titles."""
    counted = (page.get("PHYSICAL_IMG_NR") or "").strip()
    found = Page(label=(page.get("PRINTED_IMG_NR") or "").strip() or counted.removeprefix("0"))
    languages: Counter[str] = Counter()
    margins: list[Region] = []
    pending = False
    for part in page:
        for block in part.iter("{*}TextBlock") if isinstance(part.tag, str) else ():
            lines, pending = _lines(block, pending)
            around = tuple(key for parent in block.iterancestors("{*}ComposedBlock") if (key := parent.get("ID")))
            region = Region(block.get("ID") or "", tuple(lines), _size(block, sizes), within=around)
            (margins if local(part) in _MARGINS else found.regions).append(region)
            code = language_code(block.get("LANG") or block.get("language"))
            if code:
                languages[code] += 1
    if not any(line.text for region in found.regions for line in region.lines):
        found.regions = margins
    if languages:
        found.language = languages.most_common(1)[0][0]
    return found


def _size(block: Any, sizes: dict[str, float]) -> float:
    """The size of a block's type, as its first line states it where the block does not."""
    for part in (block, first(block, "TextLine"), first(block, "String")):
        for style in (part.get("STYLEREFS") or "").split() if part is not None else ():
            if sizes.get(style):
                return sizes[style]
    return 0


def _lines(block: Any, pending: bool) -> tuple[list[Line], bool]:
    """A block's lines, and whether a word that its last line divides has been given whole already."""
    lines = []
    for line in block.iter("{*}TextLine"):
        words: list[str] = []
        for part in line:
            name = local(part)
            if name == "String":
                kind, whole = part.get("SUBS_TYPE") or "", part.get("SUBS_CONTENT") or ""
                if kind == "HypPart2" and pending:
                    pending = False
                    continue
                pending = kind == "HypPart1" and bool(whole)
                words.append(whole if pending else part.get("CONTENT") or "")
            elif name == "HYP" and words and not pending and not words[-1].endswith("-"):
                words[-1] += "-"
        height = _number(line.get("HEIGHT"))
        lines.append(Line(" ".join(word for word in words if word), _number(line.get("HPOS")), height))
    return lines, pending


def _number(text: str | None) -> float:
    try:
        return max(0.0, min(float(text or 0), 1e9))
    except ValueError:
        return 0
