"""Datasets without articles, such as the votes that the bot exports, asked of an archive that is there already."""

from __future__ import annotations

import json
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from bot.feedback import queries_and_qrels
from bot.records import Judgement
from retrieval.archive import Archive
from retrieval.dataset import load_dataset
from retrieval.errors import DatasetError, NoGeneration
from retrieval.evaluate import evaluate
from retrieval.indexing import run_index
from retrieval.withdrawing import withdraw

STORIES = {
    "ferry.txt": "The ferry to Holm sails again and carries ninety passengers.",
    "bridge.txt": "The new bridge over the Lune is too low for barges.",
    "orchard.txt": "Late frost has killed the pear blossom in the orchards.",
    "zoo.txt": "The zoo in Tarn has a new walrus that eats herring.",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    for name, text in STORIES.items():
        press.write_story(tmp_path / "news", name, text)
    run_index(tmp_path / "data", [tmp_path / "news"], HashEncoder())
    return tmp_path / "data"


def vote(question: str, article: str, worth: int) -> Judgement:
    return Judgement(question=question, article_id=article, vote=worth)


def exported(folder: Path, *votes: Judgement) -> Path:
    """The two files of `/feedback export`, as they are downloaded."""
    folder.mkdir()
    queries, qrels = queries_and_qrels(votes)
    (folder / "queries.jsonl").write_text(queries, encoding="utf-8")
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_exported_votes_are_measured_on_the_archive_they_were_given_on(data: Path, tmp_path: Path) -> None:
    before = press.snapshot(data)
    votes = exported(
        tmp_path / "votes",
        vote("How many passengers does the ferry carry?", "news/ferry.txt", 1),
        vote("how many passengers does the ferry carry", "news/ferry.txt", 1),
        vote("What eats the walrus?", "news/zoo.txt", 1),
        vote("What eats the walrus?", "news/bridge.txt", -1),
    )
    result = evaluate(votes, HashEncoder(), archive=data, run=tmp_path / "run", answers=tmp_path / "answers")
    assert (result.dataset, result.articles, result.queries, result.judged) == ("votes", 4, 2, 2)
    assert (result.ndcg_10, result.rr_10, result.index_s, result.skipped_judgements) == (1.0, 1.0, None, ())
    assert (result.reliability.judged, result.reliability.right) == (2, 1.0)
    firsts = [line.split()[2] for line in (tmp_path / "run").read_text().splitlines() if line.split()[3] == "1"]
    assert firsts == ["news/ferry.txt", "news/zoo.txt"]
    rows = [json.loads(line) for line in (tmp_path / "answers").read_text().splitlines()]
    assert [row["passages"][0]["corpus_id"] for row in rows] == firsts
    assert press.snapshot(data) == before, "an archive that is measured stays as it is"


def test_judgements_that_cannot_be_met_are_named_and_judge_nothing(data: Path, tmp_path: Path) -> None:
    votes = exported(
        tmp_path / "votes",
        vote("How many passengers does the ferry carry?", "news/ferry.txt", 1),
        vote("How many passengers does the ferry carry?", "news/gone.txt", 1),
        vote("Which zeppelin landed?", "news/bridge.txt", -1),
        vote("Who mends clocks?", "news/clock.txt", 1),
    )
    result = evaluate(votes, HashEncoder(), archive=data)
    assert (result.queries, result.judged, result.ndcg_10, result.reliability.judged) == (3, 1, 1.0, 1)
    assert [(each.path, each.reason) for each in result.skipped_judgements] == [
        ("qrels.tsv: q1, news/gone.txt", "the archive has no such article"),
        ("qrels.tsv: q2", "no article of the archive is judged relevant"),
        ("qrels.tsv: q3, news/clock.txt", "the archive has no such article"),
        ("qrels.tsv: q3", "no article of the archive is judged relevant"),
    ]
    assert dict(result.rows())["skipped judgements"] == "4"


def test_ids_stay_right_when_an_article_before_them_was_withdrawn(data: Path, tmp_path: Path) -> None:
    votes = exported(tmp_path / "votes", vote("What eats the walrus in the zoo?", "news/zoo.txt", 1))
    withdraw(data, "news/bridge.txt")
    with Archive.open(data, encoder=HashEncoder()) as archive:
        (row, _), *_ = archive.rank_articles("What eats the walrus in the zoo?", k=1)
        assert [article.id for article in archive.cited([row])] == ["news/zoo.txt"]
    result = evaluate(votes, HashEncoder(), archive=data, run=tmp_path / "run")
    assert (result.ndcg_10, result.articles) == (1.0, 3)
    assert "bridge" not in (tmp_path / "run").read_text()


def test_a_dataset_with_articles_is_not_asked_of_another_archive(data: Path, tmp_path: Path) -> None:
    votes = exported(tmp_path / "votes", vote("What eats the walrus?", "news/zoo.txt", 1))
    with pytest.raises(DatasetError, match=r"neither corpus.jsonl nor a folder articles.*--data DIR"):
        load_dataset(votes)
    with pytest.raises(NoGeneration):
        evaluate(votes, HashEncoder(), archive=tmp_path / "nowhere")
    (votes / "corpus.jsonl").write_text('{"_id": "a", "text": "A walrus."}\n', encoding="utf-8")
    with pytest.raises(DatasetError, match="brings its own articles"):
        evaluate(votes, HashEncoder(), archive=data)
