"""The Reuters-21578 collection: SGML files of a thousand stories each (`<REUTERS>`), and what is written like them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.bylines import byline_authors
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.feedentries import titles_only
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.origins import OPENING, told
from retrieval.reading.titles import untitled
from retrieval.reading.wirecopy import wire_paragraphs
from retrieval.types import Article, Skipped

FORMAT = "reuters-sgml"
_CHUNK = 256 * 1024
_OPEN = re.compile(
    r"\s{0,99}(?:<\?xml[^>]{0,200}>\s{0,99})?(?:<!DOCTYPE\s+lewis\b[^>]{0,300}>\s{0,99})?"
    r"(?:<\w{1,30}>\s{0,99})?<REUTERS\b",
    re.I,
)
_STORY = re.compile(rb"<REUTERS\b", re.I)
_ID = re.compile(r"^[^>]{0,400}?\bNEWID\s*=\s*\"?(\d+)", re.I)
_CONTROL = re.compile(r"&#0*(?:[0-8]|1[124-9]|2\d|3[01]|127);?")
_SIGNED = re.compile(r"(?:^|\s)(?:REUTERS?|Reuters?)\W*$")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file begins with a story of the collection."""
    return bool(_OPEN.match(head_text(head)))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of each story, in the file's order; those that are only a headline are named in one line.

    Raises OSError as reading does.
    """
    briefs: list[str] = []
    count = 0
    for story in _stories(file, limits):
        count += 1
        try:
            if story is None:
                raise ReadError("the story is longer than an article may be")
            made = _article(decode(story.replace(b"\x00", b"")), count, limits)
        except ReadError as error:
            yield Skipped(f"{name} at story {count}", error.message)
            continue
        if isinstance(made, str):
            briefs.append(made)
        else:
            yield made
    if briefs:
        yield titles_only(name, briefs, count)


def _stories(file: BinaryIO, limits: Limits) -> Iterator[bytes | None]:
    """What stands from one `<REUTERS` to the next; None for what is too long to be held."""
    file.seek(0)
    longest = limits.article_chars * 2
    held = b""
    started = overlong = False
    while chunk := file.read(_CHUNK):
        held += chunk
        places = [match.start() for match in _STORY.finditer(held)]
        start = 0
        for place in places:
            if started and place > start:
                yield None if overlong else held[start:place]
                overlong = False
            start, started = place, True
        # The story that is still open is looked at again from its first byte, so that its mark is not.
        held = held[start:]
        if started and held and places:
            held = b"\x00" * len(b"<REUTERS") + held[len(b"<REUTERS") :]
        if len(held) > longest:
            held, overlong = held[-16:], started
        elif not started:
            held = held[-16:]
    if started:
        yield None if overlong else held


def _article(story: str, number: int, limits: Limits) -> Article | str:
    """The story's article, or its headline where it has no text."""
    record = _ID.match(story)
    title = one_line(_text(_part(story, "TITLE")))
    body = _text(_part(story, "BODY"))
    if not body and not title:
        title, body = _headed(_text(_unmarked(story)))
    dateline = one_line(_text(_part(story, "DATELINE")))
    paragraphs = wire_paragraphs(body)
    if paragraphs and _SIGNED.fullmatch(paragraphs[-1]):
        paragraphs.pop()
    elif paragraphs:
        paragraphs[-1] = _SIGNED.sub("", paragraphs[-1])
    if not any(paragraphs):
        return title or (record[1] if record else f"story {number}")
    if dateline:
        paragraphs[0] = f"{dateline} {paragraphs[0]}"
    facts = told(
        Facts(
            title=title or untitled(paragraphs[0]),
            authors=byline_authors([_text(_part(story, "AUTHOR"))]),
            publisher="Reuters",
            published=partial_date(_text(_part(story, "DATE"))),
        ),
        title=("the tag TITLE" if _part(story, "TITLE") else "its first line") if title else OPENING,
        authors="the tag AUTHOR",
        publisher="the collection",
        published="the tag DATE",
    )
    made = article([Block(text) for text in paragraphs if text], facts, FORMAT, limits)
    return replace(made, record=record[1] if record else f"story {number}")


def _part(story: str, name: str) -> str:
    """What stands between a tag and its end, or the next tag where it has none."""
    match = re.search(rf"<{name}\b[^>]{{0,200}}>", story, re.I)
    if not match:
        return ""
    end = re.search(rf"</{name}\s*>", story[match.end() :], re.I)
    rest = story[match.end() :]
    return rest[: end.start()] if end else re.split(r"</?[A-Z]{4,}", rest, maxsplit=1)[0]


def _unmarked(story: str) -> str:
    """The text of a story whose parts are not marked (`TYPE="UNPROC"`)."""
    return re.sub(r"<[^<>]{1,200}>", " ", _part(story, "TEXT"))


def _headed(text: str) -> tuple[str, str]:
    """A text's headline, where its first line is one in capitals, and the rest."""
    first, _, rest = text.strip().partition("\n")
    return (one_line(first), rest) if first.isupper() and rest.strip() else ("", text)


def _text(marked: str) -> str:
    return normalised(html.unescape(_CONTROL.sub("", marked)))
