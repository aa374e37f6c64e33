"""A record of named fields (a line of JSON, an item of a list, a row of a table) as an article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Limits, article, as_written, check_length
from retrieval.reading.fields import TEXT, facts_of
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.origins import called
from retrieval.reading.plain import without_title
from retrieval.reading.richtext import html_blocks, is_html
from retrieval.reading.titles import untitled
from retrieval.types import Article


class NoTextError(ReadError):
    """A record in which no field holds a text."""


def record_article(fields: Mapping[str, object], format: str, record: str, limits: Limits) -> Article:  # noqa: A002
    """The article of a record whose names are in lower case. Raises ReadError where it has no text, or too much.

    A text stands in the article word for word; one that is HTML has its markup taken away. A text in pieces (a list of
    paragraphs) is put together.
    """
    text, markup = body_text(fields)
    if not text:
        raise NoTextError(f"it has no text (in a field {', '.join(TEXT[:5])} or the like)")
    facts = facts_of(fields)
    facts = replace(facts, title=_bare(facts.title))
    if markup:
        check_length(text, limits, times=4)
        blocks = html_blocks(text)
        if not blocks:
            raise ReadError("its text is markup without words")
        title = facts.title or untitled(blocks[0].text)
        found = article(without_title(blocks, title) if facts.title else blocks, called(facts, title), format, limits)
        return replace(found, record=record)
    check_length(text, limits)
    return as_written(text, called(facts, facts.title or untitled(text.strip())), format, record)


def body_text(fields: Mapping[str, object]) -> tuple[str, bool]:
    """The text of a record and whether it is HTML; an empty one where it has none."""
    for name in TEXT:
        text = _text(fields.get(name))
        if text.strip():
            return text, name.endswith("html") or is_html(text)
    return "", False


def _text(value: object) -> str:
    if isinstance(value, dict):  # as WordPress and others write it: {"rendered": "<p>…", "protected": false}
        value = next((value[key] for key in ("rendered", "value", "text", "html", "content") if key in value), None)
    if isinstance(value, list):
        pieces = (_text(piece) if isinstance(piece, dict) else piece for piece in value[:100_000])
        return "\n\n".join(
            normalised(piece).strip("\n") for piece in pieces if isinstance(piece, str) and piece.strip()
        )
    return normalised(value) if isinstance(value, str) else ""


def _bare(title: str) -> str:
    """A title without the tags and entities that content systems leave in it."""
    if "&" not in title and "<" not in title:
        return title
    if not is_html(title) and not ("&" in title and ";" in title):
        return title
    blocks: list[Block] = html_blocks(title)
    return one_line(" ".join(block.text for block in blocks)) or title
