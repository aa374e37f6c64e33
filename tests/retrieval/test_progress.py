from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from retrieval.progress import Lines, showing


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that it is, in seconds: its only item."""
    now = [100.0]

    def monotonic() -> float:
        return now[0]

    monkeypatch.setattr("retrieval.progress.time.monotonic", monotonic)
    return now


def test_speed_and_time_left_are_counted_from_the_phases_start(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    tell = Lines()
    tell("encode", 10, 100)
    clock[0] += 4
    tell("encode", 30, 100)

    assert lines(capsys) == [
        {"phase": "encode", "done": 10, "total": 100, "per_second": 0.0, "seconds_left": None},
        {"phase": "encode", "done": 30, "total": 100, "per_second": 5.0, "seconds_left": 14.0},
    ]


def test_most_steps_are_passed_over_but_never_the_first_or_the_last_of_a_phase(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    tell = Lines()
    for phase in ("read", "split"):
        for done in range(1001):
            clock[0] += 0.001
            tell(phase, done, 1000)

    told = lines(capsys)
    assert [line["done"] for line in told if line["phase"] == "split"][0::10] == [0, 1000]
    assert len(told) <= 2 * 12


def test_a_second_source_starts_anew_and_an_unknown_total_is_null(
    capsys: pytest.CaptureFixture[str], clock: list[float]
) -> None:
    tell = Lines()
    for done, total in ((0, 50), (50, 50), (0, 20), (20, 20)):
        clock[0] += 1
        tell("read", done, total)
    tell("check", 0, 0)

    told = lines(capsys)
    assert [line["per_second"] for line in told] == [0.0, 50.0, 0.0, 20.0, 0.0]
    assert told[-1] == {"phase": "check", "done": 0, "total": None, "per_second": 0.0, "seconds_left": None}


def test_a_run_goes_on_when_nobody_reads_its_progress_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        calls = 0

        def write(self, text: str) -> int:
            self.calls += 1
            raise BrokenPipeError

    closed = Closed()
    monkeypatch.setattr(sys, "stderr", closed)
    tell = Lines()
    tell("read", 0, 1)
    tell("read", 1, 1)

    assert closed.calls == 1


def test_without_a_terminal_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with showing(as_json=False) as tell:
        tell("read", 0, 2)
        tell("read", 2, 2)

    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_for_each_phase(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with showing(as_json=False) as tell:
        tell("read", 2, 2)
        tell("encode", 3, 4)

    shown = capsys.readouterr().err
    assert "Reading files" in shown
    assert "Encoding passages" in shown
    assert "3/4" in shown
