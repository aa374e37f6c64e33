"""Which files are read as part of another (the pages of a newspaper's issue), as a generation remembers it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

Row = tuple[str, str, str, str | None]
"""source, file, what the file calls the part, the name of the file that this means in the source (None: it has none)"""

SCHEMA = "CREATE TABLE parts(source TEXT, file TEXT, reference TEXT, part TEXT);\n"
INSERT = "INSERT INTO parts VALUES (?, ?, ?, ?)"
COPY = "INSERT INTO parts SELECT * FROM {origin}.parts WHERE {condition} ORDER BY source, file, rowid"


def by_file(rows: Iterable[Row]) -> dict[str, dict[str, str | None]]:
    """The parts of each file of one source: what they are called, and the names of the files."""
    found: dict[str, dict[str, str | None]] = {}
    for _, file, reference, part in rows:
        found.setdefault(file, {})[reference] = part
    return found


def consumed(parts: dict[str, dict[str, str | None]], files: Collection[str]) -> set[str]:
    """The files of a source that are read as part of another, and so not by themselves; never one that has parts."""
    named = {part for whole in parts.values() for part in whole.values() if part}
    return {part for part in named if part in files and part not in parts}
