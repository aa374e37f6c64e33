"""What the disk says while a generation is written, told as an error of ours."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import DamagedError, GenerationError
from retrieval.index.generation import remedy

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_UNTOUCHED = "The index that is asked is as it was"


@contextmanager
def told(data: Path) -> Iterator[None]:
    """Turn what the operating system or SQLite raise inside of the block into GenerationError or DamagedError."""
    try:
        yield
    except OSError as error:
        where = error.filename or data
        message = f"the index in {data} cannot be written: {where}: {error.strerror or error}"
        raise GenerationError(message, _hint(error.errno)) from error
    except sqlite3.OperationalError as error:
        hint = _hint(errno.ENOSPC if error.sqlite_errorcode in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE} else 0)
        raise GenerationError(f"the index in {data} cannot be written: {error}", hint) from error
    except sqlite3.DatabaseError as error:  # the new file was just written: it is the old one that is broken
        raise DamagedError(
            f"the catalogue of the current generation in {data} is broken: {error}", remedy(data)
        ) from error


@contextmanager
def written(path: Path, *kinds: type[Exception]) -> Iterator[None]:
    """Turn what a library raises when it cannot write `path`, errors of these `kinds`, into GenerationError."""
    try:
        yield
    except kinds as error:
        raise GenerationError(f"{path} cannot be written: {error}", _hint(_errno_in(str(error)))) from error


def _hint(number: int | None) -> str:
    if number in _FULL:
        return f"Free some space on that disk and run it again. {_UNTOUCHED}"
    if number in _FORBIDDEN:
        return f"Give this user the right to write there. {_UNTOUCHED}"
    return f"Check that disk and run it again. {_UNTOUCHED}"


def _errno_in(message: str) -> int:
    """Return the error number that a library's message speaks of; they keep the system's words."""
    known = _FULL | _FORBIDDEN
    return next((number for number in known if os.strerror(number).casefold() in message.casefold()), 0)
