"""JSON documents as values, whatever they hold: what is not of the shape that a format promises is just not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.encodings import decode
from retrieval.reading.whole import read_whole

_MOST_VALUES = 4_000_000  # 64 bytes each and more, in 3 bytes of JSON
_BLANK = re.compile(r"[\s,\x1e\ufeff]*")  # also what divides the records of JSON sequences


def json_values(file: BinaryIO, limits: Limits) -> Iterator[object]:
    """The JSON values of a file, which may be one document or several, one after another or a line each.

    Raises ReadError where the JSON is broken, after what precedes that place.
    """
    text = decode(read_whole(file, limits))
    check_count(text)
    decoder = json.JSONDecoder()
    start = _end_of_blank(text, 0)
    while start < len(text):
        try:
            value, end = decoder.raw_decode(text, start)
        except RecursionError as error:
            raise ReadError("its JSON is nested too deeply to be read") from error
        except ValueError as error:
            raise ReadError(f"it is not valid JSON ({str(error)[:100]})") from error
        yield value
        start = _end_of_blank(text, end)


def check_count(text: str) -> None:
    """Raise ReadError for JSON of so many lists and objects that they, empty as they may be, fill the memory."""
    count = text.count("[") + text.count("{")
    if count > _MOST_VALUES:
        raise ReadError(f"it has {count:,} lists and objects, more than the {_MOST_VALUES:,} that are read at once")


def text_of(value: object) -> str:
    """A text, or a number as one; empty for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def listed(value: object) -> list[object]:
    """A list, or one value as a list of one; nothing for nothing."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def mapped(value: object) -> dict[str, object]:
    """A mapping; empty for everything else."""
    return value if isinstance(value, dict) else {}


def _end_of_blank(text: str, start: int) -> int:
    match = _BLANK.match(text, start)
    return match.end() if match else start
