"""A generation that was damaged on disk: found in the background, told of, not asked any longer, gone back from."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import press
import pytest
from fakes import HashEncoder
from home import AWAY, HOME, Home, home
from paced import PacedIndexer
from world import button, labels, words

from bot.checking import Checker, CheckFailed
from bot.guarding import Guard
from bot.records import GuildSettings
from bot.store import Store
from retrieval.index import generation as generations
from retrieval.indexing import run_index

QUESTION = "Who repaired the windmill for every edition?"
# Read by each question, mapped from disk, looked into by an engine, read when it is opened.
FILES = ["catalogue.sqlite", "dense.faiss", "lexical/passages", "columns/articles.npy"]


class Known(Checker):
    """Knows what is damaged without a child process, and keeps what it was asked."""

    def __init__(self, **damaged: list[str]) -> None:
        super().__init__(Path("/nowhere"))
        self.damaged = {name.removeprefix("g"): files for name, files in damaged.items()}
        self.asked: list[str] = []

    async def damage(self, generation: str) -> list[str]:
        self.asked.append(generation)
        return self.damaged.get(generation, [])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations; both hold what is asked."""
    folder = tmp_path_factory.mktemp("built")
    for stories in (range(8), range(10)):
        for number in stories:
            told = f"The miller {number} repaired the windmill for every edition. It was sold at the harbour."
            press.write_story(folder / "village", f"{number:02}.txt", told)
        run_index(folder / "data", [folder / "village"], HashEncoder())
    return folder / "data"


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    """Both of them; the first is current."""
    shutil.copytree(built, tmp_path / "data")
    generations.make_current(tmp_path / "data", "0001")
    return tmp_path / "data"


@asynccontextmanager
async def guarded(tmp_path: Path, checker: Checker, settle_s: float = 4.0) -> AsyncIterator[Home]:
    async with home(tmp_path, PacedIndexer(tmp_path / "data"), checker=checker, settle_s=settle_s) as there:
        await there.store.set_settings(HOME, GuildSettings(log_channel=there.channel.id))
        await there.store.set_settings(AWAY, GuildSettings(log_channel=there.away_channel.id))
        yield there


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


def file_in(folder: Path, name: str) -> Path:
    """Return the file of a name, or the largest of a folder."""
    path = folder / name
    return path if path.is_file() else max(path.iterdir(), key=lambda each: each.stat().st_size)


