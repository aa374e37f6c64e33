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


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is RTF, which all of them begin by saying."""
    return bool(_START.match(head))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of the document. Raises ReadError where there is none."""
    source = read_whole(file, limits).decode("latin-1")
    source = _PICTURE.sub("", source)
    check_length(source, limits, times=4)
    text = _plain(source)
    check_length(text, limits, times=2)
    blocks = [Block(part.text) for part in paragraphs(normalised(text)) if part.text]
    found = {
        match[1]: one_line(_plain("{\\rtf1\\ansi " + match[2] + "}")) for match in _INFORMATION.finditer(source[:65536])
    }
    facts = Facts(title=found.get("title", ""), authors=(found["author"],) if found.get("author") else ())
    yield document_article(blocks, "", facts, FORMAT, limits)


def _plain(source: str) -> str:
    from striprtf import striprtf

    to_text: Callable[..., str] = striprtf.rtf_to_text
    try:
        return to_text(source, errors="replace")
    except (ValueError, LookupError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReadError(f"it cannot be read as RTF ({str(error)[:100]})") from error
