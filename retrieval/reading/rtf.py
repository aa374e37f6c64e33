"""Rich Text Format: its plain text (`striprtf`), with what its information group says."""

from __future__ import annotations

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
_INFORMATION = re.compile(r"\{\\(title|author)\b ?((?:[^{}\\]|\\'[0-9a-fA-F]{2}|\\u-?[0-9]{1,5} ?\??|\\~){1,500})\}")
_PICTURE = re.compile(r"(?:[0-9a-fA-F]{64,}\s*)+|\\bin[0-9]{1,9} ")
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
    source = _PICTURE.sub("", source)
    source = _NO_NUMBER.sub(r"\\uc1", _CHARACTER.sub(_known_character, source))
    check_length(source, limits, times=4)
    text = _plain(source)
    check_length(text, limits, times=2)
    blocks = [Block(part.text) for part in paragraphs(normalised(text)) if part.text]
    found = {
        match[1]: one_line(_plain("{\\rtf1\\ansi " + match[2] + "}")) for match in _INFORMATION.finditer(source[:65536])
    }
    facts = Facts(title=found.get("title", ""), authors=(found["author"],) if found.get("author") else ())
    yield document_article(blocks, "", facts, FORMAT, limits)


def _known_character(match: re.Match[str]) -> str:
    """A character as it is written, U+FFFD where no character has that number: the rest of the text is still read."""
    return match[0] if int(match[1]) in _CHARACTERS else "\\u65533"


def _plain(source: str) -> str:
    from striprtf import striprtf

    to_text: Callable[..., str] = striprtf.rtf_to_text
    try:
        text = to_text(source, errors="replace")
        # A character beyond 16 bits is written as two numbers.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ReadError(f"it cannot be read as RTF ({str(error)[:100]})") from error
