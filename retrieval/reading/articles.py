"""One way into every format: the file's bytes say which reader reads it, its suffix only helps.

Another format is another module with a `matches` and a `read`, listed in READERS before the ones that would take its
files for theirs; plain text takes whatever is text, and so comes last. What holds other files (an archive, a web
archive, an e-mail) hands each of them to `read_member`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from retrieval.errors import ReadError
from retrieval.reading import compressed, html, jsonl, markdown, plain, tars, wacz, warc, zim, zips
from retrieval.reading.blocks import Limits
from retrieval.reading.files import opened
from retrieval.reading.signatures import looks_like
from retrieval.reading.within import DEEPEST, within
from retrieval.types import Article, Skipped

_HEAD_BYTES = 16 * 1024
_DEFAULT = Limits()


class Reader(Protocol):
    """A module that reads one format."""

    def matches(self, head: bytes, suffix: str) -> bool:
        """Whether a file with these first bytes (16 KiB) and this suffix (`.txt`, lower-case) is of the format."""
        ...

    def read(self, file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
        """The articles of an open, seekable file, and what of it is skipped.

        May raise ReadError or OSError for the rest of the file, which is then skipped with that reason.
        """
        ...


CONTAINERS: tuple[Reader, ...] = (zips, tars, compressed)
"""The readers of what only holds other files."""
READERS: tuple[Reader, ...] = (warc, wacz, zim, *CONTAINERS, html, jsonl, markdown, plain)


def read_articles(path: Path, name: str, limits: Limits = _DEFAULT) -> Iterator[Article | Skipped]:
    """The articles of one file, in its order, and what could not be read of it, with the reason.

    At least one item comes, and no error is raised for whatever the file holds: a file that cannot be read is a
    Skipped with `name` as its path.
    """
    yield from told(_of_path(path, name, limits), name)


def read_stream(file: BinaryIO, name: str, limits: Limits = _DEFAULT) -> Iterator[Article | Skipped]:
    """The articles of an open file that lies in another, as `read_articles` gives those of a path.

    `file` is seekable (an `io.BytesIO`; `streams.Forward` for what can only be unpacked from front to back) and is not
    closed. `limits` are those of the reader that found it; each file goes one deeper than the one it lies in.
    """
    yield from told(_of_stream(file, name, limits), name)


def read_member(file: BinaryIO, member: str, outer: str, limits: Limits = _DEFAULT) -> Iterator[Article | Skipped]:
    """The articles of a `member` (its path or name) of the file `outer`, by whichever reader its bytes call for.

    `file` and `limits` are as for `read_stream`. A reader whose file holds several members makes `within(file, limits)`
    once and passes that, so that one allowance bounds what all of them unpack to. An article's record becomes `member`
    and the record that it has within it: `member.html`, `letters.jsonl#7`, `inner.zip!a.txt#7`. A Skipped has the path
    `outer: member`. Nothing is raised for whatever the member holds, and at least one item comes.
    """
    inner = "#"
    try:
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        inner = "!" if head and _reader(head, member) in CONTAINERS else "#"
    except (OSError, ReadError):
        pass  # as read_stream is about to say
    for item in read_stream(file, member, limits):
        if isinstance(item, Skipped):
            yield Skipped(f"{outer}: {item.path}", item.reason)
        else:
            yield replace(item, record=f"{member}{inner}{item.record}" if item.record else member)


def _of_path(path: Path, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    with opened(path) as file:
        yield from _read(file, name, limits)


def _of_stream(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    inner = within(file, limits)
    if inner.depth >= DEEPEST:
        raise ReadError(f"it lies {inner.depth + 1} files deep, deeper than is looked; unpack the outer ones")
    yield from _read(file, name, replace(inner, depth=inner.depth + 1))


def _read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    head = file.read(_HEAD_BYTES)
    yield from _reader(head, name).read(file, name, limits)


def told(items: Iterator[Article | Skipped], name: str) -> Iterator[Article | Skipped]:
    """What comes of a file, and at the end, as a Skipped with the path `name`, whatever went wrong."""
    try:
        yield from items
    except FileNotFoundError:
        yield Skipped(name, "it vanished before it could be read")
    except PermissionError:
        yield Skipped(name, "permission denied")
    except OSError as error:
        yield Skipped(name, f"it cannot be read: {error.strerror or type(error).__name__}")
    except ReadError as error:
        yield Skipped(name, error.message)
    except OverflowError:
        yield Skipped(name, "it is damaged: it names a place that lies behind the end of any file")
    except Exception as error:  # one odd file must not end the reading of an archive
        logging.getLogger(__name__).exception("reading %s failed", name)
        yield Skipped(name, f"reading it failed: {type(error).__name__}: {str(error)[:200]}")


def _reader(head: bytes, name: str) -> Reader:
    if not head:
        raise ReadError("it is empty")
    suffix = PurePosixPath(name).suffix.lower()
    for reader in READERS:
        if reader.matches(head, suffix):
            return reader
    raise ReadError(f"it looks like {looks_like(head) or 'XML of a kind that is not read'}")
