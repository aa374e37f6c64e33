"""What changes the archive besides the indexer, on a thread of its own: withdrawing, rolling back, uploads.

The library behind it is imported on that thread, when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from bot.lanes import Lane
from retrieval.leases import ALONE, Right

if TYPE_CHECKING:
    from retrieval.index import Source
    from retrieval.index.catalogue import Catalogue
    from retrieval.upkeep import GenerationInfo
    from retrieval.withdrawing import Restoration, Withdrawal, Withdrawn

P = ParamSpec("P")
T = TypeVar("T")

_TIMEOUT_S = 900.0  # a rollback reads every byte of a generation


class Upkeep:
    """The data folder `data`, for the event loop: one call at a time, a few waiting.

    `right` is what whoever makes another generation current has to hold.
    Every call may raise Busy, TooSlow, Closing, and the ArchivistError of what it does.
    """

    def __init__(self, data: Path, right: Right = ALONE) -> None:
        self._data = data
        self._right = right
        self._lane = Lane("keeper", 1, 16, _TIMEOUT_S)

    async def close(self) -> None:
        """Take no more calls and wait for the one that runs."""
        await self._lane.close()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns on the thread."""
        return await self._lane.run(function, *args, **kwargs)

    async def withdraw(self, article_id: str, reason: str, by: str) -> Withdrawal:
        """Take an article down, from the next question on; `by` stands in the log."""

        def work() -> Withdrawal:
            from retrieval.withdrawing import withdraw

            return withdraw(self._data, article_id, reason, by=by)

        return await self.call(work)

    async def to_be_withdrawn(self, article_id: str, reason: str, by: str) -> Withdrawal:
        """Return what `withdraw` would do, and do nothing."""

        def work() -> Withdrawal:
            from retrieval.withdrawing import to_be_withdrawn

            return to_be_withdrawn(self._data, article_id, reason, by=by)

        return await self.call(work)

    async def restore(self, article_id: str, by: str) -> Restoration:
        """Let an article be shown again."""

        def work() -> Restoration:
            from retrieval.withdrawing import restore

            return restore(self._data, article_id, by=by)

        return await self.call(work)

    async def withdrawn(self) -> list[Withdrawn]:
        """Return every article that is taken down."""

        def work() -> list[Withdrawn]:
            from retrieval.withdrawing import withdrawn

            return withdrawn(self._data)

        return await self.call(work)

    async def rollback(self, generation: str | None) -> str:
        """Make an earlier generation current (the one before, if None) after a full check; return its name."""

        def work() -> str:
            from retrieval.upkeep import rollback

            return rollback(self._data, generation, self._right)

        return await self.call(work)

    async def rollback_target(self, generation: str | None) -> GenerationInfo:
        """Return the generation that `rollback` would make current."""

        def work() -> GenerationInfo:
            from retrieval.upkeep import rollback_target

            return rollback_target(self._data, generation)

        return await self.call(work)

    async def generations(self) -> list[GenerationInfo]:
        """Return all generations that are kept, oldest first."""

        def work() -> list[GenerationInfo]:
            from retrieval.upkeep import generations

            return generations(self._data)

        return await self.call(work)

    async def sources(self) -> list[Source]:
        """Return the archive's sources with what came of each, by path; raises NoGeneration where there is no index."""
        return await self.call(lambda: self._look_up(lambda catalogue: catalogue.holdings()))

    async def articles_in(self, name: str) -> int:
        """Return how many articles the index has of the files of a name, in whatever folder."""
        sql = "SELECT count(*) FROM articles WHERE file = ?1 OR substr(file, -length(?1) - 1) = '/' || ?1"
        return int(await self.call(lambda: self._look_up(lambda catalogue: catalogue.query(sql, (name,))[0][0])))

    async def source_of(self, folder: Path) -> Path:
        """Return the source that `folder` lies in, or `folder` itself where it is or becomes one of its own."""

        def work() -> Path:
            from retrieval.sources import remembered

            wanted = folder.expanduser().resolve()
            return next((known for known in remembered(self._data).values() if wanted.is_relative_to(known)), wanted)

        return await self.call(work)

    def _look_up(self, question: Callable[[Catalogue], T]) -> T:
        """Return what `question` makes of the current generation's catalogue."""
        from retrieval.index import generation
        from retrieval.index.catalogue import Catalogue
        from retrieval.index.lock import ReaderLock

        folder = generation.folder_of(self._data, generation.require_current(self._data))
        with (
            closing(ReaderLock(folder / "manifest.json")),
            closing(Catalogue(folder / "catalogue.sqlite")) as catalogue,
        ):
            return question(catalogue)
