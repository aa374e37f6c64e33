"""What a file that is not text looks like, by its first bytes."""

from __future__ import annotations

import re

from retrieval.reading.encodings import head_text, unicode_encoding

_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG", 0, "a PNG image"),
    (b"\xff\xd8\xff", 0, "a JPEG image"),
    (b"GIF8", 0, "a GIF image"),
    (b"II*\x00", 0, "a TIFF image"),
    (b"MM\x00*", 0, "a TIFF image"),
    (b"WEBP", 8, "a WebP image"),
    (b"%PDF-", 0, "a PDF document"),
    (b"%!PS", 0, "a PostScript document"),
    (b"{\\rtf", 0, "an RTF document"),
    (b"\xd0\xcf\x11\xe0", 0, "an old Office document"),
    (b"PK\x03\x04", 0, "a zip archive (or an Office or EPUB document)"),
    (b"PK\x05\x06", 0, "an empty zip archive"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    (b"BZh", 0, "a bzip2 archive"),
    (b"\xfd7zXZ", 0, "an xz archive"),
    (b"\x28\xb5\x2f\xfd", 0, "a zstd archive"),
    (b"7z\xbc\xaf", 0, "a 7z archive"),
    (b"Rar!", 0, "a rar archive"),
    (b"ustar", 257, "a tar archive"),
    (b"\x1f\x9d", 0, "a Unix compress archive (.Z)"),
    (b"\x04\x22\x4d\x18", 0, "an lz4 archive"),
    (b"\x02\x21\x4c\x18", 0, "an lz4 archive"),
    (b"LZIP\x01", 0, "an lzip archive"),
    (b"LRZI\x00", 0, "an lrzip archive"),
    (b"\x89LZO\x00", 0, "an lzop archive"),
    (b"MSCF\x00", 0, "a cabinet archive (.cab)"),
    (b"\xed\xab\xee\xdb", 0, "an RPM package"),
    (b"!<arch>\n", 0, "an ar archive or a Debian package"),
    (b"SQLite format 3", 0, "an SQLite database"),
    (b"ID3", 0, "an MP3 recording"),
    (b"OggS", 0, "an Ogg recording"),
    (b"RIFF", 0, "a recording"),
    (b"ftyp", 4, "a film or recording"),
    (b"\x7fELF", 0, "a program"),
    (b"MZ\x90", 0, "a program"),
    (b"-----BEGIN PGP MESSAGE-----", 0, "an encrypted message (PGP)"),
    (b"-----BEGIN PGP SIGNATURE-----", 0, "a signature (PGP)"),
    (b"-----BEGIN PGP P", 0, "a key (PGP)"),
    (b"-----BEGIN CERTIFICATE", 0, "a certificate"),
    (b"WARC/", 0, "a web archive (WARC)"),
    (b"ZIM\x04", 0, "a ZIM archive"),
)
_ARCHIVES = (  # whose first bytes alone could be text
    (re.compile(rb"07070(?:7[0-7]{70}|[12][0-9A-Fa-f]{104})"), "a cpio archive"),
    (re.compile(rb"(?:\x71\xc7|\xc7\x71)[^\x00]{0,4}\x00", re.S), "a cpio archive"),
    (re.compile(rb"[\x16-\xff][^\n\r]-l[hz][0-9ds]-", re.S), "an LHA archive"),
)
_MARKUP = re.compile(
    r"(?:\ufeff|\xef\xbb\xbf)?\s*<(?:\?xml|!DOCTYPE|rss|feed|rdf:|nitf|newsItem|newsMessage|TEI|svg)\b", re.I
)
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b\x1a\x08"))


def is_markup(head: bytes) -> bool:
    """Whether a file begins as XML or another markup does, whose tags are no text."""
    return bool(_MARKUP.match(head_text(head)))


def looks_like(head: bytes) -> str | None:
    """What kind of file these first bytes show where it is not text ("a PNG image", "binary data"), else None."""
    for signature, offset, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return kind
    for pattern, kind in _ARCHIVES:
        if pattern.match(head):
            return kind
    if unicode_encoding(head):
        return None
    if b"\x00" in head:
        return "binary data (it holds NUL bytes)"
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls * 10 > len(head):
        return "binary data (it is full of control characters)"
    return None
