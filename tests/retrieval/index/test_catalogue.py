from __future__ import annotations

import shutil
import threading
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.errors import DamagedError
from retrieval.index.catalogue import Catalogue, article_hash, text_hash
from retrieval.index.local import LocalIndex, check_agreement
from retrieval.passages import split
from retrieval.types import Article


def rotted(data: Path, to: Path, old: bytes, new: bytes) -> Path:
    """Copy a data folder with some bytes of its catalogue's text changed, the size kept."""
    shutil.copytree(data, to)
    path = to / "generations" / "0001" / "catalogue.sqlite"
    content = path.read_bytes()
    assert len(old) == len(new)
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


def test_every_passage_is_its_articles_text_between_its_offsets(press_index: LocalIndex) -> None:
    catalogue = press_index.catalogue
    rows = range(press_index.manifest.passages)
    stored = catalogue.passages(rows)
    assert [s.row for s in stored] == list(rows)
    assert [(s.article.id, s.passage.start) for s in stored] == sorted((s.article.id, s.passage.start) for s in stored)
    for one in stored:
        article = catalogue.article(one.passage.article_id)
        assert article is not None
        assert one.passage.text == article.text[one.passage.start : one.passage.end]
        assert one.hash == text_hash(one.passage.text)
        assert one.passage.id == f"{one.article.id}#{one.passage.start}"
    for citation, count in catalogue.citations():
        article = catalogue.article(citation.id)
        assert article is not None
        own = [s.passage for s in stored if s.passage.article_id == citation.id]
        assert own == split(article, citation.id, HashEncoder(), max_tokens=254, words=press.OPTIONS.words)
        assert len(own) == count


def test_passages_come_in_the_order_asked_for(press_index: LocalIndex) -> None:
    assert [stored.row for stored in press_index.passages([7, 3, 7, 0])] == [7, 3, 7, 0]


def test_a_row_that_is_not_there_is_damage(press_index: LocalIndex) -> None:
    with pytest.raises(DamagedError, match=r"catalogue\.sqlite has no passage 999999"):
        press_index.passages([999_999])


def test_copies_are_all_other_articles_with_the_same_passage(press_index: LocalIndex) -> None:
    stored = press_index.passages(range(press_index.manifest.passages))
    copies = press_index.copies([one.row for one in stored])
    for one in stored:
        expected = sorted({s.article.id for s in stored if s.passage.text == one.passage.text} - {one.article.id})
        assert [citation.id for citation in copies[one.row]] == expected
    assert any(copies.values())


def test_a_quote_that_was_changed_on_disk_is_never_shown(press_data: Path, tmp_path: Path) -> None:
    path = rotted(press_data, tmp_path / "data", b"before noon", b"before nine")
    with (
        Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive,
        pytest.raises(DamagedError, match="is not what was indexed") as raised,
    ):
        archive.ask("Who sold the ferry?", k=50)
    assert str(path) in str(raised.value)
    assert raised.value.hint


def test_a_catalogue_that_is_no_database_is_damage(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite").write_bytes(b"dust" * 1000)
    with pytest.raises(DamagedError, match=r"catalogue\.sqlite cannot be read"):
        Catalogue(tmp_path / "catalogue.sqlite")


@pytest.mark.parametrize("content", [b"", None])
def test_a_catalogue_that_is_empty_or_missing_is_damage(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "catalogue.sqlite").write_bytes(content)
    with pytest.raises(DamagedError, match=r"catalogue\.sqlite cannot be read"):
        Catalogue(tmp_path / "catalogue.sqlite")
    assert (tmp_path / "catalogue.sqlite").exists() == (content is not None)


def test_the_catalogue_may_be_asked_from_any_thread(press_index: LocalIndex) -> None:
    expected = press_index.passages(range(20))
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(press_index.passages(range(20)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [expected] * 8


def test_an_articles_hash_is_of_all_that_it_says() -> None:
    plain = Article("Text.", title="A", authors=("B",))
    others = [
        Article("Text!", title="A", authors=("B",)),
        Article("Text.", title="B", authors=("A",)),
        Article("Text.", title="A", authors=("B", "")),
        Article("Text.", title="A", authors=("B",), published="2021"),
        Article("Text.", title="A", authors=("B",), url="2021"),
        Article("Text.", title="A", authors=("B",), headings=((0, 4),)),
        Article("Text.", title="A", authors=("B",), captions=((0, 4),)),
    ]
    assert len({article_hash(article) for article in [plain, *others]}) == 8
    assert article_hash(Article("Text.", title="A", authors=("B",), record="7")) == article_hash(plain)


def test_engines_that_disagree_are_not_published(press_data: Path, tmp_path: Path) -> None:
    shutil.copytree(press_data, tmp_path / "data")
    folder = tmp_path / "data" / "generations" / "0001"
    index = LocalIndex(folder)
    check_agreement(index)
    manifest = index.manifest
    index.close()
    dense = folder / "dense.faiss"
    content = bytearray(dense.read_bytes())
    content[-64 * 4 * 40 :] = bytes(64 * 4 * 40)  # the last forty vectors
    dense.write_bytes(content)
    broken = LocalIndex(folder, manifest)
    with pytest.raises(DamagedError, match="cannot be found by itself"):
        check_agreement(broken)
    broken.close()
