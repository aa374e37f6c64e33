"""A real Milvus server of the tests' own: PyPI's `milvus`, 2.3.5, which is older than what the program asks for.

It listens on every interface, so it is only ever run in a network namespace that has none but the loopback:

    python milvus_standalone.py [--serve FOLDER] PYTEST-ARGUMENT…

runs pytest in one, in which it was started; with --serve, a server is there for it. `ARCHIVIST_TEST_MILVUS_PYTHON`
names an interpreter that has the package, which is best installed into an environment of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.index.milvus.filters import among, both
from retrieval.index.milvus.layout import VARCHAR, Field
from retrieval.index.milvus.server import Server

PYTHON = "ARCHIVIST_TEST_MILVUS_PYTHON"
OLD = (2, 3, 5)
_PORT = 19530  # nobody else is in the namespace
_START_S = 120
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP, _PR_SET_PDEATHSIG = 0x8913, 0x8914, 1, 1
_NOTHING = Field("nothing", "vector", 2)  # a collection without a vector cannot be made
_PHRASE = "exact like "
_RUN = (
    "import os, sys\n"
    "from milvus import MilvusServer, MilvusServerConfig\n"
    # Its own way of finding a free port takes another one while connections to the last server are being closed.
    "MilvusServerConfig.resolve_port = lambda self, port: (port, open(os.devnull))\n"
    "server = MilvusServer(MilvusServerConfig(data_dir=sys.argv[1]), wait_for_started=False)\n"
    "for setting in sys.argv[2:]:\n"
    "    server.config.set(*setting.split('=', 1))\n"
    "server.start()\n"
    "server.server_proc.wait()\n"
)


class NoStandalone(Exception):
    """Why there is none on this machine."""


class DenseOnly(Server):
    """A server from before sparse vectors, inverted indexes and patterns that begin with anything.

    It keeps sparse vectors as text; what it would find by them and by such patterns is worked out here, among the rows
    that it says satisfy the rest of the condition.
    """

    def __init__(self, uri: str, *, timeout_s: float) -> None:
        super().__init__(uri, timeout_s=timeout_s, oldest=OLD)

    def create(self, collection: str, fields: Sequence[Field], shards: int = 1) -> None:
        super().create(collection, list(_plain(fields)), shards)

    def insert(self, collection: str, rows: Sequence[Mapping[str, Any]]) -> None:
        super().insert(collection, [_packed(row) for row in rows])

    def finish(self, collection: str, fields: Sequence[Field], kind: str, parameters: Mapping[str, Any]) -> None:
        super().finish(collection, list(_plain(fields)), kind, parameters)

    def query(
        self, collection: str, condition: str, fields: Sequence[str], *, strong: bool = False
    ) -> list[dict[str, Any]]:
        found = super().query(collection, self._without_phrases(collection, condition), fields, strong=strong)
        return [row | ({"words": _unpacked(row["words"])} if "words" in row else {}) for row in found]

    def search(
        self, collection: str, field: str, vectors: Any, n: int, condition: str = ""
    ) -> list[list[tuple[int, float]]]:
        if field != "words":
            return super().search(collection, field, vectors, n, self._without_phrases(collection, condition))
        rows = self.query(collection, condition or "row >= 0", ("row", "words"))
        return [_best(rows, vector, n) for vector in vectors]

    def _without_phrases(self, collection: str, condition: str) -> str:
        """Return the condition with the rows that hold its phrases in place of these."""
        parts = condition.split(" and ")
        phrases = [json.loads(each.removeprefix(_PHRASE)).strip("%") for each in parts if each.startswith(_PHRASE)]
        if not phrases:
            return condition
        rest = both(*(each for each in parts if not each.startswith(_PHRASE)))
        rows = super().query(collection, rest or "row >= 0", ("row", "exact"))
        return among("row", [int(row["row"]) for row in rows if all(each in row["exact"] for each in phrases)])


def _plain(fields: Sequence[Field]) -> Iterable[Field]:
    for field in fields:
        plain = Field(field.name, "text", VARCHAR) if field.kind == "sparse" else field
        yield replace(plain, indexed=False)
    if not any(field.kind == "vector" for field in fields):
        yield _NOTHING


def _packed(row: Mapping[str, Any]) -> dict[str, Any]:
    if "words" not in row:
        return dict(row)
    nothing = {} if "vector" in row else {_NOTHING.name: [1.0, 0.0]}
    return {**row, "words": json.dumps(row["words"]), **nothing}


def _unpacked(text: str) -> dict[int, float]:
    return {int(number): value for number, value in json.loads(text).items()}


def _best(rows: Sequence[Mapping[str, Any]], vector: Mapping[int, float], n: int) -> list[tuple[int, float]]:
    scored = [
        (int(row["row"]), float(sum(np.float32(vector[number]) * np.float32(row["words"][number]) for number in both)))
        for row in rows
        if (both := vector.keys() & row["words"].keys())
    ]
    return sorted(scored, key=lambda each: (-each[1], each[0]))[:n]


class StandaloneServer:
    """A standalone server over the folder `folder`, with `settings` of Milvus's, each `name=value`.

    `start` refuses to run it where others could reach it.
    """

    def __init__(self, folder: Path, *settings: str, token: str = "") -> None:
        self._folder = folder
        self._settings = settings
        self._token = token
        self.uri = f"http://127.0.0.1:{_PORT}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert [name for _, name in socket.if_nameindex()] == ["lo"], "there are others who could reach it"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [interpreter(), "-c", _RUN, str(self._folder), *self._settings],
            env={**os.environ, "HOME": str(self._folder)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + _START_S
        while time.monotonic() < end:
            with contextlib.suppress(Exception):  # it answers in several ways that it is not yet there
                Server(self.uri, self._token, timeout_s=2, oldest=OLD).close()
                return
            assert self.process.poll() is None, "the server has ended"
            time.sleep(0.2)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """End it with -9."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def interpreter() -> str:
    """Return a Python that has the server's package; raises NoStandalone."""
    if given := os.environ.get(PYTHON):
        return given
    if find_spec("milvus"):
        return sys.executable
    raise NoStandalone(f"`pip install milvus==2.3.5` into an environment of its own, and set {PYTHON} to its Python")


