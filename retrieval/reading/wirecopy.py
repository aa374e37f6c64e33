"""Wire copy: text set in lines of a teleprinter's width, whose paragraphs begin with an indent."""

from __future__ import annotations

import re

from retrieval.reading.normalise import one_line

_INDENT = re.compile(r"[ \t]{2,12}(?=\S)")
_SIGN_OFF = re.compile(r"\W{0,3}(?:ends?|more|-?30-?|###|/\w{2,12}/)\W{0,3}", re.I)


def is_wire_copy(text: str) -> bool:
    """Whether a text has lines that begin at its edge and others that are indented, as paragraphs of a wire are."""
    lines = [line for line in text.split("\n")[1:] if line.strip()]
    indented = sum(1 for line in lines if _INDENT.match(line))
    return indented > 0 and len(lines) - indented >= max(2, indented // 2)


def wire_paragraphs(text: str) -> list[str]:
    """The paragraphs of wire copy, each on one line: one begins at an indent or after a blank line."""
    paragraphs: list[list[str]] = [[]]
    for line in text.replace("\t", "   ").split("\n"):
        if not line.strip() or _INDENT.match(line):
            paragraphs.append([])
        if line.strip():
            paragraphs[-1].append(line)
    return [one_line(" ".join(lines)) for lines in paragraphs if lines]


def is_sign_off(text: str) -> bool:
    """Whether a last paragraph only says that the story ends ("ends", "-30-", "/ritzau/")."""
    return len(text) <= 20 and bool(_SIGN_OFF.fullmatch(text))
