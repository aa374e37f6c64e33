from __future__ import annotations

from pathlib import Path
from typing import Any

import ir_measures
import pytest
from small_town import (
    ARTICLES,
    QUERIES,
    HashedWords,
    corpus_lines,
    folder_of_articles,
    read_answers,
    read_run,
    write_dataset,
    write_lines,
)

from retrieval.answer import Thresholds
from retrieval.errors import DatasetError, QuestionError
from retrieval.evaluate import evaluate


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "town")


def test_measures_are_those_of_the_run_that_was_written(dataset: Path, tmp_path: Path) -> None:
    result = evaluate(dataset, HashedWords(), run=tmp_path / "run.txt")
    qrels = {"q1": {"ferry": 1}, "q2": {"library": 1}, "q4": {"orchard": 1}}
    measures = [ir_measures.nDCG @ 10, ir_measures.R @ 10, ir_measures.R @ 100, ir_measures.RR @ 10]
    run = ir_measures.read_trec_run(str(tmp_path / "run.txt"))  # type: ignore[no-untyped-call]
    scored = ir_measures.calc_aggregate(measures, qrels, run)
    assert [result.ndcg_10, result.recall_10, result.recall_100, result.rr_10] == [
        pytest.approx(scored[measure], abs=5e-5) for measure in measures
    ]
    assert (result.dataset, result.articles, result.passages, result.queries, result.judged) == ("town", 4, 4, 5, 3)


def test_every_query_gets_one_answer_row_with_quotes_of_the_corpus(dataset: Path, tmp_path: Path) -> None:
    evaluate(dataset, HashedWords(), answers=tmp_path / "answers.jsonl")
    rows = read_answers(tmp_path / "answers.jsonl")
    texts = {corpus_id: text for corpus_id, _, text in ARTICLES}
    assert list(rows) == [query["_id"] for query in QUERIES]
    for row in rows.values():
        assert list(row) == ["query_id", "status", "confidence", "passages"]
        assert row["status"] in {"answered", "unsure", "not_found"}
        for passage in row["passages"]:
            assert list(passage) == ["corpus_id", "text", "highlights"]
            assert passage["text"] in texts[passage["corpus_id"]]
    first = rows["q1"]["passages"][0]
    assert [first["text"][start:end] for start, end in first["highlights"]] == ["It carries ninety passengers."]


def test_articles_with_one_text_or_one_url_are_all_in_the_run_under_their_own_ids(tmp_path: Path) -> None:
    same = {"title": "The ferry returns", "text": ARTICLES[0][2], "lang": "en", "url": "https://example.org/ferry"}
    other = {"title": "Pears", "text": ARTICLES[2][2], "lang": "en", "url": "https://example.org/ferry"}
    corpus: list[dict[str, Any]] = [{"_id": "b", **same}, {"_id": "a", **same}, {"_id": 3, **other}]
    folder = write_dataset(tmp_path / "copies", corpus, QUERIES[:1], [("q1", "a", 1), ("q1", "b", 1)])
    result = evaluate(folder, HashedWords(), run=tmp_path / "run.txt", answers=tmp_path / "answers.jsonl")
    run = read_run(tmp_path / "run.txt")["q1"]
    assert sorted(corpus_id for corpus_id, _, _ in run[:2]) == ["a", "b"]
    assert run[2][0] == "3"
    assert (result.recall_10, result.ndcg_10) == (1.0, 1.0)
    by_id = {
        passage["corpus_id"]: passage["text"] for passage in read_answers(tmp_path / "answers.jsonl")["q1"]["passages"]
    }
    assert by_id["3"] == ARTICLES[2][2]


def test_an_article_without_text_is_counted_as_skipped_and_cannot_be_found(tmp_path: Path) -> None:
    corpus = [*corpus_lines(ARTICLES), {"_id": "empty", "title": "Ferry", "text": "  "}]
    folder = write_dataset(tmp_path / "gap", corpus, QUERIES[:1], [("q1", "empty", 1)])
    result = evaluate(folder, HashedWords(), run=tmp_path / "run.txt")
    assert result.articles == 4
    assert [skipped.path for skipped in result.skipped_articles] == ["corpus.jsonl at line 5"]
    assert result.recall_100 == 0.0
    assert dict(result.rows())["skipped articles"] == "1"


def test_a_query_without_words_is_named_and_counts_as_refused(tmp_path: Path) -> None:
    queries = [{"_id": "mute", "text": "?!", "answerable": False}, *QUERIES]
    folder = write_dataset(tmp_path / "mute", None, queries)
    result = evaluate(folder, HashedWords(), answers=tmp_path / "answers.jsonl", run=tmp_path / "run.txt")
    assert [skipped.path for skipped in result.skipped_queries] == ["queries.jsonl: mute"]
    row = read_answers(tmp_path / "answers.jsonl")["mute"]
    assert row == {"query_id": "mute", "status": "not_found", "confidence": 0.0, "passages": []}
    assert "mute" not in read_run(tmp_path / "run.txt")


