"""What an article is called, where its file states it or not."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.reading.blocks import Block
from retrieval.reading.plain import without_title
from retrieval.reading.titles import untitled


def headed(stated: str, blocks: Sequence[Block]) -> tuple[str, list[Block]]:
    """The title that is stated, and the blocks without a first one that repeats it; else their opening, and all."""
    if stated:
        return stated, without_title(list(blocks), stated)
    opening = next((block for block in blocks if len(block.text.split()) >= 3), None) or next(iter(blocks), None)
    return untitled(opening.text) if opening else "", list(blocks)
