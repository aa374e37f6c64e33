"""Wire text as agencies transmit it: IPTC 7901 and ANPA 1312, one message after another between control characters.

A message is SOH, a header, STX, the text, ETX, a line with the day and time, EOT. In ANPA a caret begins a line, `<` or
`=` ends it; teleprinter quotation marks, dashes and fractions are written as print has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article, check_length
from retrieval.reading.bylines import byline_authors
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import decode
from retrieval.reading.normalise import one_line
from retrieval.reading.origins import BYLINE as SIGNED
from retrieval.reading.origins import OPENING, told
from retrieval.reading.titles import untitled
from retrieval.reading.wirelines import Lines, printed, sorted_lines
from retrieval.reading.wording import DATELINE
from retrieval.types import Article, Skipped

FORMAT = "wire"
_MESSAGE = re.compile(rb"[\s\x00-\x04\x05\x16\x7f]{0,400}\x01[^\x02\x00]{2,600}\x02")
_CHUNK = 256 * 1024
_KEY = re.compile(r"[\x16\x7f\s]*(?P<id>[A-Za-z]{0,3}\d{3,5})")
_ANPA = re.compile(r"(?P<slug>[A-Za-z][\w-]*--?[^\s\x11-\x14]+).*?\s(?P<day>\d\d-\d\d)(?:\s|$)", re.S)
_HEADER = 1000  # characters that are looked through: a header is shorter, and what it may not be takes its square
_FOOT = re.compile(r"\b(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d)\s+\d{4}\s?[A-Z]{3}")
_GROUP = re.compile(r"\b(?P<day>[0-3]\d)\d{4}\s+(?:[A-Z]{3,4}\s+)?(?P<month>[A-Za-z]{3,9})\.?\s+(?P<year>\d{2,4})\b")
_AGENCY = re.compile(r"\(([A-Z][\w.&-]{1,20})\)")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file begins with a message: SOH, a short header, STX."""
    return bool(_MESSAGE.match(head))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of each message, in the file's order; messages without text are skipped and named.

    Raises OSError as reading does.
    """
    seen: dict[str, int] = {}
    for number, message in enumerate(_messages(file, limits), start=1):
        try:
            if message is None:
                raise ReadError("the message is longer than an article may be")
            made = _article(message, limits)
        except ReadError as error:
            yield Skipped(f"{name} at message {number}", error.message)
            continue
        # A number may be used again on another day; an article's place in its file tells the two apart.
        times = seen[made.record] = seen.get(made.record, 0) + 1
        yield replace(made, record=made.record if times == 1 else f"{made.record} ({times})")


def _messages(file: BinaryIO, limits: Limits) -> Iterator[bytes | None]:
    """What stands between one SOH and the next; None for what is too long to be held."""
    file.seek(0)
    longest = limits.article_chars * 2
    held: list[bytes] = []
    size = -1  # before the first SOH there is no message
    while chunk := file.read(_CHUNK):
        first, *others = chunk.split(b"\x01")
        if 0 <= size <= longest:
            held.append(first)
            size += len(first)
        for part in others:
            if size >= 0:
                yield b"".join(held) if size <= longest else None
            held, size = [part], len(part)
    if size >= 0:
        yield b"".join(held) if size <= longest else None


def _article(message: bytes, limits: Limits) -> Article:
    header, mark, rest = message.partition(b"\x02")
    text, _, foot = rest.partition(b"\x03")
    if not mark or not text.strip(b"\x00-\x20\x7f"):
        raise ReadError("the message has no text")
    head = decode(header.replace(b"\x00", b"")) if header else ""
    body = decode(text.replace(b"\x00", b""))
    check_length(body, limits, times=2)
    lines = sorted_lines(body)
    about = _heading(head)
    title = next((line for line in lines.headlines), "") or lines.slug or about
    if not lines.blocks and lines.headlines:
        lines.blocks = [Block(line) for line in lines.headlines]  # a bulletin is nothing but its headlines
    if not lines.blocks:
        raise ReadError("the message has no text")
    facts = told(
        Facts(
            title=title or untitled(lines.blocks[0].text),
            authors=byline_authors(lines.bylines),
            publisher=_publisher(head, lines),
            published=_published(head, foot.decode("latin-1")[:400]),
        ),
        title=_titled_in(lines, about),
        authors=SIGNED,
        publisher="the byline" if lines.agency else "the dateline, or the message's header",
        published="the message's header or foot",
    )
    return replace(article(lines.blocks, facts, FORMAT, limits), record=_record(head))


def _titled_in(lines: Lines, about: str) -> str:
    if lines.headlines:
        return "the headline"
    return "the slug line" if lines.slug else "the message's header" if about else OPENING


def _heading(head: str) -> str:
    """The catchline that an IPTC 7901 header ends with, "" where it has none."""
    lines = [one_line(printed(line)) for line in head.replace("\r", "\n").split("\n")]
    return lines[-1].rstrip("/ ") if len(lines) > 1 and not _ANPA.search(head, 0, _HEADER) else ""


def _record(head: str) -> str:
    match = _KEY.match(head)
    return match["id"] if match else one_line(printed(head))[:80]


def _publisher(head: str, lines: Lines) -> str | None:
    if lines.agency:
        return lines.agency
    for block in lines.blocks[:3]:
        opening = DATELINE.match(block.text)
        agency = _AGENCY.search(block.text[:120])
        if opening and opening["agency"]:
            return opening["agency"]
        if agency:
            return agency[1]
    # "eca0001 4 rs 46  dpa 0027": after priority, category and number of words the service says its name.
    named = re.match(r"\S+\s+\d\s+[a-z]{1,3}\s+\d{1,5}\s+(?P<who>[A-Za-z][\w-]{1,10})\s+\d+", head.strip())
    return named["who"] if named else None


def _published(head: str, foot: str) -> str | None:
    """The day that a message closes with; the header's, where it says the same day by the agency's own clock."""
    group = _GROUP.search(foot) or _GROUP.search(head)
    if group:
        year = group["year"] if len(group["year"]) == 4 else _century(group["year"])
        return partial_date(f"{group['day']} {group['month']} {year}")
    end = _FOOT.search(foot)
    if not end:
        return None
    closed = _day(_century(end["year"]), end["month"], end["day"])
    stated = _ANPA.search(head, 0, _HEADER)
    if not closed or not stated:
        return closed.isoformat() if closed else None
    month, day = stated["day"].split("-")
    days = [_day(str(closed.year + shift), month, day) for shift in (-1, 0, 1)]
    near = [one for one in days if one and abs((one - closed).days) <= 1]
    return (near[0] if near else closed).isoformat()


def _century(year: str) -> str:
    return ("19" if int(year) >= 70 else "20") + year  # IPTC 7901 dates from 1979


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
