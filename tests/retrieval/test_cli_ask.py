"""`archivist ask` as people and programs use it, over a real index with the real model."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from command_line import Done, Shell, write_articles

from retrieval import build
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.errors import SourceError
from retrieval.indexing import run_index


class Wire(NamedTuple):
    articles: Path
    data: Path


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory, minilm: SentenceTransformerEncoder) -> Wire:
    folder = tmp_path_factory.mktemp("ask")
    articles = write_articles(folder)
    run_index(folder / "data", [articles], minilm)
    return Wire(articles, folder / "data")


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    minilm: SentenceTransformerEncoder,
) -> Shell:
    return Shell(capsys, monkeypatch, tmp_path, minilm)


def ids(done: Done) -> list[str]:
    return [passage["article"]["id"] for passage in done.document["passages"]]


def test_the_same_question_gives_the_same_bytes_but_for_the_time_it_took(shell: Shell, wire: Wire) -> None:
    first, second = (shell("ask", "price of bread", "--data", wire.data, "--json") for _ in range(2))

    def without_time(done: Done) -> list[str]:
        return [line for line in done.out.splitlines() if '"took_ms"' not in line]

    assert without_time(first) == without_time(second)
    assert len(without_time(first)) == len(first.out.splitlines()) - 1


def test_a_range_of_dates_narrows_the_answer_and_counts_the_undated(shell: Shell, wire: Wire) -> None:
    done = shell("ask", "clock", "--data", wire.data, "--after", "2021-09", "--before", "2021-10", "--json")

    assert set(ids(done)) <= {"https://coast.example/lamp", "https://post.example/lamp"}
    assert ids(done)
    filters = done.document["filters"]
    assert (filters["after"], filters["before"], filters["undated_left_out"]) == ("2021-09-01", "2021-10-01", 1)


def test_before_is_exclusive_and_after_inclusive(shell: Shell, wire: Wire) -> None:
    before = shell("ask", "bread", "--data", wire.data, "--before", "2021-09-07", "--after", "2019-12-31", "--json")
    after = shell(
        "ask", "bread", "--data", wire.data, "--after", "2021-09-07", "--publisher", "coast gazette", "--json"
    )

    assert ids(before) == ["wire/wire.jsonl#3", "https://post.example/lamp"]
    assert ids(after) == ["https://coast.example/lamp"]


def test_an_unknown_publisher_gives_nothing_and_is_told_with_the_nearest_name(shell: Shell, wire: Wire) -> None:
    done = shell("ask", "bread", "--data", wire.data, "--publisher", "Market Dayly", "--author", "Jo Berg", "--json")

    assert (done.code, done.document["status"], done.document["passages"]) == (0, "not_found", [])
    assert done.err == 'archivist: the archive has no publisher called "Market Dayly". The nearest are: Market Daily\n'


def test_k_is_how_many_passages_are_shown(shell: Shell, wire: Wire) -> None:
    done = shell("ask", "lamp or bread", "--data", wire.data, "-k", "2", "--json")

    assert [passage["rank"] for passage in done.document["passages"]] == [1, 2]


def test_an_answer_for_people_fits_80_columns_without_escape_codes(shell: Shell, wire: Wire) -> None:
    done = shell("ask", "Who lit the lamp of the lighthouse?", "--data", wire.data)

    assert (done.code, done.err) == (0, "")
    assert "1. The Lamp of Varn\n   Jo Berg · Coast Gazette · 7 September 2021\n" in done.out
    assert "also in: Harbour Post, September 2021, https://post.example/lamp" in done.out
    assert "\x1b" not in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines() if str(wire.articles) not in line)


def test_a_question_that_the_archive_cannot_answer_is_said_to_be_so(shell: Shell, wire: Wire) -> None:
    done = shell("ask", "Which enzyme do volcanic bacteria use for photosynthesis?", "--data", wire.data)

    assert done.code == 0
    assert done.out.startswith("Not in the archive · confidence ")
    assert "Searched 4 articles, 2019 to 2021.\nNearest passages:\n" in done.out


def test_the_first_question_builds_the_index_from_the_sources_that_are_set(
    shell: Shell, wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARCHIVIST_SOURCES", str(wire.articles))

    done = shell("ask", "price of bread", "--json")

    assert (done.code, done.document["generation"]) == (0, "0001")
    assert done.document["passages"][0]["article"]["title"] == "Dear Bread"
    assert "sources that are set" in done.err
    assert "1 files or records were skipped" in done.err
    assert (tmp_path / "data" / "CURRENT").is_file()


def test_without_sources_the_sample_archive_is_asked_and_called_a_sample(
    shell: Shell, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def smaller() -> Path:
        return wire.articles

    monkeypatch.setattr(build, "sample_archive", smaller)

    first, second = shell("ask", "price of bread"), shell("ask", "price of bread")

    assert "sample archive" in first.err
    assert second.err == ""
    assert first.out == second.out


def test_the_sample_archive_is_found_whatever_folder_the_program_runs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seeds" / "articles").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    assert len([path for path in build.sample_archive().rglob("*") if path.is_file()]) > 10


def test_an_installation_without_the_sample_archive_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(package: str) -> Path:
        return tmp_path / package

    monkeypatch.setattr(build, "files", elsewhere)

    with pytest.raises(SourceError, match="sample archive is not installed"):
        build.sample_archive()
