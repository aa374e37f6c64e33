"""Word documents (DOCX): the text of the main part, its footnotes after it, and what its properties say.

Deleted text of tracked changes is left out, inserted text kept. The days on which a file was made and changed are not
those of publication, so they are not read; the author is believed where the property holds a person's name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Kind, Limits
from retrieval.reading.encodings import decode
from retrieval.reading.languages import language_code
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.office import document_article
from retrieval.reading.richtext import local_name, xml_root
from retrieval.reading.zipped import ZippedParts
from retrieval.types import Article

FORMAT = "docx"
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|otsikko|nagłówek)\s?\d?|subtitle|untertitel", re.I
)
_LONGEST_INITIAL = 3
_SKIPPED = frozenset(
    ("del", "movefrom", "instrtext", "deltext", "rpr", "ppr", "sectpr", "tblpr", "trpr", "tcpr", "fallback")
)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a Word document: a zip archive with Word's parts, or called so."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    return suffix in (".docx", ".docm", ".dotx") or (b"[Content_Types].xml" in head and b"word/" in head)


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of a Word document. Raises ReadError where there is none."""
    parts = ZippedParts(file, limits)
    main = next((path for path in _main_parts(parts) if path in parts.names), None)
    if main is None:
        raise ReadError("it is no Word document that is whole: its main part is missing")
    folder = posixpath.dirname(main)
    names = _style_names(parts, f"{folder}/styles.xml")
    walk = _Walk(names)
    walk.take(xml_root(decode(parts.read(main))))
    walk.flush()
    for notes in ("footnotes", "endnotes"):
        path = f"{folder}/{notes}.xml"
        if path in parts.names:
            walk.blocks += _notes(xml_root(decode(parts.read(path))), names)
    yield document_article(walk.blocks, walk.title, _facts(parts), FORMAT, limits)


def _main_parts(parts: ZippedParts) -> Iterator[str]:
    if "_rels/.rels" in parts.names:
        for element in xml_root(decode(parts.read("_rels/.rels"))).iter():
            if (element.get("Type") or "").endswith("/officeDocument"):
                yield (element.get("Target") or "").lstrip("/")
    yield "word/document.xml"


def _value(element: Any, name: str = "val") -> str:
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def _style_names(parts: ZippedParts, path: str) -> dict[str, str]:
    """The name of each paragraph style, by its id: ids are translated, or numbers, in many documents."""
    if path not in parts.names:
        return {}
    names: dict[str, str] = {}
    for style in xml_root(decode(parts.read(path))).iter():
        if local_name(style) == "style":
            name = next((_value(child) for child in style if local_name(child) == "name"), "")
            level = any(local_name(inner) == "outlinelvl" and _value(inner) in "012345678" for inner in style.iter())
            names[_value(style, "styleId")] = "heading" if level else name
    return names


@dataclass(slots=True)
class _Walk:
    """The paragraphs and tables of a part, in order."""

    names: dict[str, str]
    blocks: list[Block] = field(default_factory=list)
    title: str = ""
    _lines: list[str] = field(default_factory=list)
    _initial: str = ""
    """The large letter that stands before the paragraph which it begins, in a frame of its own."""

    def take(self, root: Any) -> None:
        from lxml import etree

        walker = etree.iterwalk(root, events=("start",))
        for _, element in walker:
            name = local_name(element)
            if name == "p":
                walker.skip_subtree()
                self._paragraph(element)
            elif name == "tbl":
                walker.skip_subtree()
                self.flush()
                self._table(element)
            elif name in _SKIPPED:
                walker.skip_subtree()

    def flush(self) -> None:
        if self._initial:
            self.blocks.append(Block(self._initial))
            self._initial = ""
        if self._lines:
            self.blocks.append(Block("\n".join(self._lines)))
            self._lines = []

    def _paragraph(self, element: Any) -> None:
        text = _text(element)
        # A text box lies within a paragraph, and its paragraphs are not part of that.
        boxes = [inner for inner in element.iterdescendants() if local_name(inner) == "txbxcontent"]
        style, level = _style(element, self.names)
        if text and len(text) <= _LONGEST_INITIAL and _is_drop_cap(element):
            self.flush()
            self._initial = text
            return
        if text:
            text, self._initial = self._initial + text, ""
        if text and level is not None:
            self._lines.append("  " * level + "- " + text.replace("\n", " "))
        elif text:
            self.flush()
            if style.lower() in ("title", "titel", "titre", "título") and not self.title:
                self.title = one_line(text)
            kind: Kind = "heading" if _HEADING.fullmatch(style) else "caption" if style.lower() == "caption" else "text"
            self.blocks.append(Block(one_line(text) if kind == "heading" else text, kind))
        for box in boxes:
            if not any(local_name(above) in ("fallback", "txbxcontent") for above in box.iterancestors()):
                self.take(box)

    def _table(self, table: Any) -> None:
        rows = []
        for row in table:
            if local_name(row) == "tr":
                cells = [one_line(" ".join(map(_text, _paragraphs(cell)))) for cell in row if local_name(cell) == "tc"]
                rows.append(cells)
        if all(len(cells) <= 1 for cells in rows):  # a frame around text
            self.blocks += [Block(cell) for cells in rows for cell in cells if cell]
            return
        lines = [" | ".join(cells) for cells in rows if any(cells)]
        if lines:
            self.blocks.append(Block("\n".join(lines)))


