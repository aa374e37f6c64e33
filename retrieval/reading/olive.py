"""Olive's XML (`XMD-entity`), in which many newspapers were digitised: a file is an article or an advertisement.

A line is an empty element before its words; a word that is made of several pieces, or divided by a line's end, follows
them whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Kind, Limits, article
from retrieval.reading.bylines import byline_authors
from retrieval.reading.dates import partial_date
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.ocr import Line, Region, region_blocks
from retrieval.reading.origins import called, told
from retrieval.reading.xmltree import XmlFile, first, local, root_of, words
from retrieval.types import Article, Skipped

FORMAT = "olive"
_ROOTS = ("xmd-entity", "xmd-page", "xmd-toc")
_DAY = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)[-/](\d\d)[-/](\d\d)(?!\d)")
_ISSUED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*")
_UNTITLED = re.compile(r"untitled\b.*|", re.I)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is Olive's: its root element is called so."""
    return root_of(head)[0].lower() in _ROOTS


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article. Raises ReadError for a page's layout and where no text is, and OSError as reading does."""
    xml = XmlFile(file, limits.file_bytes)
    root = xml.root()
    if local(root).lower() != "xmd-entity":
        raise ReadError("it lays out a page of a newspaper, whose texts lie in files of their own")
    meta = first(root, "Meta")
    about = dict(meta.attrib) if meta is not None else {}
    label = about.get("PAGE_LABEL") or root.get("PAGE_NO") or ""
    parts = list(_parts(root))
    headline = " ".join(block.text for kind, block in _blocks(parts, label) if kind == "headline")
    blocks = [block for kind, block in _blocks(parts, label) if kind == "text"]
    if not blocks and not headline:
        raise ReadError(xml.trouble or "no text was recognised for this article")
    stated = headline or ("" if _UNTITLED.fullmatch(about.get("NAME", "")) else about["NAME"])
    title, blocks = headed(stated, blocks or [Block(headline, page=label)])
    facts = told(
        Facts(
            title=stated,
            authors=byline_authors([block.text for kind, block in _blocks(parts, label) if kind == "byline"]),
            publisher=about.get("PUBLICATION") or None,
            published=_published(about),
            language=language_code(root.get("LANGUAGE")),
        ),
        title="the headline" if headline else "the article's name in its file",
        authors="the byline",
        publisher="the publication that the file names",
        published="the issue's date",
        language="the language of the article in its file",
    )
    yield article(blocks or [Block(headline, page=label)], called(facts, title), FORMAT, limits)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")


def _parts(root: Any) -> Iterator[tuple[str, list[list[str]]]]:
    """What each run of words is ("headline", "byline", "heading" or "text"), and the lines of its paragraphs."""
    seen = False
    for primitive in root.iter("{*}Primitive"):
        around = local(primitive.getparent()).lower()
        kind = "byline" if "byline" in around else "text"
        if around.startswith("hedline"):
            kind = "heading" if seen else "headline"
        seen = seen or kind == "text"
        yield kind, _paragraphs(primitive)


def _paragraphs(primitive: Any) -> list[list[str]]:
    """The lines of each paragraph; a paragraph begins at a line that is marked so."""
    found: list[list[str]] = [[""]]
    for part in primitive:
        kind = local(part)
        if kind == "L":
            if "S" in (part.get("P") or "") and any(found[-1]):
                found.append([])
            found[-1].append("")
        elif kind in ("W", "QW"):
            tied = part.get("NS") or (kind == "QW" and _last_piece(part).get("NS"))
            found[-1][-1] += words(part) + ("" if tied else " ")
    return found


def _last_piece(whole: Any) -> Any:
    """The last of the pieces that a whole word was put together from, which says whether a space follows."""
    before = whole.getprevious()
    return before if before is not None and local(before) in ("q", "Q") else whole


def _blocks(parts: list[tuple[str, list[list[str]]]], label: str) -> list[tuple[str, Block]]:
    """The paragraphs, each with what it is; one that goes on in the next column is one."""
    found: list[tuple[str, Block]] = []
    for kind in ("headline", "byline"):
        of_kind = [(name, lines) for name, lines in parts if name == kind]
        found += [(kind, block) for block in _region_blocks(of_kind, label)]
    rest = [(name, lines) for name, lines in parts if name not in ("headline", "byline")]
    return found + [("text", block) for block in _region_blocks(rest, label)]


def _region_blocks(parts: list[tuple[str, list[list[str]]]], label: str) -> list[Block]:
    regions = []
    for kind, paragraphs in parts:
        shown: Kind = "heading" if kind == "heading" else "text"
        regions += [Region("", tuple(Line(line) for line in lines), kind=shown) for lines in paragraphs]
    return region_blocks((region, label, 0.0) for region in regions)


def _published(about: dict[str, str]) -> str | None:
    """The issue's day: where the file's place says it, by year first; else as far as the two orders agree."""
    for place in ("BASE_HREF", "RELEASE_NO"):
        if found := _DAY.search(about.get(place, "")):
            return partial_date("-".join(found.groups()))
    stated = _ISSUED.fullmatch(about.get("ISSUE_DATE", ""))
    if not stated:
        return partial_date(about.get("ISSUE_DATE", ""))
    one, other, year = int(stated[1]), int(stated[2]), stated[3]
    if one == other or one > 12:
        return partial_date(f"{year}-{other:02}-{one:02}") or year
    return partial_date(f"{year}-{one:02}-{other:02}") or year if other > 12 else year
