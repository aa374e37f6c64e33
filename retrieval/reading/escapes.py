"""What producers of XML leave in a text: markup escaped once too often, and the space that their indenting puts in."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace

from retrieval.reading.blocks import Block

_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9A-Fa-f]{2,5}|quot|apos|nbsp|[lr]dquo|[lr]squo|[mn]dash|hellip|amp);")
_APART = re.compile(r"(?<=\w) (?=[,.](?:\s(?!\.)|$))")  # before a comma or full stop no language has a space
_EMBED = re.compile(r"(?:<(?:div|script|iframe|blockquote|figure|span)\b[^<>]{0,2000}>|</\w{1,12}>|\s){2,60}", re.I)


def unescaped(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the characters that their entities stand for and no space apart, without those of only tags."""
    kept = []
    for block in blocks:
        if block.text.startswith("<") and _EMBED.fullmatch(block.text):
            continue
        text = block.text
        if "&" in text and _ENTITY.search(text):
            text = html.unescape(text).replace("\u00a0", " ").strip()
        text = _APART.sub("", text)
        kept.append(replace(block, text=text) if text != block.text else block)
    return kept
