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
from typing import TextIO

from retrieval.errors import GenerationError, SourceError, WriterBusy
from retrieval.leases import ALONE, Holding, Right


class Retired(GenerationError):
    """A generation that was removed just when it was to be opened."""


@contextmanager
def writing(data: Path, right: Right = ALONE) -> Iterator[Holding]:
    """Hold the data folder's writer lock, and the `right` to write that others may share who have other folders.

    Raises WriterBusy, which says who holds it and since when.

    Raises GenerationError where the folder cannot be written, SourceError where locks do not work in it.
    """
    with _lock_file(data) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WriterBusy(
                f"another process is writing the index in {data}{_holder(data / 'LOCK')}",
                "Wait until it is done, or stop it",
            ) from error
        except OSError as error:
            raise _no_locks(data, error.strerror or str(error)) from error
        if not _excludes(data / "LOCK"):
            raise _no_locks(data, "two holders were given one lock")
        file.seek(0)
        file.truncate()
        started = datetime.now(UTC).isoformat(timespec="seconds")
        json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": started}, file)
        file.flush()
        try:
            with right.held() as holding:
                yield holding
        finally:
            file.seek(0)
            file.truncate()


class ReaderLock:
    """A shared lock on the file at `path`, held until `close`.

    Raises Retired where the file is being taken away, or has just been; SourceError where locks do not work.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise _retired(path) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(self._descriptor), path.stat()):
                raise _retired(path)
        except (BlockingIOError, FileNotFoundError) as error:
            self.close()
            raise _retired(path) from error
        except OSError as error:
            self.close()
            raise _no_locks(path.parent, error.strerror or str(error)) from error
        except GenerationError:
            self.close()
            raise

    def close(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Tell whether nobody holds a `ReaderLock` on `path`; if so, nobody gets one until the block is left."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)  # NFS gives no exclusive lock on what is only read
    except FileNotFoundError:  # nobody can open a generation without its manifest
        yield True
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file at `path` for a moment's work; others wait for it."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _lock_file(data: Path) -> Iterator[TextIO]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = (data / "LOCK").open("a+", encoding="utf-8")
    except OSError as error:
        raise GenerationError(
            f"the data folder {data} cannot be written: {error.strerror}",
            "Give this user the right to write there, or choose another folder with --data",
        ) from error
    with file:
        yield file


def _excludes(path: Path) -> bool:
    """Whether a lock that is held is refused to others: some network folders grant it to everybody."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _no_locks(folder: Path, why: str) -> SourceError:
    return SourceError(f"file locks do not work in the folder {folder}: {why}", "Keep the data folder on a local disk")


def _retired(path: Path) -> Retired:
    return Retired(f"the generation {path.parent} is no longer kept", "Open the archive again")


def _holder(path: Path) -> str:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return f": process {held['pid']} on {held['host']}, since {held['since']}"
    except (OSError, ValueError, KeyError):  # it is just being taken or given back
        return ""
