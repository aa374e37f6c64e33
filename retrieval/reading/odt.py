"""OpenDocument texts (ODT, and `.fodt`, the same in one XML file): headings, lists, tables, notes, and properties.

Tracked deletions are left out. The days on which a file was made, changed and printed are not those of publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Kind, Limits
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.languages import language_code
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.office import document_article
from retrieval.reading.richtext import local_name, xml_root
from retrieval.reading.whole import read_whole
from retrieval.reading.zipped import ZippedParts
from retrieval.types import Article

FORMAT = "odt"
_SUFFIXES = (".odt", ".ott", ".fodt")
_LEFT_OUT = frozenset(
    ("tracked-changes", "annotation", "sequence-decls", "variable-decls", "forms", "script", "note", "frame")
)
_CAPTIONS = frozenset(("Caption", "Illustration", "Figure", "Drawing"))
_FLAT = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<office:document\b[^>]{0,6000}opendocument\.text", re.S)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is an OpenDocument text: a zip archive with the type's name, or the same in one XML file."""
    if head.startswith(b"PK\x03\x04"):
        return b"application/vnd.oasis.opendocument.text" in head[:300] or suffix in _SUFFIXES
    return bool(_FLAT.match(head_text(head)))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of the document. Raises ReadError where there is none."""
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        root = xml_root(decode(read_whole(file, limits)))
        yield _article(root, root, limits)
        return
    parts = ZippedParts(file, limits)
    if "content.xml" not in parts.names:
        raise ReadError("it is no OpenDocument text that is whole: its content is missing")
    if "META-INF/manifest.xml" in parts.names and b"encryption-data" in parts.read("META-INF/manifest.xml"):
        raise ReadError("it is encrypted and needs a password; save it without one")
    meta = xml_root(decode(parts.read("meta.xml"))) if "meta.xml" in parts.names else None
    yield _article(xml_root(decode(parts.read("content.xml"))), meta, limits)


def _article(root: Any, meta: Any, limits: Limits) -> Article:
    body = next((element for element in root.iter() if local_name(element) == "body"), None)
    if body is None:
        raise ReadError("the document has no text")
    walk = _Walk(_parents(root))
    walk.take(body)
    walk.flush()
    return document_article([*walk.blocks, *walk.notes], walk.title, _facts(meta), FORMAT, limits)


def _attribute(element: Any, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def _parents(root: Any) -> dict[str, str]:
    """The named style that each automatic style is made from."""
    styles = (element for element in root.iter() if local_name(element) == "style")
    return {_attribute(style, "name"): _attribute(style, "parent-style-name") for style in styles}


class _Walk:
    """The paragraphs, lists and tables of a body, in order; notes apart."""

    def __init__(self, parents: dict[str, str]) -> None:
        self.blocks: list[Block] = []
        self.notes: list[Block] = []
        self.title = ""
        self._parents = parents
        self._lines: list[str] = []
        self._lists = 0

    def take(self, body: Any) -> None:
        from lxml import etree

        bullet = False
        walker = etree.iterwalk(body, events=("start", "end"))
        for event, element in walker:
            name = local_name(element)
            if event == "end":
                self._lists -= name == "list"
                if name == "list" and not self._lists:
                    self.flush()
            elif name in ("p", "h"):
                walker.skip_subtree()
                self._paragraph(element, name, bullet)
                bullet = False
            elif name == "table":
                walker.skip_subtree()
                self.flush()
                self._table(element)
            elif name == "list":
                self._lists += 1
            elif name == "list-item":
                bullet = True
            elif name in _LEFT_OUT and name != "frame":
                walker.skip_subtree()

    def flush(self) -> None:
        """End the list that is being collected."""
        if self._lines:
            self.blocks.append(Block("\n".join(self._lines)))
            self._lines = []

    def _paragraph(self, element: Any, name: str, bullet: bool) -> None:
        self._own_text(element, name, bullet)
        # A text box lies within a paragraph, and its paragraphs are not part of that.
        for box in element.iterdescendants():
            if local_name(box) == "text-box" and not any(
                local_name(above) in ("text-box", "annotation") for above in _up_to(box, element)
            ):
                self.take(box)

    def _own_text(self, element: Any, name: str, bullet: bool) -> None:
        text = self._text(element)
        style = _attribute(element, "style-name")
        style = (self._parents.get(style) or style).replace("_20_", " ")
        if not text:
            return
        if name == "h":
            self.flush()
            self.blocks.append(Block(one_line(text), "heading"))
        elif self._lists:
            self._lines.append("  " * (self._lists - 1) + ("- " if bullet else "  ") + one_line(text))
        else:
            if style == "Title" and not self.title:
                self.title = one_line(text)
            heading = style in ("Title", "Subtitle") or style.startswith("Heading")
            kind: Kind = "heading" if heading else "caption" if style in _CAPTIONS else "text"
            self.blocks.append(Block(one_line(text) if heading else text, kind))

    def _table(self, table: Any) -> None:
        rows = []
        for row in table.iter():
            if local_name(row) == "table-row":
                cells = [self._cell(cell) for cell in row if local_name(cell) == "table-cell"]
                rows.append(" | ".join(cells).rstrip(" |"))
        text = "\n".join(row for row in rows if row.strip(" |"))
        if text:
            self.blocks.append(Block(text))

    def _cell(self, cell: Any) -> str:
        paragraphs = (inner for inner in cell.iter() if local_name(inner) in ("p", "h"))
        return one_line(" ".join(self._text(paragraph) for paragraph in paragraphs))

    def _text(self, paragraph: Any) -> str:
        from lxml import etree

        pieces: list[str] = []
        walker = etree.iterwalk(paragraph, events=("start", "end"))
        for event, element in walker:
            name = local_name(element)
            if event == "end":
                if element is not paragraph:
                    pieces.append(_spaced(element.tail))
                continue
            if name == "note":
                pieces.append(self._note(element))
                walker.skip_subtree()
            elif name in _LEFT_OUT:
                walker.skip_subtree()
            elif name in ("s", "tab"):
                pieces.append(" ")
            elif name == "line-break":
                pieces.append("\n")
            else:
                pieces.append(_spaced(element.text))
        lines = (one_line(line) for line in normalised("".join(pieces)).split("\n"))
        return "\n".join(line for line in lines if line)

    def _note(self, note: Any) -> str:
        mark, body = "", ""
        for child in note:
            text = one_line(
                normalised(" ".join("".join(inner.itertext()) for inner in child.iter() if local_name(inner) == "p"))
            )
            if local_name(child) == "note-citation":
                mark = one_line(child.text or "")
            elif local_name(child) == "note-body":
                body = text
        if not body:
            return ""
        self.notes.append(Block(f"[{mark}] {body}"))
        return f" [{mark}]"


def _spaced(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _facts(meta: Any) -> Facts:
    values: dict[str, str] = {}
    for element in meta.iter() if meta is not None else ():
        values.setdefault(local_name(element), one_line(normalised(element.text or "")))
    author = values.get("initial-creator") or values.get("creator") or ""
    return Facts(
        title=values.get("title", ""),
        authors=(author,) if author else (),
        language=language_code(values.get("language")),
    )


def _up_to(inner: Any, outer: Any) -> Iterator[Any]:
    """The elements that an element lies in, as far as another one."""
    for above in inner.iterancestors():
        if above is outer:
            return
        yield above
