"""Markdown's marks to plain blocks: links to their words, pictures to captions, lists and tables to lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retrieval.reading.blocks import Block
from retrieval.reading.normalise import one_line

if TYPE_CHECKING:
    from markdown_it.token import Token

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def marked_blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text, in order. A list is one block with a line for each item, as is a table."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    walk = _Walk()
    for token in parser.parse(text):
        walk.take(token)
    return walk.blocks


@dataclass(slots=True)
class _Walk:
    blocks: list[Block] = field(default_factory=list)
    _lists: list[int | None] = field(default_factory=list)
    """For each list that is open: the next number, or None where it has no numbers."""
    _lines: list[str] = field(default_factory=list)
    _cells: list[str] | None = None
    _heading: bool = False
    _item_open: bool = False

    def take(self, token: Token) -> None:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            self._lists.append(int(token.attrs.get("start", 1)) if kind.startswith("ordered") else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
            self._end_lines(not self._lists)
        elif kind == "list_item_open":
            self._item_open = True
        elif kind == "heading_open":
            self._heading = True
        elif kind == "heading_close":
            self._heading = False
        elif kind == "tr_open":
            self._cells = []
        elif kind == "tr_close":
            self._lines.append(" | ".join(self._cells or []))
            self._cells = None
        elif kind == "table_close":
            self._end_lines(not self._lists)
        elif kind in ("fence", "code_block"):
            self._add("\n".join(line.rstrip() for line in token.content.split("\n") if line.strip()))
        elif kind == "html_block":
            self._add(one_line(_TAG.sub(" ", _without_comments(token.content))))
        elif kind == "inline":
            self._inline(token.children or [])

    def _inline(self, children: Sequence[Token]) -> None:
        if self._cells is not None:
            self._cells.append(one_line(_words(children)))
            return
        pictures = [child for child in children if child.type == "image"]
        if pictures and not self._lists and not _words([child for child in children if child.type != "image"]).strip():
            self.blocks += [Block(alt, "caption") for child in pictures if (alt := _alt(child))]
            return
        lines = [one_line(line) for line in _words(children).split("\n")]
        self._add("\n".join(line for line in lines if line))

    def _add(self, text: str) -> None:
        if not text.strip():
            return
        if self._lists:
            indent = "  " * (len(self._lists) - 1)
            self._lines += [indent + self._bullet() + line for line in text.split("\n")]
        elif self._heading:
            self.blocks.append(Block(one_line(text), "heading"))
        else:
            self.blocks.append(Block(text))

    def _bullet(self) -> str:
        if not self._item_open:
            return "  "
        self._item_open = False
        number = self._lists[-1]
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _end_lines(self, outermost: bool) -> None:
        if outermost and self._lines:
            text = "\n".join(self._lines)
            if text.strip(" |\n"):
                self.blocks.append(Block(text))
            self._lines = []


def _without_comments(markup: str) -> str:
    # A pattern would look for the end of each of a thousand comments that have none.
    before, mark, rest = markup.partition("<!--")
    kept = [before]
    while mark:
        inside, mark, after = rest.partition("-->")
        if not mark:
            kept.append(inside)
            break
        before, mark, rest = after.partition("<!--")
        kept.append(before)
    return " ".join(kept)


def _words(children: Sequence[Token]) -> str:
    words = []
    for child in children:
        if child.type == "softbreak":
            words.append(" ")
        elif child.type == "hardbreak" or (child.type == "html_inline" and re.match(r"<br\b", child.content, re.I)):
            words.append("\n")
        elif child.type == "image":
            words.append(_alt(child))
        elif child.type in ("text", "code_inline", "text_special"):
            words.append(child.content)
    return "".join(words)


def _alt(image: Token) -> str:
    return one_line(_words(image.children or []))
