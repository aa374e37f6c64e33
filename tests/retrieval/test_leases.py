"""The right to write the index, shared by processes that have a database in common and no folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import press
import pytest
from fakes import HashEncoder
from postgres import Postgres

from retrieval import leases
from retrieval.database import Database, DatabaseError, sqlite_url
from retrieval.errors import WriterBusy
from retrieval.index import generation as generations
from retrieval.indexing import run_index
from retrieval.leases import WRITING, LeaseLost, SharedRight, holder
from retrieval.upkeep import rollback

ROOT = Path(__file__).resolve().parents[2]
HOLDS = """
import sys, time
from retrieval.leases import SharedRight
with SharedRight(sys.argv[1], owner="the other", lasts_s=float(sys.argv[2])).held():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "shared.sqlite")
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.new()


@pytest.fixture
def other(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, which holds the right for 30 seconds at a time."""
    command = [sys.executable, "-c", HOLDS, url, "30"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_who_comes_second_is_told_who_was_first_and_since_when(url: str) -> None:
    with SharedRight(url, owner="the first").held():
        with pytest.raises(WriterBusy, match=r"another process is writing the index: the first, since 20\d\d-") as busy:
            SharedRight(url).held().__enter__()
        assert busy.value.kind == "busy"
        with closing(Database(url)) as database:
            held = holder(database)
        assert held is not None
        assert (held.owner, abs(held.since - time.time()) < 5) == ("the first", True)
    with SharedRight(url).held(), closing(Database(url)) as database:
        assert holder(database, "something else") is None
    with closing(Database(url)) as database:
        assert holder(database) is None


def test_of_many_who_want_it_at_once_one_gets_it(url: str) -> None:
    begun = threading.Barrier(8)

    def want(number: int) -> bool:
        begun.wait()
        try:
            with SharedRight(url, owner=str(number)).held():
                time.sleep(1)
                return True
        except WriterBusy:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(want, range(8))) == [False] * 7 + [True]


def test_it_is_held_for_longer_than_it_lasts(url: str) -> None:
    with SharedRight(url, lasts_s=0.8).held() as lease:
        time.sleep(2)
        with pytest.raises(WriterBusy):
            SharedRight(url).held().__enter__()
        lease.through(lambda phase, done, total: None)("check", 1, 1)


def test_a_process_that_was_killed_is_followed_at_once_on_its_own_machine(
    url: str, other: subprocess.Popen[str]
) -> None:
    with pytest.raises(WriterBusy, match="the other"):
        SharedRight(url).held().__enter__()
    other.send_signal(signal.SIGKILL)
    other.wait()
    began = time.monotonic()
    with SharedRight(url).held():
        assert time.monotonic() - began < 2  # and not the thirty seconds that it had


def test_a_process_that_was_stopped_keeps_it(url: str, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGSTOP)
    with pytest.raises(WriterBusy):
        SharedRight(url).held().__enter__()


def test_a_process_of_another_machine_that_died_is_followed_when_its_time_is_over(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Database(url)) as database:
        with monkeypatch.context() as patch:
            patch.setattr(leases, "_machine", lambda: {"boot": "elsewhere"})
            SharedRight(url, lasts_s=1.5, owner="far away")._take(database)
        with pytest.raises(WriterBusy, match="far away"):
            SharedRight(url).held().__enter__()
        assert holder(database) is not None
        time.sleep(1.6)
        assert holder(database) is None
    with SharedRight(url).held():
        pass


def test_whoever_was_taken_over_meanwhile_cannot_publish(url: str, tmp_path: Path) -> None:
    press.write_story(tmp_path / "village", "1.txt", "The miller repaired the windmill.")

    def robbed(phase: str, done: int, total: int) -> None:
        if phase == "encode":
            with closing(Database(url)) as database:
                database.run(("UPDATE leases SET token = 'another' WHERE name = :name", {"name": WRITING}))

    with pytest.raises(LeaseLost, match="another process has taken it over"):
        run_index(tmp_path / "data", [tmp_path / "village"], HashEncoder(), progress=robbed, right=SharedRight(url))
    assert generations.current(tmp_path / "data") is None
    with closing(Database(url)) as database:
        (rows,) = database.run(("SELECT token FROM leases", {}))
    assert rows == [("another",)]  # which is not this one's to give back


def test_a_database_that_is_away_for_a_moment_does_not_end_a_run_and_for_longer_it_does(
    postgres_server: Postgres,
) -> None:
    with SharedRight(postgres_server.new(), lasts_s=4).held() as lease:
        tell = lease.through(lambda phase, done, total: None)
        postgres_server.stop()
        try:
            tell("encode", 1, 9)
            time.sleep(1.5)
            tell("check", 0, 0)  # it cannot be asked, and there is time left
        finally:
            postgres_server.start()
        time.sleep(1.5)
        tell("check", 1, 1)
        postgres_server.stop()
        try:
            time.sleep(4.1)
            with pytest.raises(LeaseLost, match="cannot be used"):
                tell("encode", 2, 9)
        finally:
            postgres_server.start()


def test_two_data_folders_are_not_written_at_once_and_a_dry_run_waits_for_nobody(url: str, tmp_path: Path) -> None:
    press.write_story(tmp_path / "village", "1.txt", "The miller repaired the windmill.")
    sources, right = [tmp_path / "village"], SharedRight(url)
    run_index(tmp_path / "mine", sources, HashEncoder(), right=right)
    press.write_story(tmp_path / "village", "2.txt", "The smith sold the orchard.")
    with SharedRight(url, owner="another machine").held():
        with pytest.raises(WriterBusy, match="another machine"):
            run_index(tmp_path / "mine", sources, HashEncoder(), right=right)
        assert run_index(tmp_path / "mine", sources, HashEncoder(), dry_run=True, right=right).added == 1
    assert run_index(tmp_path / "mine", sources, HashEncoder(), right=right).generation == "0002"
    with SharedRight(url).held(), pytest.raises(WriterBusy):
        rollback(tmp_path / "mine", right=right)
    assert rollback(tmp_path / "mine", right=right) == "0001"


def test_the_command_line_shares_the_right_that_is_set(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "shared.sqlite")
    press.write_story(tmp_path / "village", "1.txt", "The miller repaired the windmill.")
    command = [sys.executable, "-m", "retrieval", "index", str(tmp_path / "village"), "--data", str(tmp_path / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVIST_")}
    environment |= {"ARCHIVIST_DATABASE__URL": url, "PYTHONPATH": str(ROOT)}
    with SharedRight(url, owner="the bot").held():
        done = subprocess.run(
            [*command, "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    told = json.loads(done.stdout)["error"]
    assert told["kind"] == "busy"
    assert "the bot, since" in told["message"]
    assert not (tmp_path / "data" / "CURRENT").exists()


def test_a_database_that_cannot_be_reached_is_told_before_anything_is_read(tmp_path: Path) -> None:
    press.write_story(tmp_path / "village", "1.txt", "The miller repaired the windmill.")
    right = SharedRight("postgresql://me@127.0.0.1:1/archive")
    seen: list[str] = []
    with pytest.raises(DatabaseError, match=r"the database archive on 127\.0\.0\.1 cannot be used"):
        run_index(
            tmp_path / "data", [tmp_path / "village"], HashEncoder(), right=right,
            progress=lambda phase, done, total: seen.append(phase),
        )  # fmt: skip
    assert seen == []
