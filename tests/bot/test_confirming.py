from __future__ import annotations

from typing import Any

import pytest

from bot.confirming import VALID_S, Confirmations
from bot.errors import NotAllowed


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def nothing(_: Any) -> None: ...


def test_a_question_is_answered_once_by_the_one_it_was_asked_of() -> None:
    open_ones = Confirmations(Clock())
    key = open_ones.ask(1, nothing)
    with pytest.raises(NotAllowed, match="Only whoever ran the command"):
        open_ones.take(key, 2)
    assert open_ones.take(key, 1) is nothing
    for other in (key, "", "0" * 16):
        with pytest.raises(NotAllowed, match="out of date"):
            open_ones.take(other, 1)


def test_a_question_is_out_of_date_after_five_minutes_and_then_forgotten() -> None:
    clock = Clock()
    open_ones = Confirmations(clock)
    first = open_ones.ask(1, nothing)
    clock.now += VALID_S - 0.1
    second = open_ones.ask(1, nothing)
    assert first != second
    clock.now += 0.2
    with pytest.raises(NotAllowed, match="out of date"):
        open_ones.take(first, 1)
    open_ones.ask(1, nothing)
    assert first not in open_ones._open
    assert open_ones.take(second, 1) is nothing
