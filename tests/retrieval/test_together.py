from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from retrieval.encoders import Vectors
from retrieval.encoders.together import Together


class Slow:
    """Runs what it is given when it is let, and notes what was run together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = threading.Semaphore(0)
        self.let = threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> Vectors:
        self.batches.append(list(items))
        self.begun.release()
        assert self.let.acquire(timeout=10)
        if 13 in items:
            raise ValueError("thirteen")
        return np.array([[item] for item in items], np.float32)


class Crowd:
    """Threads that ask, one after the other; what each got, or the error that it met."""

    def __init__(self, together: Together[int], run: Slow) -> None:
        self._together = together
        self._run = run
        self._threads: list[threading.Thread] = []
        self.got: dict[int, float | str] = {}

    def ask(self, item: int, kind: str = "") -> None:
        def wait() -> None:
            try:
                self.got[item] = float(self._together.one(item, kind, self._run)[0])
            except ValueError as error:
                self.got[item] = str(error)

        before = len(self._together._queue)
        thread = threading.Thread(target=wait)
        self._threads.append(thread)
        free = self._together._free
        thread.start()
        while not free and len(self._together._queue) == before:  # it stands in the queue before the next one comes
            thread.join(0.001)

    def done(self) -> dict[int, float | str]:
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "somebody was left waiting"
        return self.got


def test_one_who_asks_alone_is_run_at_once_and_alone() -> None:
    slow = Slow()
    slow.let.release(2)
    together: Together[int] = Together(1, 4)
    assert [float(together.one(n, "", slow)[0]) for n in (7, 8)] == [7, 8]
    assert slow.batches == [[7], [8]]


def test_those_who_come_meanwhile_are_run_together_the_oldest_first_and_with_their_own_kind() -> None:
    slow = Slow()
    crowd = Crowd(Together(1, 3), slow)
    crowd.ask(0)
    slow.begun.acquire()
    for item, kind in ((1, "a"), (2, "b"), (3, "a"), (4, "a"), (5, "a"), (6, "b")):
        crowd.ask(item, kind)
    slow.let.release(4)
    assert crowd.done() == {n: n for n in range(7)}
    assert slow.batches == [[0], [1, 3, 4], [2, 6], [5]]


def test_as_many_run_at_once_as_there_are_places() -> None:
    slow = Slow()
    crowd = Crowd(Together(2, 4), slow)
    for item in range(2):
        crowd.ask(item)
        assert slow.begun.acquire(timeout=10)
    for item in range(2, 5):
        crowd.ask(item)
    assert slow.batches == [[0], [1]], "the others wait"
    slow.let.release()
    assert slow.begun.acquire(timeout=10)
    slow.let.release(2)
    assert crowd.done() == {n: n for n in range(5)}
    assert slow.batches == [[0], [1], [2, 3, 4]]


def test_an_error_reaches_all_that_were_run_together_and_nobody_else() -> None:
    slow = Slow()
    crowd = Crowd(Together(1, 2), slow)
    crowd.ask(0)
    slow.begun.acquire()
    for item in (1, 13, 2):
        crowd.ask(item)
    slow.let.release(3)
    assert crowd.done() == {0: 0, 1: "thirteen", 13: "thirteen", 2: 2}


def test_one_who_is_interrupted_while_it_waits_leaves_its_turn_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    together: Together[int] = Together(1, 1)
    crowd = Crowd(together, slow)
    crowd.ask(0)
    slow.begun.acquire()

    def interrupted(event: threading.Event, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(threading.Event, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            together.one(1, "", slow)
    crowd.ask(2)
    slow.let.release(2)
    assert crowd.done() == {0: 0, 2: 2}
    assert slow.batches == [[0], [2]]
