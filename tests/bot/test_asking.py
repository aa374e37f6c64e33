"""The archive from the event loop: one generation a call, a newer one taken up by itself, and what is counted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

import press
import pytest
from fakes import HashEncoder

from bot.asking import ArchiveFolder, Asking
from bot.errors import Busy, Closing, NotReady, TooSlow
from retrieval.archive import Archive
from retrieval.errors import DamagedError, QuestionError
from retrieval.types import Filters


class Counted:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.searches: list[tuple[int, int]] = []

    def count_question(self, outcome: str, seconds: float) -> None:
        assert 0 <= seconds < 10
        self.questions.append(outcome)

    def set_searches(self, running: int, waiting: int) -> None:
        self.searches.append((running, waiting))


def folder(data: Path) -> ArchiveFolder:
    return ArchiveFolder(data, lambda name: Archive.open(data, generation=name, encoder=HashEncoder()))


def build(data: Path, articles: range) -> None:
    wire = data.parent / "wire.jsonl"
    press.write_lines(wire, map(press.record, articles))
    press.build(data, wire, HashEncoder())


async def until(condition: Any) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to be")


async def test_an_answer_is_the_archives_own(press_data: Path) -> None:
    with Archive.open(press_data, encoder=HashEncoder()) as archive:
        question = archive.article(next(archive.articles())[0].id).text.split(".")[0]  # type: ignore[union-attr]
        expected = archive.ask(question, k=3, filters=Filters())
    counted = Counted()
    async with Asking(folder(press_data), gauge=counted) as asking:
        answer = await asking.ask(question, k=3)
        assert (answer.hits, answer.status, answer.confidence) == (expected.hits, expected.status, expected.confidence)
        assert asking.generation == expected.generation
        with pytest.raises(QuestionError):
            await asking.ask("?!")
        assert await asking.call(lambda archive, n: archive.status().articles + n, 1) == 61
    assert counted.questions == [expected.status, "failed"]
    with pytest.raises(Closing):
        await asking.ask(question)


async def test_without_an_index_it_says_so_until_there_is_one(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with Asking(folder(data), follow_every_s=0.02) as asking:
        assert asking.generation is None
        with pytest.raises(NotReady):
            await asking.ask("anything")
        await asyncio.to_thread(build, data, range(5))
        await until(lambda: asking.generation == "0001")
        assert len((await asking.ask("harbour", k=2)).hits) == 2


async def test_a_newer_generation_is_taken_up_and_what_runs_ends_on_its_own(tmp_path: Path) -> None:
    data, go, inside = tmp_path / "data", threading.Event(), threading.Event()
    await asyncio.to_thread(build, data, range(5))
    async with Asking(folder(data), follow_every_s=0.02) as asking:

        def slow(archive: Archive) -> tuple[str, int]:
            inside.set()
            go.wait(5)
            return archive.status().generation, len(list(archive.articles()))

        running = asyncio.create_task(asking.search(slow))
        await asyncio.to_thread(inside.wait, 5)
        await asyncio.to_thread(build, data, range(8))
        await until(lambda: asking.generation == "0002")
        assert await asking.call(lambda archive: len(list(archive.articles()))) == 8
        go.set()
        assert await running == ("0001", 5)
    assert not [path.name for path in (data / "generations").iterdir() if path.name.startswith(".")]


async def test_a_generation_that_cannot_be_opened_leaves_the_one_before_in_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data"
    await asyncio.to_thread(build, data, range(5))

    class Broken(ArchiveFolder):
        broken = False

        def current(self, avoiding: Collection[str] = ()) -> str | None:
            return "0009" if self.broken else super().current(avoiding)

        def open(self, avoiding: Collection[str] = ()) -> Archive:
            if self.broken:
                raise DamagedError("catalogue.sqlite is missing", "Run `archivist index --full`")
            return super().open(avoiding)

    opener = Broken(data, lambda name: Archive.open(data, generation=name, encoder=HashEncoder()))
    async with Asking(opener, follow_every_s=0.01) as asking:
        opener.broken = True
        await until(lambda: asking.problem is not None)
        await asyncio.sleep(0.1)
        assert "catalogue.sqlite is missing" in (asking.problem or "")
        assert asking.generation == "0001"
        assert (await asking.ask("harbour", k=1)).generation == "0001"
        assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1  # not one a look
        opener.broken = False
        await until(lambda: asking.problem is None)


async def test_questions_beyond_the_queue_and_the_timeout_are_refused_and_counted(press_data: Path) -> None:
    counted, go = Counted(), threading.Event()
    async with Asking(folder(press_data), searches=1, queue=0, timeout_s=0.2, gauge=counted) as asking:
        hanging = asyncio.create_task(asking.search(lambda _: go.wait(5), lambda _: "answered"))
        await until(lambda: asking.running == 1)
        with pytest.raises(Busy):
            await asking.ask("harbour")
        assert await asking.call(lambda archive: archive.status().articles) == 60  # look-ups have a lane of their own
        with pytest.raises(TooSlow):
            await hanging
        go.set()
        await until(lambda: asking.running == 0)
        await asking.ask("harbour")
    assert counted.questions[:2] == ["busy", "too_slow"]
    assert len(counted.questions) == 3
    assert counted.searches[0] == (1, 0)
