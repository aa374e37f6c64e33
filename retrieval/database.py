"""A database that several processes share: a file (SQLite) or, for those on several machines, a server (PostgreSQL).

The one file that imports SQLAlchemy. Statements are SQL that both understand, with named parameters (`:name`); what
differs between the two (the clock, what a table is made of) is left to whoever writes tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from retrieval.errors import ArchivistError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.exc import SQLAlchemyError

Rows = list[tuple[Any, ...]]
Statement = tuple[str, Mapping[str, Any]]
Run = Callable[[str, Mapping[str, Any]], Rows]

_REACHED_S, _ANSWERED_MS = 5, 10_000
# A server that was cut off is noticed within half a minute, not after the two hours that systems allow.
_POSTGRES: Mapping[str, Any] = {
    "connect_timeout": _REACHED_S,
    "application_name": "archivist",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "prepare_threshold": None,  # statements that are kept on the server do not get along with PgBouncer
}


class DatabaseError(ArchivistError):
    """A database that cannot be opened, reached, read or written."""

    kind = "database"


class Conflict(DatabaseError):
    """A row that what the tables promise does not allow: it names another row that is not there, say."""


class Database:
    """The database at `url`: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`. Several threads may use it.

    `name` is how it is called in messages: without its password. Nothing is connected to before the first
    transaction; a SQLite file is made, readable by its user alone. Raises DatabaseError where there is no such kind of
    database, where the driver is missing, and where the file cannot be made.
    """

    def __init__(self, url: str) -> None:
        self._engine, self.name, self.dialect = _engine(url)

    @property
    def now(self) -> str:
        """The SQL for the database's own clock, in Unix seconds: one for all who share it."""
        if self.dialect == "sqlite":
            return "((julianday('now') - 2440587.5) * 86400.0)"
        return "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[Run]:
        """Give what carries out statements, as one transaction: wholly, or not at all where the block is left by an
        error. `reading` is one that changes nothing, and so waits for nobody.

        Raises DatabaseError where the database refuses, or cannot be reached; Conflict for a row it does not allow.
        """
        from sqlalchemy import text
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                self._begin(connection, reading)

                def run(sql: str, values: Mapping[str, Any]) -> Rows:
                    result = connection.execute(
                        text(sql), {name: self._storable(each) for name, each in values.items()}
                    )
                    return [tuple(row) for row in result] if result.returns_rows else []

                yield run
                connection.commit()
        except SQLAlchemyError as error:
            raise self._told(error) from error

    def run(self, *statements: Statement) -> list[Rows]:
        """Carry out statements as one transaction; return the rows of each. Raises as `transaction`."""
        reading = all(sql.lstrip().upper().startswith("SELECT") for sql, _ in statements)
        with self.transaction(reading=reading) as run:
            return [run(sql, values) for sql, values in statements]

    def close(self) -> None:
        """Give back every connection; a second call does nothing."""
        self._engine.dispose()

    def _begin(self, connection: Connection, reading: bool) -> None:
        if self.dialect == "sqlite":
            # Two that read first and want to write then would each wait for the other.
            connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    def _storable(self, value: Any) -> Any:
        """PostgreSQL keeps no NUL in a text, and does not take a truth value for a number."""
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, str) and self.dialect == "postgresql":
            return value.replace("\0", "\ufffd")
        return value

    def _told(self, error: SQLAlchemyError) -> DatabaseError:
        from sqlalchemy import exc

        cause = getattr(error, "orig", None) or error
        why = " ".join(str(cause).split())
        if isinstance(error, exc.IntegrityError):
            return Conflict(f"{self.name} does not allow that: {why}")
        if self.dialect == "postgresql":
            return DatabaseError(f"{self.name} cannot be used: {why}", "Is it running, and is database.url right?")
        if isinstance(error, exc.OperationalError):
            return DatabaseError(f"{self.name} cannot be written or read: {why}", "Is its disk full, or read-only?")
        return DatabaseError(f"{self.name} cannot be read: {why}", "Move it away; a new one is begun then")


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite file at `path`."""
    return f"sqlite:///{path}"


def _engine(address: str) -> tuple[Engine, str, Literal["sqlite", "postgresql"]]:
    from sqlalchemy import create_engine, event

    if address.startswith("sqlite:///"):
        path = Path(address.removeprefix("sqlite:///"))  # as it stands: a path may hold what a URL would escape
        engine = create_engine(_sqlite(path), connect_args={"isolation_level": None})
        event.listen(engine, "connect", _keep_promises)
        return engine, str(path), "sqlite"
    url = _postgres(address)
    name = f"the database {url.database or url.username or ''} on {url.host or 'this machine'}"
    try:
        engine = create_engine(url, connect_args=dict(_POSTGRES), pool_pre_ping=True, pool_size=2, max_overflow=2)
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"{name} needs the package psycopg, which is not installed", "Run `pip install 'archivist[postgres]'`"
        ) from error
    event.listen(engine, "connect", _keep_time)
    return engine, name, "postgresql"


def _sqlite(path: Path) -> URL:
    from sqlalchemy import URL

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # it holds what people asked
    except OSError as error:
        raise DatabaseError(f"{path} cannot be opened: {error}", "Check its folder's permissions") from error
    return URL.create("sqlite", database=str(path))


def _postgres(address: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    usage = "Write it as postgresql://USER:PASSWORD@HOST/NAME, or sqlite:///PATH"
    try:
        url = make_url(re.sub(r"^postgres://", "postgresql://", address))
    except (ArgumentError, ValueError) as error:
        raise DatabaseError("database.url is no address of a database", usage) from error
    if url.get_backend_name() != "postgresql":
        raise DatabaseError(f"database.url names {url.get_backend_name()}, which Archivist does not use", usage)
    return url.set(drivername="postgresql+psycopg")


def _keep_promises(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted must not stay readable in the file


def _keep_time(connection: Any, _record: object) -> None:
    connection.execute(f"SET statement_timeout = {_ANSWERED_MS}")
    connection.commit()
