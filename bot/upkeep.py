"""What changes the archive besides the indexer, on a thread of its own: withdrawing, rolling back, uploads.

The library behind it is imported on that thread, when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from bot.lanes import Lane
from retrieval.leases import ALONE, Right

if TYPE_CHECKING:
    from retrieval.index import Source
    from retrieval.keeper import Keeper
    from retrieval.upkeep import GenerationInfo
    from retrieval.withdrawing import Restoration, Withdrawal, Withdrawn

P = ParamSpec("P")
T = TypeVar("T")

_TIMEOUT_S = 900.0  # a rollback reads every byte of a generation


class Upkeep:
    """The data folder `data`, or the server that `keeper` reaches, for the event loop: one call at a time.

    `right` is what whoever makes another generation current has to hold.
    Every call may raise Busy, TooSlow, Closing, and the ArchivistError of what it does.
    """

    def __init__(self, data: Path, right: Right = ALONE, keeper: Keeper | None = None) -> None:
        self._data = data
        self._right = right
        self._kept = keeper
        self._lane = Lane("keeper", 1, 16, _TIMEOUT_S)

    async def close(self) -> None:
        """Take no more calls and wait for the one that runs."""
        await self._lane.close()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns on the thread."""
        return await self._lane.run(function, *args, **kwargs)

    async def withdraw(self, article_id: str, reason: str, by: str) -> Withdrawal:
        """Take an article down, from the next question on; `by` stands in the log."""
        return await self.call(lambda: self._keeper().withdraw(article_id, reason, by=by))

    async def to_be_withdrawn(self, article_id: str, reason: str, by: str) -> Withdrawal:
        """Return what `withdraw` would do, and do nothing."""
        return await self.call(lambda: self._keeper().to_be_withdrawn(article_id, reason, by=by))

    async def restore(self, article_id: str, by: str) -> Restoration:
        """Let an article be shown again."""
        return await self.call(lambda: self._keeper().restore(article_id, by=by))

    async def withdrawn(self) -> list[Withdrawn]:
        """Return every article that is taken down."""
        return await self.call(lambda: self._keeper().withdrawn())

    async def rollback(self, generation: str | None) -> str:
        """Make an earlier generation current (the one before, if None) after a full check; return its name."""
        return await self.call(lambda: self._keeper().rollback(generation, self._right))

    async def rollback_target(self, generation: str | None) -> GenerationInfo:
        """Return the generation that `rollback` would make current."""
        return await self.call(lambda: self._keeper().rollback_target(generation))

    async def generations(self) -> list[GenerationInfo]:
        """Return all generations that are kept, oldest first."""
        return await self.call(lambda: self._keeper().generations())

    async def sources(self) -> list[Source]:
        """Return the archive's sources with what came of each, by path; raises NoGeneration where there is no index."""
        return await self.call(lambda: self._keeper().holdings())

    async def articles_in(self, name: str) -> int:
        """Return how many articles the index has of the files of a name, in whatever folder."""
        return await self.call(lambda: self._keeper().articles_in(name))

    async def source_of(self, folder: Path) -> Path:
        """Return the source that `folder` lies in, or `folder` itself where it is or becomes one of its own."""

        def work() -> Path:
            from retrieval.sources import remembered

            wanted = folder.expanduser().resolve()
            return next((known for known in remembered(self._data).values() if wanted.is_relative_to(known)), wanted)

        return await self.call(work)

    def _keeper(self) -> Keeper:
        from retrieval.keeper import LocalKeeper

        return self._kept or LocalKeeper(self._data)
