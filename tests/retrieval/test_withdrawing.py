from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import press
import pytest
import village
from fakes import HashEncoder

from retrieval import upkeep
from retrieval.archive import Archive
from retrieval.errors import GenerationError
from retrieval.index import generation as generations
from retrieval.index.withdrawals import WithdrawalsDamaged
from retrieval.indexing import run_index
from retrieval.types import Filters
from retrieval.withdrawing import log, restore, withdraw, withdrawn


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """60 invented articles: every twelfth has the text of the one before it."""
    press.write_lines(tmp_path / "wire.jsonl", map(press.record, range(60)))
    press.build(tmp_path / "data", tmp_path / "wire.jsonl", HashEncoder())
    return tmp_path / "data"


def opened(data: Path) -> Archive:
    return Archive.open(data, encoder=HashEncoder())


def shown(archive: Archive) -> list[str]:
    return [cited.id for cited, _ in archive.articles()]


def name(number: int) -> str:
    return f"wire.jsonl/wire.jsonl#a{number:03}"


def found(archive: Archive, question: str, filters: Filters = Filters(), k: int = 200) -> set[str]:
    hits = archive.search(question, k=k, filters=filters)
    return {hit.article.id for hit in hits} | {copy.id for hit in hits for copy in hit.also_in}


def test_an_open_archive_misses_a_withdrawn_article_from_its_next_question_on(data: Path) -> None:
    with opened(data) as archive:
        gone = archive.ask("Who sold the lighthouse?").hits[0].article.id
        before = archive.status()
        withdraw(data, gone, "at the author's wish", by="the editor")
        assert gone not in found(archive, "Who sold the lighthouse?")
        assert archive.article(gone) is None
        assert gone not in shown(archive)
        after = archive.status()
        assert after.articles == before.articles - 1 == len(shown(archive))
        assert after.passages == sum(passages for _, passages in archive.articles()) < before.passages
        assert found(archive, "Who sold the lighthouse?", Filters(articles=(gone,))) == set()


def test_a_page_still_fills_and_every_filter_still_holds_without_what_is_withdrawn(data: Path) -> None:
    with opened(data) as archive:
        first = archive.search("The mayor opened the bridge", k=5)
        for article_id in {hit.article.id for hit in first}:
            withdraw(data, article_id)
        again = archive.search("The mayor opened the bridge", k=5)
        assert len(again) == 5
        assert not {hit.article.id for hit in again} & {hit.article.id for hit in first}
        phrase = archive.search('"the mayor of"', k=50)
        assert phrase
        assert not {hit.article.id for hit in phrase} & {hit.article.id for hit in first}


def test_answers_are_those_of_an_archive_that_never_held_the_article(data: Path, tmp_path: Path) -> None:
    without = tmp_path / "without"
    press.write_lines(tmp_path / "other" / "wire.jsonl", (press.record(n) for n in range(60) if n not in {4, 11, 30}))
    press.build(without, tmp_path / "other" / "wire.jsonl", HashEncoder())
    for number in (4, 11, 30):
        withdraw(data, name(number))
    with opened(data) as masked, opened(without) as never:
        assert shown(masked) == shown(never)
        one, other = (replace(a.status(), generation="", built="", size_bytes=0) for a in (masked, never))
        assert one == other
        for question in ("Who sold the lighthouse?", "What did the pilot of Holm count?", "the orchard number 7"):
            ids = [(hit.passage.id, {copy.id for copy in hit.also_in}) for hit in masked.search(question, k=9)]
            assert len(ids) == 9
            assert not any(name(number) in str(ids) for number in (4, 11, 30))
        filters = Filters(after=date(2021, 1, 1))
        assert masked.ask("the orchard", filters=filters).undated == never.ask("the orchard", filters=filters).undated


def test_a_copy_of_a_withdrawn_article_is_named_and_stays_until_it_is_withdrawn_too(data: Path) -> None:
    taken = withdraw(data, name(10))
    assert taken.same_text == (name(11),)
    with opened(data) as archive:
        text = archive.article(name(11))
        assert text
        hit = archive.search(text.text.split(".")[0], k=1)[0]
        assert hit.article.id == name(11)
        assert hit.also_in == ()
        assert withdraw(data, name(11)).same_text == ()
        assert not found(archive, text.text.split(".")[0]) & {name(10), name(11)}


def test_a_withdrawn_article_is_gone_from_every_generation_and_rollback(data: Path, tmp_path: Path) -> None:
    press.write_lines(tmp_path / "wire.jsonl", map(press.record, range(61)))
    press.build(data, tmp_path / "wire.jsonl", HashEncoder())
    assert withdraw(data, name(5)).generations == ("0001", "0002")
    for _ in range(2):
        with opened(data) as archive:
            assert name(5) not in shown(archive)
        if generations.current(data) == "0002":
            assert upkeep.rollback(data) == "0001"
    assert upkeep.verify(data).ok


def test_the_next_run_leaves_a_withdrawn_article_out_and_reports_it_and_later_runs_change_nothing(
    data: Path, tmp_path: Path
) -> None:
    withdraw(data, name(5))
    encoder = HashEncoder()
    report = run_index(data, [], encoder, press.OPTIONS)
    assert (report.generation, report.removed, report.unchanged, report.encoded) == ("0002", 1, 59, 0)
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [(name(5), "withdrawn")]
    text = press.record(5)["text"].split("\n")[0].encode()
    assert text not in (village.current(data) / "catalogue.sqlite").read_bytes()
    assert text in (generations.folder_of(data, "0001") / "catalogue.sqlite").read_bytes()
    assert run_index(data, [], encoder, press.OPTIONS).generation == "0002"
    full = run_index(data, [], encoder, press.OPTIONS, full=True)
    assert (full.articles, full.generation) == (59, "0003")


