from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import press
import pytest
import village
from fakes import HashEncoder
from numpy.typing import NDArray

from retrieval import upkeep
from retrieval.archive import Archive
from retrieval.errors import DamagedError, EncoderMismatch, GenerationError, NoGeneration, SourceError
from retrieval.index import derived
from retrieval.index import generation as generations
from retrieval.index.columns import write_columns
from retrieval.index.local import LocalIndex
from retrieval.index.lock import ReaderLock, Retired, unread
from retrieval.indexing import remove_source


@pytest.fixture
def source(tmp_path: Path) -> Path:
    village.write(tmp_path / "village", village.BEFORE)
    return tmp_path / "village"


@pytest.fixture
def data(tmp_path: Path, source: Path) -> Path:
    village.build(tmp_path / "data", source)
    return tmp_path / "data"


@pytest.fixture
def two(data: Path, source: Path) -> Path:
    """A data folder with two generations, of the village before and after."""
    village.write(source, village.AFTER)
    village.build(data, source)
    return data


def test_generations_are_listed_oldest_first_with_what_they_hold(two: Path) -> None:
    first, second = upkeep.generations(two)
    assert (first.name, first.articles, first.current, first.damage) == ("0001", 12, False, None)
    assert (second.name, second.articles, second.current, second.damage) == ("0002", 13, True, None)
    on_disk = sum(p.stat().st_size for p in village.current(two).rglob("*") if p.is_file())
    assert second.size_bytes == on_disk
    assert json.loads(json.dumps(second.to_dict()))["passages"] == second.passages > 0


def test_a_generation_that_cannot_be_opened_is_listed_with_the_reason(two: Path) -> None:
    (generations.folder_of(two, "0001") / "dense.faiss").unlink()
    (generations.folder_of(two, "0002") / "manifest.json").write_text("{}")
    first, second = upkeep.generations(two)
    assert "dense.faiss is missing" in (first.damage or "")
    assert "manifest.json" in (second.damage or "")


