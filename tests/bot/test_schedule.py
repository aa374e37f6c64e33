from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from home import AWAY, HOME, home
from paced import PacedIndexer, Wanted
from world import words

from bot.records import GuildSettings
from bot.reports import IndexFailed
from bot.schedule import Schedule
from bot.schema import StoreError
from bot.store import Store

HOUR_S = 3600
FAILED = IndexFailed("source", "cannot read the source /srv/private/texts: it is not there", "Mount it")


class Clock:
    """Stands in for the wall clock, which SimCord does not turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        real = time.time
        monkeypatch.setattr("bot.schedule.time.time", lambda: real() + self.ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_a_run_begins_by_itself_every_so_many_hours(tmp_path: Path, clock: Clock) -> None:
    indexer = PacedIndexer(tmp_path / "data")
    indexer.plans = [[{}], [{}]]
    async with home(tmp_path, indexer, every_h=2) as there:
        await there.env.advance_time(61)
        clock.ahead = 2 * HOUR_S - 60
        await there.env.advance_time(61)
        assert indexer.wanted == []
        clock.ahead = 2 * HOUR_S + 60
        await there.env.advance_time(61)
        await there.env.advance_time(61)
        assert indexer.wanted == [Wanted((), False, False, False)]
        await there.restart()
        clock.ahead = 4 * HOUR_S + 120
        await there.env.advance_time(61)
        assert len(indexer.wanted) == 2


async def test_a_database_that_is_locked_for_a_moment_does_not_end_the_schedule(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexer = PacedIndexer(tmp_path / "data")
    indexer.plans = [[{}]]
    async with home(tmp_path, indexer, every_h=2) as there:
        await there.env.advance_time(61)
        fact, locked = there.store.fact, iter([True])

        async def once_locked(name: str) -> str | None:
            if next(locked, False):
                raise StoreError("the bot's database is locked", "Close the other program")
            return await fact(name)

        monkeypatch.setattr(there.store, "fact", once_locked)
        clock.ahead = 2 * HOUR_S + 60
        await there.env.advance_time(61)
        await there.env.advance_time(61)
        assert indexer.wanted == [Wanted((), False, False, False)]


async def test_no_run_begins_by_itself_where_none_is_set(tmp_path: Path, clock: Clock) -> None:
    indexer = PacedIndexer(tmp_path / "data")
    async with home(tmp_path, indexer) as there:
        clock.ahead = 10_000 * HOUR_S
        await there.env.advance_time(200)
        assert indexer.wanted == []


async def test_a_failure_is_told_in_the_home_servers_log_channel_only(tmp_path: Path, clock: Clock) -> None:
    indexer = PacedIndexer(tmp_path / "data")
    indexer.plans = [[FAILED]]
    async with home(tmp_path, indexer, every_h=1) as there:
        await there.store.set_settings(HOME, GuildSettings(log_channel=there.channel.id))
        await there.store.set_settings(AWAY, GuildSettings(log_channel=there.away_channel.id))
        await there.env.advance_time(61)
        clock.ahead = HOUR_S + 60
        await there.env.advance_time(61)
        told = words(there.last())
        assert "The archive was not indexed" in told
        assert "…/texts: it is not there" in told
        assert there.away_channel.last_message is None


async def test_a_log_channel_that_is_gone_does_not_end_the_schedule(tmp_path: Path, clock: Clock) -> None:
    indexer = PacedIndexer(tmp_path / "data")
    indexer.plans = [[FAILED], [FAILED], [{}]]
    async with home(tmp_path, indexer, every_h=1) as there:
        await there.store.set_settings(HOME, GuildSettings(log_channel=1))
        await there.env.advance_time(61)
        for hour in (1, 2, 3):
            if hour == 2:
                await there.store.set_settings(HOME, GuildSettings(log_channel=there.channel.id))
                there.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
            clock.ahead = hour * (HOUR_S + 60)
            await there.env.advance_time(61)
        assert len(indexer.wanted) == 3
        assert there.env.errors == []


async def test_a_scheduled_run_waits_its_turn_while_another_goes_on(tmp_path: Path, clock: Clock) -> None:
    indexer = PacedIndexer(tmp_path / "data")
    indexer.plans = [[{}], [1000.0, {}]]
    async with home(tmp_path, indexer, every_h=1) as there:
        await there.env.advance_time(61)
        await there.ann.slash(there.channel, "reindex")
        clock.ahead = HOUR_S + 60
        await there.env.advance_time(61)
        assert len(indexer.wanted) == 2
        assert there.env.errors == []


async def test_of_two_processes_that_share_the_schedule_one_runs(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexers = [PacedIndexer(tmp_path / "data") for _ in range(2)]
    for indexer in indexers:
        indexer.plans = [[{}], [{}]]
    async with home(tmp_path, indexers[0], every_h=1) as there, Store(tmp_path / "bot.sqlite") as same:
        both = [
            Schedule(indexer, store, there.bot, (HOME,), 1)
            for indexer, store in zip(indexers, (there.store, same), strict=True)
        ]
        for hour in (0, 1, 2):
            clock.ahead = hour * (HOUR_S + 60)
            await asyncio.gather(*(each._look() for each in both))
            assert sum(len(indexer.wanted) for indexer in indexers) == hour


async def test_a_home_server_of_another_process_is_told_as_well(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexer = PacedIndexer(tmp_path / "data")
    indexer.plans = [[FAILED]]
    async with home(tmp_path, indexer, every_h=1) as there:
        await there.store.set_settings(HOME, GuildSettings(log_channel=there.channel.id))
        await there.env.advance_time(61)
        monkeypatch.setattr(there.bot, "get_guild", lambda guild_id: None)  # it holds none of that server's shards
        clock.ahead = HOUR_S + 60
        await there.env.advance_time(61)
        assert "The archive was not indexed" in words(there.last())
