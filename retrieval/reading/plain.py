"""Plain text: one article a file, with what its own lines say about it taken out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from retrieval.reading.blocks import Block, Limits, article, check_length
from retrieval.reading.credits import Credits
from retrieval.reading.encodings import decode
from retrieval.reading.formfeeds import printed_pages, without_running_titles
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.paragraphs import Paragraph, paragraphs
from retrieval.reading.photographs import find_photographs
from retrieval.reading.signatures import is_markup, looks_like
from retrieval.reading.titles import (
    could_be_title,
    is_title_case,
    mark_headings,
    shares_words,
    stated_title,
    title_of_name,
    untitled,
)
from retrieval.reading.whole import read_whole
from retrieval.types import Article

FORMAT = "text"
_FIELD = re.compile(r"(?P<key>[^\W\d_][\w -]{0,24}?) ?:[ \t]+(?P<value>\S.*)")
_TOP, _DATELINES = 6, 3  # paragraphs in which a date may stand alone, and in which a dateline is looked for


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file may be read as plain text: whatever is text at all, and no markup that has no reader."""
    return looks_like(head) is None and not is_markup(head)


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of a text file. Raises ReadError where there is none, and OSError as reading does."""
    raw = decode(read_whole(file, limits))
    check_length(raw, limits, times=2)
    paged = "\f" in raw.strip()
    raw = without_running_titles(raw) if paged else raw
    made = plain_article(normalised(raw), limits, name)
    yield replace(made, pages=printed_pages(raw, made.text)) if paged else made


def plain_article(text: str, limits: Limits, name: str = "") -> Article:
    """An article of a normalised plain text in the file `name`. Raises ReadError where no text is left, or too much."""
    about = Credits()
    parts = paragraphs(_without_header(text, about))
    kept = _kept(parts, about)
    blocks = mark_headings([block for _, block in kept], _alone([part for part, _ in kept]))
    dateline = 0
    for block in [block for block in blocks if block.kind == "text"][:_DATELINES]:
        length = about.read_dateline(block.text)
        dateline = dateline or (length if block is _first_text(blocks) else 0)
    facts = about.facts()
    title, blocks = _titled(facts.title, blocks, dateline, name)
    return article(blocks, replace(facts, title=title), FORMAT, limits)


def without_title(blocks: list[Block], title: str) -> list[Block]:
    """The blocks without a first one that only repeats the title, unless nothing else is there."""
    if len(blocks) > 1 and blocks[0].kind != "caption" and _same(blocks[0].text, title):
        return blocks[1:]
    return blocks


def _without_header(text: str, about: Credits) -> str:
    """The text without a block of `Key: value` lines at its top, which begins with a key that is known."""
    lines = text.lstrip("\n").split("\n")
    taken = 0
    for line in lines[:40]:
        match = _FIELD.fullmatch(line.strip()) if len(line) <= 1000 else None
        if not match or (not about.take_field(match["key"], one_line(match["value"])) and not taken):
            break
        taken += 1
    return "\n".join(lines[taken:])


def _kept(parts: Sequence[Paragraph], about: Credits) -> list[tuple[Paragraph, Block]]:
    """The paragraphs that are of the article, captions marked; what the others say about it goes to `about`."""
    photographs = find_photographs(parts, is_title_case)
    kept: list[tuple[Paragraph, Block]] = []
    link_in: int | None = None  # the block in which "Read also:" waits for its link
    for number, part in enumerate(parts):
        if number in photographs.credits:
            continue
        if number in photographs.captions:
            kept.append((part, Block(photographs.captions[number], "caption")))
            continue
        if link_in == part.block and could_be_title(part.text):
            continue
        link_in = None
        if about.take(part.text, top=number < _TOP, last=number >= len(parts) - 4 and number > 0):
            link_in = part.block if part.text.endswith(":") else None
        else:
            kept.append((part, Block(part.text)))
    return kept


def _alone(parts: Sequence[Paragraph]) -> list[bool]:
    blocks = [part.block for part in parts]
    return [
        (place == 0 or blocks[place - 1] != block) and (place + 1 == len(blocks) or blocks[place + 1] != block)
        for place, block in enumerate(blocks)
    ]


def _titled(stated: str, blocks: list[Block], dateline: int, name: str) -> tuple[str, list[Block]]:
    if stated:
        return stated, without_title(blocks, stated)
    if not blocks:
        return "", blocks
    first = blocks[0]
    # A line that the next one goes on with is verse, not a title.
    goes_on = len(blocks) > 1 and blocks[1].text[0].islower()
    if first.kind != "caption" and could_be_title(first.text) and not goes_on:
        return first.text, without_title(blocks, first.text)
    opening = _first_text(blocks) or first
    heading = stated_title(blocks)
    if heading and shares_words(heading, opening.text):
        return heading, blocks
    title = title_of_name(name, " ".join(block.text for block in blocks)) or heading
    if title:
        return title, blocks
    return untitled(opening.text[dateline:] or opening.text), blocks


def _first_text(blocks: Sequence[Block]) -> Block | None:
    return next((block for block in blocks if block.kind == "text"), None)


def _same(line: str, title: str) -> bool:
    return re.sub(r"\W+", " ", line).strip().casefold() == re.sub(r"\W+", " ", title).strip().casefold()
