"""What of a catalogue no question needs, and the next index run does: its small tables, as text, and back.

Bytes are written as base64 between marks. Everything is ASCII, so that half a surrogate pair comes through as well.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from retrieval.index.catalogue import Catalogue

TABLES = ("sources", "files", "skipped", "withheld", "parts", "captures", "publishers", "authors", "authorship")
_ROWS = 200  # of a table in one record


class Ledger:
    """Writes rows of SQLite values as text, and reads them."""

    def dumps(self, value: Sequence[Any]) -> str:
        """Return a row, or rows, as JSON."""
        return json.dumps(value, default=self._packed)

    def loads(self, text: str) -> Any:
        """Return what `dumps` was given, tuples as lists."""
        return json.loads(text, object_hook=self._unpacked)

    def _packed(self, value: object) -> dict[str, str]:
        if not isinstance(value, bytes):
            raise TypeError(f"SQLite gave a {type(value).__name__}")
        return {"b": base64.b64encode(value).decode("ascii")}

    def _unpacked(self, value: dict[str, str]) -> bytes:
        return base64.b64decode(value["b"])


LEDGER = Ledger()


def packed(catalogue: Catalogue) -> Iterator[str]:
    """Yield all rows of the small tables, some at a time."""
    for table in TABLES:
        rows = catalogue.query(f"SELECT * FROM {table}")  # noqa: S608 - one of ours; in the order of rowid or key
        for at in range(0, len(rows), _ROWS):
            yield LEDGER.dumps([table, rows[at : at + _ROWS]])


def unpack(database: sqlite3.Connection, text: str) -> None:
    """Put rows back that `packed` gave."""
    table, rows = LEDGER.loads(text)
    if table not in TABLES:
        raise ValueError(f"{table!r} is no table of a catalogue")
    if rows:
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608


def vocabulary_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and content, as base64, of every file of a vocabulary; none where the generation has none."""
    for path in sorted(folder.glob("*")):
        yield path.name, base64.b64encode(path.read_bytes()).decode("ascii")
