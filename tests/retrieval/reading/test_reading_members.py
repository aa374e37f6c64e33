"""What lies in another file is read by the reader that its bytes call for, one level deeper."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import ReadError
from retrieval.reading.articles import read_articles, read_member
from retrieval.reading.blocks import Limits
from retrieval.reading.streams import Allowance, Forward, Window, buffered
from retrieval.reading.within import DEEPEST, within
from retrieval.types import Article, Skipped


class Slow:
    """A source that gives what it likes and then breaks or ends."""

    def __init__(self, data: bytes, error: Exception | None = None) -> None:
        self._file = io.BytesIO(data)
        self._error = error

    def read(self, size: int, /) -> bytes:
        data = self._file.read(min(size, 1000))
        if not data and self._error:
            raise self._error
        return data


def forward(data: bytes, error: Exception | None = None, floor: int = 10**9) -> Forward:
    return Forward(Slow(data, error), Allowance(0, floor=floor))


def test_a_member_is_named_in_its_record_and_in_what_is_skipped() -> None:
    (found,) = read_member(io.BytesIO(b"The lamp is lit."), "a/b.txt", "x.eml", Limits())
    assert isinstance(found, Article)
    assert (found.record, found.format) == ("a/b.txt", "text")
    lines = b'{"_id": "7", "text": "The lamp is lit."}\nnot a line\n'
    article, skipped = read_member(io.BytesIO(lines), "l.jsonl", "x.eml", Limits())
    assert isinstance(article, Article)
    assert article.record == "l.jsonl#7"
    assert isinstance(skipped, Skipped)
    assert skipped.path == "x.eml: l.jsonl at line 2"
    assert list(read_member(io.BytesIO(b""), "a.txt", "x.eml", Limits())) == [Skipped("x.eml: a.txt", "it is empty")]


def test_what_lies_too_deep_is_skipped_with_the_reason() -> None:
    file = io.BytesIO(b"The lamp is lit.")
    deep = replace(within(file, Limits()), depth=DEEPEST)
    (skipped,) = read_member(file, "a.txt", "x", deep)
    assert isinstance(skipped, Skipped)
    assert "deep" in skipped.reason


@settings(max_examples=60, deadline=None)
@given(
    data=st.binary(max_size=5000),
    steps=st.lists(st.tuples(st.sampled_from(["seek", "read", "end", "back", "on"]), st.integers(0, 6000)), max_size=8),
)
def test_a_forward_stream_behaves_as_a_file_does(data: bytes, steps: list[tuple[str, int]]) -> None:
    with io.BytesIO(data) as plain, buffered(forward(data)) as stream:
        for step, number in steps:
            for file in (plain, stream):
                if step == "seek":
                    file.seek(min(number, len(data)))
                elif step == "end":
                    file.seek(0, io.SEEK_END)
                elif step == "back":
                    file.seek(0)
                elif step == "on":
                    file.seek(min(number, len(data) - file.tell()), io.SEEK_CUR)
            assert stream.tell() == plain.tell()
            if step == "read":
                assert stream.read(number) == plain.read(number)
        assert stream.read() == plain.read()


def test_a_forward_stream_is_spooled_only_where_its_end_is_asked_for() -> None:
    data = bytes(range(256)) * 20_000
    with buffered(forward(data)) as stream:
        assert stream.read(16) == data[:16]
        assert stream.seek(0) == 0
        assert stream.read(3_000_000) == data[:3_000_000]
        with pytest.raises(ReadError, match="unpack it"):
            stream.seek(0)
    with buffered(forward(data)) as stream:
        stream.read(16)
        assert stream.seek(0, io.SEEK_END) == len(data)
        stream.seek(0)
        assert stream.read() == data


def test_a_damaged_source_ends_and_says_so() -> None:
    raw = forward(b"The lamp is lit.", EOFError())
    with buffered(raw) as stream:
        assert stream.read() == b"The lamp is lit."
        assert raw.damage == "it is cut off"


def test_no_more_is_unpacked_than_is_allowed() -> None:
    with buffered(forward(b"a" * 5000, floor=3000)) as stream, pytest.raises(ReadError, match="3,000 bytes"):
        stream.read()
    (skipped,) = read_member(buffered(forward(b"a" * 5000, floor=3000)), "a.txt", "x.gz", Limits())
    assert isinstance(skipped, Skipped)
    assert "bomb" in skipped.reason


@given(data=st.binary(max_size=300), start=st.integers(0, 310), size=st.integers(0, 310), at=st.integers(0, 310))
def test_a_window_shows_its_part_of_a_file(data: bytes, start: int, size: int, at: int) -> None:
    part = data[start : start + size]
    with io.BytesIO(data) as file, buffered(Window(file, start, len(part))) as window:
        assert window.seek(0, io.SEEK_END) == len(part)
        window.seek(at)
        assert window.read() == part[at:]


def test_a_file_on_disk_is_read_as_before(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The lamp is lit.")
    (item,) = read_articles(tmp_path / "a.txt", "a.txt")
    assert isinstance(item, Article)
    assert item.record == ""
