"""XML read safely: nothing is expanded, fetched or held for longer than it is looked at.

Entities that a document declares itself are not expanded, but for those that stand for a few plain characters; HTML's
names (`&nbsp;`), which many producers write into XML without declaring them, are known. Depth and the length of one
text are bounded by libxml2. Broken XML gives what can be read of it, and a complaint that says where it broke.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterator
from html.entities import name2codepoint
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.encodings import decode, head_text, unicode_encoding
from retrieval.reading.normalise import normalised, one_line

_ROOT = re.compile(r"<(?P<name>[A-Za-z_][\w.:-]{0,80})(?P<attributes>[^<>]{0,8000})")
_SPACE = re.compile(r"\s*")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,1000}", re.I)
_SUBSET_END = re.compile(r"\]\s*>")
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,9});")
_OWN = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_SEVEN_BITS = ("iso-2022", "iso2022", "hz", "utf-7", "utf7")
_LONGEST_ENTITY = 32  # characters that an entity of the document's own may stand for
_CHUNK = 64 * 1024
_BLANK = " \t\r\n\ufeffï»¿"  # the last three are how UTF-8's byte order mark looks in Latin-1


def root_of(head: bytes) -> tuple[str, str]:
    """The local name of the root element of what may be XML, and its attributes as written; two empty texts if none."""
    text = head_text(head)
    at = len(text) - len(text.lstrip(_BLANK))
    # Not one pattern: with many comments it would try every way to divide them.
    while text.startswith(("<?", "<!"), at):
        end = _end_of_declaration(text, at)
        if end < 0:
            return "", ""
        blank = _SPACE.match(text, end)
        at = blank.end() if blank else end
    match = _ROOT.match(text, at)
    return (match["name"].rpartition(":")[2], match["attributes"]) if match else ("", "")


def _end_of_declaration(text: str, at: int) -> int:
    """Where an instruction, comment or document type that begins there ends; -1 where it does not."""
    for opening, closing in (("<?", "?>"), ("<!--", "-->")):
        if text.startswith(opening, at):
            end = text.find(closing, at + len(opening))
            return end + len(closing) if end >= 0 else -1
    doctype = _DOCTYPE.match(text, at)
    if not doctype:
        return -1
    if text.startswith("[", doctype.end()):
        closed = _SUBSET_END.search(text, doctype.end())
        return closed.end() if closed else -1
    return doctype.end() + 1 if text.startswith(">", doctype.end()) else -1


def local(element: Any) -> str:
    """An element's name without its namespace; empty for a comment, an instruction or an entity."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def words(element: Any) -> str:
    """All text of an element (or None) on one line, without that of comments."""
    if element is None:
        return ""
    parts = (part for part in element.itertext() if isinstance(part, str))
    return one_line(normalised(" ".join(parts) if len(element) == 0 else "".join(_spaced(element))))


def first(element: Any, *names: str) -> Any:
    """The first descendant by these local names, the earlier name before the later; None where there is none."""
    for name in names:
        found = next(element.iter("{*}" + name), None)
        if found is not None:
            return found
    return None


def stated_words(element: Any, *names: str) -> str:
    """The text of the first descendant by one of these names that has any, on one line."""
    for name in names:
        for found in element.iter("{*}" + name):
            if text := words(found):
                return text
    return ""


def _spaced(element: Any) -> Iterator[str]:
    """The pieces of text below an element; those of elements other than inline marks are kept apart by spaces."""
    from lxml import etree

    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start":
            yield node.text or ""
        elif node is not element:
            yield node.tail or ""
            if event == "end" and local(node) not in ("a", "b", "i", "em", "strong", "span", "sup", "sub", "q"):
                yield " "