def test_a_folder_without_an_index_has_no_generations_to_list_verify_or_go_back_to(tmp_path: Path) -> None:
    assert upkeep.generations(tmp_path / "data") == []
    for call in (upkeep.verify, upkeep.rollback):
        with pytest.raises(NoGeneration):
            call(tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_rollback_goes_to_the_generation_before_and_answers_as_it_did(data: Path, source: Path) -> None:
    before = village.ask(data)
    village.write(source, village.AFTER)
    village.build(data, source)
    assert village.ask(data) != before
    assert upkeep.rollback(data) == "0001"
    assert village.ask(data) == before
    assert village.debris(data) == []


def test_a_run_after_a_rollback_brings_that_generation_up_to_date_under_a_new_name(two: Path, source: Path) -> None:
    after = village.ask(two)
    upkeep.rollback(two)
    encoder = HashEncoder()
    report = village.build(two, source, encoder)
    assert report.generation == "0003"
    assert (report.added, report.changed, report.removed) == (2, 2, 1)
    assert 0 < report.encoded == len(encoder.encoded) < report.passages
    assert village.ask(two) == after


def test_a_rollback_may_name_any_generation_also_a_newer_one(two: Path) -> None:
    upkeep.rollback(two)
    assert upkeep.rollback(two, "0002") == "0002"
    assert generations.current(two) == "0002"
    with pytest.raises(GenerationError, match="no generation 0009"):
        upkeep.rollback(two, "0009")


def test_there_is_nothing_before_the_first_generation(data: Path) -> None:
    with pytest.raises(GenerationError, match="no generation before 0001"):
        upkeep.rollback(data)


def test_a_rollback_to_a_damaged_generation_is_refused_and_names_the_file(two: Path) -> None:
    flip(generations.folder_of(two, "0001") / "dense.faiss", 2_000)
    with pytest.raises(DamagedError, match=r"0001 .* is damaged: dense\.faiss") as caught:
        upkeep.rollback(two)
    assert "0002" in caught.value.hint
    assert generations.current(two) == "0002"


def test_a_rollback_mends_a_broken_note_of_which_generation_is_current(two: Path) -> None:
    (two / "CURRENT").write_bytes(b"\xff\xfe")
    assert upkeep.rollback(two) == "0002"
    assert village.ask(two)


def test_a_whole_generation_has_no_problems(two: Path) -> None:
    for name in ("0001", "0002", None):
        checked = upkeep.verify(two, name)
        assert checked.problems == ()
        assert checked.ok
        assert checked.files == len([p for p in village.current(two).rglob("*") if p.is_file()]) - 1
    assert json.loads(json.dumps(upkeep.verify(two).to_dict()))["ok"] is True


def test_a_generation_whose_parts_hold_another_number_of_passages_is_not_whole(
    data: Path, source: Path, tmp_path: Path
) -> None:
    """The checksums fit, since it was published so: only a look into the files tells."""
    village.write(source, village.AFTER)
    village.build(tmp_path / "other", source)
    for number, name in enumerate(("dense.faiss", "columns/passages.npy", "lexical/passages")):
        forged = tmp_path / f"forged{number}"
        publish_with(data, forged, {name: village.current(tmp_path / "other") / name})
        assert [problem.file for problem in upkeep.verify(forged).problems] == ["manifest.json"]


def test_a_generation_whose_parts_speak_of_other_passages_is_not_whole(
    data: Path, source: Path, tmp_path: Path
) -> None:
    texts = [path.read_text() for path in sorted(source.iterdir())]
    for path, text in zip(sorted(source.iterdir()), [*texts[1:], texts[0]], strict=True):
        path.write_text(text)
    village.build(tmp_path / "other", source)
    dated = np.load(village.current(data) / "columns" / "articles.npy")
    dated["first"][3] = dated["last"][3] = 700_000
    np.save(tmp_path / "articles.npy", dated)
    of = np.load(village.current(data) / "columns" / "passages.npy")
    np.save(tmp_path / "passages.npy", of[::-1])
    for name, replacement, blamed in (
        ("lexical/passages", village.current(tmp_path / "other") / "lexical" / "passages", "manifest.json"),
        ("lexical/articles", village.current(tmp_path / "other") / "lexical" / "articles", "manifest.json"),
        ("columns/articles.npy", tmp_path / "articles.npy", "columns/articles.npy"),
        ("columns/passages.npy", tmp_path / "passages.npy", "columns/passages.npy"),
    ):
        forged = tmp_path / name.replace("/", "-")
        publish_with(data, forged, {name: replacement})
        assert blamed in [problem.file for problem in upkeep.verify(forged).problems], name


@pytest.mark.parametrize("part", ["articles", "passages"])
def test_a_run_that_wrote_one_row_wrongly_publishes_nothing(
    part: str, data: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No sample would find a wrong date, or a passage said to be of another article."""

    def wrong(folder: Path, articles: NDArray[np.void], passages: NDArray[np.int32]) -> None:
        if part == "articles":
            articles["first"][3] = articles["last"][3] = 700_000
        else:
            passages[-1] = 0
        write_columns(folder, articles, passages)

    before = village.ask(data)
    village.write(source, village.AFTER)
    monkeypatch.setattr(derived, "write_columns", wrong)
    with pytest.raises(DamagedError, match=f"columns/{part}.npy"):
        village.build(data, source)
    assert [kept.name for kept in upkeep.generations(data)] == ["0001"]
    assert village.ask(data) == before
    monkeypatch.undo()
    assert village.build(data, source).generation == "0002"


def publish_with(data: Path, forged: Path, replaced: dict[str, Path]) -> None:
    """Publish a copy of the current generation with some files from elsewhere, sealed as if it were right."""
    folder = village.current(data)
    building = generations.new_folder(forged)
    shutil.copytree(folder, building, dirs_exist_ok=True)
    (building / "manifest.json").unlink()
    for name, path in replaced.items():
        if path.is_dir():
            shutil.rmtree(building / name)
            shutil.copytree(path, building / name)
        else:
            shutil.copyfile(path, building / name)
    generations.publish(forged, building, generations.load_manifest(folder))


def flip(path: Path, at: int) -> None:
    """Turn one bit of a file over."""
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] ^= 1 << at % 8
    path.write_bytes(bytes(raw))


def test_a_source_that_is_removed_takes_its_articles_along_and_encodes_nothing(two: Path, tmp_path: Path) -> None:
    press.write_story(tmp_path / "town", "fair.txt", "The town fair was moved to the green by the mayor.")
    village.build(two, tmp_path / "town")
    encoder = HashEncoder()
    report = remove_source(two, tmp_path / "village", encoder, village.OPTIONS)
    assert (report.articles, report.removed, report.unchanged, report.encoded) == (1, 13, 1, 0)
    assert encoder.encoded == []
    assert upkeep.verify(two).ok
    with Archive.open(two, encoder=HashEncoder()) as archive:
        assert [cited.id for cited, _ in archive.articles()] == ["town/fair.txt"]
        assert archive.ask("the windmill").hits[0].article.id == "town/fair.txt"
    with closing(LocalIndex(village.current(two))) as index:
        assert list(index.catalogue.sources.values()) == [tmp_path / "town"]


def test_a_source_whose_folder_is_gone_can_be_removed_and_so_can_the_last(data: Path, source: Path) -> None:
    source.rename(source.with_name("elsewhere"))
    assert remove_source(data, source, HashEncoder(), village.OPTIONS).articles == 0
    assert upkeep.verify(data).ok
    assert village.ask(data, questions=["windmill"])[0].status == "not_found"


def test_only_a_source_can_be_removed_and_only_with_the_encoder_of_the_index(data: Path, source: Path) -> None:
    with pytest.raises(SourceError, match="no source"):
        remove_source(data, source / "00.txt", HashEncoder(), village.OPTIONS)
    with pytest.raises(EncoderMismatch):
        remove_source(data, source, HashEncoder("another: "), village.OPTIONS)
    assert generations.names(data) == ["0001"]


def test_a_generation_that_is_read_is_not_retired_and_one_that_is_being_retired_is_not_opened(two: Path) -> None:
    old = generations.folder_of(two, "0001")
    index = LocalIndex(old)
    assert generations.retire(two, 1) == []
    index.close()
    with unread(old / "manifest.json") as free:
        assert free
        with pytest.raises(Retired):
            LocalIndex(old)
    assert generations.retire(two, 1) == ["0001"]
    assert village.debris(two) == []


def test_a_generation_that_was_moved_away_under_its_reader_is_not_taken_for_whole(two: Path) -> None:
    """The reader has opened the manifest, and the folder is renamed before it holds the lock."""
    old = generations.folder_of(two, "0001")
    real = os.open

    def slow(path: Path, flags: int) -> int:
        descriptor = real(path, flags)
        old.rename(old.with_name(".retired-0001"))
        return descriptor

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "open", slow)
        with pytest.raises(Retired):
            ReaderLock(old / "manifest.json")


def test_an_archive_opened_during_a_switch_gets_the_new_generation(
    two: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The generation named by CURRENT is replaced and retired before it is opened."""
    told = iter(["0001", "0002", "0002"])
    generations.clear(generations.folder_of(two, "0001"))
    monkeypatch.setattr(generations, "current", lambda data: next(told, "0002"))
    with Archive.open(two, encoder=HashEncoder()) as archive:
        assert archive.generation == "0002"


def test_damage_in_the_current_generation_comes_with_the_way_back(two: Path) -> None:
    dense = village.current(two) / "dense.faiss"
    dense.write_bytes(dense.read_bytes()[:-1])
    with pytest.raises(DamagedError, match=r"dense\.faiss") as caught:
        village.ask(two)
    assert "`archivist rollback`, which goes back to generation 0001" in caught.value.hint
    upkeep.rollback(two)
    assert village.ask(two)
