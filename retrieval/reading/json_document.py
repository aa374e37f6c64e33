"""JSON documents: a list of articles, an object that holds such a list, or an article by itself; streamed by `ijson`.

The list is found wherever it lies within four levels (`{"response": {"docs": [...]}}`); what the object around it says
(a publisher, a language) holds for each of its articles that says nothing else.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.encodings import head_text, unicode_encoding
from retrieval.reading.fields import ID, PUBLISHER, TEXT, by_name, stated
from retrieval.reading.frontmatter import MARKDOWN
from retrieval.reading.jsonnested import articles_within, is_named, named_objects
from retrieval.reading.records import body_text, record_article
from retrieval.reading.signatures import looks_like
from retrieval.types import Article, Skipped

FORMAT = "json"
_LINES = (".jsonl", ".ndjson", ".jsonlines", ".jl")
_LIST = re.compile(r"\ufeff?\s*\[\s*(?:\{|\[|\])")
_OBJECT = re.compile(r"\ufeff?\s*\{\s*(?:\"|\})")
_DEEPEST, _DEEPEST_LIST = 200, 4
_INHERITED = ("publisher", "source", "site", "site_name", "outlet", "language", "lang")
_MOST_NAMED = 20
_SMALL = 8 * 1024 * 1024


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is one JSON document: a list, or an object that does not end with its line."""
    if suffix in _LINES or suffix in MARKDOWN or looks_like(head):
        return False
    text = head_text(head).lstrip("\ufeff\n\r\t ")
    if _LIST.match(text):
        return True
    if not _OBJECT.match(text):
        return False
    line, _, rest = text.partition("\n")
    if not rest.strip():  # all on one line
        return suffix == ".json" or not re.search(r'"(?:' + "|".join(TEXT) + r')"\s*:\s*"', line)
    return not line.rstrip().endswith("}") or not rest.lstrip().startswith("{")


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of a document, in order; an item that is none is skipped as `name at item N`.

    Raises ReadError where the document holds no list of objects and is no article itself, and for what follows the
    place where it is no JSON any more.
    """
    seen: dict[str, int] = {}
    empty: Counter[str] = Counter()
    count = 0
    outermost = _small(file)
    whole = bool(outermost) and bool(body_text(by_name(outermost))[0])
    named = not outermost and is_named(file)
    items = _named(file, limits) if named else _objects(file, limits)
    made = 0
    for path, value in [("", outermost)] if whole else items:
        count += 1
        try:
            if value is None:
                raise ReadError(f"it is longer than the {limits.file_bytes:,} bytes that are read at once")
            fields = by_name(value)
            if not body_text(fields)[0]:
                empty[", ".join(sorted(map(str, value))[:_MOST_NAMED])[:300]] += 1
                continue
            record = stated(fields, ID) or (path if named else "" if path == "" else f"item {count}")
            first = seen.setdefault(record, count)
            if first != count:
                raise ReadError(f"its id {record!r} is that of item {first}; give each article its own")
            yield record_article(fields, FORMAT, record, limits)
            made += 1
        except ReadError as error:
            yield Skipped(f"{name} at item {count}", error.message)
    within = [] if made else list(articles_within(outermost))
    for number, (key, held) in enumerate(within, 1):
        empty.clear()  # what has no text is what holds these
        fields = by_name(held)
        record = stated(fields, ID) or key or f"item {number}"
        times = seen[record] = seen.get(record, 0) + 1
        try:
            yield record_article(fields, FORMAT, record if times == 1 else f"{record} ({times})", limits)
        except ReadError as error:
            yield Skipped(f"{name} at {record[:100]}", error.message)
    if not count and not within:
        raise ReadError("it is JSON that holds no list of articles and is no article itself")
    for fields_named, times in empty.most_common(5):
        wanted = f"{times:,} without a text (in a field {', '.join(TEXT[:5])} or the like)"
        reason = f"{wanted}; they have {fields_named or 'no field at all'}"
        yield Skipped(f"{name}: items", reason)


def _small(file: BinaryIO) -> dict[str, Any]:
    """The outermost object of a small document; empty where it is large, or no object."""
    file.seek(0)
    data = file.read(_SMALL + 1)
    if len(data) > _SMALL:
        return {}
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}  # the stream gives what can be read of it
    return value if isinstance(value, dict) else {}


def _named(file: BinaryIO, limits: Limits) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The objects of a large document that stand in its outermost one, each with the name that it goes by."""
    import ijson

    source = _Utf8(file, limits.file_bytes)
    try:
        for key, value in named_objects(source):
            source.advanced()
            yield key, value
    except (ijson.JSONError, ValueError, OverflowError) as error:
        reason = str(error).split("\n", 1)[0][:100].strip()
        raise ReadError(f"it is not valid JSON from here on ({reason})") from error


