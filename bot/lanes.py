"""Threads for what must not run on the event loop: so many at once, a short queue, and no more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from bot.errors import Busy, Closing, TooSlow

P = ParamSpec("P")
T = TypeVar("T")


class Lane:
    """Runs calls on `threads` threads, with at most `queue` waiting.

    A call's place is free again when its thread has ended, not when its caller gave up: a thread cannot be stopped.
    """

    def __init__(self, name: str, threads: int, queue: int, timeout_s: float) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._threads = threads
        self._places = threads + queue
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._taken = 0
        self._closing = False

    @property
    def running(self) -> int:
        """How many calls hold a thread."""
        return min(self._taken, self._threads)

    @property
    def waiting(self) -> int:
        """How many calls wait for one."""
        return max(self._taken - self._threads, 0)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns on one of the threads.

        Raises Busy at once where no place is left, TooSlow after the timeout (the waiting included), Closing after
        `close`, and whatever `function` raises.
        """
        future = asyncio.wrap_future(self._submit(function, *args, **kwargs))
        done, _ = await asyncio.wait([future], timeout=self._timeout_s)
        if done:
            return future.result()
        # Takes it out of the queue if it has not begun. If it has, what it ends with is of no use to anybody.
        future.cancel()
        raise TooSlow

    async def close(self) -> None:
        """Take no more calls, and wait for those that run; what has not begun is dropped."""
        self._closing = True
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def _submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with self._lock:
            if self._closing:
                raise Closing
            if self._taken >= self._places:
                raise Busy
            self._taken += 1
        try:
            future = self._pool.submit(function, *args, **kwargs)
        except BaseException:
            self._free()
            raise
        future.add_done_callback(self._free)
        return future

    def _free(self, _: object = None) -> None:
        with self._lock:
            self._taken -= 1
