"""Rich Text Format: its plain text (`striprtf`), with what its information group says."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, check_length
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.office import document_article
from retrieval.reading.paragraphs import paragraphs
from retrieval.reading.whole import read_whole
from retrieval.types import Article

FORMAT = "rtf"
_START = re.compile(rb"\s{0,16}\{\\rtf\d?")
# Possessive (`++`, `{}+`), since digits could be taken as part of a number or as text: two ways for each.
_INFORMATION = re.compile(
    r"\{\\(title|author)\b ?((?:[^{}\\]|\\'[0-9a-fA-F]{2}|\\u-?[0-9]{1,5}+ ?+\??+|\\~){1,500}+)\}"
)
_PICTURE = re.compile(r"(?:[0-9a-fA-F]{64,}+\s*+)++")
_BINARY = re.compile(r"\\bin(?![a-z])([0-9]{0,9}) ?")
_CHARSETS = (
    (re.compile(r"\\mac(?![a-z0-9])"), "mac_roman"),
    (re.compile(r"\\pca(?![a-z0-9])"), "cp850"),
    (re.compile(r"\\pc(?![a-z0-9])"), "cp437"),
)
_CODE_PAGE = re.compile(r"\\ansicpg([0-9]{3,5})")
_CHARACTER = re.compile(r"\\u(-?[0-9]{5,20})")
_NO_NUMBER = re.compile(r"\\uc(?![a-z0-9-])")
_CHARACTERS = range(-0x10000, 0x110000)
"""What the number of a character may be: negative ones are 16 bits with a sign."""


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is RTF, which all of them begin by saying."""
    return bool(_START.match(head))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of the document. Raises ReadError where there is none."""
    source = read_whole(file, limits).decode("latin-1")
    source = _PICTURE.sub("", _without_binary(source))
    source = _NO_NUMBER.sub(r"\\uc1", _CHARACTER.sub(_known_character, source))
    check_length(source, limits, times=4)
    charset = _charset(source[:4096])
    source = _CODE_PAGE.sub("", source)
    text = _with_rows(_plain(source, charset))
    check_length(text, limits, times=2)
    blocks = [Block(part.text) for part in paragraphs(normalised(text)) if part.text]
    found = {
        match[1]: one_line(_plain("{\\rtf1 " + match[2] + "}", charset))
        for match in _INFORMATION.finditer(source[:65536])
    }
    facts = Facts(title=found.get("title", ""), authors=(found["author"],) if found.get("author") else ())
    yield document_article(blocks, "", facts, FORMAT, limits)


def _known_character(match: re.Match[str]) -> str:
    """A character as it is written, U+FFFD where no character has that number: the rest of the text is still read."""
    return match[0] if int(match[1]) in _CHARACTERS else "\\u65533"


def _without_binary(source: str) -> str:
    """A document without the bytes of its pictures, in which a brace or a backslash means nothing."""
    kept, at = [], 0
    for match in _BINARY.finditer(source):
        if match.start() >= at:
            kept.append(source[at : match.start()])
            at = match.end() + int(match[1] or 0)
    return "".join([*kept, source[at:]])


def _charset(opening: str) -> str:
    """What the bytes of a document are written in where no font says: its code page, or that of its old system."""
    page = _CODE_PAGE.search(opening)
    if page:
        try:
            return codecs.lookup(f"cp{page[1]}").name
        except LookupError:
            return "mac_roman" if page[1] == "10000" else "cp1252"
    return next((charset for mark, charset in _CHARSETS if mark.search(opening)), "cp1252")


def _with_rows(text: str) -> str:
    """A text in which the rows of tables, where `striprtf` ends each cell by a bar, have bars between cells only."""
    if "|" not in text:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        if line.lstrip().startswith("|"):  # the end of a cell of several paragraphs
            while lines and not lines[-1].strip():
                lines.pop()
            lines.append((lines.pop() if lines else "") + line.lstrip())
        else:
            lines.append(line)
    return "\n".join(
        " | ".join(cell.strip() for cell in line.rstrip()[:-1].split("|")) if line.rstrip().endswith("|") else line
        for line in lines
    )


def _plain(source: str, charset: str) -> str:
    from striprtf import striprtf

    to_text: Callable[..., str] = striprtf.rtf_to_text
    try:
        text = to_text(source, encoding=charset, errors="replace")
        # A character beyond 16 bits is written as two numbers.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ReadError(f"it cannot be read as RTF ({str(error)[:100]})") from error
