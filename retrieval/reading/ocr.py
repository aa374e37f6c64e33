"""Printed pages as machines read them: lines to paragraphs, with words that a line's end divided made whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from retrieval.reading.blocks import Block, Kind
from retrieval.reading.normalise import normalised, one_line

_HYPHENS = "-\u00ad\u2010\u2011¬⸗"
_BROKEN = re.compile(rf"(?<![^\W\d_])([^\W\d_]++)[{_HYPHENS}]\s*$")
_LOWER = re.compile(r"[^\W\d_]+")
_ENDED = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_LONGEST_HEADING = 3  # lines


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: its text, where it begins and how tall it is, in the units of its file (0 where not known)."""

    text: str
    left: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class Region:
    """A block of lines on a page; `size` is the size of its type (0 where not known).

    `within` are the ids of the larger blocks that it is a part of.
    """

    id: str
    lines: tuple[Line, ...]
    size: float = 0
    kind: Kind = "text"
    within: tuple[str, ...] = ()


@dataclass(slots=True)
class Page:
    """A page: its printed or else its counted number, and its regions in reading order."""

    label: str = ""
    language: str | None = None
    regions: list[Region] = field(default_factory=list)

    def body_size(self) -> float:
        """The size of type that most lines of the page have; 0 where it is not known."""
        sizes = [region.size for region in self.regions for _ in region.lines if region.size]
        return median(sizes) if sizes else 0


def region_blocks(regions: Iterable[tuple[Region, str, float]], kind: Kind | None = None) -> list[Block]:
    """The paragraphs of regions, each given with its page's label and the size of type of that page's body.

    A paragraph that goes on in the next region is one; where `kind` is None, few lines in large type are a heading.
    """
    blocks: list[Block] = []
    for region, label, body in regions:
        large = body and region.size >= 1.25 * body and len(region.lines) <= _LONGEST_HEADING
        own: Kind = kind or ("heading" if large else region.kind)
        for number, paragraph in enumerate(_paragraphs(region.lines)):
            text = joined(paragraph)
            if not text:
                continue
            last = blocks[-1] if blocks else None
            if number == 0 and last and last.kind == own == "text" and _goes_on(last.text, text):
                blocks[-1] = Block(joined([last.text, text]), own, last.page)
            else:
                blocks.append(Block(text, own, label))
    return blocks


def joined(lines: Sequence[str]) -> str:
    """Lines as one, with the words whole that a hyphen at a line's end divided: the next begins in lower case."""
    text = ""
    for line in map(_clean, lines):
        broken = _BROKEN.search(text)
        begins = _LOWER.match(line)
        if broken and begins and begins[0][0].islower():
            text = text[: broken.end(1)] + line
        else:
            text = f"{text} {line}" if text else line
    return text.strip()


def _clean(line: str) -> str:
    # A soft hyphen would vanish as it does from other text; at a line's end it is the one that divides a word.
    marked = re.sub("\u00ad\\s*$", "-", line)
    return one_line(normalised(marked))


def _paragraphs(lines: Sequence[Line]) -> list[list[str]]:
    """The lines of each paragraph: one begins at an indent that follows a line that ended."""
    kept = [line for line in lines if line.text.strip()]
    if not kept:
        return []
    edge = median(line.left for line in kept)
    height = median(line.height for line in kept)
    found = [[kept[0].text]]
    for before, line in pairwise(kept):
        indented = height > 0 and 0.5 * height <= line.left - edge <= 6 * height
        if indented and _ENDED.search(before.text.strip()):
            found.append([line.text])
        else:
            found[-1].append(line.text)
    return found


def _goes_on(text: str, following: str) -> bool:
    return not _ENDED.search(text) and following[0].islower()
