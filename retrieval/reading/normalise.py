"""One way to write the same text: Unicode NFC, `\\n` between lines, nothing invisible that only sets type."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|[\n\v\f\x1c-\x1e\x85\u2028]")
# Soft hyphens and zero-width spaces only say where a line may break; joiners stay, since scripts need them.
_DROPPED = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff]")
# What Word writes for bullets, which are bullets in its own fonts alone (Symbol's, Wingdings').
_BULLETS = (("\uf0b7", "•"), ("\uf0a7", "▪"), ("\uf0d8", "➢"), ("\uf0fc", "✓"))
_SURROGATES = re.compile("[\ud800-\udfff]")


def normalised(text: str) -> str:
    """The same text in NFC, its lines ended by `\\n`, without soft hyphens, control characters and broken halves.

    A paragraph separator (U+2029) becomes a blank line; half a surrogate pair, which no file can hold, U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n")
    text = _SURROGATES.sub("\ufffd", _DROPPED.sub("", text))
    for private, bullet in _BULLETS:
        if private in text:
            text = text.replace(private, bullet)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """A text on one line: every run of white space, of whatever width, as one space, none at the ends."""
    return " ".join(text.split())
