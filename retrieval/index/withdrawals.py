"""What was taken down: articles that no generation shows, old or new, until they are restored.

Kept beside the generations, in `withdrawn.json`, since nothing in a generation is ever changed. An open index looks at
that file by one `stat` a question. A file that is damaged shows nothing rather than what was taken down.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedError, GenerationError
from retrieval.index import Rows, durable
from retrieval.index.lock import alone

FORMAT = 1
_HINT = "Restore the file from a backup. Removing it shows again what was withdrawn"


class WithdrawalsDamaged(DamagedError):
    """The list of withdrawals is not what was written: no generation is at fault."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An article that was taken down. `also` is the name it would have if another came to claim its id.

    `at` is ISO 8601 in UTC; `by` is who did it.
    """

    id: str
    also: str
    title: str
    at: str
    by: str
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as `archivist withdraw --json` prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Logged:
    """One entry of the log of what was withdrawn and restored."""

    action: Literal["withdraw", "restore"]
    id: str
    at: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """All that is taken down, by id, and the log of how it came about, oldest first."""

    articles: tuple[Withdrawn, ...] = ()
    log: tuple[Logged, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Every id that may not be shown."""
        return frozenset(name for article in self.articles for name in (article.id, article.also))

    def adding(self, article: Withdrawn) -> Withdrawals:
        """Return these and `article`."""
        entry = Logged("withdraw", article.id, article.at, article.by, article.reason)
        return Withdrawals(tuple(sorted((*self.articles, article), key=lambda a: a.id)), (*self.log, entry))

    def without(self, article_id: str, by: str, reason: str) -> Withdrawals:
        """Return these but for the article `article_id`."""
        left = tuple(article for article in self.articles if article.id != article_id)
        return Withdrawals(left, (*self.log, Logged("restore", article_id, now(), by, reason)))


def path_in(data: Path) -> Path:
    """Return where a data folder's withdrawals are kept."""
    return data / "withdrawn.json"


def load(path: Path) -> Withdrawals:
    """Read the withdrawals; raises WithdrawalsDamaged for a broken file, GenerationError for one of a newer format."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Withdrawals()
    except (OSError, UnicodeDecodeError) as error:
        raise WithdrawalsDamaged(f"{path} cannot be read: {error}", _HINT) from error
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            message = f"{path} has format {raw['format']}, this program reads format {FORMAT}"
            raise GenerationError(message, "Update Archivist")
        if not durable.is_whole(text, raw):
            raise WithdrawalsDamaged(f"{path} is not what was written", _HINT)
        articles = tuple(Withdrawn(**article) for article in raw["articles"])
        return Withdrawals(articles, tuple(Logged(**entry) for entry in raw["log"]))
    except (ValueError, KeyError, TypeError) as error:
        raise WithdrawalsDamaged(f"{path} is not a list of withdrawals: {error!r}", _HINT) from error


def change(data: Path, how: Callable[[Withdrawals], Withdrawals]) -> None:
    """Replace the withdrawals by what `how` makes of them, durably; one at a time, beside a running index run."""
    try:
        with alone(data / "withdrawn.lock"):
            changed = how(load(path_in(data)))
            document = {"format": FORMAT, "articles": [a.to_dict() for a in changed.articles]}
            durable.replace(path_in(data), durable.sealed(document | {"log": [asdict(entry) for entry in changed.log]}))
    except OSError as error:
        raise GenerationError(
            f"{path_in(data)} cannot be written: {error.strerror}", "Nothing was withdrawn or restored; try again"
        ) from error


def now() -> str:
    """Return the time as it is logged."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def who() -> str:
    """Return who runs this program."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # no such user in the password database
        user = f"user {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


@dataclass(frozen=True, slots=True)
class Hidden:
    """The articles of one generation that are not shown: their ids, their rows (ascending), and the mask of the rest.

    Without any, `shown` is None.
    """

    ids: frozenset[str] = frozenset()
    rows: Rows | None = None
    shown: NDArray[np.bool_] | None = None

    def left(self, allowed: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """Return which of the `allowed` articles are shown; a mask over article rows, None for all."""
        if self.shown is None or allowed is None:
            return self.shown if allowed is None else allowed
        return allowed & self.shown


class Watched:
    """Knows at every question which of `articles` articles are hidden. `rows_of` gives the rows of those ids it knows.

    Safe to ask from several threads.
    """

    def __init__(self, path: Path | None, articles: int, rows_of: Callable[[Iterable[str]], dict[str, int]]) -> None:
        self._path = path
        self._articles = articles
        self._rows_of = rows_of
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, int, int] | None, Hidden] = (None, Hidden())

    def hidden(self) -> Hidden:
        """Return what is hidden now; raises as `load` does."""
        state = self._state()
        known, hidden = self._known
        if state == known:
            return hidden
        with self._lock:
            state = self._state()  # before it is read: what changes meanwhile is read again
            if state != self._known[0]:
                self._known = state, self._read() if state else Hidden()
            return self._known[1]

    def _state(self) -> tuple[int, int, int] | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WithdrawalsDamaged(f"{self._path} cannot be read: {error}", _HINT) from error
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> Hidden:
        assert self._path  # noqa: S101 - there is a state only where there is a path
        rows = self._rows_of(load(self._path).names)
        if not rows:
            return Hidden()
        shown = np.ones(self._articles, np.bool_)
        shown[list(rows.values())] = False
        return Hidden(frozenset(rows), np.flatnonzero(~shown), shown)
