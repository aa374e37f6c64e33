"""Wire text whose control characters are lost, or that never had any: telex copy between ZCZC and NNNN.

What is left of a message's header, of its end and of its service lines still tells what it was; with SOH, STX and ETX
put back it is read as other wire text is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.reading import wire
from retrieval.reading.blocks import Block, Facts, Limits
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.opening import credited
from retrieval.reading.origins import merged, only
from retrieval.reading.plain import plain_article
from retrieval.reading.whole import read_whole
from retrieval.types import Article, Skipped

_ZCZC = re.compile(r"\s{0,200}ZCZC\b")
_IPTC = re.compile(
    r"\s{0,200}(?P<head>[a-z]{3}\d{3,5} \d [a-z]{1,3} \d{1,5} +[a-z][\w-]{1,12} \d{3,4}[ \t]*\n"
    r"(?:[ \t]*\n){0,3}(?:[^\n]{1,200}/[ \t]*\n)?)"
)
_ANPA = re.compile(
    r"\s{0,200}(?P<head>[A-Za-z]{0,2}\d{3,5}[\w-]{0,12}[ \t]*\n"
    r"[a-z] [a-z]{1,3} ?[^\n]{1,60}? \d\d-\d\d(?: \d{3,4})?[ \t]*\n)(?=\^|BC-)"
)
_FOOT = re.compile(
    r"^[ \t]*(?=AP-\w\w-\d\d-\d\d-\d\d |[0-3]\d[0-5]\d[0-5]\d (?:[A-Z]{3,4} )?[A-Za-z]{3,9} \d\d\s*\Z)", re.M
)
_SERVICE = re.compile(r"[%$:#*=+&@~][^\s:]?[^\n]{0,160}|YY \w{1,8}|[A-Z]{3}\d{3}")
_HEADLINE = re.compile(r"\$(?P<words>\S+(?: \S+){2,30})")  # a service's line; its other lines are codes
_ENDED = "\x03"
_NO_CONTROLS = dict.fromkeys((1, 2, 3, 4), " ")
_MISSING = ("authors", "publisher", "published")
_ITEM = re.compile(r"\n(?=[*-] |SOURCE ?:)")
_CELLS = re.compile(r"\S {2,}(?=\S)")
_FEWEST_GAPS = 2  # in a table's row
_MOST_SERVICE = 8
_LONGEST_HEADLINE = 110


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file begins as such a message does."""
    text = head_text(head).replace("\r\n", "\n")
    return bool(_ZCZC.match(text) or _IPTC.match(text) or _ANPA.match(text))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article of each message.

    Raises ReadError for a file longer than is held or without text, and OSError as reading does.
    """
    text = decode(read_whole(file, limits)).replace("\r\n", "\n").replace("\r", "\n")
    text = text.translate(_NO_CONTROLS)
    if _ZCZC.match(text):
        whole = "".join(map(_telex, _between(text)))
    else:
        found = _IPTC.match(text) or _ANPA.match(text)
        head, rest = (found["head"], text[found.end() :]) if found else ("", text)
        whole = f"\x01{head}\x02{_FOOT.sub(_ENDED, rest)}"
    told = False
    for item in wire.read(io.BytesIO(whole.encode()), name, limits):
        told = True
        yield _credited(item) if isinstance(item, Article) else item
    if not told:  # so damaged that no message can be told in it
        yield plain_article(normalised(text), limits)


def _between(text: str) -> list[str]:
    """What stands between each ZCZC and its NNNN."""
    parts = re.split(r"^[ \t]{0,20}ZCZC\b", text, flags=re.M)[1:]
    return [re.split(r"^[ \t]{0,20}N{4}[ \t]*$", part, maxsplit=1, flags=re.M)[0] for part in parts]


def _telex(message: str) -> str:
    """A message with its marks, without the service's own lines; where the text begins with a short line, that is its
    headline."""
    first, *lines = _ITEM.sub("\n\n", message).split("\n")
    at = 0
    while at < min(len(lines), _MOST_SERVICE) and (not lines[at].strip() or _SERVICE.fullmatch(lines[at].strip())):
        at += 1
    stated = next((found["words"] for line in lines[:at] if (found := _HEADLINE.fullmatch(line.strip()))), "")
    text = [f"{stated}<", *lines[at:]] if stated else lines[at:]
    following = next((line.strip() for line in text[1:] if line.strip()), "")
    if text and not stated and len(text[0].strip()) <= _LONGEST_HEADLINE and not following[:1].islower():
        text[0] = one_line(text[0]).rstrip("<= ") + "<"
    rows = (_CELLS.sub(lambda gap: gap[0].rstrip() + "\x1e", line) if _is_row(line) else line for line in text)
    return f"\x01{first.strip()}\x02" + "\n".join(rows) + "\x03\n"


def _is_row(line: str) -> bool:
    return sum(1 for _ in _CELLS.finditer(line)) >= _FEWEST_GAPS


def _credited(item: Article) -> Article:
    """The article with what its edges say of whatever its header does not."""
    stated, _ = credited([Block(text) for text in item.text.split("\n\n")])
    known = merged(
        Facts(item.title, item.authors, item.publisher, item.published, origins=item.origins), only(stated, *_MISSING)
    )
    return replace(
        item, authors=known.authors, publisher=known.publisher, published=known.published, origins=known.origins
    )
