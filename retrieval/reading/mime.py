"""The parts of a message (RFC 5322, MIME) or of a page saved as one, as broken as they come.

The standard library's parser makes an object of every line that looks like a boundary; here the size of the headers,
the depth and the number of parts are bounded, and a part's bytes are decoded only when they are asked for.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from retrieval.errors import ReadError
from retrieval.reading.encodings import decode
from retrieval.reading.normalise import normalised, one_line

_LONGEST_HEADERS = 256 * 1024
_LONGEST_VALUE = 20_000
_MOST_PARTS, _DEEPEST = 2000, 12
_FIELD = re.compile(rb"(?P<name>[\x21-\x39\x3b-\x7e]{1,200})[ \t]*:(?P<value>.*)", re.S)
_PARAMETER = re.compile(
    r";\s*(?P<name>[\w*-]{1,40})\s*=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.){0,2000})\"|(?P<bare>[^;\s]{0,2000}))"
)
_ENCODED = re.compile(r"=\?(?P<charset>[^?\s]{1,60})\?(?P<kind>[bBqQ])\?(?P<word>[^?]{0,2000})\?=")
_PROSE = re.compile(rb"[A-Za-z]{2}[,.:;]? [A-Za-z]{2}")
_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}\"?([\w.:-]{2,40})", re.I)
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_GUESSED = re.compile(rb"^-{2,40}[^\s-].{0,198}?[ \t]*\r?$", re.M)


@dataclass(frozen=True, slots=True)
class Part:
    """A message or one of its parts: its headers (names in lower case, in order) and its body, still encoded."""

    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of this name, decoded (RFC 2047) and on one line; empty where there is none."""
        return next((decoded_words(value) for key, value in self.headers if key == name), "")

    def raw_header(self, name: str) -> str:
        """The first header of this name as it is written; empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def type(self) -> str:
        """The media type in lower case; `text/plain` where none is stated."""
        stated = self.raw_header("content-type").split(";", 1)[0].strip().lower()
        return stated if re.fullmatch(r"[\w.+-]+/[\w.+-]+", stated) else "text/plain"

    def parameter(self, name: str, header: str = "content-type") -> str:
        """A parameter of a header, such as `charset`; RFC 2231's forms are understood."""
        return _parameters(self.raw_header(header)).get(name, "")

    @property
    def filename(self) -> str:
        """The name that the part is to be saved under, without folders; empty where it has none."""
        name = self.parameter("filename", "content-disposition") or self.parameter("name")
        return re.split(r"[/\\]", decoded_words(name))[-1][:200]

    def content(self) -> bytes:
        """The body, its transfer encoding undone as far as it goes."""
        encoding = self.raw_header("content-transfer-encoding").strip().lower()
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        if encoding == "base64" and not _unencoded(self.body):
            return _base64(self.body)
        return self.body

    def text(self) -> str:
        """The body as text. Raises ReadError where it is text in no known encoding."""
        return decode(self.content(), self.parameter("charset") or None)


def parsed(data: bytes) -> Part:
    """A message's headers and body. Raises ReadError for headers longer than any mail's."""
    data = data[len(data) - len(data.lstrip(b" \t\r\n")) :]
    end = _BLANK.search(data, 0, _LONGEST_HEADERS)
    if end is None and len(data) > _LONGEST_HEADERS:
        raise ReadError(f"its headers are longer than {_LONGEST_HEADERS:,} bytes: it is no message")
    head = data[: end.start()] if end else data
    rest = data[end.end() :] if end else _behind_fields(data)
    stated = None if head.isascii() else _CHARSET.search(data, 0, _LONGEST_HEADERS)
    return Part(_headers(head, stated[1].decode() if stated else None), rest)


def _behind_fields(data: bytes) -> bytes:
    """What follows the headers of a message without the blank line behind them: from the first line that is none."""
    at = 0
    for number, line in enumerate(data.splitlines(keepends=True)):
        if number and not _FIELD.match(line) and not line[:1].isspace():
            return data[at:]
        at += len(line)
    return b""


def leaves(part: Part, depth: int = 0) -> Iterator[Part]:
    """The parts that hold no others, in order; messages within the message count as such.

    Raises ReadError where there are more of them, or deeper ones, than any program writes.
    """
    if not part.type.startswith("multipart/"):
        yield part
        return
    if depth >= _DEEPEST:
        raise ReadError(f"its parts lie more than {_DEEPEST} deep in each other")
    for count, body in enumerate(_divided(part), start=1):
        if count > _MOST_PARTS:
            raise ReadError(f"it has more than {_MOST_PARTS:,} parts")
        yield from leaves(parsed_part(body), depth + 1)


def parsed_part(data: bytes) -> Part:
    """A part of a message: it has no headers where it begins with a blank line, or with what is no header."""
    if data.startswith((b"\n", b"\r\n")) or not _FIELD.match(data[:500].split(b"\n", 1)[0]):
        return Part((), data.lstrip(b"\r\n"))
    return parsed(data)


