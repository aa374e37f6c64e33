"""The command line's contract: exit codes, clean streams, failures; processes where the process is the point."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from command_line import LAMP, RECORDS, Done, Shell, environment, program, write_articles

from config import Settings
from retrieval import build
from retrieval.answer import Thresholds
from retrieval.encoders import OpenVinoEncoder
from retrieval.indexing import Options
from retrieval.ranking import Ranking


class Built(NamedTuple):
    folder: Path
    articles: Path
    data: Path
    run: Done


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, converted: OpenVinoEncoder) -> Built:
    """An archive with its index, built by the program once."""
    folder = tmp_path_factory.mktemp("cli")
    articles = write_articles(folder)
    run = program(["index", str(articles), "--data", "data", "--json", "--progress", "json"], folder)
    return Built(folder, articles, folder / "data", run)


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    converted: OpenVinoEncoder,
) -> Shell:
    return Shell(capsys, monkeypatch, tmp_path, converted)


def test_index_prints_one_document_and_names_what_it_skipped(built: Built) -> None:
    report = built.run.document

    assert built.run.code == 0
    assert report.pop("took_ms") > 0
    assert report == {
        "generation": "0001", "articles": 4, "passages": 4, "copies": 1, "added": 4, "changed": 0, "removed": 0,
        "unchanged": 0, "skipped": [{"path": "empty.txt", "reason": "it is empty"}], "encoded": 3,
        "formats": {"jsonl": 4},
    }  # fmt: skip


def test_progress_is_lines_of_json_on_stderr_and_nothing_else_is_there(built: Built) -> None:
    lines = [json.loads(line) for line in built.run.err.splitlines()]

    assert {tuple(line) for line in lines} == {("phase", "done", "total", "per_second", "seconds_left")}
    assert list(dict.fromkeys(line["phase"] for line in lines)) == ["read", "split", "encode", "write", "check"]
    assert all(line["total"] is None or 0 <= line["done"] <= line["total"] for line in lines)


def test_ask_as_a_process_prints_utf_8_under_any_locale_and_no_library_talks(built: Built) -> None:
    asked = program(["ask", "Who lit the lamp of the lighthouse?", "--data", "data", "--json"], built.folder)
    answer = asked.document
    best = answer["passages"][0]

    assert (asked.code, asked.err) == (0, "")
    assert "Åse" in asked.out
    contract = ["question", "status", "confidence", "filters", "passages", "generation", "took_ms"]
    assert [key for key in answer if key in contract] == contract
    assert best["text"] == LAMP[best["start"] : best["end"]]
    assert [best["text"][start:end] for start, end in best["highlights"]] == [
        "Keeper Åse Lind lit its lamp again on a stormy evening in September."
    ]
    assert best["article"] == {
        "id": "https://coast.example/lamp", "title": "The Lamp of Varn", "authors": ["Jo Berg"],
        "publisher": "Coast Gazette", "published": "2021-09-07", "url": "https://coast.example/lamp",
        "path": str(built.articles / "wire.jsonl"),
        "first_seen": None,
        "last_seen": None,
    }  # fmt: skip
    assert best["also_in"] == [
        {"publisher": "Harbour Post", "url": "https://post.example/lamp", "published": "2021-09"}
    ]


def test_status_articles_and_sources_tell_what_is_indexed(shell: Shell, built: Built) -> None:
    status = shell("status", "--data", built.data, "--json").document
    articles = shell("articles", "--data", built.data, "--json").document
    sources = shell("sources", "--data", built.data, "--json").document

    assert status.pop("built")
    assert status.pop("size_bytes") > 10_000
    assert status == {
        "generation": "0001", "articles": 4, "passages": 4, "publishers": 3, "first": "2019", "last": "2021-09-07",
        "encoder": "all-MiniLM-L6-v2", "search": "exact", "recall": 1.0,
    }  # fmt: skip
    assert articles[-1] == {
        "id": "wire/wire.jsonl#4", "title": "A Clock", "authors": ["Liv Dahl"], "publisher": None, "published": None,
        "url": None, "path": str(built.articles / "wire.jsonl"), "first_seen": None, "last_seen": None,
        "language": "en", "format": "jsonl", "passages": 1,
    }  # fmt: skip
    assert [article["id"] for article in articles] == sorted(article["id"] for article in articles)
    assert sources == [{"path": str(built.articles), "articles": 4, "files": 2, "skipped": 1}]


def test_lists_for_people_are_lines_with_tabs_when_they_are_piped(shell: Shell, built: Built) -> None:
    articles = shell("articles", "--data", built.data).out.splitlines()
    sources = shell("sources", "--data", built.data).out
    status = shell("status", "--data", built.data).out

    assert (
        articles[0]
        == "2021-09-07\tCoast Gazette\tThe Lamp of Varn\tJo Berg\thttps://coast.example/lamp\thttps://coast.example/lamp"
    )
    assert sources == f"{built.articles}\t4\t2\t1\n"
    assert "Articles    4 (1 without a date)\n" in status


def test_a_rehearsal_leaves_no_index_and_a_second_run_finds_nothing_to_do(shell: Shell, built: Built) -> None:
    rehearsed = shell("index", built.articles, "--dry-run", "--json").document
    asked = shell("status", "--json")
    again = shell("index", "--data", built.data, "--json").document

    assert (rehearsed["generation"], rehearsed["added"]) == (None, 4)
    assert (asked.code, asked.document["error"]["kind"]) == (1, "no_index")
    assert (again["generation"], again["unchanged"], again["encoded"]) == ("0001", 4, 0)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("ask", "bread", "--after", "2021-13"), "question"),
        (("ask", "bread", "--before", "yesterday"), "question"),
        (("ask", "?!"), "question"),
        (("ask", "caf\udce9"), "question"),
        (("ask", "bread", "-k", "0"), "usage"),
        (("ask", "bread", "--nearly"), "usage"),
        (("ask",), "usage"),
        (("index", "--progress", "loud"), "usage"),
        (("invent",), "usage"),
    ],
)
def test_wrong_usage_exits_with_2_one_line_and_a_document(
    shell: Shell, built: Built, arguments: tuple[str, ...], kind: str
) -> None:
    data = ("--data", str(built.data)) if arguments[0] != "invent" else ()
    plain, as_json = shell(*arguments, *data), shell(*arguments, *data, "--json")
    error = as_json.document["error"]

    assert (plain.code, plain.out, as_json.code) == (2, "", 2)
    assert plain.err.startswith("archivist: ")
    assert plain.err == as_json.err
    assert plain.err.count("\n") == 1
    assert list(error) == ["kind", "message", "hint"]
    assert error["kind"] == kind
    assert error["hint"] in plain.err


def test_what_cannot_be_done_exits_with_1_and_says_what_to_do(shell: Shell, tmp_path: Path) -> None:
    missing = shell("index", tmp_path / "nowhere", "--json")
    nothing = shell("index")

    assert (missing.code, missing.document["error"]["kind"]) == (1, "source")
    assert str(tmp_path / "nowhere") in missing.err
    assert (nothing.code, nothing.out) == (1, "")
    assert "archivist index PATH" in nothing.err


def test_settings_that_are_wrong_are_told_in_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVIST_SEARCH__K", "many")
    monkeypatch.setenv("ARCHIVIST_LOG_LEVEL", "loud")

    done = shell("status", "--json")

    assert (done.code, done.document["error"]["kind"]) == (1, "settings")
    assert done.err.count("\n") == 1
    assert "ARCHIVIST_SEARCH__K" in done.err
    assert "ARCHIVIST_LOG_LEVEL" in done.err


@pytest.mark.parametrize("level", ["warning", "debug"])
def test_a_fault_of_the_program_is_one_line_and_a_traceback_only_for_debugging(
    shell: Shell, built: Built, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    def broken(settings: Settings) -> None:
        raise ZeroDivisionError("a fault\nof two lines")

    monkeypatch.setenv("ARCHIVIST_LOG_LEVEL", level)
    monkeypatch.setattr(build, "open_index", broken)

    done = shell("status", "--data", built.data, "--json")

    assert (done.code, done.document["error"]["kind"]) == (1, "internal")
    assert ("Traceback" in done.err) == (level == "debug")
    assert "archivist: internal error: ZeroDivisionError: a fault; of two lines" in done.err.splitlines()[-1]


def test_what_the_system_refuses_is_told_with_the_file(
    shell: Shell, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(settings: Settings) -> None:
        raise PermissionError(13, "Permission denied", "/archive/CURRENT")

    monkeypatch.setattr(build, "open_index", refused)

    done = shell("status", "--data", built.data, "--json")

    assert (done.code, done.err) == (1, "archivist: /archive/CURRENT: Permission denied\n")
    assert done.document["error"]["kind"] == "system"


def test_a_reader_that_closes_the_pipe_early_gets_no_traceback(built: Built) -> None:
    command = [sys.executable, "-m", "retrieval", "articles", "--data", "data", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=built.folder, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_ctrl_c_ends_a_run_with_130_and_one_line_and_leaves_no_index(tmp_path: Path) -> None:
    articles = tmp_path / "many"
    articles.mkdir()
    for number in range(400):
        (articles / f"{number}.txt").write_text(
            f"{number} herons stood in the reeds and waited. " * 30, encoding="utf-8"
        )
    command = [sys.executable, "-m", "retrieval", "index", str(articles), "--progress", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment(), text=True
    ) as process:
        assert process.stderr is not None
        assert '"read"' in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read().splitlines()
        assert process.wait(60) == 130

    assert rest[-1] == "archivist: interrupted"
    assert all(line.startswith('{"phase": "read"') for line in rest[:-1])
    assert not (tmp_path / "data" / "CURRENT").exists()


def test_the_default_settings_are_the_defaults_of_the_parts_that_they_set() -> None:
    settings = Settings.model_construct()

    assert build.options_of(settings) == Options()
    assert build.ranking_of(settings) == Ranking()
    assert build.thresholds_of(settings) == Thresholds()


def test_without_a_command_the_help_is_shown(shell: Shell) -> None:
    done = shell()

    assert done.code == 0
    assert "Commands:" in done.out


def test_evaluate_prints_measures_and_writes_the_run_and_the_answers(shell: Shell, tmp_path: Path) -> None:
    dataset = tmp_path / "set"
    dataset.mkdir()
    corpus = [{key: record[key] for key in ("_id", "title", "text")} for record in RECORDS[1:]]
    (dataset / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in corpus), encoding="utf-8")
    query = {"_id": "q1", "text": "How much is a loaf of bread?"}
    (dataset / "queries.jsonl").write_text(json.dumps(query) + "\n", encoding="utf-8")
    (dataset / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\t3\t1\n", encoding="utf-8")

    done = shell("evaluate", dataset, "--run", "run.txt", "--answers", "answers.jsonl", "-k", "2", "--json")

    assert (done.code, done.err) == (0, "")
    assert done.document
    ranked = [line.split() for line in Path("run.txt").read_text(encoding="utf-8").splitlines()]
    assert len(ranked) == 2
    assert ranked[0][:4] == ["q1", "Q0", "3", "1"]
    assert json.loads(Path("answers.jsonl").read_text(encoding="utf-8"))["query_id"] == "q1"
