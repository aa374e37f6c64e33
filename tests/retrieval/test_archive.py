from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.errors import DamagedError, EncoderMismatch, NoGeneration
from retrieval.types import Filters


def test_a_script_asks_the_archive_with_the_encoder_that_made_it(
    minilm: SentenceTransformerEncoder, tmp_path: Path
) -> None:
    press.write_story(
        tmp_path / "news", "a.txt", "The old ferry to Holm sank in a storm last night. All nine aboard were saved."
    )
    press.write_story(
        tmp_path / "news", "b.txt", "The town library will stay open on Sundays. A baker pays for the heating."
    )
    press.build(tmp_path / "data", tmp_path / "news", minilm)
    with Archive.open(tmp_path / "data") as archive:
        answer = archive.ask("Which boat went down in bad weather?", k=1)
        assert answer.hits[0].article.id == "news/a.txt"
        assert answer.hits[0].passage.text == (
            "The old ferry to Holm sank in a storm last night. All nine aboard were saved."
        )
        assert answer.generation == archive.status().generation == archive.generation == "0001"
        assert archive.status().encoder == "all-MiniLM-L6-v2"


def test_the_prompts_an_index_was_made_with_are_used_to_ask_it(tmp_path: Path) -> None:
    press.write_story(tmp_path / "news", "a.txt", "The old ferry to Holm sank in a storm last night.")
    press.build(
        tmp_path / "data", tmp_path / "news", SentenceTransformerEncoder(query_prompt="q: ", passage_prompt="p: ")
    )
    with Archive.open(tmp_path / "data") as archive:
        assert archive.ask("Which boat sank?").hits
    with pytest.raises(EncoderMismatch):
        Archive.open(tmp_path / "data", encoder=SentenceTransformerEncoder())


def test_status_tells_what_the_archive_holds(press_archive: Archive) -> None:
    status = press_archive.status()
    dated = [d for d in map(press.DATES.__getitem__, [n % 10 for n in range(60)]) if d]
    assert (status.articles, status.publishers, status.undated) == (60, 3, 60 - len(dated))
    assert (status.first, status.last) == ("2019", "2022-06-15")
    assert status.languages == ("en",)
    assert status.passages == sum(count for _, count in press_archive.articles())
    assert status.size_bytes > 0


def test_articles_are_listed_by_id_with_all_that_is_known_of_them(press_archive: Archive) -> None:
    listed = list(press_archive.articles())
    assert [c.id for c, _ in listed] == sorted(f"wire.jsonl/wire.jsonl#a{n:03}" for n in range(60))
    citation, passages = listed[6]
    assert citation.title == press.record(6)["title"]
    assert citation.authors == ("José Marín", "Ada Lindqvist")
    assert (citation.publisher, citation.published, citation.language) == ("The Ridge Post", "2021", "en")
    assert (citation.record, citation.format) == ("a006", "jsonl")
    assert Path(citation.path).is_file()
    assert passages >= 1


def test_an_article_that_is_not_there_is_none(press_archive: Archive) -> None:
    assert press_archive.article("nowhere") is None


def test_undated_articles_that_a_range_leaves_out_are_counted(press_archive: Archive) -> None:
    undated = sum(1 for citation, _ in press_archive.articles() if citation.published is None)
    dated = Filters(after=date(2020, 1, 1))
    assert press_archive.ask("ferry", filters=dated).undated == undated
    assert press_archive.ask("ferry", filters=Filters(after=date(2020, 1, 1), undated=True)).undated == 0
    assert press_archive.ask("ferry").undated == 0
    both = Filters(after=date(2020, 1, 1), publishers=("Küstenbote",))
    assert press_archive.ask("ferry", filters=both).undated == 0, "every undated article is another publisher's"


def test_without_an_index_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoGeneration, match="no index in") as raised:
        Archive.open(tmp_path / "data", encoder=HashEncoder())
    assert "archivist index" in raised.value.hint
    assert not (tmp_path / "data").exists()


def test_another_encoder_is_refused_by_name(press_data: Path) -> None:
    with pytest.raises(EncoderMismatch, match="made by hashed words") as raised:
        Archive.open(press_data, encoder=HashEncoder("other: "))
    assert "archivist index" in raised.value.hint


@pytest.mark.parametrize(
    "name",
    ["catalogue.sqlite", "dense.faiss", "columns/articles.npy", "columns/passages.npy", "lexical/passages/meta.json"],
)
@pytest.mark.parametrize("how", ["missing", "cut", "longer"])
def test_a_broken_file_is_refused_by_name(press_data: Path, tmp_path: Path, name: str, how: str) -> None:
    shutil.copytree(press_data, tmp_path / "data")
    path = tmp_path / "data" / "generations" / "0001" / name
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] if how == "cut" else path.read_bytes() + b"\0")
    with pytest.raises(DamagedError, match=name.replace(".", r"\.")):
        Archive.open(tmp_path / "data", encoder=HashEncoder())


def test_what_cannot_be_opened_is_given_back_at_once(press_data: Path, tmp_path: Path) -> None:
    shutil.copytree(press_data, tmp_path / "data")
    dense = tmp_path / "data" / "generations" / "0001" / "dense.faiss"
    dense.write_bytes(bytes(dense.stat().st_size))
    held = Path("/proc/self/fd")
    if not held.is_dir():
        pytest.skip("open files cannot be counted here")
    before = len(list(held.iterdir()))
    for _ in range(20):
        with pytest.raises(DamagedError, match=r"dense\.faiss"):
            Archive.open(tmp_path / "data", encoder=HashEncoder())
    assert len(list(held.iterdir())) <= before + 2


def test_opening_and_asking_change_nothing_on_disk(press_data: Path, tmp_path: Path) -> None:
    shutil.copytree(press_data, tmp_path / "data")
    before = press.snapshot(tmp_path / "data")
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        archive.ask("Who sold the ferry?", filters=Filters(publishers=("Küstenbote",)))
        archive.ask('"the ferry"')
        list(archive.articles())
    assert press.snapshot(tmp_path / "data") == before


def test_a_copy_that_cannot_be_written_is_asked_as_it_is(
    press_data: Path, press_archive: Archive, tmp_path: Path
) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(press_data, copy)
    folders = [copy, *(p for p in copy.rglob("*") if p.is_dir())]
    for path in copy.rglob("*"):
        if path.is_file():
            assert path.name in {"CURRENT", "LOCK", "manifest.json"} or path.stat().st_mode & 0o777 == 0o644
            path.chmod(0o444)
    for folder in folders:
        folder.chmod(0o555)
    try:
        with Archive.open(copy, encoder=HashEncoder()) as archive:
            assert archive.search("Who sold the ferry?") == press_archive.search("Who sold the ferry?")
    finally:
        for folder in folders:
            folder.chmod(0o755)
