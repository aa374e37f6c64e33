"""Those that wait for a place get it in the order that they came, and no more are inside than there are places."""

from __future__ import annotations

import threading
import time

import pytest

from retrieval.turns import Turns


def test_no_more_are_inside_than_there_are_places_and_all_get_in() -> None:
    turns, inside, most, done = Turns(2), 0, 0, 0
    counting = threading.Lock()

    def go() -> None:
        nonlocal inside, most, done
        for _ in range(20):
            with turns:
                with counting:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.0002)
                with counting:
                    inside -= 1
                    done += 1

    threads = [threading.Thread(target=go) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, done) == (2, 240)


def test_who_waits_longest_is_next() -> None:
    turns, came = Turns(1), list[int]()

    def go(number: int) -> None:
        with turns:
            came.append(number)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            while turns.waiting <= number:  # until it waits
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert came == list(range(8))


def test_a_place_is_given_back_whatever_happens_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="within"), turns:
        raise ValueError("within")

    def interrupted(event: threading.Event, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    with turns, monkeypatch.context() as patched:
        patched.setattr(threading.Event, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            turns.__enter__()
        assert turns.waiting == 0
    with turns:  # or it would wait for ever
        pass
