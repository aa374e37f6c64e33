"""Dask's scheduler and workers as processes of their own on 127.0.0.1, and encoders for them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fakes import HashEncoder
from mortal import command

from retrieval.encoders import Progress, Vectors

TESTS = Path(__file__).resolve().parents[1]


class Slow(HashEncoder):
    """Takes its time over each passage, and notes in the folder `SLOW_NOTES` which process encoded how many."""

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if notes := os.environ.get("SLOW_NOTES"):
            with (Path(notes) / str(os.getpid())).open("a") as file:
                file.write(f"{len(texts)}\n")
            time.sleep(len(texts) * 0.002)
        return super().encode_passages(texts, progress)


@dataclass(frozen=True, slots=True)
class Prompted:
    """Makes an encoder with the prompt that is set where it is made."""

    def __call__(self) -> HashEncoder:
        return Slow(os.environ.get("PROMPT", ""))


@dataclass(slots=True)
class Cluster:
    """A scheduler and its workers."""

    address: str
    notes: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start another worker."""
        command = ["worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        process = _start(*command, SLOW_NOTES=str(self.notes), **environment)
        self.workers.append(process)
        return process

    def encoded(self) -> dict[int, int]:
        """Return how many passages each process has encoded so far."""
        return {int(file.name): sum(map(int, file.read_text().split())) for file in self.notes.iterdir()}


@contextmanager
def cluster(notes: Path, workers: int) -> Iterator[Cluster]:
    """Run a scheduler with so many workers, each of one thread."""
    notes.mkdir(exist_ok=True)
    port = free_port()
    scheduler = _start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show")
    running = Cluster(f"tcp://127.0.0.1:{port}", notes, scheduler)
    try:
        for _ in range(workers):
            running.add()
        _until_open(port)
        yield running
    finally:
        for process in (*running.workers, scheduler):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _until_open(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the scheduler has not begun to listen")


def _start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(map(str, (TESTS.parent, TESTS, TESTS / "retrieval")))
    return subprocess.Popen(
        command("distributed.cli.dask_" + arguments[0], *arguments[1:]),
        env={**os.environ, "PYTHONPATH": path, "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False", **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
