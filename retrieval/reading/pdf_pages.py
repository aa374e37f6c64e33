"""PDFium, held at arm's length: the pages of a PDF out of a child process that may die, hang or be refused memory."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.pdf_lines import Line, Page

_CHILD = Path(__file__).with_name("pdf_child.py")
_MEMORY_BYTES = 1024**3
_PAGE_S, _START_S, _FILE_S = 20.0, 30.0, 600
_MOST_DAMAGE = 3  # pages on which the child may die before the rest is left
_MOST_UNREADABLE = 100  # pages one after another
_LARGEST_FILE = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Damage:
    """A page, counted from 1, that could not be read."""

    page: int
    reason: str


@dataclass(slots=True)
class Document:
    """What PDFium found in a PDF. `objects` counts what is painted on its pages; 0 means that they are empty."""

    info: dict[str, str] = field(default_factory=dict)
    outline: list[str] = field(default_factory=list)
    attachments: int = 0
    objects: int = 0
    pages: list[Page] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)


def pdf_document(file: BinaryIO, limits: Limits, page_s: float = _PAGE_S) -> Document:
    """The pages of an open PDF. Raises ReadError where it cannot be opened, or its text is longer than an article."""
    document, first, chars, opened, unreadable = Document(), 0, 0, False, 0
    ends = time.monotonic() + _FILE_S
    with _as_real_file(file) as source:
        while True:
            expected = first
            for record in _records(source, first, page_s):
                if "failed" in record:
                    break
                if "page" not in record:
                    _open(record, document)
                    opened = True
                    continue
                expected = record["page"] + 1
                if "error" in record:
                    document.damages.append(Damage(expected, _reason(record["error"])))
                    unreadable += 1
                    if unreadable == _MOST_UNREADABLE:
                        reason = f"it and those after it are not tried: {unreadable} in a row cannot be read"
                        document.damages.append(Damage(expected + 1, reason))
                        return document
                    continue
                unreadable = 0
                page = _page(record)
                document.objects += record["objects"]
                document.pages.append(page)
                chars += sum(len(line.text) for line in page.lines)
                if chars > 2 * limits.article_chars:
                    raise ReadError(
                        f"it has more than {chars:,} characters, more than the {limits.article_chars:,} of the longest "
                        "article; split it into articles"
                    )
            else:
                return document
            if not opened:
                raise ReadError(record["failed"])
            document.damages.append(Damage(expected + 1, record["failed"]))
            died = sum(1 for damage in document.damages if damage.reason == record["failed"])
            if died >= _MOST_DAMAGE or time.monotonic() > ends:
                return document
            first = expected + 1


def _open(record: dict[str, Any], document: Document) -> None:
    if "error" in record:
        raise ReadError(_reason(record["error"]))
    document.info = {str(key): str(value) for key, value in record["info"].items()}
    document.outline, document.attachments = record["outline"], record["attachments"]


def _page(record: dict[str, Any]) -> Page:
    lines = tuple(Line(*line) for line in record["lines"])
    return Page(record["label"] or str(record["page"] + 1), float(record["size"][1]), lines)


def _reason(error: str) -> str:
    if re.search("password", error, re.I):
        return "it is encrypted and needs a password; save it without one"
    if re.search("security", error, re.I):
        return "it is encrypted in a way that is not read"
    if re.search("data format|failed to load document", error, re.I):
        return "it is damaged, or no PDF: no page of it can be found"
    return f"it cannot be read as PDF ({error[:150]})"


@contextmanager
def _as_real_file(file: BinaryIO) -> Iterator[IO[bytes]]:
    """A file that a child process can be given: the same one, or a temporary copy of what is not on disk."""
    size = file.seek(0, os.SEEK_END)
    if size > _LARGEST_FILE:
        raise ReadError(f"it has {size:,} bytes, more than the {_LARGEST_FILE:,} that are read of one PDF")
    file.seek(0)
    try:
        file.fileno()
        is_plain = type(file).__module__ == "_io"
    except (OSError, AttributeError):
        is_plain = False
    if is_plain:
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield copy


def _records(source: IO[bytes], first: int, page_s: float) -> Iterator[dict[str, Any]]:
    """What the child writes; `{"failed": reason}` where it ends too early or takes too long."""
    command = [sys.executable, "-P", str(_CHILD), str(first), str(_MEMORY_BYTES), str(_FILE_S)]
    source.seek(0)
    child = subprocess.Popen(  # noqa: S603 - this Python, on a program of ours
        command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    lines: queue.Queue[bytes] = queue.Queue(maxsize=8)
    gone = threading.Event()
    reader = threading.Thread(target=_pass_on, args=(child, lines, gone), daemon=True)
    reader.start()
    wait_s = _START_S
    try:
        while True:
            try:
                line = lines.get(timeout=wait_s)
            except queue.Empty:
                yield {"failed": f"reading it took longer than {wait_s:.0f} s"}
                return
            if not line:
                break
            try:
                yield json.loads(line)
            except ValueError:  # the last line of a child that died
                break
            wait_s = page_s
        if child.wait() != 0:
            yield {"failed": "it makes the PDF library fail or run out of memory"}
    finally:
        gone.set()
        child.kill()
        child.wait()
        while reader.is_alive():
            _drain(lines)
            reader.join(0.01)
        if child.stdout:
            child.stdout.close()


def _pass_on(child: subprocess.Popen[bytes], lines: queue.Queue[bytes], gone: threading.Event) -> None:
    stream = child.stdout
    while stream is not None and not gone.is_set():
        line = stream.readline()
        lines.put(line)
        if not line:
            return


def _drain(lines: queue.Queue[bytes]) -> None:
    try:
        while True:
            lines.get_nowait()
    except queue.Empty:
        return
