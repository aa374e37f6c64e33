"""Bytes to text: what the file says about its encoding, as far as that is true, else the likeliest.

Order: byte order mark, UTF-16 by its NULs, strict UTF-8, the declared charset, UTF-8 with a few broken bytes, and
then Windows-1252, unless at least 1 KiB of text speaks clearly for another one. A detector is never asked about less:
it takes a short "Café Müller" for DOS Cyrillic.
"""

from __future__ import annotations

import codecs
import re

from retrieval.errors import ReadError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16's mark does, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a page may declare: the codecs that hold text, and none of Python's own inventions (punycode takes forever).
_ALLOWED = re.compile(
    r"(iso-?8859|iso-?2022|windows|cp|koi8|euc|s(hift)?[_-]?jis|gb|big5|mac|latin|utf-?8|tis|hz|ascii|us-)"
)
_AS_1252 = {"iso8859-1"}  # WHATWG Encoding Standard: this label means Windows-1252
_WESTERN = ("cp1252", "latin_1")
_DETECTED_FROM, _DETECTED_IN = 1024, 64 * 1024
_MOJIBAKE = re.compile(r"[A-Za-z][¤¦§¨ª¬¯±²³µ¶¸¹º¼½¾¿×÷¡£¥][A-Za-z]|[a-z][ª³¹¿¼¾º](?=[\s,.])")


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of `data`, without a byte order mark.

    Raises ReadError for data that is text in no known encoding, and for data with NUL characters.
    """
    text = _decode(data, declared)
    if "\x00" in text:
        raise ReadError("it holds NUL characters: binary data, not text")
    return text


def unicode_encoding(head: bytes) -> tuple[str, int] | None:
    """The Unicode encoding that a file's first bytes show, with the length of its byte order mark; else None."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    pairs = len(head) // 2
    if pairs < 4 or b"\x00" not in head:
        return None
    high, low = head[0 : pairs * 2 : 2], head[1 : pairs * 2 : 2]
    # Text in UTF-16 is at least in part ASCII (spaces, line ends), and then every other byte is NUL.
    if low.count(0) >= 0.3 * pairs and high.count(0) <= 0.02 * pairs:
        return "utf-16-le", 0
    if high.count(0) >= 0.3 * pairs and low.count(0) <= 0.02 * pairs:
        return "utf-16-be", 0
    return None


def head_text(head: bytes) -> str:
    """A file's first bytes as text good enough to tell formats by: ASCII is right, the rest may be anything."""
    found = unicode_encoding(head)
    if found:
        return head[found[1] :].decode(found[0], "replace")
    return head.decode("latin-1")


def _decode(data: bytes, declared: str | None) -> str:
    found = unicode_encoding(data[:4096])
    if found:
        text = data[found[1] :].decode(found[0], "replace")
        return _sound(text, found[0])
    if b"\x1b$" in data:  # Japanese in seven bits, which is valid UTF-8 too
        try:
            return data.decode("iso2022_jp_2")
        except UnicodeDecodeError:
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    encoding = _codec(declared)
    if encoding:
        text = data.decode(encoding, "replace")
        if text.count("\ufffd") * 100 <= len(text):
            return text
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if len(text) - len(text.encode("ascii", "ignore")) - broken >= max(2, 4 * broken):
        return text
    return _guessed(data)


def _codec(declared: str | None) -> str | None:
    if not declared or not _ALLOWED.match(declared.strip().lower()):
        return None
    try:
        name = codecs.lookup(declared.strip()).name
    except LookupError:
        return None
    if name == "ascii":  # what is not ASCII shows that the declaration is wrong
        return None
    return "cp1252" if name in _AS_1252 else name


def _guessed(data: bytes) -> str:
    western = data.decode("cp1252", "replace")
    # The detector takes German for Central European, so it is asked only where Windows-1252 gives no western language.
    encoding = None if len(data) < _DETECTED_FROM or _plausible(western) else _detected(data)
    if encoding:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass  # right for the sample that was detected in, wrong for the rest
    return _sound(western, "windows-1252")


def _plausible(western: str) -> bool:
    """Whether a text decoded as Windows-1252 looks like a western European language."""
    foreign = sum(1 for char in western if char > "\x7f" and char.isalpha())
    letters = sum(1 for char in western if char.isalpha()) or 1
    odd = sum(1 for _ in _MOJIBAKE.finditer(western)) + western.count("\ufffd")
    return foreign <= 0.2 * letters and odd <= 0.1 * (foreign + 10)


def _detected(data: bytes) -> str | None:
    import charset_normalizer

    sample = data[:_DETECTED_IN]
    if len(sample) < len(data):
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    matches = charset_normalizer.from_bytes(sample)
    return next((match.encoding for match in matches if match.encoding not in _WESTERN and match.chaos <= 0.2), None)


def _sound(text: str, encoding: str) -> str:
    broken = text.count("\ufffd")
    if broken * 20 > len(text):
        raise ReadError(f"it cannot be decoded: {broken} of {len(text)} characters are not valid as {encoding}")
    return text