def _is_drop_cap(paragraph: Any) -> bool:
    return any(
        _value(frame, "dropCap") in ("drop", "margin")
        for properties in paragraph
        if local_name(properties) == "ppr"
        for frame in properties
        if local_name(frame) == "framepr"
    )


def _paragraphs(element: Any) -> Iterator[Any]:
    return (inner for inner in element.iterdescendants() if local_name(inner) == "p")


def _style(paragraph: Any, names: dict[str, str]) -> tuple[str, int | None]:
    """A paragraph's style by name, and its depth where it is an item of a list."""
    style, level = "", None
    for properties in paragraph:
        if local_name(properties) != "ppr":
            continue
        for element in properties:
            name = local_name(element)
            if name == "pstyle":
                style = names.get(_value(element), _value(element))
            elif name == "outlinelvl" and _value(element) in "012345678":
                style = "heading"
            elif name == "numpr":
                depths = [_value(child) for child in element if local_name(child) == "ilvl"]
                level = min(int(depths[0]), 8) if depths and depths[0].isdigit() else 0
                if any(local_name(child) == "numid" and _value(child) == "0" for child in element):
                    level = None
    if (
        re.fullmatch(r"list (?:bullet|number|paragraph).*", style, re.I)
        and level is None
        and "paragraph" not in style.lower()
    ):
        level = 0
    return style, None if _HEADING.fullmatch(style) else level


def _text(paragraph: Any) -> str:
    from lxml import etree

    pieces: list[str] = []
    walker = etree.iterwalk(paragraph, events=("start",))
    for _, element in walker:
        name = local_name(element)
        if name in _SKIPPED or (name in ("drawing", "pict", "txbxcontent") and element is not paragraph):
            walker.skip_subtree()
        elif name == "t":
            pieces.append(element.text or "")
        elif name == "tab":
            pieces.append(" ")
        elif name in ("br", "cr"):
            pieces.append("\n")
        elif name == "nobreakhyphen":
            pieces.append("-")
        elif name in ("footnotereference", "endnotereference"):
            pieces.append(f" [{_value(element, 'id')}]")
    lines = (one_line(line) for line in normalised("".join(pieces)).split("\n"))
    return "\n".join(line for line in lines if line)


def _notes(root: Any, names: dict[str, str]) -> list[Block]:
    """The notes, each with the number by which the text refers to it; separators are no notes."""
    found = []
    for note in root:
        number = _value(note, "id")
        if local_name(note) not in ("footnote", "endnote") or _value(note, "type") in (
            "separator",
            "continuationSeparator",
        ):
            continue
        text = one_line(" ".join(map(_text, _paragraphs(note))))
        if text:
            found.append(Block(f"[{number}] {text}"))
    return found


def _facts(parts: ZippedParts) -> Facts:
    path = "docProps/core.xml"
    if path not in parts.names:
        return Facts()
    values = {local_name(item): one_line(normalised(item.text or "")) for item in xml_root(decode(parts.read(path)))}
    return replace(
        Facts(title=values.get("title", ""), language=language_code(values.get("language"))),
        authors=(values["creator"],) if values.get("creator") else (),
    )
