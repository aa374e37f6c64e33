"""`archivist calibrate`: what it measures, writes, refuses and prints."""

from __future__ import annotations

import json
from pathlib import Path

import small_town
from command_line import Shell

WORDS = "ferry bridge orchard library passengers barges pear reading".split()  # noqa: SIM905


def dataset(folder: Path) -> Path:
    """The small town with sixty questions, every other one of things that it never heard of."""
    place = folder / "town"
    place.mkdir()
    records = [{"_id": name, "title": title, "text": text} for name, title, text in small_town.ARTICLES]
    (place / "corpus.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    homes = {"ferry": "ferry", "passengers": "ferry", "bridge": "bridge", "barges": "bridge", "orchard": "orchard",
             "pear": "orchard", "library": "library", "reading": "library"}  # fmt: skip
    queries, qrels = [], ["query-id\tcorpus-id\tscore"]
    for i in range(60):
        word = WORDS[i % len(WORDS)]
        known = i % 2 == 0
        text = f"What about the {word}?" if known else f"Which zeppelin {i} knits quantum quokkas?"
        queries.append({"_id": f"q{i}", "text": text, "answerable": known})
        if known:
            qrels.append(f"q{i}\t{homes[word]}\t1")
    (place / "queries.jsonl").write_text("".join(json.dumps(q) + "\n" for q in queries), encoding="utf-8")
    (place / "qrels.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return place


def test_it_writes_a_model_that_tells_what_it_was_fitted_on_and_says_what_changed(shell: Shell, tmp_path: Path) -> None:
    done = shell("calibrate", dataset(tmp_path), "--data", tmp_path / "data", "--json")
    report = done.document
    assert done.code == 0
    assert (report["queries"], report["right"], report["datasets"]) == (60, 30, ["town"])
    assert report["auroc_after"] >= 0.95
    assert report["ece_after"] < report["ece_before"]
    written = Path(report["written"])
    assert written == tmp_path / "data" / "confidence.json"
    model = json.loads(written.read_text(encoding="utf-8"))
    assert model["coefficients"] == report["model"]
    assert (model["fitted_on"], model["queries"]) == (["town"], 60)


def test_a_dry_run_measures_and_writes_nothing(shell: Shell, tmp_path: Path) -> None:
    done = shell("calibrate", dataset(tmp_path), "--data", tmp_path / "data", "--dry-run")
    assert done.code == 0
    assert "60 queries, 30 answered right" in done.out
    assert "expected calibration error" in done.out
    assert "dry run" in done.err
    assert not (tmp_path / "data" / "confidence.json").exists()


def test_too_few_questions_are_a_failure_that_says_what_is_needed(shell: Shell, tmp_path: Path) -> None:
    place = dataset(tmp_path)
    lines = (place / "queries.jsonl").read_text(encoding="utf-8").splitlines()[:4]
    (place / "queries.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (place / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq0\tferry\t1\nq2\torchard\t1\n", encoding="utf-8")
    done = shell("calibrate", place, "--data", tmp_path / "data", "--json")
    assert done.code == 1
    assert done.document["error"]["kind"] == "dataset"
    assert "20 queries" in done.document["error"]["hint"]
    assert not (tmp_path / "data" / "confidence.json").exists()
