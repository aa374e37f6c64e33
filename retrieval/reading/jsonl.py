"""JSON Lines: an article a line, streamed, its text word for word as it stands there (markup taken away)."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.encodings import head_text, unicode_encoding
from retrieval.reading.fields import ID, TEXT, by_name, stated
from retrieval.reading.frontmatter import MARKDOWN
from retrieval.reading.jsonvalues import check_count
from retrieval.reading.records import NoTextError, record_article
from retrieval.reading.signatures import looks_like
from retrieval.types import Article, Skipped

FORMAT = "jsonl"
_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines", ".jl")
_OBJECT = re.compile(r"\ufeff?\s*(?:\[\s*)?\{\s*\"(?:[^\"\\\n]|\\.){0,200}\"\s*:")
_ONE_DOCUMENT = "it is one JSON document, not JSON Lines; write it with one article a line"


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is JSON Lines: it begins with an object, or is called so."""
    if suffix in MARKDOWN or looks_like(head):
        return False
    return suffix in _SUFFIXES or bool(_OBJECT.match(head_text(head)))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each line; a line that is none is skipped as `name at line N`, blank lines are not.

    A line longer than `limits.file_bytes` is skipped without being held in memory. Raises ReadError for a file that
    holds no line at all or one JSON document over several lines, and OSError as reading does.
    """
    seen: dict[str, int] = {}
    count = 0
    for number, line in _lines(file, limits.file_bytes):
        if line is not None and not line.strip():
            continue
        count += 1
        try:
            if line is None:
                raise ReadError(f"the line is longer than the {limits.file_bytes:,} bytes that are read at once")
            check_count(line)
            if count == 1 and _is_document(line):
                raise _WholeDocumentError(_ONE_DOCUMENT)
            article = _article(line, number, limits)
            first = seen.setdefault(article.record, number)
            if first != number:
                raise ReadError(f"its id {article.record!r} is that of line {first}; give each article its own")
            yield article
        except _WholeDocumentError:
            raise
        except ReadError as error:
            yield Skipped(f"{name} at line {number}", error.message)
    if not count:
        raise ReadError("it is empty or holds only white space")


class _WholeDocumentError(ReadError):
    """A file that no line of can be read, since a JSON document goes over all of them."""


def _lines(file: BinaryIO, longest: int) -> Iterator[tuple[int, str | None]]:
    """The lines with their numbers, from 1; None for one that is too long to be held."""
    file.seek(0)
    found = unicode_encoding(file.read(4096))
    encoding, mark = found or ("utf-8", 0)
    file.seek(mark)
    # A byte that is not UTF-8 becomes half a surrogate pair, by which its line, and no other, is refused.
    text = io.TextIOWrapper(
        file, encoding, errors="surrogateescape" if encoding == "utf-8" else "replace", newline="\n"
    )
    number = 0
    try:
        while line := text.readline(longest + 1):
            number += 1
            if len(line) <= longest:
                yield number, line
                continue
            yield number, None
            while line and not line.endswith("\n"):
                line = text.readline(1 << 20)
    finally:
        text.detach()


def _is_document(line: str) -> bool:
    try:
        return isinstance(json.loads(line), list)
    except (ValueError, RecursionError):
        bare = line.strip()
        return bool(
            re.fullmatch(r"[\[{]|[\[{]\s*(?:\{\s*)?\"[^\"]{0,200}\"\s*:.*[,{\[]|\{ ?\"[^\"]{0,200}\" ?: ?", bare)
        )


def _article(line: str, number: int, limits: Limits) -> Article:
    if re.search("[\udc80-\udcff]", line):
        raise ReadError("the line is not valid UTF-8")
    try:
        record = json.loads(line)
    except RecursionError as error:
        raise ReadError("the line is nested too deeply to be read as JSON") from error
    except ValueError as error:
        raise ReadError(f"the line is not valid JSON ({str(error)[:100]})") from error
    if not isinstance(record, dict):
        raise ReadError("the line is not a JSON object")
    fields = by_name(record)
    try:
        return record_article(fields, FORMAT, stated(fields, ID) or f"line {number}", limits)
    except NoTextError as error:
        raise ReadError(f"the line has no text (in a field {', '.join(TEXT[:5])} or the like)") from error
