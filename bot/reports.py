"""What the indexer tells the bot: how far a run is, what it did, and what it failed on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retrieval.errors import ArchivistError
from retrieval.types import Skipped


class IndexFailed(ArchivistError):
    """A run that ended without an index; `kind` is the child's own name for what failed."""

    def __init__(self, kind: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.kind = kind


class RunCancelled(ArchivistError):
    """A run that was stopped because somebody wanted it to."""

    kind = "cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `done` of `total` in a phase; None where it is not known."""

    phase: str
    done: int
    total: int | None
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run did, or would do, in articles; the same as `archivist index --json` prints."""

    generation: str | None
    articles: int
    passages: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    encoded: int
    took_ms: float

    @property
    def before(self) -> int:
        """How many articles there were."""
        return self.unchanged + self.changed + self.removed

    @property
    def differs(self) -> bool:
        """Whether any article came, went or changed."""
        return bool(self.added or self.changed or self.removed)


def progress_of(line: str) -> Progress | None:
    """Return the progress that a line of the indexer tells, None for a line that tells something else."""
    try:
        told = json.loads(line)
        return Progress(str(told["phase"]), int(told["done"]), told["total"], told["seconds_left"])
    except (ValueError, KeyError, TypeError):
        return None


def report_of(document: Mapping[str, Any]) -> IndexReport:
    """Return the report in the document that the indexer printed; raises KeyError or TypeError for another document."""
    names = IndexReport.__dataclass_fields__
    fields = {name: document[name] for name in names} | {"skipped": tuple(Skipped(**s) for s in document["skipped"])}
    return IndexReport(**fields)
