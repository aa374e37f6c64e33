"""The places an archive may be kept in, for tests that hold over all of them: a folder, a Lite file, a Lite server.

`ARCHIVIST_TEST_MILVUS_URI` names a real server that is tested too; every test makes an archive of its own there. With
`ARCHIVIST_TEST_MILVUS_DENSE_ONLY`, it is one that is too old for the program, and tested for what it can do.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fakes import HashEncoder
from milvus_standalone import DenseOnly
from mortal import command

from retrieval.archive import Archive
from retrieval.index.milvus.keeper import MilvusKeeper
from retrieval.index.milvus.publishing import Publishing
from retrieval.index.milvus.server import Server
from retrieval.indexing import Options, Report, run_index
from retrieval.keeper import Keeper, LocalKeeper

OPTIONS = Options(words=30, keep=3)
REAL = os.environ.get("ARCHIVIST_TEST_MILVUS_URI", "")
_DENSE_ONLY = "ARCHIVIST_TEST_MILVUS_DENSE_ONLY" in os.environ


@dataclass(frozen=True)
class Place:
    """An archive, indexed from a workshop folder `data`, and whoever keeps its generations."""

    data: Path
    keeper: Keeper
    options: Options

    def index(self, *paths: Path, encoder: HashEncoder | None = None, full: bool = False) -> Report:
        return run_index(self.data, paths, encoder or HashEncoder(), self.options, full=full, allow_removals=True)

    def open(self) -> Archive:
        return Archive.open(self.data, keeper=self.keeper, encoder=HashEncoder())

    def elsewhere(self, data: Path) -> Place:
        """The same archive with another workshop, as another machine has it."""
        return replace(self, data=data)


def local_place(data: Path) -> Place:
    """An archive in a data folder."""
    return Place(data, LocalKeeper(data), OPTIONS)


def milvus_place(
    data: Path, uri: str, *, keep: int = 3, grace_s: float = 0.0, timeout_s: float = 20, dense_only: bool = False
) -> Place:
    """An archive of its own on the Milvus at `uri`, which `dense_only` says is one of 2.3.5."""
    archive = f"t{secrets.token_hex(6)}"
    made = DenseOnly if dense_only or (_DENSE_ONLY and uri == REAL) else Server
    keeper = MilvusKeeper(lambda: made(uri, timeout_s=timeout_s), uri, archive)
    return Place(data, keeper, replace(OPTIONS, keep=keep, away=Publishing(keeper, archive, grace_s=grace_s)))


class LiteServer:
    """`milvus-lite server` over the folder `folder`, on a port of this machine alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            command("lite_server", str(self._folder), str(self.port)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            assert self.process.poll() is None, "the server has ended"
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """End it with -9."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def lite_server(folder: Path) -> Iterator[LiteServer]:
    """A running Lite server, which is ended with the block."""
    server = LiteServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
