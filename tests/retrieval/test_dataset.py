from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from retrieval.dataset import Query, load_dataset
from retrieval.errors import DatasetError

CORPUS = """{"_id": "ferry", "title": "The ferry returns", "text": "The ferry to Holm sails again."}
{"_id": 7, "text": "The library keeps its reading room."}
"""
QUERIES = """{"_id": "q1", "text": "Where does the ferry sail to?", "answers": ["Holm"]}
{"_id": "q2", "text": "Who flew to Mars?", "answerable": false, "answers": []}

{"_id": 3, "text": "What about the library?", "answerable": null}
{"_id": "q4", "text": "And the bridge?", "history": [{"role": "user", "text": "Is it open?"}]}
"""
QRELS = "query-id\tcorpus-id\tscore\nq1\tferry\t1\nq1\t7\t0\n3\t7\t2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset as it should be: four queries (with a blank line among them), two of them judged."""
    made = tmp_path / "town"
    made.mkdir()
    for name, content in (("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES), ("qrels.tsv", QRELS)):
        (made / name).write_text(content, encoding="utf-8")
    return made


def test_a_dataset_is_read_with_numbers_as_ids_and_a_judged_query_answerable_unless_it_says_otherwise(
    folder: Path,
) -> None:
    dataset = load_dataset(folder)
    assert dataset.name == "town"
    assert dataset.queries == (
        Query("q1", "Where does the ferry sail to?", True, ("Holm",)),
        Query("q2", "Who flew to Mars?", False, ()),
        Query("3", "What about the library?", None, ()),
        Query("q4", "And the bridge?", None, (), history=("Is it open?",)),
    )
    assert dataset.qrels == {"q1": {"ferry": 1, "7": 0}, "3": {"7": 2}}
    assert dataset.records == {"ferry": "ferry", "7": "7"}


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_dataset(folder: Path) -> None:
    expected = load_dataset(folder)
    for path in folder.iterdir():
        content = path.read_text(encoding="utf-8").replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    assert load_dataset(folder) == expected


def test_articles_of_a_folder_are_not_known_before_they_are_read(folder: Path) -> None:
    (folder / "corpus.jsonl").unlink()
    (folder / "articles").mkdir()
    dataset = load_dataset(folder)
    assert dataset.records is None
    dataset.check_judged(frozenset({"ferry", "7"}))
    with pytest.raises(DatasetError, match="'7'"):
        dataset.check_judged(frozenset({"ferry"}))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("corpus.jsonl", None, r"neither corpus\.jsonl nor a folder articles"),
        ("corpus.jsonl", "", "holds no articles"),
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n\n{"_id": "a"}\n', "line 3 of .*'a' again"),
        ("corpus.jsonl", '{"_id": "a\\u00a0b", "text": "x"}\n{"_id": "a b"}\n', "line 2 of .*'a b' again"),
        ("corpus.jsonl", '{"text": "x"}\n', "line 1 of .*no _id"),
        ("corpus.jsonl", '{"_id": " ", "text": "x"}\n', "line 1 of .*_id without a letter"),
        ("queries.jsonl", None, r"queries\.jsonl is not there"),
        ("queries.jsonl", "\n\n", "holds no queries"),
        ("queries.jsonl", '{"_id": "q1", "text": "x"}\n{"_id": \n', "line 2 of .*not valid JSON"),
        ("queries.jsonl", "[1]\n", "line 1 of .*not a JSON object"),
        ("queries.jsonl", '{"_id": "q1", "text": "x"}\n{"_id": "q1", "text": "y"}\n', "line 2 of .*'q1' again"),
        ("queries.jsonl", '{"_id": true, "text": "x"}\n', "line 1 of .*no _id"),
        ("queries.jsonl", '{"_id": "q1"}\n', "line 1 of .*no text"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "answerable": "no"}\n', "line 1 of .*'no' as answerable"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "answers": "yes"}\n', "line 1 of .*not a list of strings"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "asked": "May"}\n', "line 1 of .*'May' as asked"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "asked": 2024}\n', "line 1 of .*2024 as asked"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "asked": "last week"}\n', "line 1 of .*as asked"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "asked": 2021}\n', "line 1 of .*as asked"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "history": "before"}\n', "line 1 of .*not a list of turns"),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "history": [{"text": "y"}]}\n', "line 1 of .*list of turns"),
        ("qrels.tsv", None, r"qrels\.tsv is not there"),
        ("qrels.tsv", "", "is empty"),
        ("qrels.tsv", "q1\tferry\t1\n", "no header"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1 ferry 1\n", "line 2 of .*1 columns"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tferry\tyes\n", "line 2 of .*'yes'"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tferry\t1\nq9\tferry\t1\n", "line 3 of .*'q9'"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tzeppelin\t1\n", "'zeppelin' for the query 'q1'"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\tferry\t1\nq1\tferry\t0\n", "line 3 of .*another score"),
    ],
)
def test_a_bad_dataset_is_refused_and_the_bad_line_named(
    folder: Path, file: str, content: str | None, message: str
) -> None:
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=message) as caught:
        load_dataset(folder)
    assert caught.value.hint


def test_a_line_that_is_not_utf8_is_named(folder: Path) -> None:
    with (folder / "queries.jsonl").open("ab") as file:
        file.write(b'{"_id": "q9", "text": "caf\xe9"}\n')
    with pytest.raises(DatasetError, match=r"line 6 of .*not UTF-8"):
        load_dataset(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a folder"):
        load_dataset(tmp_path / "nowhere")


def test_a_query_may_say_on_what_day_it_was_asked(folder: Path) -> None:
    lines = [
        '{"_id": "q1", "text": "x", "asked": "2024-03-31"}',
        '{"_id": "3", "text": "y", "asked": "2024-04-01T09:30"}',
    ]
    (folder / "queries.jsonl").write_text("\n".join([*lines, '{"_id": "q4", "text": "z", "asked": null}']))
    assert [query.asked for query in load_dataset(folder).queries] == [date(2024, 3, 31), date(2024, 4, 1), None]
