"""What readers take an article apart into, and how the parts become an `Article` again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from retrieval.errors import ReadError
from retrieval.types import Article, Span

Kind = Literal["text", "heading", "caption"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: `file_bytes` of a file that is read whole, `article_chars` of an article's text."""

    file_bytes: int = 64 * 1024 * 1024
    article_chars: int = 5_000_000  # War and Peace has 3.2 million


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or caption, without blank lines in it; `page` names the printed page that it begins on."""

    text: str
    kind: Kind = "text"
    page: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file says about its article; None or empty where it says nothing. `origins` tell where it says it."""

    title: str = ""
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None
    first_seen: str | None = None
    last_seen: str | None = None
    origins: tuple[tuple[str, str], ...] = ()


def article(blocks: Sequence[Block], facts: Facts, format: str, limits: Limits) -> Article:  # noqa: A002
    """An article of these blocks, one blank line between them.

    Raises ReadError where no text is left or the text is longer than `limits.article_chars`.
    """
    parts: list[str] = []
    spans: dict[Kind, list[Span]] = {"heading": [], "caption": [], "text": []}
    pages: list[tuple[int, str]] = []
    start = 0
    for block in blocks:
        if not block.text.strip():
            continue
        parts.append(block.text)
        spans[block.kind].append((start, start + len(block.text)))
        if block.page and (not pages or pages[-1][1] != block.page):
            pages.append((start, block.page))
        start += len(block.text) + 2
    text = "\n\n".join(parts)
    if not text:
        raise ReadError("no text is left once markup and bylines are taken away")
    check_length(text, limits)
    return replace(
        as_written(text, facts, format),
        headings=tuple(spans["heading"]),
        captions=tuple(spans["caption"]),
        pages=tuple(pages),
    )


def as_written(text: str, facts: Facts, format: str, record: str = "") -> Article:  # noqa: A002
    """An article of a text as it stands."""
    return Article(
        text=text,
        title=facts.title,
        authors=facts.authors,
        publisher=facts.publisher,
        published=facts.published,
        url=facts.url,
        language=facts.language,
        format=format,
        record=record,
        first_seen=facts.first_seen,
        last_seen=facts.last_seen,
        origins=facts.origins,
    )


def check_length(text: str, limits: Limits, times: int = 1) -> None:
    """Raise ReadError where a text is longer than `times` the longest article.

    Raw text is checked before it is taken apart, with room for what cleaning takes away (`times`), so that no file
    takes long only to be refused.
    """
    if len(text) > limits.article_chars * times:
        raise ReadError(
            f"its text has {len(text):,} characters, more than the {limits.article_chars:,} of the longest article; "
            "split it into articles"
        )
