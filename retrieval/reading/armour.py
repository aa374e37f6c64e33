"""What programs wrap letters' text in as text: PGP's armour, and files in uuencode.

The armour of a signature is taken off; what is encrypted or a key is no text. A uuencoded file is an attachment.
"""

from __future__ import annotations

import binascii
import re

_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Z][\w-]{1,30}:[^\n]{0,200}\n)*[ \t]*\n?", re.M)
_BEGINS = re.compile(r"^-----BEGIN PGP (?P<kind>[A-Z ,\d/]{3,40})-----[ \t]*$", re.M)
_ESCAPED = re.compile(r"^- (?=-)", re.M)
_UUENCODED = re.compile(r"^begin [0-7]{3,4} (?P<name>[^\n]{1,200})\n(?=[\x20-\x60]{1,90}[ \t]*\n)", re.M)
_UU_END = re.compile(r"^end[ \t]*$", re.M)


def without_armour(text: str) -> tuple[str, str]:
    """A text without PGP's armour and what it encloses but for signed text, and the kind of what was taken out.

    The kind is "" where there was nothing but signatures, else as its first line calls it ("MESSAGE").
    """
    if "-----BEGIN PGP " not in text:
        return text, ""
    signed = bool(_SIGNED.search(text))
    text = _SIGNED.sub("", text)
    kept, at, kind = [], 0, ""
    for begin in _BEGINS.finditer(text):
        if begin.start() < at:
            continue
        closing = f"-----END PGP {begin['kind']}-----"
        end = text.find(closing, begin.end())
        kept.append(text[at : begin.start()])
        at = end + len(closing) if end >= 0 else len(text)
        kind = kind or ("" if begin["kind"] == "SIGNATURE" else begin["kind"])
    bare = "".join([*kept, text[at:]])
    return (_ESCAPED.sub("", bare) if signed else bare), kind


def without_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A text without the files in it that are uuencoded, and these files with their names."""
    if "\nbegin " not in text and not text.startswith("begin "):
        return text, []
    kept, found, at = [], [], 0
    for begin in _UUENCODED.finditer(text):
        if begin.start() < at:
            continue
        end = _UU_END.search(text, begin.end())
        lines = text[begin.end() : end.start() if end else len(text)].split("\n")
        kept.append(text[at : begin.start()])
        found.append((begin["name"].strip(), b"".join(map(_line, lines))))
        at = end.end() if end else len(text)
    return "".join([*kept, text[at:]]), found


def _line(line: str) -> bytes:
    try:
        return binascii.a2b_uu(line.rstrip("\r") + "\n") if line.strip() else b""
    except (binascii.Error, ValueError):
        return b""
