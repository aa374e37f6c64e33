"""Taking an article down at once, and bringing it back.

A withdrawn article is gone from every answer, from every generation that is kept or gone back to, and from later index
runs, under its id; the text itself leaves the disk with the generations that hold it. Works beside a running index run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import DamagedError, GenerationError
from retrieval.index import generation as generations
from retrieval.index import withdrawals
from retrieval.index.catalogue import Catalogue
from retrieval.index.lock import ReaderLock, Retired
from retrieval.index.staging import second_name
from retrieval.index.withdrawals import Logged, Withdrawals, Withdrawn

__all__ = ["Restoration", "Withdrawal", "Withdrawn", "log", "restore", "to_be_withdrawn", "withdraw", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An article that is taken down, the kept generations that hold it, and other articles with the same text.

    Those others, by id, are still shown.
    """

    article: Withdrawn
    generations: tuple[str, ...]
    same_text: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as `archivist withdraw --json` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Restoration:
    """An article that may be shown again. `shown` is False where it comes back with the next index run only."""

    article: Withdrawn
    shown: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON documents hold it."""
        return asdict(self)


def withdraw(data: Path, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
    """Take an article down, durably, from the next question on; `by` is who does it (this user if None).

    Raises GenerationError where no kept generation holds an article `article_id`. One that is withdrawn already stays
    as it was noted.
    """
    found = to_be_withdrawn(data, article_id, reason, by=by)
    withdrawals.change(data, lambda known: known if _of(known, article_id) else known.adding(found.article))
    return found


def to_be_withdrawn(data: Path, article_id: str, reason: str = "", *, by: str | None = None) -> Withdrawal:
    """Return what `withdraw` would return, and withdraw nothing; the same errors."""
    holding: list[str] = []
    same: set[str] = set()
    title = also = ""
    for name, catalogue in _catalogues(data):
        found = catalogue.query(
            "SELECT title, url, source, file, record, ordinal, story FROM articles WHERE id = ?", (article_id,)
        )
        if found:
            title, *place, story = found[0]
            also = second_name(*place)
            holding.append(name)
            others = "SELECT id FROM articles WHERE story = ? AND id <> ?"
            same = {other for (other,) in catalogue.query(others, (story, article_id))}  # the newest's count
    known = withdrawals.load(withdrawals.path_in(data))
    taken = _of(known, article_id)
    if taken is None:
        if not holding:
            raise GenerationError(
                f"no generation in {data} holds an article {article_id!r}", "`archivist articles` lists those there are"
            )
        taken = Withdrawn(article_id, also, title, withdrawals.now(), by or withdrawals.who(), reason)
    return Withdrawal(taken, tuple(holding), tuple(sorted(same - known.names)))


def restore(data: Path, article_id: str, reason: str = "", *, by: str | None = None) -> Restoration:
    """Let an article be shown again. Where an index run has left it out meanwhile, the next one brings it back.

    Raises GenerationError where it is not withdrawn.
    """
    article = _of(withdrawals.load(withdrawals.path_in(data)), article_id)
    if article is None:
        raise GenerationError(f"the article {article_id!r} is not withdrawn", "Nothing had to be done")
    withdrawals.change(data, lambda known: known.without(article_id, by or withdrawals.who(), reason))
    current = generations.current(data)
    shown = any(
        name == current and catalogue.query("SELECT 1 FROM articles WHERE id = ?", (article_id,))
        for name, catalogue in _catalogues(data)
    )
    return Restoration(article, shown)


def withdrawn(data: Path) -> list[Withdrawn]:
    """Return every article that is taken down, by id; raises WithdrawalsDamaged where the list is broken."""
    return list(withdrawals.load(withdrawals.path_in(data)).articles)


def log(data: Path) -> list[Logged]:
    """Return all that was ever withdrawn and restored, oldest first; raises WithdrawalsDamaged as `withdrawn`."""
    return list(withdrawals.load(withdrawals.path_in(data)).log)


def _of(known: Withdrawals, article_id: str) -> Withdrawn | None:
    return next((article for article in known.articles if article.id == article_id), None)


def _catalogues(data: Path) -> Iterator[tuple[str, Catalogue]]:
    """Yield the catalogue of every kept generation, oldest first; one that cannot be read holds nothing to be shown."""
    for name in generations.names(data):
        try:
            with _catalogue(generations.folder_of(data, name)) as catalogue:
                yield name, catalogue
        except (DamagedError, Retired):
            continue


@contextmanager
def _catalogue(folder: Path) -> Iterator[Catalogue]:
    with closing(ReaderLock(folder / "manifest.json")), closing(Catalogue(folder / "catalogue.sqlite")) as catalogue:
        yield catalogue
