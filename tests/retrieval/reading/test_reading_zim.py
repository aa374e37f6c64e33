"""ZIM: pages as libzim writes them, in every packing that there was, and whatever is damaged named."""

from __future__ import annotations

import bz2
import hashlib
import io
import lzma
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from web_archives import page, story

from retrieval.reading import Limits, read_articles
from retrieval.reading.articles import read_stream
from retrieval.types import Article, Skipped

Entry = tuple[str, str, str, str, bytes]  # namespace, path, title, type, content

PAGES: list[Entry] = [
    ("A", "bridge.html", "The Bridge", "text/html", page("bridge", story("bridge"))),
    ("A", "ferry.html", "", "text/html", page("The ferry", story("ferry"))),
    ("I", "a.png", "", "image/png", b"\x89PNG"),
    ("M", "Creator", "", "text/plain", b"The Holm Herald"),
    ("M", "Language", "", "text/plain", b"eng"),
]
PACKINGS: list[tuple[int, Callable[[bytes], bytes]]] = [
    (0, bytes), (1, bytes), (2, zlib.compress), (3, bz2.compress), (4, lzma.compress), (5, zstandard.compress),
]  # fmt: skip


def zim(
    entries: list[Entry], packing: int = 5, pack: Callable[[bytes], bytes] = zstandard.compress, wide: bool = False
) -> bytes:
    """Return a ZIM of version 5 with one cluster for all entries, and a redirect."""
    types = sorted({entry[3] for entry in entries})
    listed = b"".join(kind.encode() + b"\0" for kind in types) + b"\0"
    dirents = [
        struct.pack("<HBcLLL", types.index(kind), 0, space.encode(), 0, 0, n) + f"{path}\0{title}\0".encode()
        for n, (space, path, title, kind, _) in enumerate(entries)
    ] + [struct.pack("<HBcLL", 0xFFFF, 0, b"A", 0, 0) + b"moved\0\0"]
    width = 8 if wide else 4
    at = width * (len(entries) + 1)
    offsets = [at]
    for *_, content in entries:
        offsets.append(offsets[-1] + len(content))
    blobs = b"".join(offset.to_bytes(width, "little") for offset in offsets) + b"".join(entry[4] for entry in entries)
    cluster = bytes([packing | (0x10 if wide else 0)]) + pack(blobs)
    paths_at = 80 + len(listed)
    first = paths_at + 8 * len(dirents) + 8
    places = [first + sum(len(dirent) for dirent in dirents[:n]) for n in range(len(dirents))]
    end = first + sum(map(len, dirents))
    header = struct.pack(
        "<4sHH16sLLQQQQLLQ", b"ZIM\x04", 5, 0, b"", len(dirents), 1, paths_at, paths_at,
        paths_at + 8 * len(dirents), 80, 0, 0, end + len(cluster),
    )  # fmt: skip
    pointers = b"".join(struct.pack("<Q", place) for place in places) + struct.pack("<Q", end)
    data = header + listed + pointers + b"".join(dirents) + cluster
    return data + hashlib.md5(data, usedforsecurity=False).digest()


def read(data: bytes, limits: Limits = Limits()) -> list[Article | Skipped]:  # noqa: B008 - frozen
    return list(read_stream(io.BytesIO(data), "holm.zim", limits))


