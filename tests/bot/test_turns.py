from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.schema import StoreError
from bot.store import Store
from bot.turns import take_turn


class Time:
    """A clock that only sleeping moves on; what was slept until is in `until`."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.until: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.until.append(self.now + seconds)


async def test_turns_that_are_wanted_at_once_are_five_seconds_apart(tmp_path: Path) -> None:
    time = Time()
    async with Store(tmp_path / "bot.sqlite") as one, Store(tmp_path / "bot.sqlite") as other:
        await asyncio.gather(
            *(take_turn(store, "x", clock=time, sleep=time.sleep) for store in (one, other, one, other))
        )
    assert sorted(time.until) == [1000, 1005, 1010, 1015]


async def test_who_comes_later_than_that_does_not_wait(tmp_path: Path) -> None:
    time = Time()
    async with Store(tmp_path / "bot.sqlite") as store:
        for time.now in (1000.0, 1005.0, 1011.0, 1012.0):
            await take_turn(store, "x", clock=time, sleep=time.sleep)
        await take_turn(store, "something else", clock=time, sleep=time.sleep)
    assert time.until == [1000, 1005, 1011, 1016, 1012]


async def test_a_clock_that_goes_wrong_makes_nobody_wait_for_hours(tmp_path: Path) -> None:
    async with Store(tmp_path / "bot.sqlite") as store:
        wrong = Time(90_000)
        await take_turn(store, "x", clock=wrong, sleep=wrong.sleep)
        right = Time(1000)
        await take_turn(store, "x", clock=right, sleep=right.sleep)
        assert right.until == [1000]


async def test_a_database_that_is_away_holds_up_for_one_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(name: str) -> str | None:
        raise StoreError("the database is away")

    time = Time()
    async with Store(tmp_path / "bot.sqlite") as store:
        monkeypatch.setattr(store, "fact", away)
        await take_turn(store, "x", clock=time, sleep=time.sleep)
    assert time.until == [1005]
