"""The right to do something that only one process may do at a time, whichever machine it is on.

It is a row in a database that all of them share, and it is lent, for some seconds at a time: whoever holds it asks for
more in good time. A process that died is followed at once by another on its machine, and by any other when those
seconds are over. Time is the database's own, so that machines need not agree on it.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from retrieval.database import Database, DatabaseError, Run
from retrieval.errors import WriterBusy

_log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]  # phase, done, total

WRITING = "writing the index"
LASTS_S = 20.0
_BEATS = 4  # in the time that it lasts
_ONE_AT_A_TIME = 0x41726369  # names a lock of PostgreSQL's
_TABLE = (
    "CREATE TABLE IF NOT EXISTS leases(name TEXT PRIMARY KEY, token TEXT NOT NULL, owner TEXT NOT NULL, "
    "process TEXT NOT NULL, since DOUBLE PRECISION NOT NULL, until DOUBLE PRECISION NOT NULL)"
)


class LeaseLost(WriterBusy):
    """The right to write was lost in the middle of writing: the database was away, or this process was held up."""


class Holding(Protocol):
    """A right that is held."""

    def through(self, progress: Progress) -> Progress:
        """Return `progress`, which raises LeaseLost as soon as a run tells it something after the right was lost."""
        ...

    def assure(self, *, anew: bool = False) -> None:
        """Raise LeaseLost unless the right is held; `anew` is for the moment before others see what was written."""
        ...


class Right(Protocol):
    """What has to be held besides the data folder's lock by whoever writes the index."""

    def held(self) -> AbstractContextManager[Holding]:
        """Hold the right in the context; raises WriterBusy where another process does."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a right, and since when (in Unix seconds of the database's clock)."""

    owner: str
    since: float


class Lease:
    """A right that is held in a row of a database."""

    def __init__(self, database: Database, name: str, token: str, lasts_s: float) -> None:
        self._database = database
        self._name = name
        self._token = token
        self._lasts_s = lasts_s
        self._until = time.monotonic() + lasts_s

    def renew(self) -> None:
        """Ask for more time. Raises LeaseLost where another process has taken over, DatabaseError where nobody can
        tell."""
        began = time.monotonic()
        (rows,) = self._database.run((
            f"UPDATE leases SET until = {self._database.now} + :lasts WHERE name = :name AND token = :token "  # noqa: S608
            "RETURNING name",
            {"lasts": self._lasts_s, "name": self._name, "token": self._token},
        ))  # fmt: skip
        if not rows:
            self._until = 0.0
            raise self._lost("another process has taken it over")
        self._until = began + self._lasts_s

    def assure(self, *, anew: bool = False) -> None:
        """Raise LeaseLost unless the right is held; without `anew`, the database is only asked where it ran out."""
        if not anew and time.monotonic() < self._until:
            return
        try:
            self.renew()
        except DatabaseError as error:
            if time.monotonic() >= self._until:
                raise self._lost(error.message) from error

    def through(self, progress: Progress) -> Progress:
        """Return `progress`, which raises LeaseLost where the right was lost; before a publication it asks anew."""

        def checked(phase: str, done: int, total: int) -> None:
            self.assure(anew=phase == "check")
            progress(phase, done, total)

        return checked

    def keep(self, stopped: threading.Event) -> None:
        """Renew the lease again and again until `stopped`, or until it is lost."""
        while not stopped.wait(self._lasts_s / _BEATS):
            try:
                self.renew()
            except LeaseLost as error:
                _log.error("%s", error.message)
                return
            except DatabaseError as error:  # tried again: nobody else can have it while the database is away
                _log.warning("the right of %s could not be renewed yet: %s", self._name, error)

    def give_back(self) -> None:
        """Let others have the right at once."""
        values = {"name": self._name, "token": self._token}
        try:
            self._database.run(("DELETE FROM leases WHERE name = :name AND token = :token", values))
        except DatabaseError as error:  # it runs out by itself
            _log.warning("the right of %s could not be given back: %s", self._name, error)

    def _lost(self, why: str) -> LeaseLost:
        return LeaseLost(
            f"this process lost the right of {self._name}: {why}",
            "The index is as it was; run it again, which goes on with what was encoded",
        )