def namespaced(*arguments: str) -> list[str]:
    """Return the command that runs this file in a namespace of its own; raises NoStandalone where there can be none."""
    interpreter()
    unshare = shutil.which("unshare")
    if unshare is None:
        raise NoStandalone("there is no `unshare`, and without a network of its own anybody could reach the server")
    around = [unshare, "--net", "--pid", "--mount-proc", "--fork", "--kill-child"]
    if os.geteuid():
        around.append("--map-root-user")
    if setpriv := shutil.which("setpriv"):  # comes with it: all ends with this process, whichever way that does
        around = [setpriv, "--pdeathsig", "KILL", *around]
    tried = subprocess.run([*around, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise NoStandalone(f"no network namespace can be made: {tried.stderr.strip()}")
    return [*around, sys.executable, __file__, *arguments]


def _raise_loopback() -> None:
    with socket.socket() as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def main(arguments: Sequence[str]) -> int:
    """Run pytest in this namespace, which is ended with whoever began it."""
    import pytest

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _raise_loopback()
    if arguments[0] != "--serve":
        return int(pytest.main(list(arguments)))
    server = StandaloneServer(Path(arguments[1]))
    server.start()
    os.environ |= {"ARCHIVIST_TEST_MILVUS_URI": server.uri, "ARCHIVIST_TEST_MILVUS_DENSE_ONLY": "1"}
    try:
        return int(pytest.main(list(arguments[2:])))
    finally:
        server.kill()


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    sys.exit(main(sys.argv[1:]))