class XmlFile:
    """An XML file from which elements are taken one by one; `trouble` says afterwards what was wrong with it."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        """`longest` is how many bytes of XML that names no known encoding are held to find it out."""
        self._file = file
        self._longest = longest
        self.trouble: str | None = None

    def elements(self, names: Collection[str]) -> Iterator[Any]:
        """The outermost elements with these local names, in order, each freed once the next is asked for.

        May be asked for again, which reads the file anew. What follows the place where the XML is broken beyond repair
        does not come.
        """
        from lxml import etree

        source, encoding = self._source()
        inside = 0
        self.trouble = None
        parsing = etree.iterparse(
            source, events=("start", "end"), encoding=encoding, recover=True, resolve_entities=False, no_network=True,
            load_dtd=False, huge_tree=False, remove_pis=True,
        )  # fmt: skip
        try:
            for event, element in parsing:
                named = local(element) in names
                inside += named * (1 if event == "start" else -1)
                if event == "end" and not inside:
                    if named:
                        _expand(element)
                        yield element
                    _free(element)
                    source.forget()
        except (etree.XMLSyntaxError, LookupError, ValueError) as error:
            self.trouble = _said(error)
            return
        self.trouble = _complaint(parsing.error_log)

    def root(self) -> Any:
        """The whole tree. Raises ReadError where there is none."""
        from lxml import etree

        if self._file.seek(0, 2) > self._longest:
            raise ReadError(f"it is XML of more than the {self._longest:,} bytes that are read at once")
        source, encoding = self._source()
        self.trouble = None
        parser = etree.XMLParser(
            encoding=encoding, recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_pis=True,
        )  # fmt: skip
        try:
            root = etree.parse(source, parser).getroot()
        except (etree.XMLSyntaxError, LookupError, ValueError) as error:
            raise ReadError(_said(error)) from error
        self.trouble = _complaint(parser.error_log)
        if root is None:
            raise ReadError(self.trouble or "it holds no XML element")
        _expand(root)
        return root

    def _source(self) -> tuple[_Numbered, str | None]:
        """The file with HTML's entities as numbers, and the encoding to read it in where it states a wrong one."""
        self._file.seek(0)
        head = self._file.read(4096)
        self._file.seek(0)
        if unicode_encoding(head) and not head.startswith(codecs.BOM_UTF8):
            return _Numbered(self._file, self._longest, plain=False), None
        blank = len(head) - len(head.lstrip())
        if blank and head.lstrip().startswith(b"<?xml"):
            self._file.seek(blank)  # a declaration has to come first, and often does not
        declared = _DECLARED.match(head.lstrip(codecs.BOM_UTF8))
        named = declared[1].decode("ascii").lower() if declared else "utf-8"
        if not named.startswith(_SEVEN_BITS) and self._is_utf8():
            # Much that calls itself Latin-1 is UTF-8; the other way round no text is valid by chance.
            return _Numbered(self._file, self._longest, plain=True), "utf-8"
        codec = _text_codec(named)
        if codec and codec != "utf-8":
            return _Numbered(self._file, self._longest, plain=True), "windows-1252" if codec in (
                "iso8859-1",
                "ascii",
            ) else named
        data = self._file.read(self._longest + 1)
        if len(data) > self._longest:
            raise ReadError(f"it is in no known encoding, and too large ({len(data):,} bytes) to find it out")
        text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", decode(data, named if declared and codec != "utf-8" else None))
        return _Numbered(io.BytesIO(text.encode("utf-8", "replace")), self._longest, plain=True), "utf-8"

    def _is_utf8(self) -> bool:
        """Whether the rest of the file is valid UTF-8; leaves the place in the file as it is."""
        start = self._file.tell()
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := self._file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            return False
        finally:
            self._file.seek(start)
        return True


def _text_codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # fails for what is no encoding of text (zlib, rot13)
    except LookupError:
        return None
    return found.name


class _Numbered:
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


def _expand(root: Any) -> None:
    """Put the few characters that an entity of the document stands for in its place; all others leave nothing."""
    from lxml import etree

    references = list(root.iter(etree.Entity))
    if not references:
        return
    internal = root.getroottree().docinfo.internalDTD
    known = {}
    for entity in internal.iterentities() if internal is not None else ():
        content = entity.content or ""
        if len(content) <= _LONGEST_ENTITY and not re.search(r"[&<%]", content):
            known[entity.name] = content
    for reference in references:
        parent = reference.getparent()
        if parent is None:
            continue
        text = known.get(reference.name, "") + (reference.tail or "")
        before = reference.getprevious()
        if before is None:
            parent.text = (parent.text or "") + text
        else:
            before.tail = (before.tail or "") + text
        reference.tail = None
        parent.remove(reference)


def _free(element: Any) -> None:
    tail = element.tail
    element.clear()
    element.tail = tail
    while element.getprevious() is not None and element.getparent() is not None:
        del element.getparent()[0]


def _complaint(log: Any) -> str | None:
    # A missing namespace declaration or an unusual URI breaks nothing that is read here.
    for entry in log:
        if entry.domain_name != "NAMESPACE" and entry.level_name != "WARNING":
            return f"the XML is broken at line {entry.line} ({one_line(entry.message)[:100]})"
    return None


def _said(error: Exception) -> str:
    return f"it cannot be read as XML ({one_line(str(error))[:120]})"
