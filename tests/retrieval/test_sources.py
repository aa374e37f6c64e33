from __future__ import annotations

from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.errors import DamagedError, NoGeneration, SourceError
from retrieval.indexing import run_index
from retrieval.types import Skipped


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    for name, what in (("a.txt", "ferry"), ("b.txt", "bridge"), ("deep/c.txt", "orchard")):
        press.write_story(folder, name, f"The {what} of Holm was sold to the baker on Monday. Nobody had asked for it.")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def ids(data: Path) -> list[str]:
    with Archive.open(data, encoder=HashEncoder()) as archive:
        return [citation.id for citation, _ in archive.articles()]


@pytest.mark.parametrize("full", [False, True])
def test_a_suddenly_empty_source_is_refused(source: Path, data: Path, full: bool) -> None:
    press.build(data, source, HashEncoder())
    for path in source.rglob("*.txt"):
        path.unlink()
    with pytest.raises(SourceError, match=r"news is suddenly empty: it held 3 files") as raised:
        press.build(data, source, HashEncoder(), full=full)
    assert "--allow-removals" in raised.value.hint
    assert len(ids(data)) == 3
    report = press.build(data, source, HashEncoder(), full=full, allow_removals=True)
    assert (report.removed, report.articles, report.passages) == (3, 0, 0)
    assert ids(data) == []


def test_a_missing_source_is_refused_and_leaves_what_was_indexed(source: Path, data: Path) -> None:
    press.build(data, source, HashEncoder())
    source.rename(source.with_name("gone"))
    with pytest.raises(SourceError, match="news: it is not there"):
        run_index(data, [], HashEncoder(), press.OPTIONS)
    assert len(ids(data)) == 3
    with pytest.raises(SourceError, match="nowhere"):
        press.build(data, source.with_name("nowhere"), HashEncoder())


def test_without_any_source_there_is_nothing_to_index(data: Path) -> None:
    with pytest.raises(SourceError, match="no sources yet"):
        run_index(data, [], HashEncoder())
    with pytest.raises(NoGeneration):
        Archive.open(data, encoder=HashEncoder())


def test_overlapping_sources_are_refused(source: Path, data: Path) -> None:
    press.build(data, source, HashEncoder())
    for other in (source / "deep", source.parent, source / "a.txt"):
        with pytest.raises(SourceError, match="overlaps the source"):
            press.build(data, other, HashEncoder())
    with pytest.raises(SourceError, match="overlaps the source"):
        run_index(data.with_name("other"), [source / "deep", source], HashEncoder())


def test_an_index_within_a_source_is_not_taken_for_articles(source: Path) -> None:
    data = source / "data"
    first = press.build(data, source, HashEncoder())
    assert first.articles == 3
    assert first.skipped == (Skipped("data", "the index itself lies here"),)
    assert press.build(data, source, HashEncoder()).generation == "0001"
    for inside in (data, data / "generations"):
        with pytest.raises(SourceError, match="in the data folder"):
            press.build(data, inside, HashEncoder())


def test_two_sources_may_have_one_name(tmp_path: Path, data: Path) -> None:
    for where, what in (("one", "ferry"), ("two", "bridge")):
        press.write_story(tmp_path / where / "news", "a.txt", f"The {what} of Lune was painted red.")
    press.build(data, tmp_path / "one" / "news", HashEncoder())
    report = press.build(data, tmp_path / "two" / "news", HashEncoder())
    assert (report.added, report.unchanged) == (1, 1)
    assert ids(data) == ["news-2/a.txt", "news/a.txt"]
    with Archive.open(data, encoder=HashEncoder()) as archive:
        assert [hit.article.path for hit in archive.ask("Which bridge is red?", k=1).hits] == [
            str(tmp_path / "two" / "news" / "a.txt")
        ]


def test_one_file_may_be_a_source(source: Path, data: Path) -> None:
    press.build(data, source / "a.txt", HashEncoder())
    assert ids(data) == ["a.txt/a.txt"]
    with Archive.open(data, encoder=HashEncoder()) as archive:
        assert archive.ask("ferry").hits[0].article.path == str(source / "a.txt")
    assert press.build(data, source / "a.txt", HashEncoder()).generation == "0001"


def test_sources_are_remembered_and_those_not_named_stay_as_they_were(source: Path, tmp_path: Path, data: Path) -> None:
    other = press.write_story(tmp_path / "more", "x.txt", "The observatory of Pell was measured.").parent
    press.build(data, source, HashEncoder())
    press.build(data, other, HashEncoder())
    press.write_story(source, "a.txt", "The ferry of Holm has sunk.")
    press.write_story(other, "x.txt", "The observatory of Pell has fallen.")
    report = press.build(data, other, HashEncoder())
    assert (report.changed, report.unchanged) == (1, 3), "the first source was not named"
    report = run_index(data, [], HashEncoder(), press.OPTIONS)
    assert (report.changed, report.unchanged) == (1, 3), "now it is up to date"
    with Archive.open(data, encoder=HashEncoder()) as archive:
        found = archive.article("news/a.txt")
        assert found is not None
        assert "sunk" in found.text


def test_the_sources_survive_a_damaged_generation(source: Path, tmp_path: Path, data: Path) -> None:
    other = press.write_story(tmp_path / "more", "x.txt", "The observatory of Pell was measured.").parent
    press.build(data, source, HashEncoder())
    press.build(data, other, HashEncoder())
    (data / "generations" / "0002" / "dense.faiss").write_bytes(b"dust")
    with pytest.raises(DamagedError, match=r"dense\.faiss"):
        run_index(data, [], HashEncoder(), press.OPTIONS)
    report = run_index(data, [], HashEncoder(), press.OPTIONS, full=True)
    assert (report.articles, report.generation) == (4, "0003")
    (data / "generations" / "0003" / "catalogue.sqlite").write_bytes(b"dust")
    report = run_index(data, [source], HashEncoder(), press.OPTIONS, full=True)
    assert report.articles == 4, "a source that is not named has nothing to be taken over from, and is read too"
