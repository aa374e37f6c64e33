from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import press
import pytest
import village
from fakes import HashEncoder

from retrieval.errors import RemovalRefused, SourceError, WriterBusy
from retrieval.index.lock import writing
from retrieval.indexing import Report, remove_source
from retrieval.watching import Pace, watch

PACE = Pace(settle_s=0.6, patience_s=6, retry_s=0.8)


class Watch:
    """A watch on a thread of its own, with all that it told."""

    def __init__(self, data: Path, paths: list[Path], pace: Pace = PACE) -> None:
        self.reports: list[Report] = []
        self.errors: list[Exception] = []
        self.stop = threading.Event()
        self._thread = threading.Thread(
            target=watch,
            args=(data, HashEncoder(), village.OPTIONS, self.reports.append, self.stop),
            kwargs={"on_error": self.errors.append, "paths": paths, "pace": pace},
        )
        self._thread.start()

    def until(self, done: Callable[[], bool], within_s: float = 30) -> None:
        deadline = time.monotonic() + within_s
        while not done():
            assert time.monotonic() < deadline, (self.reports, self.errors)
            assert self._thread.is_alive()
            time.sleep(0.05)

    def articles(self) -> int:
        return self.reports[-1].articles if self.reports else -1

    def end(self) -> None:
        self.stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    village.write(tmp_path / "village", village.BEFORE)
    return tmp_path / "village"


@pytest.fixture
def watched(tmp_path: Path, source: Path) -> Iterator[Watch]:
    running = Watch(tmp_path / "data", [source])
    try:
        running.until(lambda: running.articles() == 12)
        yield running
    finally:
        running.end()


def test_what_is_there_is_indexed_at_once_and_what_changes_is_when_it_does(watched: Watch, source: Path) -> None:
    press.write_story(source, "deep/new.txt", "A well was dug behind the granary.")
    watched.until(lambda: watched.articles() == 13)
    (source / "00.txt").unlink()
    watched.until(lambda: watched.articles() == 12)
    assert watched.reports[-1].removed == 1
    assert watched.errors == []


def test_writing_is_let_settle_so_that_many_changes_are_one_run(watched: Watch, source: Path) -> None:
    for number in range(100, 120):
        press.write_story(source, f"{number}.txt", f"The well {number} was dug behind the granary.")
        time.sleep(0.05)
    watched.until(lambda: watched.articles() == 32)
    assert [report.added for report in watched.reports if report.added] == [12, 20]


def test_an_error_is_told_once_and_the_watch_goes_on(watched: Watch, source: Path) -> None:
    texts = {path: path.read_text() for path in source.iterdir()}
    for path in list(texts)[:8]:
        path.unlink()
    watched.until(lambda: len(watched.errors) == 1)
    assert isinstance(watched.errors[0], RemovalRefused)
    time.sleep(2 * PACE.retry_s)
    assert len(watched.errors) == 1
    for path, text in texts.items():
        path.write_text(text)
    press.write_story(source, "new.txt", "A well was dug behind the granary.")
    watched.until(lambda: watched.articles() == 13)


def test_another_writer_is_waited_for(watched: Watch, source: Path, tmp_path: Path) -> None:
    with writing(tmp_path / "data"):
        press.write_story(source, "new.txt", "A well was dug behind the granary.")
        watched.until(lambda: bool(watched.errors))
        assert isinstance(watched.errors[0], WriterBusy)
    watched.until(lambda: watched.articles() == 13)


def test_a_folder_that_goes_and_comes_back_is_followed_again(watched: Watch, source: Path) -> None:
    away = source.rename(source.with_name("away"))
    watched.until(lambda: bool(watched.errors))
    assert isinstance(watched.errors[0], SourceError)
    away.rename(source)
    time.sleep(3 * PACE.retry_s)
    press.write_story(source, "new.txt", "A well was dug behind the granary.")
    watched.until(lambda: watched.articles() == 13)


def test_sources_that_others_add_and_remove_are_followed_and_left(watched: Watch, source: Path, tmp_path: Path) -> None:
    wire = tmp_path / "wire.jsonl"
    press.write_lines(wire, map(press.record, range(2)))
    village.build(tmp_path / "data", wire)
    watched.until(lambda: watched.articles() == 14)
    press.write_lines(wire, map(press.record, range(3)))
    watched.until(lambda: watched.articles() == 15)
    remove_source(tmp_path / "data", source, HashEncoder(), village.OPTIONS)
    watched.until(lambda: watched.articles() == 3)


def test_the_index_itself_in_a_watched_folder_wakes_nobody(tmp_path: Path, source: Path) -> None:
    running = Watch(source / "data", [source])
    try:
        running.until(lambda: running.articles() == 12)
        time.sleep(4 * PACE.settle_s)
        assert len(running.reports) <= 2
    finally:
        running.end()


def test_changes_without_end_are_indexed_all_the_same(tmp_path: Path, source: Path) -> None:
    running = Watch(tmp_path / "data", [source], Pace(settle_s=5, patience_s=1.5, retry_s=1))
    try:
        running.until(lambda: running.articles() == 12)
        number = 100

        def more() -> bool:
            nonlocal number
            press.write_story(source, f"{number}.txt", f"The well {number} was dug behind the granary.")
            number += 1
            return running.articles() > 12

        running.until(more)
    finally:
        running.end()


def test_an_archive_without_sources_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no sources"):
        watch(
            tmp_path / "data", HashEncoder(), village.OPTIONS, lambda report: None, threading.Event(),
            on_error=lambda error: None,
        )  # fmt: skip
    assert not (tmp_path / "data").exists()
