from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes import HashEncoder
from paced import PacedIndexer, Wanted

from bot.arrivals import Arrivals
from bot.store import Store
from bot.upkeep import Upkeep
from bot.uploads import UploadFolder
from retrieval.indexing import run_index


class File:
    def __init__(self, filename: str, content: bytes) -> None:
        self.filename = filename
        self.size = len(content)
        self.content = content

    async def read(self) -> bytes:
        return self.content


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "texts"
    folder.mkdir()
    (folder / "mill.txt").write_text("The mill by the weir closed in the spring of 1968, after a flood.")
    return folder


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "bot.sqlite") as opened:
        yield opened


async def test_files_wait_for_the_run_that_goes_on(tmp_path: Path, texts: Path, store: Store) -> None:
    data, indexer = tmp_path / "data", PacedIndexer(tmp_path / "data")
    run_index(data, [texts], HashEncoder())
    indexer.plans = [[0.3, {}], [{}]]
    upkeep = Upkeep(data)
    arrivals = Arrivals(indexer, store, upkeep, UploadFolder(tmp_path / "uploads"))
    first = asyncio.create_task(indexer.run().finish())
    await asyncio.sleep(0)
    await arrivals.take([File("notes.txt", b"A note on the weir.")], 7, 10, "en-US")
    assert first.done()
    await first
    assert len(indexer.wanted) == 2
    await upkeep.close()


async def test_a_folder_within_a_source_is_brought_up_to_date_with_that_source_and_keeps_its_guard(
    tmp_path: Path, texts: Path, store: Store
) -> None:
    data, indexer = tmp_path / "data", PacedIndexer(tmp_path / "data")
    run_index(data, [texts], HashEncoder())
    upkeep = Upkeep(data)
    folder = UploadFolder(texts / "from discord")
    arrivals = Arrivals(indexer, store, upkeep, folder)
    indexer.plans = [[{}], [{}]]
    await arrivals.take([File("notes.txt", b"A note on the weir.")], 7, 10, "en-US")
    stored = folder.put("kept.txt", b"Another note.")
    assert indexer.wanted == [Wanted((texts,), False, False, False)]
    assert stored.fresh
    await upkeep.close()


async def test_a_files_name_cannot_style_what_is_told_of_it(tmp_path: Path, texts: Path, store: Store) -> None:
    data, indexer = tmp_path / "data", PacedIndexer(tmp_path / "data")
    run_index(data, [texts], HashEncoder())
    upkeep = Upkeep(data)
    arrivals = Arrivals(indexer, store, upkeep, UploadFolder(tmp_path / "uploads"))
    indexer.plans = [[{}]]
    (line,) = await arrivals.take([File("*notes*.txt", b"A note on the weir.")], 7, 10, "en-US")
    assert line == "- \\*notes\\*.txt: not added, it holds no article"
    await upkeep.close()
