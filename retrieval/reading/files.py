"""Which files a source holds, in one order, and what in it cannot be read and why.

Nothing outside of the source is read, whatever its links say, and nothing but regular files is ever opened: a pipe
or a device would hang whoever opens it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from retrieval.errors import ReadError, SourceError
from retrieval.reading.assets import Assets
from retrieval.types import Skipped

_MOST_COUNTED = 10_000
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file of a source.

    `path` is absolute. `name` is its POSIX path relative to the source (the file's own name where the source is a
    file), always encodable as UTF-8: bytes of a file name that are not are written as `\\xff`.
    """

    path: Path
    name: str
    size_bytes: int
    mtime_ns: int


@dataclass(slots=True)
class _Walk:
    root: Path
    """The source with all links resolved: what lies outside of it is not read."""
    linked: dict[tuple[int, int], str] = field(default_factory=dict)
    """Folders that a link has led to, and the first link: following each once keeps a maze of links finite."""


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    name: str
    above: tuple[tuple[int, int], ...]
    """Device and inode of this folder and of those that it lies in, to tell a loop."""


def find_files(source: Path) -> Iterator[Found | Skipped]:
    """Every file of a source, sorted by `name`, among them everything that is passed over, with the reason.

    Links to files and folders within the source are followed. Raises SourceError at the call, where the source itself
    is missing, cannot be read or is neither a folder nor a file.
    """
    source = Path(os.path.abspath(source))  # noqa: PTH100 - resolve() would lose the name that a link was given
    try:
        root = source.resolve(strict=True)
        status = source.stat()
        if stat.S_ISDIR(status.st_mode):
            with os.scandir(source):
                pass
        elif stat.S_ISREG(status.st_mode):
            with source.open("rb"):
                pass
            return iter((_found(source, source.name, status),))
    except (OSError, RuntimeError) as error:
        hint = "Name a folder or file that exists and that this user may read"
        raise SourceError(f"cannot read the source {_printable(source)}: {_why(error)}", hint) from error
    if not stat.S_ISDIR(status.st_mode):
        hint = "Name a folder or a regular file"
        raise SourceError(f"cannot read the source {_printable(source)}: it is {_kind(status.st_mode)}", hint)
    return _walk(_Walk(root), _Folder(source, "", ((status.st_dev, status.st_ino),)))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, open for reading bytes.

    Raises ReadError for anything but a regular file, without waiting on it, and OSError where it cannot be opened.
    """
    # Without O_NONBLOCK, opening a pipe waits for somebody to write to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ReadError(f"it is {_kind(mode)}, not a regular file")
        yield file


def _walk(walk: _Walk, top: _Folder) -> Iterator[Found | Skipped]:
    # A stack, since folders may lie deeper than Python's recursion goes.
    stack = [_entries(walk, top)]
    while stack:
        for item in stack[-1]:
            if isinstance(item, _Folder):
                stack.append(_entries(walk, item))
                break
            yield item
        else:
            stack.pop()


def _entries(walk: _Walk, folder: _Folder) -> Iterator[Found | Skipped | _Folder]:
    shown = _printable(folder.name or ".")
    try:
        with os.scandir(folder.path) as entries:
            # A folder's name sorts with its slash, as it does at the front of its files' names.
            listed = sorted(entries, key=_order)
    except OSError as error:
        yield Skipped(shown, f"the folder cannot be listed: {_why(error)}")
        return
    if not listed:
        yield Skipped(shown, "the folder is empty")
    assets = Assets([entry.name for entry in listed if _is_plain(entry)])
    if reason := assets.reason():
        yield Skipped(_printable(f"{folder.name}/*" if folder.name else "*"), reason)
    for entry in listed:
        name = f"{folder.name}/{entry.name}" if folder.name else entry.name
        if assets.holds(entry.name):
            continue
        page = assets.page_of(entry.name) if entry.is_dir(follow_symlinks=False) else ""
        if page:
            count = _count(folder.path / entry.name)
            reason = f"{count} files that belong to the saved page {_printable(page)}: no articles of their own"
            yield Skipped(_printable(name), reason)
            continue
        if entry.name.startswith("."):
            yield Skipped(_printable(name), "hidden: its name begins with a dot")
            continue
        try:
            yield _entry(walk, folder, entry, name)
        except (OSError, RuntimeError) as error:
            yield Skipped(_printable(name), _why(error, link=entry.is_symlink()))


def _is_plain(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # links in a circle
        return False


def _count(folder: Path) -> str:
    """How many files a folder holds, at any depth; "more than" where they are very many."""
    count = 0
    for _, _, names in os.walk(folder):
        count += len(names)
        if count > _MOST_COUNTED:
            return f"more than {_MOST_COUNTED:,}"
    return f"{count:,}"


def _order(entry: os.DirEntry[str]) -> str:
    try:
        return entry.name + ("/" if entry.is_dir() else "")
    except OSError:  # links in a circle, which are reported where the entry's turn comes
        return entry.name


def _entry(walk: _Walk, folder: _Folder, entry: os.DirEntry[str], name: str) -> Found | Skipped | _Folder:
    path = folder.path / entry.name
    status = path.stat()
    link = entry.is_symlink()
    if link and not path.resolve(strict=True).is_relative_to(walk.root):
        return Skipped(_printable(name), "a link that leads out of the source; add what it leads to as a source")
    if stat.S_ISREG(status.st_mode):
        return _found(path, name, status)
    if not stat.S_ISDIR(status.st_mode):
        return Skipped(_printable(name), f"it is {_kind(status.st_mode)}, not a regular file")
    identity = (status.st_dev, status.st_ino)
    if identity in folder.above:
        return Skipped(_printable(name), "a link to a folder that it lies in: following it would never end")
    if link and walk.linked.setdefault(identity, name) != name:
        reason = f"a link to a folder that is read through the link {_printable(walk.linked[identity])} already"
        return Skipped(_printable(name), reason)
    return _Folder(path, name, (*folder.above, identity))


def _found(path: Path, name: str, status: os.stat_result) -> Found:
    return Found(path, _printable(name), status.st_size, status.st_mtime_ns)


def _printable(name: str | Path) -> str:
    return os.fsencode(str(name)).decode("utf-8", "backslashreplace")


def _kind(mode: int) -> str:
    return next((kind for matches, kind in _KINDS if matches(mode)), "a folder" if stat.S_ISDIR(mode) else "special")


def _why(error: OSError | RuntimeError, link: bool = False) -> str:
    # Before 3.13, pathlib says a circle of links as RuntimeError.
    if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
        return "links that lead in a circle"
    if isinstance(error, FileNotFoundError):
        return "a link to something that does not exist" if link else "it is not there"
    if isinstance(error, PermissionError):
        return "permission denied"
    return error.strerror or type(error).__name__
