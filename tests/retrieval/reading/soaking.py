"""What `make soak` does to a parser: two minutes of examples that hypothesis makes, and no memory that stays."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

SECONDS = 120
_ROUND = 200  # examples between two looks at the clock
_MOST_KEPT = 150_000  # kB that reading for two minutes may leave behind
_Drawn = TypeVar("_Drawn")


def for_two_minutes(strategy: st.SearchStrategy[_Drawn], call: Callable[[_Drawn], None]) -> None:
    """Call with what the strategy draws, each round from a seed of its own, until the two minutes are over."""
    ends = time.monotonic() + SECONDS
    before = 0
    for number in count():

        @seed(number)
        @settings(
            max_examples=_ROUND,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        @given(strategy)
        def every(drawn: _Drawn) -> None:
            if time.monotonic() < ends:
                call(drawn)

        every()
        if time.monotonic() >= ends:
            break
        before = before or resident_kilobytes()  # after a round all that is loaded once has been
    gc.collect()
    assert number > 0, f"fewer than {_ROUND} examples in two minutes"
    assert resident_kilobytes() - before < _MOST_KEPT


def resident_kilobytes() -> int:
    """Return the memory that this process holds; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
