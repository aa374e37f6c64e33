"""Wiki markup as blocks of text: headings, paragraphs and lists, without templates, tables, files and footnotes."""

from __future__ import annotations

import html
import re

from retrieval.reading.blocks import Block
from retrieval.reading.normalise import normalised, one_line

_OPENING = re.compile(r"\{\{|\}\}|\{\||\|\}|\[\[|\]\]")
_NOTES = re.compile(r"<ref\b[^<>]{0,500}/>|<!--(?:(?!-->|<!--).){0,100000}-->", re.S | re.I)
_HIDDEN = re.compile(
    r"<(?P<tag>ref|gallery|math|timeline|imagemap|syntaxhighlight|score)\b[^<>]{0,500}>"
    r"(?:(?!</?(?P=tag)\b).){0,20000}</(?P=tag)\s*>",
    re.S | re.I,
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_LINK = re.compile(r"\[(?:https?:)?//[^\s\[\]]{1,2000}(?:\s+(?P<text>[^\]\n]{0,500}))?\]")
_HEADING = re.compile(r"(?P<marks>={2,6})\s*(?P<text>\S.{0,500}?)\s*(?P=marks)\s*$")
_NO_TEXT = re.compile(r"\s*+:?\s*+[A-Za-zÀ-ÿ -]{2,30}:")
_MAGIC = re.compile(r"__[A-Z]{3,20}__")


def wikitext_blocks(text: str) -> list[Block]:
    """The blocks of a page's source, in order. Takes time in proportion to its length."""
    plain = _TAG.sub("", _HIDDEN.sub("", _NOTES.sub("", html.unescape(_unfolded(text)))))
    plain = _MAGIC.sub("", _LINK.sub(lambda link: link["text"] or "", plain)).replace("'''", "").replace("''", "")
    blocks: list[Block] = []
    lines: list[str] = []
    bullets = False
    for line in [*normalised(plain).split("\n"), ""]:
        heading = _HEADING.match(line)
        bullet = re.match(r"[*#:;]+\s*", line)
        said = one_line(line[bullet.end() :] if bullet else line)
        if lines and (heading or not said or bool(bullet) != bullets):
            blocks.append(Block("\n".join(lines) if bullets else " ".join(lines)))
            lines = []
        if heading:
            blocks.append(Block(one_line(heading["text"]), "heading"))
        elif said:
            bullets = bool(bullet)
            lines.append(f"- {said}" if bullet else said)
    while blocks and blocks[-1].kind == "heading":
        blocks.pop()
    return blocks


def _unfolded(text: str) -> str:
    """The text without templates and tables, and with links as what is shown of them."""
    pieces: list[list[str]] = [[]]
    opened: list[str] = []
    at = 0
    for mark in _OPENING.finditer(text):
        pieces[-1].append(text[at : mark.start()])
        at = mark.end()
        found = mark.group()
        if found in ("{{", "{|", "[["):
            opened.append(found)
            pieces.append([])
        elif opened and {"{{": "}}", "{|": "|}", "[[": "]]"}[opened[-1]] == found:
            inner = "".join(pieces.pop())
            if opened.pop() == "[[":
                pieces[-1].append(_shown(inner))
        elif found == "]]":
            pieces[-1].append(found)
    pieces[-1].append(text[at:])
    for kind, left in zip(
        opened, pieces[1:], strict=True
    ):  # never closed: what stands there is text, as far as is known
        pieces[0] += [kind if kind == "[[" else "", *left]
    return "".join(pieces[0])


def _shown(link: str) -> str:
    target, bar, text = link.partition("|")
    if _NO_TEXT.match(target) and not target.startswith(("http", ":")):  # a file, a category, another wiki
        return ""
    return text.rpartition("|")[2] if bar else target.lstrip(":")
