"""Finds the articles of a JSON object that holds them by name (`{"a1": {…}, …}`), or deep below as Ghost does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.fields import PUBLISHER, TEXT, by_name, stated
from retrieval.reading.records import body_text

_DEEPEST, _DEEPEST_JSON = 4, 200
_FAINT = frozenset(("description", "summary", "abstract", "lead_paragraph"))
"""Names of texts that other things than articles have as well: a tag, a site, an author."""
_PROBED = 4 * 1024 * 1024
_INHERITED = ("publisher", "source", "site", "site_name", "outlet", "language", "lang")


def is_article(value: object) -> bool:
    """Whether an object has a text under a name that hardly anything but an article has it under."""
    if not isinstance(value, dict):
        return False
    fields = by_name(value)
    return any(fields.get(name) for name in TEXT if name not in _FAINT) and bool(body_text(fields)[0])


def articles_within(value: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects with an article's text below an object that has none itself, each with the name that it goes by."""
    said = {name.lower(): one for name, one in value.items() if name.lower() in _INHERITED and isinstance(one, str)}
    for name, one in value.items():
        held = list(one.items()) if isinstance(one, dict) else [("", item) for item in one] if _is_list(one) else []
        if is_article(one):
            yield name, _completed(one, said)
            continue
        found = [(key, item) for key, item in held if is_article(item)]
        if 2 * len(found) >= len(held) and found:
            yield from ((key, _completed(item, said)) for key, item in found)
        elif depth < _DEEPEST:
            for _, item in [("", one)] if isinstance(one, dict) else held:
                if isinstance(item, dict):
                    yield from ((key, _completed(inner, said)) for key, inner in articles_within(item, depth + 1))


def is_named(file: BinaryIO) -> bool:
    """Whether the outermost object holds articles by their names: its first object is one, within four megabytes."""
    import ijson

    file.seek(0)
    try:
        for _, value in named_objects(_Beginning(file)):
            return is_article(value)
    except (ijson.JSONError, ReadError, ValueError, OverflowError):
        return False
    return False


def named_objects(source: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects that the outermost object of a stream of JSON holds, each with its name.

    Raises ReadError where they are nested too deep, and what `ijson` raises for what is no JSON.
    """
    import ijson
    from ijson.common import ObjectBuilder

    builder: Any = None
    depth, name = 0, ""
    for event, value in ijson.basic_parse(source, use_float=True):
        if not depth and event != "start_map":
            return
        if depth == 1 and event == "map_key":
            name = str(value)[:200]
        if depth == 1 and event == "start_map":
            builder = ObjectBuilder()
        if builder is not None:
            builder.event(event, value)
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if depth > _DEEPEST_JSON:
            raise ReadError(f"it is nested more than {_DEEPEST_JSON} deep")
        if builder is not None and depth == 1:
            yield name, builder.value
            builder = None


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _completed(item: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    own = stated(by_name(item), PUBLISHER) is not None
    return {**{name: value for name, value in said.items() if not (own and name in PUBLISHER)}, **item}


class _Beginning:
    """The first bytes of a file, as a parser asks for them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, _PROBED

    def read(self, size: int = 65536) -> bytes:
        """Give the next bytes, none once enough was given."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data
