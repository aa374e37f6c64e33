"""Operating-system locks: one writer of a data folder, any number of readers of a generation.

A lock belongs to an open file and goes with its process, however that ends. Local disks and NFSv4 are supported.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from retrieval.errors import SourceError, WriterBusy


@contextmanager
def writing(data: Path) -> Iterator[None]:
    """Hold the data folder's writer lock; raises WriterBusy, which says who holds it and since when."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "LOCK").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WriterBusy(
                f"another process is writing the index in {data}{_holder(data / 'LOCK')}",
                "Wait until it is done, or stop it",
            ) from error
        except OSError as error:
            raise SourceError(
                f"the folder {data} does not support file locks: {error}", "Keep the data folder on a local disk"
            ) from error
        file.seek(0)
        file.truncate()
        started = datetime.now(UTC).isoformat(timespec="seconds")
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": started}, file)
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


class ReaderLock:
    """A shared lock on the file at `path`, held until `close`."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise

    def close(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def being_read(path: Path) -> bool:
    """Whether anybody holds a `ReaderLock` on `path`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return f": process {held['pid']} on {held['host']}, since {held['since']}"
    except (OSError, ValueError, KeyError):  # it is just being taken or given back
        return ""