class SharedRight:
    """The right `name` in the database at `url`, for one holder at a time among all who use that database."""

    def __init__(self, url: str, name: str = WRITING, *, owner: str = "", lasts_s: float = LASTS_S) -> None:
        self._url = url
        self._name = name
        self._owner = owner or f"process {os.getpid()} on {socket.gethostname()}"
        self._lasts_s = lasts_s

    @contextmanager
    def held(self) -> Iterator[Lease]:
        """Hold the right; raises WriterBusy, which says who holds it and since when, and DatabaseError."""
        with closing(Database(self._url)) as database:
            lease = self._take(database)
            stopped = threading.Event()
            beating = threading.Thread(target=lease.keep, args=(stopped,), name="lease", daemon=True)
            beating.start()
            try:
                yield lease
            finally:
                stopped.set()
                beating.join()
                lease.give_back()

    def _take(self, database: Database) -> Lease:
        token = secrets.token_hex(16)
        values = {
            "name": self._name, "token": token, "owner": self._owner, "process": _this_process(),
            "lasts": self._lasts_s,
        }  # fmt: skip
        with database.transaction() as run:
            _make_table(database, run)
            found = run("SELECT token, owner, process, since FROM leases WHERE name = :name", {"name": self._name})
            dead = found[0][0] if found and _has_ended(found[0][2]) else ""
            taken = run(
                "INSERT INTO leases(name, token, owner, process, since, until) "
                f"VALUES(:name, :token, :owner, :process, {database.now}, {database.now} + :lasts) "
                "ON CONFLICT(name) DO UPDATE SET token = excluded.token, owner = excluded.owner, "
                "process = excluded.process, since = excluded.since, until = excluded.until "
                f"WHERE leases.until < {database.now} OR leases.token = :dead RETURNING token",
                values | {"dead": dead},
            )
        if not taken:
            _, owner, _, since = found[0] if found else ("", "somebody", "", time.time())
            raise WriterBusy(
                f"another process is {self._name}: {owner}, since {_told(since)}", "Wait until it is done, or stop it"
            )
        if dead:
            _log.warning("%s had ended without giving up the right of %s", found[0][1], self._name)
        return Lease(database, self._name, token, self._lasts_s)


class Alone:
    """The right of whoever shares the archive with nobody: the data folder's lock is all that it takes."""

    @contextmanager
    def held(self) -> Iterator[Alone]:
        """Hold nothing."""
        yield self

    def through(self, progress: Progress) -> Progress:
        """Return `progress` as it is."""
        return progress

    def assure(self, *, anew: bool = False) -> None:
        """Do nothing: what is not shared is not lost."""


ALONE = Alone()


def holder(database: Database, name: str = WRITING) -> Holder | None:
    """Return who holds a right now, None if nobody does; raises DatabaseError."""
    with database.transaction() as run:
        _make_table(database, run)
        sql = f"SELECT owner, process, since FROM leases WHERE name = :name AND until >= {database.now}"  # noqa: S608
        found = run(sql, {"name": name})
    if not found or _has_ended(found[0][1]):
        return None
    return Holder(found[0][0], found[0][2])


def _make_table(database: Database, run: Run) -> None:
    if database.dialect == "postgresql":  # two that make it at once would not both succeed
        run("SELECT pg_advisory_xact_lock(:key)", {"key": _ONE_AT_A_TIME})
    run(_TABLE, {})


def _this_process() -> str:
    """Return what tells this process from any other, as far as it can be told on this system; {} where it cannot."""
    process = os.getpid()
    return json.dumps(_machine() | {"pid": process, "born": _born(process)} if _machine() else {}, sort_keys=True)


def _has_ended(process: str) -> bool:
    """Whether a process is known to have ended, which only its own machine knows."""
    noted = json.loads(process)
    if not noted or any(noted.get(key) != value for key, value in _machine().items()):
        return False
    return bool(_born(noted["pid"]) != noted["born"])


def _machine() -> dict[str, str]:
    """Return which start of which machine this is, and which of its containers; nothing where that is not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return {"boot": boot, "container": str(Path("/proc/self/ns/pid").readlink())}
    except OSError:
        return {}


def _born(process: int) -> str:
    """Return when a process was started, in the kernel's own count; nothing where there is none or it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _told(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
