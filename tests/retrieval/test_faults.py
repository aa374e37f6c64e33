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
import press
import pytest
import village
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval import indexing, upkeep
from retrieval.archive import Archive
from retrieval.errors import DamagedError, GenerationError, SourceError, WriterBusy
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


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two generations whose files are damaged and mended again."""
    folder = tmp_path_factory.mktemp("sound")
    for state in (village.BEFORE, village.AFTER):
        village.write(folder / "village", state)
        village.build(folder / "data", folder / "village")
    return folder / "data"


def files_of(data: Path) -> list[str]:
    folder = village.current(data)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def damaged(data: Path) -> set[str]:
    return {problem.file for problem in upkeep.verify(data).problems}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
def test_any_flipped_bit_is_found_and_the_file_named(sound: Path, drawn: st.DataObject) -> None:
    name = drawn.draw(st.sampled_from(files_of(sound)))
    path = village.current(sound) / name
    whole = path.read_bytes()
    broken = bytearray(whole)
    broken[drawn.draw(st.integers(0, len(whole) - 1))] ^= 1 << drawn.draw(st.integers(0, 7))
    path.write_bytes(broken)
    try:
        assert damaged(sound) == {name}
    except GenerationError as error:
        if name != "manifest.json" or "has format" not in error.message:  # its number may be what was flipped
            raise
    finally:
        path.write_bytes(whole)


def test_every_file_that_is_missing_or_cut_short_is_named(sound: Path) -> None:
    for name in files_of(sound):
        path = village.current(sound) / name
        whole = path.read_bytes()
        for broken in (None, whole[:-1], whole[: len(whole) // 2], b"", whole + b"\0"):
            path.unlink(missing_ok=True)
            if broken is not None:
                path.write_bytes(broken)
            assert damaged(sound) == {name}
        path.write_bytes(whole)
    assert damaged(sound) == set()


def test_several_damaged_files_are_all_named_and_so_is_one_that_does_not_belong(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "data")
    folder = village.current(tmp_path / "data")
    (folder / "dense.faiss").unlink()
    (folder / "columns" / "passages.npy").write_bytes(b"")
    (folder / "lexical" / "notes.txt").write_text("mine")
    assert damaged(tmp_path / "data") == {"dense.faiss", "columns/passages.npy", "lexical/notes.txt"}


def test_no_file_however_damaged_does_more_than_raise_when_it_is_opened_and_asked(sound: Path) -> None:
    """Also for damage of the same size, which opening cannot see: what is quoted is what was indexed, or nothing is."""
    texts = {passage.text for answer in village.ask(sound) for hit in answer.hits for passage in (hit.passage,)}
    for name in ("catalogue.sqlite", "columns/articles.npy", "columns/passages.npy", "manifest.json"):
        path = village.current(sound) / name
        whole = path.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 12)):
            broken = bytearray(whole)
            broken[at : at + 8] = b"\x07" * len(broken[at : at + 8])
            path.write_bytes(broken)
            try:
                answers = village.ask(sound)
            except (DamagedError, GenerationError):
                continue
            finally:
                path.write_bytes(whole)
            assert name != "manifest.json"
            if name == "catalogue.sqlite":
                assert {hit.passage.text for answer in answers for hit in answer.hits} <= texts | quotable(sound)


def quotable(data: Path) -> set[str]:
    with Archive.open(data, encoder=HashEncoder()) as archive:
        return {hit.passage.text for hit in archive.search("the village", k=100)}


def test_a_quote_with_a_flipped_letter_is_never_returned(sound: Path) -> None:
    path = village.current(sound) / "catalogue.sqlite"
    whole = path.read_bytes()
    assert whole.count(b"new ferry 20") == 2  # in its title, and in its text
    path.write_bytes(whole.replace(b"new ferry 20", b"new ferry 28"))
    try:
        with Archive.open(sound, encoder=HashEncoder()) as archive:
            with pytest.raises(DamagedError, match="is not what was indexed") as caught:
                archive.ask("Where does the new ferry lie?", k=20)
            assert "`archivist rollback`, which goes back to generation 0001" in caught.value.hint
        assert damaged(sound) == {"catalogue.sqlite"}
    finally:
        path.write_bytes(whole)


def test_damage_is_not_carried_over_into_a_new_generation(data: Path, source: Path) -> None:
    path = village.current(data) / "dense.faiss"
    whole = bytearray(path.read_bytes())
    whole[-9] ^= 64
    path.write_bytes(whole)
    assert village.build(data, source).generation == "0001"  # nothing changed: nothing is carried over
    press.write_story(source, "new.txt", "A new story about the well.")
    with pytest.raises(DamagedError, match=r"0001 .*dense\.faiss") as caught:
        village.build(data, source)
    assert "`archivist index --full`" in caught.value.hint
    assert generations.current(data) == "0001"
    report = indexing.run_index(data, [], HashEncoder(), village.OPTIONS, full=True)
    assert (report.generation, report.articles) == ("0002", 13)
    assert damaged(data) == set()


def test_a_broken_catalogue_stops_a_run_that_would_build_on_it_with_one_clear_error(data: Path, source: Path) -> None:
    path = village.current(data) / "catalogue.sqlite"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))
    press.write_story(source, "new.txt", "A new story about the well.")
    with pytest.raises(DamagedError, match="catalogue"):
        village.build(data, source)


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

    monkeypatch.setattr(indexing, "datetime", Backwards)
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
