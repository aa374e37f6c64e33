"""What the readers of archives do with a member once its bytes are found."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.reading.streams import Forward, Window, buffered
from retrieval.reading.within import Within
from retrieval.types import Article, Skipped


def member_items(raw: Forward | Window, path: str, name: str, inside: Within) -> Iterator[Article | Skipped]:
    """What the member `path` of the archive `name` holds, and at the end what was found to be wrong with its bytes."""
    from retrieval.reading.articles import read_member

    with buffered(raw) as stream:
        yield from read_member(stream, path, name, inside)
        damage = raw.damage if isinstance(raw, Forward) else ""
    if damage:
        yield Skipped(f"{name}: {path}", f"{damage}; what comes before that was read")
