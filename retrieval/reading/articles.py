"""One way into every format: the file's bytes say which reader reads it, its suffix only helps.

Another format is another module with a `matches` and a `read`, listed in READERS before the ones that would take its
files for theirs; plain text takes whatever is text, and so comes last.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from retrieval.errors import ReadError
from retrieval.reading import html, jsonl, markdown, plain
from retrieval.reading.blocks import Limits
from retrieval.reading.files import opened
from retrieval.reading.signatures import looks_like
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


READERS: tuple[Reader, ...] = (html, jsonl, markdown, plain)


def read_articles(path: Path, name: str, limits: Limits = _DEFAULT) -> Iterator[Article | Skipped]:
    """The articles of one file, in its order, and what could not be read of it, with the reason.

    At least one item comes, and no error is raised for whatever the file holds: a file that cannot be read is a
    Skipped with `name` as its path.
    """
    try:
        with opened(path) as file:
            head = file.read(_HEAD_BYTES)
            yield from _reader(head, name).read(file, name, limits)
    except FileNotFoundError:
        yield Skipped(name, "it vanished before it could be read")
    except PermissionError:
        yield Skipped(name, "permission denied")
    except OSError as error:
        yield Skipped(name, f"it cannot be read: {error.strerror or type(error).__name__}")
    except ReadError as error:
        yield Skipped(name, error.message)
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
