"""A PostgreSQL of the tests' own: made in a folder of its own, reached through a socket there, gone at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.database import Database

_ANY_USER = "nobody"  # PostgreSQL refuses to run as root
_FOLDERS = ("/usr/local/bin", "/usr/bin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


class NoPostgres(Exception):
    """Why there is none on this machine."""


class Postgres:
    """A server whose files and socket lie in `folder`; each database is made empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        self._data = folder / "data"
        self._control("initdb", "-D", self._data, "-A", "trust", "-U", "keeper", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        log = self.folder / "log"
        self._control("pg_ctl", "-D", self._data, "-w", "-t", "30", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._control("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def new(self) -> str:
        """Make an empty database; return its URL."""
        name = f"t{next(self._numbers)}"
        tool = shutil.which("psql", path=os.pathsep.join(_FOLDERS))
        assert tool is not None
        made = f"CREATE DATABASE {name}"
        subprocess.run([tool, "-h", self.folder, "-U", "keeper", "-d", "postgres", "-qc", made], check=True, timeout=30)
        return f"postgresql://keeper@/{name}?host={self.folder}"

    def _control(self, tool: str, *arguments: str | Path) -> None:
        command = [_tool(tool), *map(str, arguments)]
        ended = subprocess.run(
            command, cwd=self.folder, timeout=60, user=_user(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if ended.returncode:
            raise NoPostgres(f"{tool} ended with code {ended.returncode}: {ended.stderr.strip()[-300:]}")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server of one's own; raises NoPostgres where there is none that can be run."""
    for tool in ("initdb", "pg_ctl", "psql"):
        _tool(tool)
    # Sockets have short paths, and whoever runs the server has to reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="archivist-pg-", dir="/tmp"))
    # In a session of its own, so that what ends this process's group does not end it.
    guard = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("postgres_guard.py")), str(folder), str(os.getpid())],
        start_new_session=True,
    )
    try:
        if user := _user():
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        server = Postgres(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        guard.kill()
        guard.wait()


def empty(url: str) -> None:
    """Take everything out of a PostgreSQL database."""
    database = Database(url)
    database.run(("DROP SCHEMA public CASCADE", {}), ("CREATE SCHEMA public", {}))
    database.close()


def _tool(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join(_FOLDERS))
    if found is None:
        raise NoPostgres(f"{name} is not installed")
    return found


def _user() -> str | None:
    return _ANY_USER if os.geteuid() == 0 else None
