"""What differs between the generation before and the articles gathered for the next, and how much may leave at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import RemovalRefused
from retrieval.index.catalogue import Catalogue
from retrieval.index.staging import Staging


@dataclass(frozen=True, slots=True)
class Difference:
    """How many articles were added, changed, removed, or are as they were."""

    added: int
    changed: int
    removed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Removals:
    """How many articles each source, by its label, held, and how many of them are lost: gone, not only moved."""

    held: Counter[str]
    lost: Counter[str]


def compare(before: Catalogue | None, staging: Staging, withdrawn: Collection[str]) -> tuple[Difference, Removals]:
    """Return what differs. An article that was withdrawn is removed, but not lost."""
    rows = before.query("SELECT id, source, hash FROM articles") if before else ()
    old = {article_id: (source, digest) for article_id, source, digest in rows}
    added = changed = unchanged = 0
    staged: set[str] = set()
    contents: set[bytes] = set()
    for article_id, _, digest in staging.hashes():
        staged.add(article_id)
        contents.add(digest)
        if article_id not in old:
            added += 1
        elif old[article_id][1] == digest:
            unchanged += 1
        else:
            changed += 1
    gone = {article_id: old[article_id] for article_id in old.keys() - staged}
    lost = Counter(
        source
        for article_id, (source, digest) in gone.items()
        if digest not in contents and article_id not in withdrawn
    )
    held = Counter(source for source, _ in old.values())
    return Difference(added, changed, len(gone), unchanged), Removals(held, lost)


def guard(removals: Removals, sources: dict[str, Path], most: int, share: float) -> None:
    """Raise RemovalRefused where a source would lose more than both `most` articles and that `share` of its own."""
    for label, path in sources.items():
        going, had = removals.lost[label], removals.held[label]
        if going > most and going > share * had:
            raise RemovalRefused(
                f"{going} of the {had} articles of {path} would leave the index",
                "If they were meant to go, run `archivist index --allow-removals`",
            )
