"""Tables of articles (CSV, TSV and their kin): a row each, by the names in the first row; streamed.

Delimiter and encoding are found out from the beginning. A row with a quote that is never closed costs itself alone: the
rows after it are read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.encodings import decode, head_text, unicode_encoding
from retrieval.reading.fields import ID, NAMES, TEXT, by_name, stated
from retrieval.reading.records import record_article
from retrieval.reading.signatures import looks_like
from retrieval.types import Article, Skipped

FORMAT = "csv"
_SUFFIXES = (".csv", ".tsv", ".tab", ".psv")
_DELIMITERS = ",;\t|"
_SAMPLE = 256 * 1024
_MOST_COLUMNS = 2000
_MOST_NAMED = 20
_MOST_UNCLOSED = 100


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a table: it is called one, or its first line names a text and two things more."""
    if looks_like(head):
        return False
    line = head_text(head).lstrip("\ufeff").split("\n", 1)[0].strip("\r")
    if suffix in _SUFFIXES:
        return True
    if not suffix.startswith((".txt", ".dat")) and suffix:
        return False
    names = [_name(name) for name in _split(line, _delimiter(line))]
    return len(names) >= 3 and any(name in TEXT for name in names) and sum(name in NAMES for name in names) >= 3


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each row that has a text; a row that has none, or too many cells, is skipped as `name at row N`.

    Rows count from 1, the names being row 1. Raises ReadError where no column is named as a text.
    """
    text = _opened(file)
    try:
        yield from _rows(text, name, limits)
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    head = _first_line(text)
    delimiter = _delimiter(head)
    # The module's own guard is one for the process; it is only ever raised, and rows are bounded by `_Lines`.
    csv.field_size_limit(max(csv.field_size_limit(), limits.file_bytes))
    lines = _Lines(text, limits.file_bytes, head)
    header = next(_records(lines, delimiter), None)
    if header is None or not any(cell.strip() for cell in header.cells):
        raise ReadError("it is empty or holds only white space")
    columns = [_name(cell) for cell in header.cells]
    if not any(column in TEXT for column in columns):
        named = ", ".join(cell.strip()[:40] for cell in header.cells[:_MOST_NAMED])
        raise ReadError(f"no column holds a text (named {', '.join(TEXT[:5])} or the like); its columns are: {named}")
    seen: dict[str, int] = {}
    for found in _records(lines, delimiter, start=2):
        if not any(cell.strip() for cell in found.cells) and not found.reason:
            continue
        try:
            yield _article(found, columns, seen, limits)
        except ReadError as error:
            yield Skipped(f"{name} at row {found.number}", error.message)


@dataclass(frozen=True, slots=True)
class _Record:
    number: int
    cells: Sequence[str]
    reason: str = ""


def _article(found: _Record, columns: Sequence[str], seen: dict[str, int], limits: Limits) -> Article:
    if found.reason:
        raise ReadError(found.reason)
    cells = list(found.cells)
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        raise ReadError(f"it has {len(cells)} cells for {len(columns)} columns; is a delimiter in a text not quoted?")
    fields: dict[str, object] = {}
    for column, cell in zip(columns, cells, strict=False):
        if column and cell.strip() and "\ufffd" not in column:
            fields.setdefault(column, cell)
    if not any(isinstance(fields.get(column), str) for column in TEXT):
        short = f"; it has {len(cells)} cells for {len(columns)} columns" if len(cells) < len(columns) else ""
        raise ReadError(f"its text is empty{short}")
    record = stated(fields, ID) or f"row {found.number}"
    first = seen.setdefault(record, found.number)
    if first != found.number:
        raise ReadError(f"its id {record!r} is that of row {first}; give each article its own")
    return record_article(fields, FORMAT, record, limits)


def _opened(file: BinaryIO) -> io.TextIOWrapper:
    file.seek(0)
    sample = file.read(_SAMPLE)
    if not sample.strip():
        raise ReadError("it is empty or holds only white space")
    found = unicode_encoding(sample[:4096])
    encoding, mark = found or (_encoding(sample), 0)
    file.seek(mark)
    return io.TextIOWrapper(file, encoding, errors="replace", newline="")


def _encoding(sample: bytes) -> str:
    """UTF-8 where the sample is that but for a character cut at its end, else what the whole sample decodes as best."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        text = decode(sample)
        for encoding in ("cp1252", "utf-8", "cp1251", "cp1250", "shift_jis", "gb18030", "big5", "iso8859_2", "koi8_r"):
            if sample.decode(encoding, "replace") == text:
                return encoding
        return "cp1252"
    return "utf-8"


def _first_line(text: io.TextIOWrapper) -> str:
    """The line of names; blank lines before it, and Excel's `sep=;`, are passed over."""
    line = text.readline(1 << 20)
    for _ in range(20):
        if line.strip("\ufeff \r\n\t") and not re.fullmatch(r"\ufeff?sep=.\r?\n?", line, re.I):
            break
        line = text.readline(1 << 20)
    return line


def _delimiter(line: str) -> str:
    """The delimiter that divides a line of names into the most cells."""
    return max(_DELIMITERS, key=lambda mark: (len(_split(line, mark)), -_DELIMITERS.index(mark)))


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line[:100_000]], delimiter=delimiter), [])[:_MOST_COLUMNS]
    except csv.Error:
        return line.split(delimiter)[:_MOST_COLUMNS]


def _name(cell: str) -> str:
    return next(iter(by_name({cell.strip(" \ufeff\"'\r\n\t"): ""})))


class _Lines:
    """The lines of a file, which a quote that is never closed may take back."""

    def __init__(self, text: TextIO, longest: int, first: str) -> None:
        self.held: list[str] = []
        self.ended = False
        self._text, self._longest = text, longest
        self._again = deque([first])
        self._size = self._taken_back = 0

    def begin(self) -> None:
        """Begin a record."""
        self.held, self._size = [], 0

    def take_back(self) -> None:
        """Give all lines of the record but its first once more."""
        self._taken_back += 1
        if self._taken_back > _MOST_UNCLOSED:
            raise ReadError(
                f"more than {_MOST_UNCLOSED} of its rows have a quote that is never closed; the rest is left"
            )
        self._again.extendleft(reversed(self.held[1:]))
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(self._longest + 1)
        if not line:
            self.ended = True
            raise StopIteration
        self._size += len(line)
        self.held.append(line)
        if self._size > self._longest:
            raise _TooLongError(f"it is longer than the {self._longest:,} characters that are read at once")
        return line


class _TooLongError(ReadError):
    """A record that goes on for longer than is held."""


_UNCLOSED = "a quote in it is never closed"


def _records(lines: _Lines, delimiter: str, start: int = 1) -> Iterator[_Record]:
    reader = csv.reader(lines, delimiter=delimiter)
    number = start - 1
    while True:
        number += 1
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _TooLongError as error:
            several = len(lines.held) > 1
            yield _Record(number, (), _UNCLOSED if several else error.message)
            lines.take_back()
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        except csv.Error as error:
            yield _Record(number, (), f"it is no row of a table ({error})")
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        if lines.ended and len(lines.held) > 1 and _is_unclosed("".join(lines.held), delimiter):
            yield _Record(number, (), _UNCLOSED)
            lines.take_back()
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        yield _Record(number, cells)
        if number == 1:
            return


def _is_unclosed(text: str, delimiter: str) -> bool:
    """Whether a record of several lines ends only because the file does."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