def test_shares_and_auroc_come_from_the_answers_that_were_written(dataset: Path, tmp_path: Path) -> None:
    """q1 says that it is answerable, q2 is so since it is judged, q3 is not; q4 says neither, q5 nothing."""
    path = tmp_path / "answers.jsonl"
    result = evaluate(dataset, HashedWords(), answers=path)
    confidence = {query_id: row["confidence"] for query_id, row in read_answers(path).items()}
    assert confidence["q3"] < min(confidence["q1"], confidence["q2"])
    assert result.auroc == 1.0
    assert (result.highlight_accuracy, result.first_passage_holds_answer) == (1.0, 2)
    between = (confidence["q1"] + confidence["q2"]) / 2
    split = evaluate(dataset, HashedWords(), thresholds=Thresholds(answered=between, unsure=confidence["q3"] + 1e-4))
    assert (split.answered_of_answerable, split.not_refused_of_answerable) == (0.5, 1.0)
    assert (split.refused_of_unanswerable, split.answered_of_unanswerable) == (1.0, 0.0)
    none = evaluate(dataset, HashedWords(), thresholds=Thresholds(answered=1.1, unsure=0.0))
    assert (none.answered_of_answerable, none.not_refused_of_answerable) == (0.0, 1.0)
    assert (none.refused_of_unanswerable, none.answered_of_unanswerable) == (0.0, 0.0)


def test_a_question_is_encoded_once_for_its_answer_and_its_run(dataset: Path) -> None:
    encoder = HashedWords()
    evaluate(dataset, encoder)
    asked = [query["text"] for query in QUERIES]
    assert encoder.questions == [
        asked[0],
        *asked,
    ]  # the first is encoded beforehand, so that no answer's time loads a model


def test_queries_are_not_indexed_and_progress_ends_whole(dataset: Path) -> None:
    encoder, heard = HashedWords(), []
    evaluate(dataset, encoder, progress=lambda phase, done, total: heard.append((phase, done, total)))
    assert len(encoder.passages) == len(ARTICLES)
    assert all(any(passage.endswith(text) for _, _, text in ARTICLES) for passage in encoder.passages)
    assert heard[-1] == ("ask", 5, 5)
    assert ("ask", 0, 5) in heard


def test_a_kept_index_is_not_encoded_again_and_follows_the_corpus(dataset: Path, tmp_path: Path) -> None:
    encoder = HashedWords()
    first = evaluate(dataset, encoder, data=tmp_path / "kept", run=tmp_path / "first.txt")
    second = evaluate(dataset, encoder, data=tmp_path / "kept", run=tmp_path / "second.txt")
    assert first.index_s is not None
    assert second.index_s is None
    assert len(encoder.passages) == 4
    assert (tmp_path / "first.txt").read_bytes() == (tmp_path / "second.txt").read_bytes()
    (dataset / "corpus.jsonl").unlink()  # a new file, as a download makes one
    changed = [
        *corpus_lines(ARTICLES[:3]),
        {"_id": "library", "title": "Library", "text": "A mason paid.", "lang": "en"},
    ]
    write_lines(dataset / "corpus.jsonl", changed)
    third = evaluate(dataset, encoder, data=tmp_path / "kept")
    assert third.articles == 4
    assert len(encoder.passages) == 5
    assert encoder.passages[4].endswith("A mason paid.")


def test_a_kept_index_is_not_used_for_another_datasets_articles(dataset: Path, tmp_path: Path) -> None:
    evaluate(dataset, HashedWords(), data=tmp_path / "kept")
    other = folder_of_articles(tmp_path / "other")
    with pytest.raises(DatasetError, match="not of this dataset"):
        evaluate(other, HashedWords(), data=tmp_path / "kept")


def test_articles_in_files_go_by_their_path_and_record(tmp_path: Path) -> None:
    folder = folder_of_articles(tmp_path / "files")
    result = evaluate(folder, HashedWords(), run=tmp_path / "run.txt", answers=tmp_path / "answers.jsonl")
    assert result.rr_10 == 1.0
    ids = {"north/ferry.txt", "wire.jsonl#bridge", "wire.jsonl#orchard"}
    assert {corpus_id for corpus_id, _, _ in read_run(tmp_path / "run.txt")["q1"]} == ids
    assert read_answers(tmp_path / "answers.jsonl")["q5"]["passages"][0]["corpus_id"] == "wire.jsonl#orchard"


def test_a_judged_file_that_is_not_among_the_articles_is_named(tmp_path: Path) -> None:
    folder = folder_of_articles(tmp_path / "files")
    with (folder / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write("q1\tsouth/ferry.txt\t1\n")
    with pytest.raises(DatasetError, match=r"'south/ferry\.txt'"):
        evaluate(folder, HashedWords())


def test_no_articles_to_rank_cannot_be_asked_for(dataset: Path) -> None:
    with pytest.raises(QuestionError, match="k is 0"):
        evaluate(dataset, HashedWords(), k=0)
