"""Marked-up text as blocks: XHTML, NITF and fragments of HTML alike, by the names of their elements.

Nothing is taken for boilerplate here: what comes is the body of an article. For web pages, whose article has to be
found first, see `html.py`.
"""

from __future__ import annotations

import re
from typing import Any

from retrieval.reading.blocks import Block, Kind
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.wirecopy import is_wire_copy, wire_paragraphs
from retrieval.reading.xmltree import local

_PARTS = frozenset((
    "p", "div", "section", "article", "main", "aside", "header", "footer", "blockquote", "bq", "block", "pre",
    "ul", "ol", "dl", "li", "dt", "dd", "table", "caption", "tr", "thead", "tbody", "tfoot", "figure",
    "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2", "hr", "html", "body", "address", "details",
    "summary", "center", "fn", "media", "media-caption", "media-producer", "credit", "note", "pubdata",
    "body.content", "nitf-table", "nitf-table-content", "lead",
    "rubrik", "dat", "ort", "ingress", "brodtext", "mellis", "citat", "byline", "bild", "bildtext",  # as TT calls them
    "bildskapare",
))  # fmt: skip
_LEFT_OUT = frozenset((
    "script", "style", "head", "noscript", "iframe", "object", "embed", "svg", "math", "form", "button",
    "select", "textarea", "template", "audio", "video", "canvas", "nav", "title", "media-metadata",
    "media-reference", "media-object", "media-producer", "nitf-table-metadata", "noembed", "map",
    "bildfil",
))  # fmt: skip
_LISTS = frozenset(("ul", "ol", "dl", "table", "nitf-table"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2", "rubrik", "mellis"))
_CAPTIONS = frozenset(("figcaption", "media-caption", "figure", "bildtext"))
_TAG = re.compile(r"<(?:/?[A-Za-z][A-Za-z0-9]{0,15}(?:\s[^<>]{0,5000})?/?|!--)", re.S)
_DIVIDED = re.compile(r"<(?:p|pre|table)[\s/>]", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def text_blocks(text: str) -> list[Block]:
    """The paragraphs of a text that may be HTML or plain, as its tags say; blank lines divide a plain one."""
    if _TAG.search(text):
        if not _DIVIDED.search(text):  # blogs' editors write paragraphs as blank lines, whatever else they mark
            text = "<p>" + re.sub(r"\n[ \t\r]*+\n", "</p><p>", text.replace("\r\n", "\n")) + "</p>"
        return fragment_blocks(text)
    if _ENTITY.search(text):
        import html

        text = html.unescape(text)
    paragraphs = re.split(r"\n\s*\n", normalised(text))
    blocks = (_lines(paragraph) for paragraph in paragraphs)
    return [Block(block) for block in blocks if block]


def fragment_blocks(markup: str) -> list[Block]:
    """The blocks of a piece of HTML, however broken."""
    from lxml import etree
    from lxml import html as parser

    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", normalised(markup))
    if not text.strip():
        return []
    try:
        tree = parser.document_fromstring(f"<html><body><div>{text}</div></body></html>")
    except (etree.ParserError, ValueError):
        return []
    return element_blocks(tree)


def plain_words(text: str) -> str:
    """A line that may hold tags and entities (a feed's title), without them."""
    if not _TAG.search(text) and not _ENTITY.search(text):
        return one_line(normalised(text))
    return one_line(" ".join(block.text for block in text_blocks(text)))


def element_blocks(root: Any) -> list[Block]:
    """The blocks below an lxml element, in order: paragraphs, headings, captions, lists (`- `), tables (` | `)."""
    return _Walk().blocks(root)


class _Walk:
    """Collects running text until the next part begins or ends; no recursion, however deep the tree."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._running: list[str] = []
        self._open: list[list[str]] = []
        """For each list or table that is open the lines that it has so far."""
        self._hidden = 0
        self._cells = 0
        self._bullet = False
        self._kinds: list[Kind] = ["text"]

    def blocks(self, root: Any) -> list[Block]:
        from lxml import etree

        for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                self._begin(node, local(node).lower())
            elif event == "end":
                self._end(local(node).lower())
            if event != "start" and node is not root and not self._hidden:
                self._running.append(_flowing(node.tail))
        self._flush()
        return self._blocks

    def _begin(self, node: Any, name: str) -> None:
        self._hidden += name in _LEFT_OUT
        if self._hidden:
            return
        if name in ("td", "th"):
            self._running.append(" | ")
            self._cells += 1
        elif name in _PARTS:
            self._flush()
        if name in _LISTS and not self._cells:
            self._open.append([])
        elif name == "li":
            self._bullet = True
        elif name == "br":
            self._running.append("\n")
        if name in _HEADINGS:
            self._kinds.append("heading")
        elif name in _CAPTIONS:
            self._kinds.append("caption")
        self._running.append(node.text or "" if name == "pre" else _flowing(node.text))

    def _end(self, name: str) -> None:
        if name in _LEFT_OUT:
            self._hidden -= 1
        if self._hidden or name in _LEFT_OUT:
            return
        if name in ("td", "th"):
            self._cells -= 1
        elif name in _PARTS:
            self._flush()
        if name in _LISTS and not self._cells:
            lines = self._open.pop()
            if self._open:
                self._open[-1].extend(lines)
            elif lines:
                self._blocks.append(Block("\n".join(lines), self._kinds[-1]))
        if name in _HEADINGS or name in _CAPTIONS:
            self._kinds.pop()

    def _flush(self) -> None:
        if self._cells:  # what stands in a cell stays on its row's line
            self._running.append(" ")
            return
        text = normalised("".join(self._running))
        self._running = []
        if not text.strip(" |\n"):
            return
        kind = self._kinds[-1]
        if self._open:
            line = one_line(text).removeprefix("|").strip()
            self._open[-1].append("- " + line if self._bullet and not line.startswith("- ") else line)
            self._bullet = False
        elif kind == "heading":
            self._blocks.append(Block(one_line(text), kind))
        else:  # two line breaks are how a paragraph's end is written where nobody writes `p`
            parts = (_lines(part) for part in re.split(r"\n\s*\n", text))
            self._blocks.extend(Block(part, kind) for part in parts if part)


def _flowing(text: str | None) -> str:
    """Text in which a line's end is a space, as in all markup but `pre`, and but for wire copy that is set in lines."""
    if not text or "\n" not in text:
        return text or ""
    if is_wire_copy(text):
        return "\n\n".join(wire_paragraphs(text))
    return re.sub(r"(?<!\s)[^\S\r\n]*+[\r\n]\s*+", " ", text)


def _lines(text: str) -> str:
    """A block's lines, each on one line; lines that only the width of a teleprinter broke are one."""
    lines = [line for line in map(one_line, normalised(text).split("\n")) if line]
    if len(lines) > 1 and all(45 <= len(line) <= 80 for line in lines[:-1]) and len(lines[-1]) <= 80:
        return " ".join(lines)
    return "\n".join(lines)