def test_many_withdrawals_are_no_accident_that_stops_a_run(data: Path) -> None:
    for number in range(0, 40):
        withdraw(data, name(number))
    assert run_index(data, [], HashEncoder(), press.OPTIONS).articles == 20


def test_a_restored_article_is_back_at_once_where_the_index_still_holds_it(data: Path) -> None:
    with opened(data) as archive:
        before = [replace(archive.ask(question), took_ms=0) for question in ("the lighthouse", "a diver in Pell")]
        withdraw(data, name(5), by="a")
        restored = restore(data, name(5), "a mistake", by="b")
        assert restored.shown
        assert [replace(archive.ask(q.question), took_ms=0) for q in before] == before
        assert name(5) in shown(archive)
    assert withdrawn(data) == []
    assert [(entry.action, entry.id, entry.by, entry.reason) for entry in log(data)] == [
        ("withdraw", name(5), "a", ""),
        ("restore", name(5), "b", "a mistake"),
    ]


def test_a_restored_article_that_an_index_run_left_out_comes_back_with_the_next(data: Path) -> None:
    withdraw(data, name(5))
    run_index(data, [], HashEncoder(), press.OPTIONS)
    assert not restore(data, name(5)).shown
    report = run_index(data, [], HashEncoder(), press.OPTIONS)
    assert (report.added, report.unchanged, report.articles, report.skipped) == (1, 59, 60, ())
    with opened(data) as archive:
        assert name(5) in shown(archive)


def test_withdrawing_one_of_two_articles_with_one_address_leaves_the_others_id_as_it_was(tmp_path: Path) -> None:
    source, data = tmp_path / "wire.jsonl", tmp_path / "data"
    lines = [press.record(n) | {"url": "https://herald.example/harbour"} for n in range(2)]
    press.write_lines(source, [*lines, press.record(2)])
    press.build(data, source, HashEncoder())
    with opened(data) as archive:
        ids = shown(archive)
        (first,) = [i for i in ids if i == "https://herald.example/harbour"]
        withdraw(data, first)
        for full in (False, True):
            press.build(data, source, HashEncoder(), full=full)
            archive.refresh()
            assert shown(archive) == [i for i in ids if i != first]


def test_a_withdrawn_article_stays_so_when_another_claims_its_address(tmp_path: Path) -> None:
    source, data = tmp_path / "news", tmp_path / "data"
    address = {"url": "https://herald.example/harbour"}
    press.write_lines(source / "b.jsonl", [press.record(1) | address, press.record(2)])
    press.build(data, source, HashEncoder())
    withdraw(data, address["url"])
    press.write_lines(source / "a.jsonl", [press.record(3) | address])
    for full in (False, True):
        press.build(data, source, HashEncoder(), full=full)
        with opened(data) as archive:
            assert shown(archive) == ["news/b.jsonl#a002"]


def test_an_article_that_no_generation_holds_cannot_be_withdrawn_and_one_that_is_not_cannot_be_restored(
    data: Path,
) -> None:
    with pytest.raises(GenerationError, match="holds an article 'nowhere'"):
        withdraw(data, "nowhere")
    with pytest.raises(GenerationError, match="is not withdrawn"):
        restore(data, name(5))
    assert not (data / "withdrawn.json").exists()


def test_withdrawing_twice_keeps_the_first_note(data: Path) -> None:
    first = withdraw(data, name(5), "first", by="a")
    again = withdraw(data, name(5), "second", by="b")
    assert again.article == first.article
    assert [entry.reason for entry in log(data)] == ["first"]


def test_withdrawals_at_one_time_are_all_kept(data: Path) -> None:
    threads = [threading.Thread(target=withdraw, args=(data, name(number))) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [article.id for article in withdrawn(data)] == [name(number) for number in range(12)]
    assert village.debris(data) == []


def test_a_damaged_list_of_withdrawals_shows_nothing_rather_than_what_was_withdrawn(data: Path) -> None:
    with opened(data) as archive:
        withdraw(data, name(5))
        path = data / "withdrawn.json"
        whole = path.read_text()
        for broken in (
            whole[:-9],
            whole.replace("a005", "a006"),
            "[]",
            "",
            whole.replace('"format": 1', '"format": "1"'),
        ):
            path.write_text(broken)
            with pytest.raises((WithdrawalsDamaged, GenerationError), match=r"withdrawn\.json"):
                archive.ask("the lighthouse")
            with pytest.raises((WithdrawalsDamaged, GenerationError), match=r"withdrawn\.json"):
                upkeep.verify(data)
        path.write_text(json.dumps(json.loads(whole) | {"format": 2}))
        with pytest.raises(GenerationError, match="has format 2"):
            archive.ask("the lighthouse")
        path.write_text(whole)
        assert archive.ask("the lighthouse").hits


def test_every_user_may_read_the_list(data: Path) -> None:
    withdraw(data, name(5))
    assert (data / "withdrawn.json").stat().st_mode & 0o777 == 0o644