def _objects(file: BinaryIO, limits: Limits) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The objects that lists hold, or else the outermost object, with the path of their list; None for one too long."""
    import ijson
    from ijson.common import ObjectBuilder

    source = _Utf8(file, limits.file_bytes)
    outer = _Outer()
    found = False
    builder: Any = None
    inside = size = 0
    path, place = _Path(), ""
    try:
        for event, value in ijson.basic_parse(source, use_float=True, multiple_values=True):
            source.advanced()
            step = _STEPS.get(event, 0)
            prefix = path.before(event, value)
            if not inside and not (event == "start_map" and _is_item(prefix)):
                outer.take(prefix, event, value)
                continue
            if not inside:
                builder, size, place = ObjectBuilder(), 0, prefix
            inside += step
            size += len(value) + 8 if isinstance(value, str) else 8
            builder = None if size > limits.file_bytes else builder
            if builder is not None:
                builder.event(event, value)
            if not inside:
                found = True
                yield place, None if builder is None else outer.completed(builder.value)
    except (ijson.JSONError, ValueError, OverflowError) as error:
        reason = str(error).split("\n", 1)[0][:100].strip()
        raise ReadError(f"it is not valid JSON from here on ({reason})") from error
    if outer.fields and (not found or outer.is_article()):
        yield "", outer.fields


_STEPS = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}


class _Path:
    """Where in the document its events stand: the names of objects and `item` for lists, down to a few levels."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def before(self, event: str, value: Any) -> str:
        """The path of what an event begins or is. Raises ReadError where it lies too deep."""
        names = self._names
        if event == "map_key":
            names[-1] = str(value)[:200]
            return ""
        if event in ("end_map", "end_array"):
            names.pop()
            return ""
        prefix = ".".join(names) if len(names) <= _DEEPEST_LIST else "." * _DEEPEST_LIST
        if event in ("start_map", "start_array"):
            names.append("item" if event == "start_array" else "")
            if len(names) > _DEEPEST:
                raise ReadError(f"it is nested more than {_DEEPEST} deep")
        return prefix


class _Outer:
    """What the outermost object says for itself, and what of it holds for the items of its lists."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.inherited: dict[str, Any] = {}

    def take(self, prefix: str, event: str, value: Any) -> None:
        """Keep a value of the outermost object, of a list of texts in it, or of an object in it."""
        parent, _, key = prefix.partition(".")
        if parent == "item":  # a list is outermost, which says nothing for itself
            return
        if event not in ("string", "number", "boolean") or "." in key or len(self.fields) > 1000:
            return
        if not key:
            self.fields[prefix] = value
            if prefix.lower() in _INHERITED:
                self.inherited[prefix.lower()] = value
            return
        inner = self.fields.setdefault(parent, [] if key == "item" else {})
        if isinstance(inner, list) and key == "item" and len(inner) < 100_000:
            inner.append(value)
        elif isinstance(inner, dict) and len(inner) < 100:
            inner[key] = value

    def completed(self, item: dict[str, Any]) -> dict[str, Any]:
        """An item with what holds for all of them, where it says nothing of that kind itself."""
        if not self.inherited:
            return item
        own = by_name(item)
        said = stated(own, PUBLISHER) is not None
        return {**{name: value for name, value in self.inherited.items() if not (said and name in PUBLISHER)}, **item}

    def is_article(self) -> bool:
        """Whether it has a text itself."""
        return bool(body_text(by_name(self.fields))[0])


def _is_item(prefix: str) -> bool:
    """Whether an object is an item of a list, and of no list deeper than those that hold articles."""
    return (prefix == "item" or prefix.endswith(".item")) and prefix.count(".") < _DEEPEST_LIST


class _Utf8:
    """A file as UTF-8 without a byte order mark, whose reading ends where one value goes on for too long."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        file.seek(0)
        found = unicode_encoding(file.read(4096))
        encoding, mark = found or ("utf-8", 0)
        file.seek(mark)
        self._file, self._longest, self._since = file, longest, 0
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int = 65536) -> bytes:
        """Return the next bytes; `size` 0 asks what kind of data comes."""
        data = self._file.read(size)
        self._since += len(data)
        if self._since > self._longest + (1 << 20):
            raise ReadError(f"one value in it is longer than the {self._longest:,} bytes that are read at once")
        return data if self._decoder is None else self._decoder.decode(data, not data and size > 0).encode()

    def advanced(self) -> None:
        """Count anew: a value has ended."""
        self._since = 0
