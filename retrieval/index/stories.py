"""What is known of an article only from all others: which of them carry its story, and which lines they repeat."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from retrieval.boilerplate import repeated, spans_of
from retrieval.copies import Sketch, stories
from retrieval.index.columns import name_key

Known = tuple[int, int, int, str]


def known_of(db: sqlite3.Connection) -> Iterator[Known]:
    """Yield (key, row, story, boilerplate) of every article in the attached database `staging`, by row.

    Rows count the articles by id; a story is the row of the first article that carries it. Boilerplate is a list of
    spans, as JSON.
    """
    rows = db.execute("SELECT key, story, sketch, publisher, lines FROM staging.staged ORDER BY id").fetchall()
    heads: dict[bytes, int] = {}  # word for word the same: story -> its first row
    for row, (_, digest, *_) in enumerate(rows):
        heads.setdefault(digest, row)
    places = list(heads.values())
    first = stories([Sketch.from_bytes(rows[row][2]) for row in places])
    story_of = {digest: places[first[at]] for at, digest in enumerate(heads)}
    numbers: dict[str, int] = {}
    publishers = [numbers.setdefault(name_key(row[3]), len(numbers)) if row[3] else -1 for row in rows]
    often = repeated(
        (publisher, story_of[digest], lines)
        for publisher, (_, digest, _, _, lines) in zip(publishers, rows, strict=True)
        if publisher >= 0
    )
    for row, (key, digest, _, _, lines) in enumerate(rows):
        spans = []
        if publishers[row] in often:
            text, headings = db.execute("SELECT text, headings FROM staging.staged WHERE key = ?", (key,)).fetchone()
            keep = [(start, end) for start, end in json.loads(headings)]
            spans = spans_of(text, lines, often[publishers[row]], keep)
        yield key, row, story_of[digest], json.dumps(spans)
