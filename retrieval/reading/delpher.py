"""The text of an article of the Dutch national library (Delpher) by itself: `text`, a `title`, and paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.reading.headlines import headed
from retrieval.reading.markup import element_blocks
from retrieval.reading.origins import called, told
from retrieval.reading.xmltree import XmlFile, root_of, words
from retrieval.types import Article, Skipped

FORMAT = "delpher"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is such a text: its root and its title are called so."""
    return root_of(head)[0] == "text" and b"<title" in head[:2000]


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The article. Raises ReadError where nothing was recognised, and OSError as reading does."""
    xml = XmlFile(file, limits.file_bytes)
    title, blocks = article_text(xml.root())
    if not blocks:
        raise ReadError("no text was recognised for this article")
    stated = told(Facts(title=title), title="the element title")
    title, blocks = headed(title, blocks)
    yield article(blocks, called(stated, title), FORMAT, limits)
    if xml.trouble:
        yield Skipped(name, f"{xml.trouble}; what could be read of it was")


def article_text(root: Any) -> tuple[str, list[Block]]:
    """The title and the paragraphs of an article's text."""
    title = root.find("{*}title")
    stated = words(title)
    if title is not None:
        root.remove(title)
    return stated, element_blocks(root)
