"""Files that were cut short, flipped or lost: found, named, never quoted, and not carried over."""

from __future__ import annotations

import shutil
from pathlib import Path

import press
import pytest
import village
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval import indexing, upkeep
from retrieval.archive import Archive
from retrieval.errors import DamagedError, GenerationError
from retrieval.index import generation as generations


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
