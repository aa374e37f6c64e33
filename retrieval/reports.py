"""How an index is made, and what a run of the indexer says that it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from retrieval.reading import Limits
from retrieval.types import Skipped

Progress = Callable[[str, int, int], None]  # phase, done, total


class Away(Protocol):
    """Where generations are published that a data folder is only the workshop of."""

    def fetch(self, data: Path, progress: Progress) -> None:
        """Bring the data folder to the generation and the withdrawals that are current there, before a run."""
        ...

    def publish(self, data: Path, keep: int, progress: Progress) -> None:
        """Publish the data folder's current generation, unless it is there, after a run; `keep` generations stay."""
        ...

    def names(self) -> list[str]:
        """Return the names of the generations that are there."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """How an index is made. `words` a passage; `keep` generations; the guard stops a run that would take more than
    both `max_removed_share` of a source's articles and `max_removed` articles out. `processes` read files (0: one per
    core); the index is the same however many they are. An index of fewer than `exact_below` passages is searched
    exactly. What is made goes `away` to a server, where there is one.
    """

    words: int = 150
    keep: int = 3
    max_removed_share: float = 0.1
    max_removed: int = 3
    limits: Limits = field(default_factory=Limits)
    processes: int = 0
    exact_below: int = 50_000
    away: Away | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, in articles; `encoded` counts passages. `generation` is the one that is asked afterwards;
    `formats` says how many articles came in each format."""

    generation: str | None
    articles: int
    passages: int
    copies: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    encoded: int
    took_ms: float
    formats: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as `archivist index --json` prints it."""
        return asdict(self) | {"skipped": [asdict(skipped) for skipped in self.skipped]}