async def until(condition: Callable[[], bool], within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - it hangs on a child process
            await asyncio.sleep(0.02)


async def switch(there: Home, data: Path, name: str) -> None:
    await asyncio.to_thread(generations.make_current, data, name)
    await there.asking.refresh()


async def look(there: Home) -> None:
    """Let the time go by after which the guard looks."""
    await there.env.advance_time(5.1)


@pytest.mark.parametrize("name", FILES)
async def test_a_flipped_byte_is_found_told_of_and_never_quoted(name: str, tmp_path: Path, data: Path) -> None:
    folder = generations.folder_of(data, "0002")
    damaged = file_in(folder, name)
    at = damaged.read_bytes().find(b"repaired the windmill for every") + 3 if name == "catalogue.sqlite" else -40
    flip(damaged, at)
    named = damaged.relative_to(folder).as_posix()
    async with guarded(tmp_path, Checker(data), settle_s=60) as there:
        expected = [hit.passage.text for hit in (await there.asking.ask(QUESTION)).hits]
        await switch(there, data, "0002")
        asked = await there.cid.slash(there.channel, "ask", question=QUESTION, private=True)
        told = words(asked.response).replace("**", "")
        assert "repaired the windmill for every edition" in told or "Something went wrong" in told
        assert "repqired" not in told
        await look(there)
        told = words(there.last())
        assert "Generation 0002 of the index is damaged" in told
        assert f"`{named}`" in told
        assert "Questions are answered from generation 0001 for now." in told
        assert str(data) not in told
        assert labels(there.last()) == ["Roll back to 0001"]
        assert there.away_channel.last_message is None
        assert there.asking.generation == "0001"
        assert [hit.passage.text for hit in (await there.asking.ask(QUESTION)).hits] == expected
        assert named in (there.asking.problem or "")
        there.env._errors_acknowledged = len(there.env.errors)  # a question that meets damage is one


async def test_the_offer_rolls_back_once_it_is_confirmed_and_only_for_those_who_may(tmp_path: Path, data: Path) -> None:
    async with guarded(tmp_path, Known(g0002=["dense.faiss"])) as there:
        await switch(there, data, "0002")
        await look(there)
        offer = there.last()
        refused = await there.cid.click(offer, custom_id=button(offer, "roll_back"))
        assert "Only members with the permission Manage Server" in refused.response.content
        asked = await there.ann.click(offer, custom_id=button(offer, "roll_back"))
        assert asked.ephemeral
        assert "Go back to generation 0001?" in words(asked.response)
        assert generations.current(data) == "0002"
        await there.ann.click(asked.response, custom_id=button(asked.response, "confirm"))
        await until(lambda: generations.current(data) == "0001")
        assert there.asking.generation == "0001"


async def test_damage_is_remembered_over_a_restart_told_once_and_forgotten_when_it_is_mended(
    tmp_path: Path, data: Path
) -> None:
    checker = Known(g0002=["dense.faiss"])
    async with guarded(tmp_path, checker) as there:
        await switch(there, data, "0002")
        await look(there)
        told = there.last()
        await there.restart()
        await look(there)
        assert checker.asked.count("0002") == 2
        await there.asking.refresh()
        assert there.asking.generation == "0001"
        assert there.last().id == told.id
        checker.damaged.clear()
        await there.restart()
        await look(there)
        assert there.asking.generation == "0002"
        assert there.asking.problem is None
        assert await there.store.fact("damaged generations") is None


async def test_a_generation_that_was_gone_back_to_is_asked_though_it_was_damaged_once(
    tmp_path: Path, data: Path
) -> None:
    checker = Known(g0002=["dense.faiss"])
    async with guarded(tmp_path, checker) as there:
        await switch(there, data, "0002")
        await look(there)
        assert there.asking.generation == "0001"
        checker.damaged.clear()
        there.bot.dispatch("rolled_back", "0002")
        await until(lambda: there.asking.generation == "0002")
        assert await there.store.fact("damaged generations") is None


async def test_where_no_generation_is_whole_it_says_so_and_offers_none(tmp_path: Path, data: Path) -> None:
    checker = Known()
    async with guarded(tmp_path, checker) as there:
        await look(there)
        assert checker.asked == ["0001"]
        checker.damaged["0001"] = ["catalogue.sqlite"]
        there.asking.doubted = True
        await look(there)
        told = words(there.last())
        assert "Generation 0001 of the index is damaged" in told
        assert "There is no earlier one that is whole." in told
        assert labels(there.last()) == []
        assert there.asking.generation == "0001"  # its quotes are still checked word for word


async def test_each_generation_is_checked_once_and_again_when_a_question_meets_damage(
    tmp_path: Path, data: Path
) -> None:
    checker = Known()
    async with guarded(tmp_path, checker) as there:
        await look(there)
        assert checker.asked == ["0001"]
        catalogue = generations.folder_of(data, "0002") / "catalogue.sqlite"
        flip(catalogue, catalogue.read_bytes().find(b"repaired the windmill for every") + 3)
        await switch(there, data, "0002")
        await look(there)
        await look(there)
        assert checker.asked == ["0001", "0002"]
        checker.damaged["0002"] = ["catalogue.sqlite"]
        asked = await there.cid.slash(there.channel, "ask", question=QUESTION, private=True)
        assert "Something went wrong" in asked.response.content
        await look(there)
        assert there.asking.generation == "0001"
        there.env._errors_acknowledged = len(there.env.errors)


async def test_a_check_that_cannot_be_made_is_no_damage(
    tmp_path: Path, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with guarded(tmp_path, Checker(data, command=["/nowhere/at/all"])) as there:
        await look(there)
        assert "could not be checked" in caplog.text
        assert there.asking.generation == "0001"
        assert there.channel.last_message is None


async def test_the_child_tells_whole_from_damaged_and_from_gone(data: Path) -> None:
    checker = Checker(data)
    assert await checker.damage("0001") == []
    with pytest.raises(CheckFailed, match="no generation 0007"):
        await checker.damage("0007")
    for name in ("dense.faiss", "columns/articles.npy"):
        flip(generations.folder_of(data, "0001") / name, -1)
    assert sorted(await checker.damage("0001")) == ["columns/articles.npy", "dense.faiss"]


async def test_a_check_is_niced_and_one_that_is_given_up_leaves_no_child_behind(data: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    told = f"import os, pathlib, time; pathlib.Path({str(begun)!r}).write_text(str(os.getpid())); time.sleep(60)"
    checking = asyncio.create_task(Checker(data, command=["python3", "-c", told]).damage("0001"))
    await until(lambda: begun.exists() and bool(begun.read_text()))
    child = int(begun.read_text())
    assert os.getpriority(os.PRIO_PROCESS, child) == 19
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


async def test_of_two_processes_that_ask_one_folder_the_first_that_finds_damage_tells_it(
    data: Path, tmp_path: Path
) -> None:
    checker = Known(g0001=["dense.faiss"])
    async with guarded(tmp_path, Known()) as there, Store(tmp_path / "bot.sqlite") as same:
        places = [("here", there.store), ("here", same), ("elsewhere", same)]
        guards = [Guard(checker, there.asking, store, there.bot, (HOME,), place) for place, store in places]
        told = []
        for guard in guards:
            before = getattr(there.channel.last_message, "id", None)
            await guard._check("0001")
            told.append(there.last().id != before)
        assert told == [True, False, True]  # another machine has files of its own
        assert len({guard._fact for guard in guards}) == 2
