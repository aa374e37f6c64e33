"""Where an archive's generations are kept: in a data folder, or on a server. What is above asks a `Keeper` for both.

The current generation, its opening, and all upkeep. `LocalKeeper` is the data folder; `retrieval.index.milvus.keeper`
has the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from retrieval import upkeep, withdrawing
from retrieval.index import Index, Source
from retrieval.index import generation as generation_files
from retrieval.index.catalogue import Catalogue
from retrieval.index.generation import Manifest
from retrieval.index.local import open_current, open_kept
from retrieval.index.lock import ReaderLock
from retrieval.index.withdrawals import Logged, Withdrawn
from retrieval.leases import ALONE, Right
from retrieval.upkeep import GenerationInfo, Verification
from retrieval.withdrawing import Restoration, Withdrawal

__all__ = ["Keeper", "LocalKeeper", "Opened"]


class Opened(Index, Protocol):
    """An open generation with what it was made of."""

    @property
    def manifest(self) -> Manifest:
        """What it says of itself; the encoder that made it, above all."""
        ...

    def holdings(self) -> list[Source]:
        """Return the archive's sources with what came of each, by path."""
        ...


class Keeper(Protocol):
    """Keeps an archive's generations. Every call raises Unreachable where a server that does so does not answer."""

    @property
    def place(self) -> str:
        """Where that is, for people."""
        ...

    def current(self) -> str | None:
        """Return the name of the generation that is asked, None where there is none; cheap enough for every second."""
        ...

    def names(self) -> list[str]:
        """Return the names of all whole generations, oldest first."""
        ...

    def open(self, name: str | None = None) -> Opened:
        """Open a generation, the current one if None; raises NoGeneration, GenerationError, DamagedError."""
        ...

    def maker(self) -> dict[str, Any] | None:
        """Return what the current generation's manifest says of its encoder, None where there is no generation."""
        ...

    def remedy(self) -> str:
        """Return what to do about a current generation that is damaged."""
        ...

    def generations(self) -> list[GenerationInfo]:
        """Return all generations that are kept, oldest first."""
        ...

    def verify(self, name: str | None = None) -> Verification:
        """Check a generation, the current one if None."""
        ...

    def rollback_target(self, name: str | None = None) -> GenerationInfo:
        """Return the generation that `rollback` would make current."""
        ...

    def rollback(self, name: str | None = None, right: Right = ALONE) -> str:
        """Make another generation current, the one before if None, once it is checked; return its name.

        `right` is what has to be held for it.
        """
        ...

    def withdraw(self, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
        """Take an article down at once."""
        ...

    def to_be_withdrawn(self, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
        """Return what `withdraw` would do, and do nothing."""
        ...

    def restore(self, article_id: str, reason: str = "", *, by: str | None = None) -> Restoration:
        """Let a withdrawn article be shown again."""
        ...

    def withdrawn(self) -> list[Withdrawn]:
        """Return every article that is taken down, by id."""
        ...

    def log(self) -> list[Logged]:
        """Return all that was ever withdrawn and restored, oldest first."""
        ...

    def holdings(self) -> list[Source]:
        """Return the sources of the current generation with what came of each, by path."""
        ...

    def articles_in(self, name: str) -> int:
        """Return how many articles the current generation has of the files of a name, in whatever folder."""
        ...


class LocalKeeper:
    """The data folder `data`; the errors are those of `upkeep`, `withdrawing` and `open_current`."""

    def __init__(self, data: Path) -> None:
        self._data = data

    @property
    def place(self) -> str:
        """The data folder."""
        return str(self._data)

    def current(self) -> str | None:
        """Return what `CURRENT` names."""
        return generation_files.current(self._data)

    def names(self) -> list[str]:
        """Return the names of all whole generations, oldest first."""
        return generation_files.names(self._data)

    def open(self, name: str | None = None) -> Opened:
        """Open a generation, the current one if None."""
        return open_current(self._data) if name is None else open_kept(self._data, name)

    def maker(self) -> dict[str, Any] | None:
        """Return what the current generation's manifest says of its encoder."""
        name = self.current()
        folder = generation_files.folder_of(self._data, name) if name else None
        return generation_files.load_manifest(folder).encoder if folder else None

    def remedy(self) -> str:
        """Return what to do about a current generation that is damaged."""
        return generation_files.remedy(self._data)

    def generations(self) -> list[GenerationInfo]:
        """Return all generations that are kept, oldest first."""
        return upkeep.generations(self._data)

    def verify(self, name: str | None = None) -> Verification:
        """Check a generation to the last bit."""
        return upkeep.verify(self._data, name)

    def rollback_target(self, name: str | None = None) -> GenerationInfo:
        """Return the generation that `rollback` would make current."""
        return upkeep.rollback_target(self._data, name)

    def rollback(self, name: str | None = None, right: Right = ALONE) -> str:
        """Make another generation current, after a full check of it."""
        return upkeep.rollback(self._data, name, right)

    def withdraw(self, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
        """Take an article down at once."""
        return withdrawing.withdraw(self._data, article_id, reason, by=by)

    def to_be_withdrawn(self, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
        """Return what `withdraw` would do, and do nothing."""
        return withdrawing.to_be_withdrawn(self._data, article_id, reason, by=by)

    def restore(self, article_id: str, reason: str = "", *, by: str | None = None) -> Restoration:
        """Let a withdrawn article be shown again."""
        return withdrawing.restore(self._data, article_id, reason, by=by)

    def withdrawn(self) -> list[Withdrawn]:
        """Return every article that is taken down, by id."""
        return withdrawing.withdrawn(self._data)

    def log(self) -> list[Logged]:
        """Return all that was ever withdrawn and restored, oldest first."""
        return withdrawing.log(self._data)

    def holdings(self) -> list[Source]:
        """Return the sources of the current generation with what came of each, by path."""
        with self._catalogue() as catalogue:
            return catalogue.holdings()

    def articles_in(self, name: str) -> int:
        """Return how many articles the current generation has of the files of a name, in whatever folder."""
        sql = "SELECT count(*) FROM articles WHERE file = ?1 OR substr(file, -length(?1) - 1) = '/' || ?1"
        with self._catalogue() as catalogue:
            return int(catalogue.query(sql, (name,))[0][0])

    @contextmanager
    def _catalogue(self) -> Iterator[Catalogue]:
        folder = generation_files.folder_of(self._data, generation_files.require_current(self._data))
        with (
            closing(ReaderLock(folder / "manifest.json")),
            closing(Catalogue(folder / "catalogue.sqlite")) as catalogue,
        ):
            yield catalogue
