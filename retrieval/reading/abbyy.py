"""ABBYY FineReader's XML, the text of scanned pages: an article a page.

Pages are taken one by one, since a book's file has each of its characters as an element. Some libraries keep the pages
in files of their own, without what stands around them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.alto import page_article
from retrieval.reading.blocks import Facts, Limits
from retrieval.reading.languages import language_code
from retrieval.reading.ocr import Line, Page, Region
from retrieval.reading.xmltree import XmlFile, root_of
from retrieval.types import Article, Skipped

FORMAT = "abbyy"
_TEXTS = ("text", "table")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is ABBYY's: its root element says so, or is a page made of its blocks."""
    name, attributes = root_of(head)
    return (name == "document" and "finereader" in attributes.lower()) or (
        name == "page" and (b"blockType=" in head or b"<charParams" in head)
    )


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each page that has text. Raises ReadError where there is none, and OSError as reading does."""
    xml = XmlFile(file, limits.file_bytes)
    count = number = 0
    last: Article | None = None
    for number, element in enumerate(xml.elements(("page",)), start=1):
        try:
            made = page_article(_page(element, str(number)), Facts(), FORMAT, limits)
        except ReadError as error:
            yield Skipped(f"{name} at page {number}", error.message)
            continue
        if not made:
            continue
        count += 1
        if last:
            yield last
        last = replace(made, record=f"page {number}")
    if last:
        yield replace(last, record="", pages=()) if number == 1 else last
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was" if count else xml.trouble)
    elif not count:
        raise ReadError("the page has no text: nothing was recognised on it")


def _page(element: Any, label: str) -> Page:
    found = Page(label=label)
    languages: Counter[str] = Counter()
    for block in element.iter("{*}block"):
        if (block.get("blockType") or "Text").lower() not in _TEXTS:
            continue
        for paragraph in block.iter("{*}par"):
            lines = [_line(line, languages) for line in paragraph.iter("{*}line")]
            sizes = [_number(part.get("fs")) for part in paragraph.iter("{*}formatting")]
            found.regions.append(Region(block.get("pageElemId") or "", tuple(lines), max(sizes, default=0.0)))
    found.language = language_code(languages.most_common(1)[0][0]) if languages else None
    return found


def _line(line: Any, languages: Counter[str]) -> Line:
    """A line's characters, which are written one by one or together."""
    text = ""
    for part in line.iter("{*}formatting"):
        characters = [character.text or " " for character in part.iter("{*}charParams")]
        piece = "".join(characters) if characters else part.text or ""
        text += piece
        named = _language(part.get("lang") or "")
        if named:
            languages[named] += len(piece)
    top, bottom = _number(line.get("t")), _number(line.get("b"))
    return Line(text, _number(line.get("l")), max(0.0, bottom - top))


def _language(stated: str) -> str:
    """The language in ABBYY's name of it ("FrenchStandard", "OldGerman", "GermanNewSpelling"), "" where unknown."""
    bare = stated.removeprefix("Old")
    ends = [at for at, letter in enumerate(bare) if at and letter.isupper()]
    primary = bare[: ends[0]] if ends else bare
    return primary if language_code(primary) else ""


def _number(text: str | None) -> float:
    try:
        return max(0.0, min(float(text or 0), 1e9))
    except ValueError:
        return 0.0
