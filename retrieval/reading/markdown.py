"""Markdown: CommonMark with tables, its marks taken away, what its front matter says kept.

Front matter that is not valid YAML (a colon in an unquoted title is enough) is read line by line as `key: value`; the
article is read either way. A `---` at the top that fences no such lines is a rule, and what follows it is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import BinaryIO

from retrieval.reading.blocks import Facts, Limits, article, check_length
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import decode, head_text
from retrieval.reading.fields import facts_of
from retrieval.reading.marks import marked_blocks
from retrieval.reading.normalise import normalised
from retrieval.reading.plain import without_title
from retrieval.reading.signatures import looks_like
from retrieval.reading.titles import stated_title, untitled
from retrieval.reading.whole import read_whole
from retrieval.types import Article

FORMAT = "markdown"
_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd", ".mkdn")
_FRONT = re.compile(
    r"\s{0,10}---[ \t]*\n(?P<yaml>(?:(?!---[ \t]*$|\.\.\.[ \t]*$).*\n){1,500})(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.M
)
_PANDOC = re.compile(r"(?P<lines>% \S.*\n(?:%.*\n){1,2})\s*\n")
_TOML = re.compile(r"\s{0,10}\+\+\+[ \t]*\n(?P<toml>(?:(?!\+\+\+[ \t]*$).*\n){1,500})\+\+\+[ \t]*(?:\n|\Z)", re.M)
_SIMPLE = re.compile(r"(?P<key>[A-Za-z][\w-]{0,40}) ?: +(?P<value>\S.*)")
_SIGNS = (
    re.compile(r"^#{1,6} \S", re.M),
    re.compile(r"\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)"),
    re.compile(r"\*\*[^*\s][^*\n]{0,200}\*\*"),
    re.compile(r"^```", re.M),
    re.compile(r"^\|? ?:?-{3,}:? ?\|", re.M),
)
_LONGEST_FRONT = 64 * 1024


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is Markdown: it is called so, has front matter, or a heading and one more kind of mark."""
    if looks_like(head):
        return False
    text = normalised(head_text(head))
    front = _FRONT.match(text)
    if suffix in _SUFFIXES or (front and _SIMPLE.search(front["yaml"])):
        return True
    return bool(_SIGNS[0].search(text)) and sum(1 for sign in _SIGNS if sign.search(text)) >= 2


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article]:
    """The one article of a Markdown file. Raises ReadError where there is none, and OSError as reading does."""
    yield markdown_article(normalised(decode(read_whole(file, limits))), limits)


def markdown_article(text: str, limits: Limits) -> Article:
    """An article of a normalised Markdown text. Raises ReadError where no text is left, or too much."""
    check_length(text, limits, times=2)
    facts, body = _front_matter(text)
    blocks = marked_blocks(body)
    if facts.title:
        return article(without_title(blocks, facts.title), facts, FORMAT, limits)
    if len(blocks) > 1 and blocks[0].kind == "heading":
        return article(blocks[1:], replace(facts, title=blocks[0].text), FORMAT, limits)
    opening = next((block.text for block in blocks if block.kind == "text"), blocks[0].text if blocks else "")
    return article(blocks, replace(facts, title=stated_title(blocks) or untitled(opening)), FORMAT, limits)


def _front_matter(text: str) -> tuple[Facts, str]:
    toml = _TOML.match(text)
    if toml and len(toml["toml"]) <= _LONGEST_FRONT:
        fields = _toml(toml["toml"])
        return (facts_of(fields), text[toml.end() :]) if fields else (Facts(), text)
    lines = _PANDOC.match(text)
    if lines:
        said = [line[1:].strip() for line in lines["lines"].rstrip("\n").split("\n")]
        return facts_of(dict(zip(("title", "author", "date"), said, strict=False))), text[lines.end() :]
    match = _FRONT.match(text)
    if not match or len(match["yaml"]) > _LONGEST_FRONT:
        return Facts(), text
    fields = _mapping(match["yaml"])
    if not fields:
        return Facts(), text
    return facts_of(fields), text[match.end() :]


def _mapping(source: str) -> dict[str, object]:
    import yaml

    try:
        loaded = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):  # ValueError: `date: 2004-02-31`
        lines = (_SIMPLE.fullmatch(line.strip()) for line in source.split("\n"))
        return {match["key"].lower(): match["value"].strip("\"' ") for match in lines if match}
    if not isinstance(loaded, dict):
        return {}
    return {str(key).lower(): _written(value) for key, value in loaded.items()}


def _toml(source: str) -> dict[str, object]:
    import tomllib

    try:
        loaded = tomllib.loads(source)
    except (ValueError, RecursionError):
        return {}
    return {key.lower(): _written(value) for key, value in loaded.items()}


def _written(value: object) -> object:
    """A value of YAML as it was written: it turns dates into objects."""
    if isinstance(value, date):
        return partial_date(value.isoformat())
    return value
