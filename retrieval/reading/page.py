"""The tree that trafilatura makes of an article (`p`, `head`, `list`, `table`, …), as blocks of text."""

from __future__ import annotations

from typing import Any

from retrieval.reading.blocks import Block, Kind
from retrieval.reading.normalise import normalised, one_line

_PARTS = frozenset(("p", "head", "quote", "list", "table", "code", "body", "div", "item", "row", "fw", "ab"))


def page_blocks(body: Any) -> list[Block]:
    """The blocks of a body (an lxml element of trafilatura's making), in order; none for None."""
    return [] if body is None else _Walk().blocks(body)


class _Walk:
    """Collects running text until the next part begins or ends."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._running: list[str] = []

    def blocks(self, body: Any) -> list[Block]:
        self._inside(body, "text")
        self._flush("text")
        return self._blocks

    def _inside(self, element: Any, kind: Kind) -> None:
        self._running.append(element.text or "")
        for child in element:
            if not isinstance(child.tag, str):  # a comment or an instruction
                self._running.append(child.tail or "")
                continue
            if child.tag in _PARTS:
                self._flush(kind)
                self._part(child, kind)
            elif child.tag == "lb":
                self._running.append("\n")
            else:
                self._inside(child, kind)
            self._running.append(child.tail or "")

    def _part(self, part: Any, kind: Kind) -> None:
        if part.tag == "list":
            self._add("\n".join("- " + line for item in part.iter("item") if (line := _flat(item))), kind)
        elif part.tag == "table":
            rows = (" | ".join(_flat(cell) for cell in row.iter("cell")) for row in part.iter("row"))
            self._add("\n".join(row for row in rows if row.strip(" |")), kind)
        elif part.tag == "code":
            self._add("\n".join(line.rstrip() for line in "".join(part.itertext()).split("\n") if line.strip()), kind)
        else:
            own: Kind = "heading" if part.tag == "head" else kind
            self._inside(part, own)
            self._flush(own)

    def _flush(self, kind: Kind) -> None:
        text = normalised("".join(self._running))
        self._running = []
        if kind == "heading":
            self._add(one_line(text).rstrip("¶ "), kind)
        else:
            self._add("\n".join(line for line in map(one_line, text.split("\n")) if line), kind)

    def _add(self, text: str, kind: Kind) -> None:
        text = normalised(text)
        if text.strip():
            self._blocks.append(Block(text, kind))


def _flat(element: Any) -> str:
    return one_line(normalised(" ".join(part for part in _pieces(element) if part)))


def _pieces(element: Any) -> list[str]:
    """An item's or cell's text, without that of items within it, which are lines of their own."""
    pieces, run = [], element.text or ""
    for child in element.iterchildren():
        if isinstance(child.tag, str) and child.tag in ("list", "item"):
            pieces.append(run)
            run = ""
        elif isinstance(child.tag, str):
            inner = " ".join(piece for piece in _pieces(child) if piece)
            run += f" {inner} " if child.tag in ("p", "lb", "head") else inner
        run += child.tail or ""
    return [*pieces, run]
