from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Shell
from small_town import HashedWords, write_dataset

from retrieval.comparing import compare
from retrieval.errors import DatasetError
from retrieval.evaluate import evaluate

GOOD = [("q1", "ferry"), ("q2", "library"), ("q4", "orchard")]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "town")


def run_file(path: Path, *lines: tuple[str, str], rank: int = 1) -> Path:
    """A run whose articles come in at `rank`, below others that nobody judged."""
    rows = []
    for query_id, corpus_id in lines:
        above = [f"{query_id} Q0 other{n} {n + 1} {10 - n} x" for n in range(rank - 1)]
        rows += [*above, f"{query_id} Q0 {corpus_id} {rank} {10 - rank} x"]
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_a_run_does_not_differ_from_itself_and_a_better_one_is_better(town: Path, tmp_path: Path) -> None:
    a, b = run_file(tmp_path / "a", *GOOD, rank=2), run_file(tmp_path / "b", *GOOD)
    same, better = compare(town, a, a).measures, compare(town, a, b).measures
    assert {(each.mean, each.p) for each in same.values()} == {(0.0, 1.0)}
    assert list(better) == ["nDCG@10", "R@10", "R@100", "RR@10"]
    assert (better["RR@10"].a, better["RR@10"].b, better["RR@10"].better) == (0.5, 1.0, 3)
    assert better["RR@10"].p == pytest.approx(0.25, abs=0.02), "of eight ways to swap three pairs two are as extreme"


def test_a_query_that_a_run_leaves_out_counts_as_nothing_found(town: Path, tmp_path: Path) -> None:
    found = compare(town, run_file(tmp_path / "a", *GOOD), run_file(tmp_path / "b", *GOOD[:2])).measures["nDCG@10"]
    assert (found.queries, found.a, found.b, found.worse) == (3, 1.0, 0.6667, 1)


def test_what_evaluate_wrote_can_be_compared_with_its_answers(town: Path, tmp_path: Path) -> None:
    result = evaluate(town, HashedWords(), run=tmp_path / "run", answers=tmp_path / "answers")
    rows = [json.loads(line) for line in (tmp_path / "answers").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["confidence"] = 0.0
        for passage in row["passages"]:
            passage["highlights"] = []
    (tmp_path / "worse").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = compare(town, tmp_path / "run", tmp_path / "run", tmp_path / "answers", tmp_path / "worse").measures
    assert found["nDCG@10"].a == result.ndcg_10
    assert (found["first_right"].a, found["first_right"].queries) == (
        result.reliability.right,
        result.reliability.judged,
    )
    assert found["first_right"].mean == 0.0
    assert (found["highlight_accuracy"].a, found["highlight_accuracy"].b) == (result.highlight_accuracy, 0.0)
    right = round(sum([1.0] * 2) / 3, 4)  # q1 and q2 are right, q3 cannot be: nothing is sure
    assert found["brier"].b == right
    assert found["brier"].a < right


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("q1 Q0 ferry 1 9", "line 2 .* 5 columns"),
        ("q9 Q0 ferry 1 9 x", "line 2 .* 'q9'"),
        ("q1 Q0 library 1 best x", "line 2 .* 'best'"),
        ("q1 Q0 library 1 nan x", "line 2 .* 'nan'"),
        ("q1 Q0 ferry 2 3 x", "line 2 .* again"),
    ],
)
def test_what_is_no_run_is_named_by_its_line(town: Path, tmp_path: Path, line: str, message: str) -> None:
    good = run_file(tmp_path / "good", *GOOD)
    (tmp_path / "bad").write_text(f"q1 Q0 ferry 1 9 x\n{line}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=message):
        compare(town, good, tmp_path / "bad")


def test_files_that_are_missing_or_no_answers_are_named(town: Path, tmp_path: Path) -> None:
    good = run_file(tmp_path / "good", *GOOD)
    with pytest.raises(DatasetError, match=r"none is not there\. Write it with `archivist evaluate`"):
        compare(town, good, tmp_path / "none")
    with pytest.raises(DatasetError, match=r"line 1 of .*good is no answer"):
        compare(town, good, good, good, good)


def test_the_command_compares_runs_and_asks_nothing(shell: Shell, town: Path, tmp_path: Path) -> None:
    a, b = run_file(tmp_path / "a", *GOOD, rank=2), run_file(tmp_path / "b", *GOOD)
    told = shell("evaluate", town, "--compare", a, b)
    document = shell("evaluate", town, "--compare", a, b, "--json").document
    assert (told.code, told.err) == (0, "")
    assert "RR@10    A 0.5000, B 1.0000: B - A +0.5000" in told.out
    assert document["measures"]["RR@10"]["mean"] == 0.5
    assert list(document) == ["dataset", "a", "b", "measures"]
    assert shell("evaluate", town, "--compare", a, b, "--report", "r.html").code == 2
    assert shell("evaluate", town, "--compare-answers", a, b).code == 2


def test_the_command_asks_the_archive_for_a_dataset_without_articles(
    shell: Shell, indexed: Path, tmp_path: Path
) -> None:
    votes = tmp_path / "votes"
    votes.mkdir()
    (votes / "queries.jsonl").write_text('{"_id": "q1", "text": "How much is a loaf of bread?"}\n', encoding="utf-8")
    (votes / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\twire/wire.jsonl#3\t1\n", encoding="utf-8")
    found = shell("evaluate", votes, "--json", "--report", "report.html")
    named = shell("evaluate", "--data", "data", votes, "--json")
    assert found.code == named.code == 0
    assert "the archive in" in found.err
    assert found.document["RR@10"] == named.document["RR@10"] == 1.0
    assert found.document["intervals"]["RR@10"] == [1.0, 1.0]
    assert Path("report.html").is_file()
    nowhere = shell("evaluate", "--data", tmp_path / "none", votes, "--json")
    assert (nowhere.code, nowhere.document["error"]["kind"]) == (1, "no_index")
