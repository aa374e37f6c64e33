"""ZIM archives (Kiwix): every page is an article; the archive says who made the pages and in which language.

They are read by our own code, since libzim's licence (GPL-3.0) cannot be asked of everybody who installs this.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading import html
from retrieval.reading.blocks import Limits
from retrieval.reading.languages import language_code
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.tally import grouped
from retrieval.reading.within import Within, within
from retrieval.reading.zim_entries import Entry, Header, blobs, entry, header, is_sound
from retrieval.types import Article, Skipped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_READABLE = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "application/pdf",
             "application/epub+zip")  # fmt: skip
_NOTHING = {"", "n/a", "=", "-", "none", "unknown"}


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a ZIM archive."""
    return head.startswith(b"ZIM\x04")


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each page, in the order in which they lie in the file, then what is not read, counted by type.

    Raises ReadError where the file's header or lists are damaged.
    """
    inside = within(file, limits)
    head = header(file)
    listed = _listed(file, head)
    about = _about(file, head, listed.facts, inside)
    yield from grouped(_pages(file, name, head, listed, about, inside), name, "it holds no pages")


@dataclass(frozen=True, slots=True)
class _Listed:
    pages: NDArray[np.uint32]
    """Rows of (cluster, blob, entry), in that order."""
    facts: dict[str, Entry]
    left_out: Counter[str]


@dataclass(frozen=True, slots=True)
class _About:
    publisher: str | None
    language: str | None


def _listed(file: BinaryIO, head: Header) -> _Listed:
    import numpy as np

    pages = np.empty((head.entries, 3), dtype=np.uint32)
    count = 0
    facts: dict[str, Entry] = {}
    left_out: Counter[str] = Counter()
    for number in range(head.entries):
        found = entry(file, head, number)
        if found is None:
            left_out["damaged entry"] += 1
        elif found.namespace == "M" and found.path in ("Creator", "Language"):
            facts[found.path] = found
        elif found.namespace not in (head.content, "I", "B"):
            continue
        elif found.type is None:
            left_out["redirect"] += 1
        elif found.namespace == head.content and found.type.partition(";")[0].strip() in _READABLE:
            pages[count] = (found.cluster, found.blob, number)
            count += 1
        else:
            left_out[found.type] += 1
    pages = pages[:count]
    return _Listed(pages[np.lexsort((pages[:, 1], pages[:, 0]))], facts, left_out)


def _about(file: BinaryIO, head: Header, facts: dict[str, Entry], inside: Within) -> _About:
    said: dict[str, str] = {}
    for key, found in facts.items():
        try:
            for _, data in blobs(file, head, found.cluster, [found.blob], 1000, inside.allowance):
                said[key] = one_line(normalised((data or b"").decode("utf-8", "replace")))
        except ReadError:
            continue  # the pages are worth reading without it
    creator = said.get("Creator", "")
    languages = said.get("Language", "").split(",")
    return _About(
        None if creator.lower() in _NOTHING else creator, language_code(languages[0]) if len(languages) == 1 else None
    )


def _pages(
    file: BinaryIO, name: str, head: Header, listed: _Listed, about: _About, inside: Within
) -> Iterator[Article | Skipped]:
    import numpy as np

    pages = listed.pages
    starts: list[int] = [int(n) for n in np.flatnonzero(np.diff(pages[:, 0].astype(np.int64), prepend=-1))]
    for start, end in zip(starts, [*starts[1:], len(pages)], strict=True) if starts else ():
        rows = {int(blob): int(number) for _, blob, number in pages[start:end]}
        wanted = list(rows)
        try:
            for blob, data in blobs(file, head, int(pages[start, 0]), wanted, inside.file_bytes, inside.allowance):
                found = entry(file, head, rows.pop(blob))
                if found:
                    yield from _page(found, data, name, about, inside)
        except ReadError as error:
            for number in rows.values():
                found = entry(file, head, number)
                yield Skipped(f"{name}: {found.path if found else number}", error.message)
            if inside.allowance.left < 0:
                return
    if not is_sound(file, head):
        yield Skipped(f"{name} as a whole", "its checksum does not fit: it is damaged, and what could be read was read")
    if listed.left_out:
        kinds = "; ".join(f"{count:,} × {kind}" for kind, count in listed.left_out.most_common(30))
        yield Skipped(f"{name}: other entries", f"not read: {kinds}")


def _page(found: Entry, data: bytes | None, name: str, about: _About, inside: Within) -> Iterator[Article | Skipped]:
    from retrieval.reading.articles import told

    for item in told(_read(found, data, inside), found.path):
        if isinstance(item, Skipped):
            yield Skipped(f"{name}: {item.path}", item.reason)
            continue
        titled = found.title if found.title != found.path else item.title
        yield replace(
            item,
            title=one_line(normalised(titled)) or item.title,
            publisher=item.publisher or about.publisher,
            language=item.language or about.language,
            origins=(*item.origins, *_origins(item, titled, about)),
            record=f"{found.path}#{item.record}" if item.record else found.path,
        )


def _origins(item: Article, title: str, about: _About) -> Iterator[tuple[str, str]]:
    if title != item.title:
        yield "title", "the archive's directory"
    if about.publisher and not item.publisher:
        yield "publisher", "the archive's Creator"
    if about.language and not item.language:
        yield "language", "the archive's Language"


def _read(found: Entry, data: bytes | None, inside: Within) -> Iterator[Article | Skipped]:
    from retrieval.reading.articles import read_stream

    if data is None:
        raise ReadError(f"it has more than the {inside.file_bytes:,} bytes that are read of one page")
    if not data.strip():
        raise ReadError("it is empty")
    if (found.type or "").startswith(("text/html", "application/xhtml")):
        yield html.html_article(html.page_text(data), inside)
    else:
        yield from read_stream(io.BytesIO(data), PurePosixPath(found.path).name, inside)
