"""What the first and the last paragraphs of a document say about it: bylines, dates, rights, datelines."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.reading.blocks import Block, Facts
from retrieval.reading.credits import Credits

_TOP, _LAST, _DATELINES = 8, 3, 3


def credited(blocks: Sequence[Block]) -> tuple[Facts, list[Block]]:
    """The facts that a document's edges state, and the blocks without those that do nothing else.

    The middle is left alone, where a line such as "Source: Port Authority" speaks of a table and not of the article.
    """
    about, kept = Credits(), []
    for place, block in enumerate(blocks):
        top, last = place < _TOP, place >= max(_TOP, len(blocks) - _LAST)
        if (top or last) and about.take(block.text, top=top, last=last):
            continue
        kept.append(block)
    for block in [block for block in kept if block.kind == "text"][:_DATELINES]:
        about.read_dateline(block.text)
    return about.facts(), kept or list(blocks)
