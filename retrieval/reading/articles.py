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
from retrieval.reading import (
    abbyy,
    alto,
    compressed,
    delpher,
    didl,
    docx,
    epub,
    feeds,
    hocr,
    html,
    jats,
    json_document,
    jsonfeed,
    jsonl,
    mail,
    markdown,
    mediawiki,
    mets,
    mhtml,
    newsml,
    newsml1,
    ninjs,
    nitf,
    odt,
    olive,
    pagexml,
    pdf,
    plain,
    reuters,
    rst,
    rtf,
    table,
    tars,
    tei,
    telex,
    tetml,
    wacz,
    warc,
    webarchive,
    wire,
    xmlrecords,
    zim,
    zips,
)
from retrieval.reading.blocks import Limits
from retrieval.reading.files import opened
from retrieval.reading.siblings import Siblings
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


class IssueReader(Reader, Protocol):
    """A module that reads a file which says what other files of the source make up, such as a newspaper's issue."""

    def references(self, file: BinaryIO, limits: Limits) -> tuple[str, ...]:
        """Whatever of the source is read as part of the file, as it calls it. May raise ReadError and OSError."""
        ...

    def read_issue(self, file: BinaryIO, name: str, limits: Limits, siblings: Siblings) -> Iterator[Article | Skipped]:
        """The articles of all of these files together, as `read` gives those of one."""
        ...


CONTAINERS: tuple[Reader, ...] = (zips, tars, compressed)
"""The readers of what only holds other files."""
ISSUES: tuple[IssueReader, ...] = (mets, didl)
"""The readers of what lies in several files."""
READERS: tuple[Reader, ...] = (
    warc, wacz, zim, epub, docx, odt, *CONTAINERS, pdf, rtf, *ISSUES, wire, telex, reuters, nitf, newsml, newsml1, alto,
    pagexml, hocr, delpher, abbyy, olive, tetml, jats, tei, mediawiki, feeds, webarchive, mhtml, mail, jsonfeed, ninjs,
    html, xmlrecords, json_document, jsonl, table, rst, markdown, plain,
)  # fmt: skip


def read_articles(
    path: Path, name: str, limits: Limits = _DEFAULT, siblings: Siblings | None = None
) -> Iterator[Article | Skipped]:
    """The articles of one file, in its order, and what could not be read of it, with the reason.

    At least one item comes, and no error is raised for whatever the file holds: a file that cannot be read is a
    Skipped with `name` as its path. With `siblings`, an issue is read with the files that `issue_parts` names.
    """
    yield from told(_of_path(path, name, limits, siblings), name)


def issue_parts(path: Path, limits: Limits, siblings: Siblings) -> dict[str, str | None]:
    """What a file calls those that are read as part of it, and which they are; empty where it is no issue.

    Raises nothing: what is wrong with a file is said when it is read.
    """
    try:
        with opened(path) as file:
            head = file.read(_HEAD_BYTES)
            reader = next((reader for reader in ISSUES if head and reader.matches(head, path.suffix.lower())), None)
            named = reader.references(file, limits) if reader else ()
    except (ReadError, OSError):
        return {}
    return {reference: siblings.find(reference) for reference in named}


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


def _of_path(path: Path, name: str, limits: Limits, siblings: Siblings | None) -> Iterator[Article | Skipped]:
    with opened(path) as file:
        head = file.read(_HEAD_BYTES) if siblings else b""
        for reader in ISSUES:
            if head and siblings and reader.matches(head, path.suffix.lower()):
                yield from reader.read_issue(file, name, limits, siblings)
                return
        file.seek(0)
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