def articles(items: list[Article | Skipped]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


def skips(items: list[Article | Skipped]) -> dict[str, str]:
    return {item.path: item.reason for item in items if isinstance(item, Skipped)}


@pytest.mark.parametrize(("packing", "pack"), PACKINGS)
@pytest.mark.parametrize("wide", [False, True])
def test_pages_of_every_packing_are_articles(packing: int, pack: Callable[[bytes], bytes], wide: bool) -> None:
    found = read(zim(PAGES, packing, pack, wide))
    bridge, ferry = articles(found)
    assert (bridge.title, bridge.text, bridge.record) == ("The Bridge", story("bridge"), "bridge.html")
    assert (ferry.title, ferry.publisher, ferry.language) == ("The ferry", "The Holm Herald", "en")
    assert skips(found) == {"holm.zim: other entries": "not read: 1 × image/png; 1 × redirect"}


def test_what_libzim_writes_is_read(tmp_path: Path) -> None:
    writer = pytest.importorskip("libzim.writer")

    class Item(writer.Item):  # type: ignore[misc, name-defined]
        def __init__(self, path: str, title: str, content: bytes) -> None:
            super().__init__()
            self._said = path, title
            self._content = content

        def get_path(self) -> str:
            return self._said[0]

        def get_title(self) -> str:
            return self._said[1]

        def get_mimetype(self) -> str:
            return "text/html"

        def get_contentprovider(self) -> object:
            return writer.StringProvider(self._content)

        def get_hints(self) -> dict[object, object]:
            return {writer.Hint.FRONT_ARTICLE: True}

    with writer.Creator(tmp_path / "made.zim").config_indexing(False, "eng") as creator:
        creator.set_mainpath("p0")
        for number in range(40):
            subject = f"bridge number {number}"
            creator.add_item(Item(f"p{number}", f"Bridge {number}", page(subject, story(subject))))
        creator.add_redirection("old", "Old", "p1", {})
        creator.add_metadata("Creator", "The Holm Herald")
        creator.add_metadata("Language", "eng")
    found = list(read_articles(tmp_path / "made.zim", "made.zim"))
    assert {article.record: article.title for article in articles(found)} == {
        f"p{number}": f"Bridge {number}" for number in range(40)
    }
    assert {(article.publisher, article.language) for article in articles(found)} == {("The Holm Herald", "en")}
    assert all(story(f"bridge number {article.record[1:]}") == article.text for article in articles(found))


def test_a_cut_off_zim_is_named() -> None:
    data = zim(PAGES, 1, bytes)
    assert "cut off" in skips(read(data[:50]))["holm.zim"]
    found = read(data[:-600])
    assert [article.title for article in articles(found)] == ["The Bridge"] or skips(found)
    assert any("cut off" in reason or "checksum" in reason for reason in skips(found).values())


def test_a_damaged_zim_gives_what_can_be_read_and_says_so() -> None:
    data = zim(PAGES, 1, bytes)
    found = read(data[:-16] + b"0" * 16)
    assert len(articles(found)) == 2
    assert "checksum" in skips(found)["holm.zim as a whole"]


def test_a_zim_without_a_page_is_named_once() -> None:
    assert skips(read(zim(PAGES[2:]))) == {
        "holm.zim": "nothing in it can be read: other entries: not read: 1 × image/png; 1 × redirect"
    }


def test_a_page_larger_than_is_read_is_named() -> None:
    found = read(zim([*PAGES, ("A", "z.html", "", "text/html", page("z", "word " * 9000))]), Limits(file_bytes=9000))
    assert len(articles(found)) == 2
    assert "9,000 bytes" in skips(found)["holm.zim: z.html"]


@settings(max_examples=150, deadline=4000, derandomize=True)
@given(
    packing=st.sampled_from(PACKINGS),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=6),
    header=st.none() | st.tuples(st.integers(0, 79), st.binary(min_size=1, max_size=8)),
    cut=st.floats(0, 1) | st.none(),
)
def test_no_damage_raises_or_takes_memory(
    packing: tuple[int, Callable[[bytes], bytes]],
    changes: list[tuple[float, bytes]],
    header: tuple[int, bytes] | None,
    cut: float | None,
) -> None:
    broken = bytearray(zim(PAGES, *packing))
    if header:
        broken[header[0] : header[0] + len(header[1])] = header[1]
    found = read(damaged(bytes(broken), changes, cut))
    assert found
    assert not any("reading it failed" in reason for reason in skips(found).values())
