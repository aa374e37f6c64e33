"""So many threads at once, a short queue, and a place that is taken for as long as its thread runs."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from bot.errors import Busy, Closing, TooSlow
from bot.lanes import Lane


async def until(condition: threading.Event) -> None:
    assert await asyncio.to_thread(condition.wait, 5)


async def test_a_call_runs_on_another_thread_and_returns_or_raises_what_it_does() -> None:
    lane = Lane("t", 1, 0, 5)
    assert await lane.run(threading.get_ident) != threading.get_ident()
    assert await lane.run(int, "11", base=2) == 3
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 / 0)
    assert (lane.running, lane.waiting) == (0, 0)
    await lane.close()


async def test_what_finds_no_place_is_refused_at_once() -> None:
    lane, go, begun = Lane("t", 1, 1, 5), threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return go.wait(5)

    first = asyncio.create_task(lane.run(wait))
    await until(begun)
    second = asyncio.create_task(lane.run(wait))
    await asyncio.sleep(0)
    assert (lane.running, lane.waiting) == (1, 1)
    began = time.monotonic()
    with pytest.raises(Busy):
        await lane.run(wait)
    assert time.monotonic() - began < 0.5
    go.set()
    assert list(await asyncio.gather(first, second)) == [True, True]
    assert await lane.run(lambda: "again") == "again"
    await lane.close()


async def test_a_call_that_takes_too_long_keeps_its_place_until_its_thread_has_ended() -> None:
    lane, go, ended = Lane("t", 1, 0, 0.05), threading.Event(), threading.Event()

    def hang() -> None:
        go.wait(5)
        ended.set()

    with pytest.raises(TooSlow):
        await lane.run(hang)
    assert lane.running == 1
    with pytest.raises(Busy):
        await lane.run(hang)
    go.set()
    await until(ended)
    for _ in range(100):
        if not lane.running:
            break
        await asyncio.sleep(0.01)
    assert await lane.run(lambda: "free") == "free"
    await lane.close()


async def test_what_waited_too_long_is_never_begun() -> None:
    lane, go = Lane("t", 1, 1, 0.1), threading.Event()
    ran: list[str] = []
    first = asyncio.create_task(lane.run(go.wait, 5))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(lane.run(ran.append, "second"))
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(result) for result in results] == [TooSlow, TooSlow]
    assert lane.waiting == 0  # its place in the queue is free, while the thread still runs
    go.set()
    await lane.close()
    assert ran == []


async def test_closing_refuses_what_is_new_and_waits_for_what_runs() -> None:
    lane, go, begun, ended = Lane("t", 1, 1, 5), threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        go.wait(5)
        ended.append(True)

    running = asyncio.create_task(lane.run(work))
    await until(begun)
    closing = asyncio.create_task(lane.close())
    await asyncio.sleep(0)
    with pytest.raises(Closing):
        await lane.run(work)
    assert not closing.done()
    go.set()
    await closing
    await running
    assert ended == [True]
