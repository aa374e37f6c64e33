"""A run that is killed, wherever it is, leaves the archive as it was or as it was to become, and no debris."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import forks
import pytest
import village
from fakes import HashEncoder

from retrieval import upkeep
from retrieval.encoders import Encoder, SentenceTransformerEncoder
from retrieval.types import Answer

PHASES = ("read", "split", "encode", "write", "check")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[forks.Forks]:
    with forks.started(tmp_path_factory.mktemp("server")) as running:
        yield running


class Trials:
    """One archive that is changed to and fro; each change is begun by a run that is killed, and finished by another."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.data, self.source, self.encoder = folder / "data", folder / "village", encoder
        self.state = village.BEFORE
        self.expected: list[list[Answer]] = []
        for state in (village.BEFORE, village.AFTER):
            village.write(self.source, state)
            village.build(folder / f"data{state}", self.source, encoder)
            self.expected.append(village.ask(folder / f"data{state}", encoder))
        assert self.expected[0] != self.expected[1]
        village.write(self.source, self.state)
        village.build(self.data, self.source, encoder)

    def change(self) -> None:
        self.state = 1 - self.state
        village.write(self.source, self.state)

    def check(self) -> bool:
        """Check what a killed run left behind, finish its work, and return whether it had come to the switch."""
        checked = upkeep.verify(self.data)
        assert checked.ok, checked.problems
        answers = village.ask(self.data, self.encoder)
        assert answers in self.expected
        village.build(self.data, self.source, self.encoder)
        assert village.ask(self.data, self.encoder) == self.expected[self.state]
        assert village.debris(self.data) == []
        assert (self.data / "LOCK").read_text() == ""
        assert all(info.damage is None for info in upkeep.generations(self.data))
        return answers == self.expected[self.state]

    def asked_of(self, server: forks.Forks, **choices: object) -> bool:
        ended = server.run("index", data=str(self.data), source=str(self.source), **choices)
        assert "error" not in ended, ended
        return bool(ended["killed"])


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    """In memory, if that can be: what survives a killed process is the same there, and nothing waits for a disk."""
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Trials(Path(folder), HashEncoder())


@pytest.mark.parametrize("phase", PHASES)
def test_a_run_killed_in_any_phase_changes_nothing_and_the_next_one_finishes(
    phase: str, server: forks.Forks, trials: Trials
) -> None:
    trials.change()
    assert trials.asked_of(server, phase=phase)
    assert not trials.check()


def kill_at_steps(server: forks.Forks, trials: Trials, steps: list[int]) -> list[bool]:
    switched = []
    for step in steps:
        trials.change()
        assert trials.asked_of(server, step=step)
        switched.append(trials.check())
    return switched


def steps_of_a_run(server: forks.Forks, trials: Trials) -> list[str]:
    """Return the steps of a whole run that change what others see; the last ones are the switch and the clearing up."""
    for _ in range(2):
        trials.change()
        ended = server.run("index", data=str(trials.data), source=str(trials.source))
        assert not ended["killed"]
    steps: list[str] = ended["steps"]
    return steps


def test_a_run_killed_at_the_steps_of_the_switch_is_either_before_or_after_it(
    server: forks.Forks, trials: Trials
) -> None:
    steps = steps_of_a_run(server, trials)
    renames = [at for at, step in enumerate(steps) if step.startswith("os.rename")]
    assert [steps[at] for at in renames[:2]] == ["os.rename .building", "os.rename CURRENT.new"]
    fatal = [renames[0] - 1, *renames, renames[1] + 1, len(steps) - 1]
    switched = kill_at_steps(server, trials, fatal)
    assert switched == [False, False, False, *[True] * (len(fatal) - 3)]


def test_a_run_killed_at_random_instants_leaves_the_archive_whole(server: forks.Forks, trials: Trials) -> None:
    kill_at_random(server, trials, 20, random.Random(4))


def kill_at_random(server: forks.Forks, trials: Trials, times: int, drawn: random.Random, **choices: object) -> None:
    trials.change()
    ended = server.run("index", data=str(trials.data), source=str(trials.source), **choices)
    assert ended["generation"]
    takes_s, killed, tried = ended["took_s"], 0, 0
    while killed < times:
        tried += 1
        assert tried <= 4 * times, "most runs end before they are killed"
        trials.change()
        began = time.monotonic()
        if trials.asked_of(server, after_s=drawn.uniform(0, takes_s), **choices):
            killed += 1
        else:  # it was quicker than the ones before
            takes_s = min(takes_s, time.monotonic() - began)
        trials.check()


@pytest.mark.soak
def test_a_run_killed_at_each_of_its_steps_leaves_the_archive_whole(server: forks.Forks, trials: Trials) -> None:
    steps = steps_of_a_run(server, trials)
    kill_at_steps(server, trials, list(range(len(steps) - 1)))


@pytest.mark.soak
def test_a_run_killed_at_two_hundred_instants_leaves_the_archive_whole(server: forks.Forks, trials: Trials) -> None:
    kill_at_random(server, trials, 200, random.Random(200))


@pytest.mark.soak
def test_a_run_of_the_real_encoder_killed_at_random_instants_leaves_the_archive_whole(
    server: forks.Forks, tmp_path: Path, minilm: SentenceTransformerEncoder
) -> None:
    kill_at_random(server, Trials(tmp_path, minilm), 20, random.Random(20), real=True)


def test_a_first_run_that_is_killed_leaves_no_index_and_the_next_one_builds_it(
    server: forks.Forks, tmp_path: Path
) -> None:
    village.write(tmp_path / "village", village.BEFORE)
    data, source = tmp_path / "data", tmp_path / "village"
    assert server.run("index", data=str(data), source=str(source), phase="write")["killed"]
    assert upkeep.generations(data) == []
    report = village.build(data, source)
    assert report.encoded == 0  # the vectors of the run that was killed are taken over
    assert (report.articles, village.debris(data)) == (12, [])
