"""Disks that are full, forbidden or broken, clocks that go back, files that were damaged: named, and survived."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import forks
import pytest
import village
from fakes import HashEncoder

from retrieval import one_run, upkeep
from retrieval.errors import GenerationError, SourceError, WriterBusy
from retrieval.index import generation as generations
from retrieval.index.lock import writing
from retrieval.index.vectors import Spool


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[forks.Forks]:
    with forks.started(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def source(tmp_path: Path) -> Path:
    village.write(tmp_path / "village", village.BEFORE)
    return tmp_path / "village"


@pytest.fixture
def data(tmp_path: Path, source: Path) -> Path:
    village.build(tmp_path / "data", source)
    return tmp_path / "data"


@pytest.mark.parametrize("kilobytes", [1, 4, 12, 24, 40])
def test_a_disk_that_is_full_is_told_and_leaves_the_index_as_it_was(
    kilobytes: int, server: forks.Forks, data: Path, source: Path
) -> None:
    before = village.ask(data)
    village.write(source, village.AFTER)
    ended = server.run("index", data=str(data), source=str(source), file_bytes=kilobytes * 1024)
    assert ended["error"] == "GenerationError", ended
    assert "cannot be written" in ended["message"]
    assert "Free some space" in ended["message"], ended["trace"]
    assert village.ask(data) == before
    assert upkeep.verify(data).ok
    assert [path.name for path in (data / "generations").iterdir()] == ["0001"]
    report = village.build(data, source)
    assert report.generation == "0002"
    assert village.debris(data) == []


def test_a_data_folder_that_may_not_be_written_is_told_and_read(server: forks.Forks) -> None:
    with tempfile.TemporaryDirectory() as opened:
        folder = Path(opened)
        folder.chmod(0o755)
        village.write(folder / "village", village.BEFORE)
        village.build(folder / "data", folder / "village")
        quotes = [hit.passage.text for answer in village.ask(folder / "data") for hit in answer.hits]
        (folder / "data").chmod(0o555)
        (folder / "data" / "LOCK").chmod(0o444)
        ended = server.run("index", data=str(folder / "data"), source=str(folder / "village"), nobody=True)
        assert ended["error"] == "GenerationError", ended
        assert "cannot be written" in ended["message"]
        assert "Give this user the right" in ended["message"]
        assert server.run("ask", data=str(folder / "data"), nobody=True)["quotes"] == quotes
        (folder / "data").chmod(0o755)


@pytest.mark.parametrize("call", ["fsync", "chmod"])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_while_publishing_leaves_the_index_as_it_was(
    call: str, number: int, data: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = village.ask(data)
    village.write(source, village.AFTER)
    real, calls = getattr(os, call), []

    def failing(*arguments: object, **choices: object) -> object:
        calls.append(arguments)
        if len(calls) == 5:
            raise OSError(number, os.strerror(number))
        return real(*arguments, **choices)

    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        with pytest.raises(GenerationError, match=os.strerror(number)):
            village.build(data, source)
    assert village.ask(data) == before
    assert village.build(data, source).generation == "0002"
    assert village.debris(data) == []


def test_a_disk_that_fails_at_the_switch_itself_is_before_or_after_it(
    data: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = village.ask(data)
    village.write(source, village.AFTER)

    def failing(path: Path, target: Path) -> Path:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing)
        with pytest.raises(GenerationError, match="cannot be written"):
            village.build(data, source)
    assert village.ask(data) == before
    village.build(data, source)
    assert village.ask(data) != before
    assert village.debris(data) == []


def test_a_short_write_to_the_spool_is_cut_off_and_encoded_again(tmp_path: Path) -> None:
    encoder = HashEncoder()
    texts = [f"the lantern {number}" for number in range(9)]
    keys = [bytes([number]) * 16 for number in range(9)]
    vectors = encoder.encode_passages(texts)
    with Spool(tmp_path, "f", encoder.dimension) as spool:
        spool.add(keys, vectors)
    path = tmp_path / "f.spool"
    whole = path.read_bytes()
    record = len(whole) // 9
    for broken, kept in (
        (whole[: 5 * record + 40], 5),
        (whole[: 5 * record + 40] + bytes(record - 40), 5),  # as a file system leaves what it had no time to write
        (whole[: 8 * record], 8),
        (bytes(len(whole)), 0),
    ):
        path.write_bytes(broken)
        with Spool(tmp_path, "f", encoder.dimension) as spool:
            assert [key in spool for key in keys] == [number < kept for number in range(9)]
            if kept:
                assert (spool.get(keys[:kept]) == vectors[:kept]).all()
            spool.add(keys[kept:], vectors[kept:])
            assert (spool.get(keys) == vectors).all()
        assert path.read_bytes() == whole


def test_generations_are_in_the_order_in_which_they_were_built_though_the_clock_goes_back(
    data: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Backwards(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Backwards:
            return cls(1999, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(one_run, "datetime", Backwards)
    village.write(source, village.AFTER)
    assert village.build(data, source).generation == "0002"
    first, second = upkeep.generations(data)
    assert second.built == "1999-01-01T00:00:00+00:00" < str(first.built)
    assert second.current
    assert upkeep.rollback(data) == "0001"


def test_what_earlier_runs_left_lying_about_is_cleared_by_one_that_has_nothing_to_do(data: Path, source: Path) -> None:
    left = data / "generations" / ".retired-0000"
    left.mkdir()
    (left / "dense.faiss").write_text("old")
    (data / "generations" / ".building").mkdir()
    (data / "generations" / ".building" / "catalogue.sqlite").write_text("half")
    (data / "spool" / "f.spool").write_text("old")
    for text in ("0007\n", "00", "", "0001"):
        (data / "CURRENT.new").write_text(text)
        assert village.debris(data)
        assert village.build(data, source).generation == "0001"
        assert village.debris(data) == []


def test_a_switch_that_was_begun_is_finished_by_the_next_run(data: Path, source: Path) -> None:
    village.write(source, village.AFTER)
    village.build(data, source)
    after = village.ask(data)
    generations.make_current(data, "0001")
    (data / "CURRENT.new").write_text("0002\n")
    report = village.build(data, source)
    assert (report.generation, report.encoded) == ("0002", 0)
    assert village.ask(data) == after


def test_a_folder_in_which_locks_do_not_work_is_refused(
    data: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(file: object, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    for flock in (refused, lambda file, how: None):  # refused to all, granted to all
        with monkeypatch.context() as patched:
            patched.setattr(fcntl, "flock", flock)
            with pytest.raises(SourceError, match="file locks do not work") as caught:
                village.build(data, source)
            assert "local disk" in caught.value.hint
    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", refused)
        with pytest.raises(SourceError, match="file locks do not work"):
            village.ask(data)


def test_the_lock_is_free_again_after_every_failure(data: Path, source: Path) -> None:
    shutil.rmtree(source)
    with pytest.raises(SourceError):
        village.build(data, source)
    with writing(data), pytest.raises(WriterBusy, match=f"process {os.getpid()}"):
        upkeep.rollback(data)
    village.write(source, village.AFTER)
    assert village.build(data, source).generation == "0002"
