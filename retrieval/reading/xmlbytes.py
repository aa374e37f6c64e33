"""The bytes of an XML file as a parser can read them, whatever encoding it is in and whatever it says of that."""

from __future__ import annotations

import codecs
import io
import re
from html.entities import name2codepoint
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.encodings import decode, unicode_encoding

_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,9});")
_OWN = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_SEVEN_BITS = ("iso-2022", "iso2022", "hz", "utf-7", "utf7")
_CHUNK = 64 * 1024


def xml_bytes(file: BinaryIO, longest: int) -> tuple[Numbered, str | None]:
    """The file with HTML's entities as numbers, and the encoding to read it in where it states a wrong one.

    At most `longest` bytes are held to find out an encoding that is none of those stated. Raises ReadError for a
    larger file in such a one, and for what is text in no known encoding.
    """
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    if unicode_encoding(head) and not head.startswith(codecs.BOM_UTF8):
        return Numbered(file, longest, plain=False), None
    blank = len(head) - len(head.lstrip())
    if blank and head.lstrip().startswith(b"<?xml"):
        file.seek(blank)  # a declaration has to come first, and often does not
    declared = _DECLARED.match(head.lstrip(codecs.BOM_UTF8))
    named = declared[1].decode("ascii").lower() if declared else "utf-8"
    if not named.startswith(_SEVEN_BITS) and _is_utf8(file):
        # Much that calls itself Latin-1 is UTF-8; the other way round no text is valid by chance.
        return Numbered(file, longest, plain=True), "utf-8"
    codec = _text_codec(named)
    if codec and codec != "utf-8":
        western = codec in ("iso8859-1", "ascii")  # which mean Windows-1252, as on the web
        return Numbered(file, longest, plain=True), "windows-1252" if western else named
    data = file.read(longest + 1)
    if len(data) > longest:
        raise ReadError(f"it is in no known encoding, and too large ({len(data):,} bytes) to find it out")
    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", decode(data, named if declared and codec != "utf-8" else None))
    return Numbered(io.BytesIO(text.encode("utf-8", "replace")), longest, plain=True), "utf-8"


def _is_utf8(file: BinaryIO) -> bool:
    """Whether the rest of the file is valid UTF-8; leaves the place in the file as it is."""
    start = file.tell()
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(start)
    return True


def _text_codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # fails for what is no encoding of text (zlib, rot13)
    except LookupError:
        return None
    return found.name


class Numbered:
    """A file whose `&nbsp;` and the like are written as numbers, which XML knows without a declaration."""

    def __init__(self, file: BinaryIO, longest: int, plain: bool) -> None:
        """`longest` is how many bytes may be read between two calls of `forget`: what the tree holds meanwhile."""
        self._file = file
        self._longest = longest
        self._held = b""
        self._plain = plain
        self._read = 0

    def forget(self) -> None:
        """Say that what was read so far is not held any more."""
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, about 64 KiB. Raises ReadError for an element that is too large to be held."""
        if self._read > self._longest:
            raise ReadError(f"one of its items has more than the {self._longest:,} bytes that are read at once")
        chunk = self._file.read(_CHUNK)
        self._read += len(chunk)
        if not self._plain:
            return chunk
        data = self._held + chunk
        if not data:
            return b""
        cut = data.rfind(b"&", max(0, len(data) - 12))
        if cut > 0 and chunk and b";" not in data[cut:]:
            self._held, data = data[cut:], data[:cut]
        else:
            self._held = b""
        return _NAMED.sub(_numbered, data)


def _numbered(match: re.Match[bytes]) -> bytes:
    if match[1] in _OWN:
        return match[0]
    point = name2codepoint.get(match[1].decode("ascii"))
    return match[0] if point is None else b"&#%d;" % point
