"""XML read safely: nothing is expanded, fetched or held for longer than it is looked at.

Entities that a document declares itself are not expanded, but for those that stand for a few plain characters; HTML's
names (`&nbsp;`), which many producers write into XML without declaring them, are known. Depth and the length of one
text are bounded by libxml2. Broken XML gives what can be read of it, and a complaint that says where it broke.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.encodings import head_text
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.xmlbytes import xml_bytes

_ROOT = re.compile(r"<(?P<name>[A-Za-z_][\w.:-]{0,80})(?P<attributes>[^<>]{0,8000})")
_SPACE = re.compile(r"\s*")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,1000}", re.I)
_SUBSET_END = re.compile(r"\]\s*>")
_LONGEST_ENTITY = 32  # characters that an entity of the document's own may stand for
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

        source, encoding = xml_bytes(self._file, self._longest)
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
        source, encoding = xml_bytes(self._file, self._longest)
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
