"""The text of XML whose sections hold `p` and a title of their own, as scholarly formats have it, as blocks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from retrieval.reading.blocks import Block, Kind
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.xmltree import local

_PARTS: dict[str, Kind] = {
    "p": "text", "para": "text", "ab": "text", "l": "text", "lg": "text", "item": "text", "list-item": "text",
    "row": "text", "tr": "text", "quote": "text", "disp-quote": "text", "verse-line": "text", "def": "text",
    "div": "text", "sec": "text", "sp": "text", "head": "heading", "title": "heading", "byline": "text",
    "caption": "caption", "figDesc": "caption", "table": "text", "list": "text", "body": "text", "list_": "text",
    "simpara": "text", "section": "text", "listitem": "text", "speaker": "text", "dateline": "text", "opener": "text",
}  # fmt: skip
_CELLS = ("td", "th", "cell", "entry")
_ITEMS = ("item", "list-item", "listitem")
_BREAKS = ("lb", "break", "br")


def section_blocks(root: Any, left_out: Collection[str] = ()) -> list[Block]:
    """The blocks below an lxml element, in order, without the elements with a local name that is `left_out`."""
    return _Sections(left_out).blocks(root)


class _Sections:
    """Collects running text until the next part begins or ends; no recursion, however deep the tree."""

    def __init__(self, left_out: Collection[str]) -> None:
        self._left_out = left_out
        self._blocks: list[Block] = []
        self._running: list[str] = []
        self._kinds: list[Kind] = ["text"]
        self._hidden = 0

    def blocks(self, root: Any) -> list[Block]:
        from lxml import etree

        for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            name = local(node)
            if event == "start":
                self._begin(node, name)
            elif event == "end":
                self._end(name)
            if event != "start" and node is not root and not self._hidden:
                self._running.append(node.tail or "")
        self._flush()
        return self._blocks

    def _begin(self, node: Any, name: str) -> None:
        self._hidden += name in self._left_out
        if self._hidden:
            return
        if name in _CELLS:
            self._running.append(" | ")
        elif name in _BREAKS:
            self._running.append(" ")
        elif name in _PARTS:
            self._flush()
            kind = _PARTS[name]
            self._kinds.append(kind if kind != "text" else "caption" if self._kinds[-1] == "caption" else "text")
            self._running += ["- "] if name in _ITEMS else []
        self._running.append(node.text or "")

    def _end(self, name: str) -> None:
        if name in self._left_out:
            self._hidden -= 1
        elif not self._hidden and name in _PARTS:
            self._flush()
            self._kinds.pop()

    def _flush(self) -> None:
        text = one_line(normalised("".join(self._running))).removeprefix("|").strip()
        if text == "-":  # an item that begins with a paragraph
            return
        self._running = []
        if text:
            self._blocks.append(Block(text, self._kinds[-1]))
