"""Lines to paragraphs: which line ends are the author's, and which are only the width of a page.

A text is hard-wrapped where nearly every line is as long as the next word lets it be and most lines end in the middle
of a sentence. Everything else keeps its lines: many archives write one paragraph to a line, without blank lines.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from retrieval.reading.normalise import one_line

_NARROWEST, _WIDEST = 40, 110
_ENDS = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_BROKEN_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,}+)-$")
_LOWER = re.compile(r"[a-zß-öø-ÿ]{2,}")
_RAGGED = 6  # columns by which an editor's own wrapping may fall short of the width


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph on one line. `block` counts the runs of lines between blank lines that it comes from."""

    text: str
    block: int


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a normalised text, in order, none empty."""
    blocks = _blocks(text)
    width = _wrapped_at(blocks)
    if not width:
        return [Paragraph(one_line(line), number) for number, lines in enumerate(blocks) for line in lines]
    words = _compounds(text)
    return [
        Paragraph(_joined(lines, words), number)
        for number, block in enumerate(blocks)
        for lines in _unwrapped(block, width)
    ]


def _blocks(text: str) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        bare = line.expandtabs(4).rstrip()
        if bare.strip():
            blocks[-1].append(bare)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _wrapped_at(blocks: list[list[str]]) -> int:
    """The width that the text is wrapped at, in columns; 0 where it is not."""
    lengths = sorted(len(line) for block in blocks for line in block)
    # One long line (a link, a table's row) does not make the page wide.
    width = lengths[min(len(lengths) - 1, len(lengths) * 98 // 100)] if lengths else 0
    pairs = [pair for block in blocks for pair in pairwise(block)]
    if not _NARROWEST <= width <= _WIDEST or not pairs:
        return 0
    full = sum(1 for line, following in pairs if _is_full(line, following, width))
    open_ended = sum(1 for line, _ in pairs if not _ENDS.search(line))
    return width if full >= 0.6 * len(pairs) and open_ended >= 0.5 * len(pairs) else 0


def _is_full(line: str, following: str, width: int) -> bool:
    """Whether the next line's first word would not have fitted at the end of this line."""
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) > width - _RAGGED


def _unwrapped(block: list[str], width: int) -> list[list[str]]:
    groups = [[block[0]]]
    for line, following in pairwise(block):
        indented = _indent(following) >= _indent(line) + 2
        if _is_full(line, following, width) and not indented:
            groups[-1].append(following)
        else:
            groups.append([following])
    return groups


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _compounds(text: str) -> Counter[str]:
    """How often the words that lines are broken in stand elsewhere, whole or with their hyphen."""
    return Counter(re.findall(r"[a-zß-öø-ÿ]+(?:-[a-zß-öø-ÿ]+)*", text))


def _joined(lines: list[str], words: Counter[str]) -> str:
    parts = [lines[0].strip()]
    for line in lines[1:]:
        before, after = _BROKEN_WORD.search(parts[-1]), _LOWER.match(line.strip())
        if not before or not after:
            parts.append(" " + line.strip())
            continue
        head, tail = before[1], after[0]
        # A word that is written whole elsewhere was broken by the page; any other hyphen is left to the author.
        if words[(head + tail).lower()] > words[f"{head}-{tail}".lower()]:
            parts[-1] = parts[-1][:-1]
        parts.append(line.strip())
    return one_line("".join(parts))
