"""Markdown: CommonMark with tables, its marks taken away, what its front matter says kept.

reStructuredText is read by its like (`rst.py`), as far as its marks are those of an article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.reading.blocks import Facts, Limits, article, check_length
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.frontmatter import MARKDOWN, front_matter, has_front_matter
from retrieval.reading.marks import marked_blocks
from retrieval.reading.normalise import normalised
from retrieval.reading.plain import without_title
from retrieval.reading.signatures import looks_like
from retrieval.reading.titles import stated_title, untitled
from retrieval.reading.whole import read_whole
from retrieval.types import Article

FORMAT = "markdown"
_SIGNS = (
    re.compile(r"^#{1,6} \S", re.M),
    re.compile(r"\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)"),
    re.compile(r"\*\*[^*\s][^*\n]{0,200}\*\*"),
    re.compile(r"^```", re.M),
    re.compile(r"^\|? ?:?-{3,}:? ?\|", re.M),
)


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is Markdown: it is called so, has front matter, or a heading and one more kind of mark."""
    if looks_like(head):
        return False
    text = normalised(head_text(head))
    if suffix in MARKDOWN or has_front_matter(text):
        return True
    return bool(_SIGNS[0].search(text)) and sum(1 for sign in _SIGNS if sign.search(text)) >= 2


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of a Markdown file. Raises ReadError where there is none, and OSError as reading does."""
    yield markdown_article(normalised(decode(read_whole(file, limits))), limits)


def markdown_article(text: str, limits: Limits, form: str = FORMAT, facts: Facts | None = None) -> Article:
    """An article of a normalised Markdown text. Raises ReadError where no text is left, or too much.

    `facts` are what is known of it, where its front matter has been taken away.
    """
    check_length(text, limits, times=2)
    facts, body = front_matter(text) if facts is None else (facts, text)
    blocks = marked_blocks(body)
    if facts.title:
        return article(without_title(blocks, facts.title), facts, form, limits)
    if len(blocks) > 1 and blocks[0].kind == "heading":
        return article(blocks[1:], replace(facts, title=blocks[0].text), form, limits)
    opening = next((block.text for block in blocks if block.kind == "text"), blocks[0].text if blocks else "")
    return article(blocks, replace(facts, title=stated_title(blocks) or untitled(opening)), form, limits)
