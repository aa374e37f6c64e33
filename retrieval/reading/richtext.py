"""Markup that is all text (a chapter, a letter, a field of a record) to blocks; nothing of it is taken for boilerplate.

Web pages, where the article has to be found first, are `html.py`'s. A list is one block with a line for each item, and
so is a table of data; a table that only sets the page, as in newsletters, is taken apart into its cells.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Any

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Kind
from retrieval.reading.normalise import normalised, one_line

_IGNORED = frozenset((
    "script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object", "embed", "audio", "video",
    "canvas", "button", "select", "textarea", "input", "map", "rp", "rt",
))  # fmt: skip
_HEADINGS = frozenset((
    "h1", "h2", "h3", "h4", "h5", "h6",
))  # fmt: skip
_PARTS = frozenset((
    "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "body", "html", "blockquote", "ul",
    "ol", "dl", "dt", "dd", "li", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "figure",
    "figcaption", "pre", "address", "center", "details", "summary", "form", "fieldset", "hr", "h1", "h2", "h3", "h4",
    "h5", "h6",
))  # fmt: skip
_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.I)
# What is never closed goes on to the end: looked for from each of its openings, it would take forever.
_QUOTED = re.compile(r"\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|<!--.*?(?:-->|\Z)|[\[\]>]", re.S)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_KEPT_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
_HTML = re.compile(
    r"<(?:p|div|br|span|a|h[1-6]|ul|ol|li|strong|em|b|i|blockquote|table|img|section|article|figure)\b[^<>]*>", re.I
)
_LINE_END = re.compile(r"(?<![ \t])[ \t]*+[\r\n]\s*+")
_CELL_CHARS = 300  # a longer cell is a column of the page, not a value


def is_html(text: str) -> bool:
    """Whether a text holds tags of HTML, as the bodies in feeds and databases do."""
    return bool(_HTML.search(text))


def xml_root(text: str) -> Any:
    """The root (lxml) of decoded XML, as far as it can be read; no entity but HTML's is known, nothing is fetched.

    Raises ReadError where it is no XML at all.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    bare = _without_doctype(_DECLARATION.sub("", text.lstrip("\ufeff")))
    try:
        root = etree.fromstring(_NAMED.sub(_entity, bare).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReadError(f"it is no XML that can be parsed ({str(error)[:100]})") from error
    if root is None:
        raise ReadError("it is no XML that can be parsed")
    return root


def html_root(text: str) -> Any:
    """The root (lxml) of decoded HTML or a fragment of it, None where nothing is in it."""
    from lxml import etree

    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        return etree.fromstring(_DECLARATION.sub("", text).encode("utf-8", "replace") or b"<p/>", parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def html_blocks(text: str) -> list[Block]:
    """The blocks of decoded HTML."""
    return tree_blocks(html_root(text))


def tree_blocks(root: Any) -> list[Block]:
    """The blocks below an element of (X)HTML, whatever namespace its tags are in; none for None."""
    if root is None:
        return []
    walk = _Walk()
    walk.take(root)
    return walk.blocks


def local_name(element: Any) -> str:
    """An element's tag in lower case, without its namespace; empty for comments and instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1].lower() if isinstance(tag, str) else ""


def _without_doctype(text: str) -> str:
    # Without it no entity is declared, so none can stand for a gigabyte or for another file.
    found = _DOCTYPE.search(text, 0, 4096)
    if not found:
        return text
    inside = False
    for mark in _QUOTED.finditer(text, found.end()):
        if mark[0] in ("[", "]"):
            inside = mark[0] == "["
        elif mark[0] == ">" and not inside:
            return text[: found.start()] + text[mark.end() :]
    raise ReadError("it is no XML that can be parsed (its document type never ends)")


def _entity(match: re.Match[str]) -> str:
    return match[0] if match[1] in _KEPT_ENTITIES else html5.get(match[1] + ";", match[0])


class _Walk:
    """Collects running text until the next part begins or ends. It does not recurse: pages nest without end."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._running: list[str] = []
        self._lists: list[int | None] = []
        self._lines: list[str] = []
        self._bullet = ""
        self._kinds: list[Kind] = []
        self._rows: list[list[str]] | None = None
        self._table: Any = None
        self._pre = 0

    def take(self, root: Any) -> None:
        from lxml import etree

        walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walker:
            if event in ("comment", "pi"):
                self._run(element.tail)
                continue
            name = local_name(element)
            if event == "end":
                if not _is_ignored(element, name):
                    self._end(element, name)
                if element is not root:
                    self._run(element.tail)
            elif _is_ignored(element, name):
                walker.skip_subtree()
            else:
                self._start(element, name)
                self._run(element.text)
        self._flush()
        self._end_lines()

    def _run(self, text: str | None) -> None:
        # A line's end in the source is a space, but where lines were set by hand.
        self._running.append(text if text and self._pre else _LINE_END.sub(" ", text or ""))

    def _start(self, element: Any, name: str) -> None:
        if name == "br":
            self._running.append("\n")
        if name not in _PARTS:
            return
        if self._rows is not None:
            self._in_table(name)
            return
        self._flush()
        if name in ("ul", "ol"):
            self._lists.append(_first(element) if name == "ol" else None)
        elif name == "li":
            self._bullet = self._next_bullet()
        elif name == "pre":
            self._pre += 1
        elif name in _HEADINGS:
            self._kinds.append("heading")
        elif name in ("figcaption", "caption"):
            self._kinds.append("caption")
        elif name == "table" and _is_data(element):
            self._rows, self._table = [], element

    def _end(self, element: Any, name: str) -> None:
        if name not in _PARTS:
            return
        if self._rows is not None:
            self._in_table(name)
            if element is self._table:
                rows = [" | ".join(row) for row in self._rows if any(row)]
                self._rows = None
                self._add("\n".join(rows), "text")
            return
        self._flush()
        if name in ("ul", "ol") and self._lists:
            self._lists.pop()
            if not self._lists:
                self._end_lines()
        elif name == "pre":
            self._pre -= 1
        elif name in _HEADINGS or name in ("figcaption", "caption"):
            self._kinds.pop()

    def _in_table(self, name: str) -> None:
        if name not in ("td", "th", "tr", "table", "caption"):
            self._running.append(" ")
            return
        text = one_line(normalised("".join(self._running)))
        self._running = []
        rows = self._rows if self._rows is not None else []
        if name == "tr":
            rows.append([])
        if not rows:
            rows.append([])
        if text:
            rows[-1].append(text)

    def _flush(self) -> None:
        text = normalised("".join(self._running))
        self._running = []
        lines = text.split("\n") if self._pre or "\n" in text else [text]
        kind: Kind = self._kinds[-1] if self._kinds else "text"
        if self._pre:
            self._add("\n".join(line.rstrip() for line in lines if line.strip()), kind)
        elif kind == "heading":
            self._add(one_line(text), kind)
        else:
            self._add("\n".join(line for line in map(one_line, lines) if line), kind)

    def _add(self, text: str, kind: Kind) -> None:
        if not text.strip():
            return
        if not self._lists:
            self.blocks.append(Block(text, kind))
            return
        indent = "  " * (len(self._lists) - 1)
        for line in text.split("\n"):
            self._lines.append(indent + (self._bullet or "  ") + line)
            self._bullet = ""

    def _next_bullet(self) -> str:
        if not self._lists:
            return ""
        number = self._lists[-1]
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _end_lines(self) -> None:
        if self._lines:
            self.blocks.append(Block("\n".join(self._lines)))
            self._lines = []


def _is_ignored(element: Any, name: str) -> bool:
    return (
        not name
        or name in _IGNORED
        or element.get("hidden") is not None
        or bool(_UNSEEN.search(element.get("style") or ""))
    )


def _first(element: Any) -> int:
    start = element.get("start") or ""
    return int(start) if re.fullmatch(r"[0-9]{1,6}", start) else 1


def _is_data(table: Any) -> bool:
    """Whether a table holds values: two rows or more, one of two cells or more, no long cell and no table in it."""
    if (table.get("role") or "") == "presentation":
        return False
    rows = widest = cells = 0
    for element in table.iterdescendants():
        name = local_name(element)
        if name in ("table", "ul", "ol", "h1", "h2", "h3", "img", "blockquote"):
            return False
        if name == "tr":
            rows, cells = rows + 1, 0
        elif name in ("td", "th"):
            cells += 1
            widest = max(widest, cells)
            if len("".join(element.itertext())) > _CELL_CHARS:
                return False
    return rows >= 2 and widest >= 2
