from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from indexing_scripts import SCRIPTED, Script, failed, printed, progress

from bot.indexing import Indexer
from bot.reports import IndexFailed, RunCancelled


class Counted:
    """Keeps what it is told of runs."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def start_reindex(self) -> None:
        self.told.append("started")

    def end_reindex(self, outcome: str, seconds: float) -> None:
        assert 0 <= seconds < 60
        self.told.append(outcome)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def indexer(script: Script, tmp_path: Path, counted: Counted) -> Indexer:
    environment = {"SCRIPT": str(tmp_path / "script.jsonl")}
    return Indexer(tmp_path / "data", command=SCRIPTED, environment=environment, gauge=counted)


async def test_a_run_that_ends_well_counts_as_done(script: Script, indexer: Indexer, counted: Counted) -> None:
    script.write(progress("read", 0, 1), printed())
    async for _ in indexer.run():
        assert counted.told == ["started"]
    assert counted.told == ["started", "done"]


async def test_a_run_that_fails_counts_as_failed(script: Script, indexer: Indexer, counted: Counted) -> None:
    script.write(*failed("source", "the disk is gone"))
    with pytest.raises(IndexFailed):
        await indexer.run().finish()
    assert counted.told == ["started", "failed"]


async def test_a_run_that_is_cancelled_counts_as_cancelled(script: Script, indexer: Indexer, counted: Counted) -> None:
    script.write(progress("read", 0, 1), {"wait": str(script.gate)})
    reached = asyncio.Event()

    async def follow() -> None:
        async for _ in indexer.run():
            reached.set()

    following = asyncio.create_task(follow())
    await asyncio.wait_for(reached.wait(), 10)
    await indexer.close()
    with pytest.raises(RunCancelled):
        await following
    assert counted.told == ["started", "cancelled"]


async def test_a_dry_run_is_not_counted(script: Script, indexer: Indexer, counted: Counted) -> None:
    script.write(printed())
    await indexer.run(dry_run=True).finish()
    assert counted.told == []