def is_cut_off(part: Part) -> bool:
    """Whether a message of several parts ends before the mark that ends the last of them."""
    boundary = part.parameter("boundary").encode("latin-1", "replace")
    if not part.type.startswith("multipart/"):
        return False
    return (
        (b"--" + boundary + b"--") not in part.body
        if boundary
        else not re.search(rb"^--\S{1,200}--[ \t]*\r?$", part.body, re.M)
    )


def alternatives(part: Part) -> list[Part]:
    """The parts that lie directly in a part."""
    return [parsed_part(body) for _, body in zip(range(_MOST_PARTS), _divided(part), strict=False)]


def decoded_words(value: str) -> str:
    """A header's text with its encoded words (`=?utf-8?q?…?=`) read, on one line; what cannot be read stays."""
    pieces: list[tuple[str, bytes | str]] = []
    end = 0
    for match in _ENCODED.finditer(value):
        between = value[end : match.start()]
        if between.strip() or not pieces:  # the space between two encoded words is not part of them
            pieces.append(("", between))
        charset = match["charset"].partition("*")[0].lower()
        word = _encoded_bytes(match["kind"].lower(), match["word"])
        last = pieces[-1]
        if last[0] == charset and isinstance(last[1], bytes):  # a character may be divided between two words
            pieces[-1] = (charset, last[1] + word)
        else:
            pieces.append((charset, word))
        end = match.end()
    pieces.append(("", value[end:]))
    return one_line(normalised("".join(_word(word, charset) for charset, word in pieces)))


def _encoded_bytes(kind: str, word: str) -> bytes:
    plain = word.encode("utf-8", "replace")
    return quopri.decodestring(plain.replace(b"_", b" ")) if kind == "q" else _base64(plain)


def _word(piece: bytes | str, charset: str) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return decode(piece, charset).replace("\n", " ") if piece else ""
    except ReadError:
        return piece.decode("latin-1")


def _headers(head: bytes, charset: str | None) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for line in re.sub(rb"\r?\n(?=[ \t])", b"", head).replace(b"\r\n", b"\n").split(b"\n"):
        match = _FIELD.match(line)
        if match:
            value = match["value"].strip()[:_LONGEST_VALUE]
            found.append((match["name"].decode("ascii").lower(), _header_text(value, charset)))
    return tuple(found)


def _header_text(value: bytes, charset: str | None) -> str:
    """A header's text; where it is neither encoded nor UTF-8, it is in the charset of the message's text."""
    try:
        return decode(value, charset).replace("\x00", "")
    except ReadError:
        return value.decode("latin-1").replace("\x00", "")


def _parameters(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    pieces: dict[str, list[str]] = {}
    for match in _PARAMETER.finditer(value):
        name = match["name"].lower()
        text = re.sub(r"\\(.)", r"\1", match["quoted"]) if match["quoted"] is not None else match["bare"]
        base, star, _ = name.partition("*")
        if star:  # RFC 2231: `name*0*=utf-8''a%20b`, its pieces numbered, in order
            pieces.setdefault(base, []).append(text)
        else:
            found.setdefault(name, text)
    for base, parts in pieces.items():
        whole = "".join(parts)
        charset, _, rest = whole.partition("'") if whole.count("'") >= 2 else ("utf-8", "", whole)
        text = rest.partition("'")[2] if whole.count("'") >= 2 else rest
        try:
            found[base] = unquote_to_bytes(text).decode(charset or "utf-8", "replace")
        except LookupError:
            found[base] = text
    return found


def _divided(part: Part) -> Iterator[bytes]:
    """The bodies between the boundaries; where the header states none, the first line that looks like one is it."""
    boundary = part.parameter("boundary").encode("latin-1", "replace").rstrip()
    data = part.body
    if not boundary or b"--" + boundary not in data:
        guess = _GUESSED.search(data)
        if not guess:
            yield data
            return
        boundary = guess[0].strip()[2:]
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(?P<end>--)?[ \t]*(?:\r?\n|\Z)", re.M)
    start: int | None = None
    for mark in line.finditer(data):
        if start is not None:
            yield data[start : mark.start()]
        start = mark.end()
        if mark["end"]:
            return
    if start is not None:  # the message ends before its last boundary
        yield data[start:]


def _unencoded(data: bytes) -> bool:
    """Whether a body is text as it stands, though its header says that it is base64, whose lines have no words."""
    lines = [line for line in data[:4096].splitlines() if line.strip()]
    prose = sum(1 for line in lines if _PROSE.search(line) or line.lstrip().startswith(b"<"))
    return prose * 2 > len(lines)


def _base64(data: bytes) -> bytes:
    bare = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    whole = len(bare) // 4 * 4
    rest = {2: bare[whole:] + b"==", 3: bare[whole:] + b"="}.get(len(bare) - whole, b"")
    try:
        return base64.b64decode(bare[:whole] + rest)
    except (binascii.Error, ValueError):
        return b""
