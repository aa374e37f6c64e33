"""The commands that look after an archive: generations, sources, articles taken down, and following the folders."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fakes
import pytest
from command_line import RECORDS, Shell, environment
from fakes import HashEncoder

from retrieval.arguments import nearest
from retrieval.index import generation as generations
from retrieval.index.lock import writing

CLOCK = "wire/wire.jsonl#4"
LAMP_COAST, LAMP_POST = "https://coast.example/lamp", "https://post.example/lamp"
# The program, with an encoder that needs no loading.
QUICK = f"""
import sys
sys.path.append({str(Path(fakes.__file__).parent)!r})
from fakes import HashEncoder
from retrieval import build, cli
build.encoder_of = lambda settings: HashEncoder()
sys.exit(cli.main())
"""
FERRY = {"_id": "5", "title": "The Ferry", "text": "The new ferry to Holm sails at noon.", "language": "en"}


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    return Shell(capsys, monkeypatch, tmp_path, HashEncoder())


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    """A folder with the invented archive."""
    (tmp_path / "wire").mkdir()
    write(tmp_path / "wire", RECORDS)
    return tmp_path / "wire"


@pytest.fixture
def built(shell: Shell, wire: Path) -> Path:
    """The archive is indexed: generation 0001; the fixture is its folder."""
    assert shell("index", wire).code == 0
    return wire


@pytest.fixture
def twice(shell: Shell, built: Path) -> Path:
    """An article came: generation 0002."""
    write(built, [*RECORDS, FERRY])
    assert shell("index").code == 0
    return built


def write(folder: Path, records: list[dict[str, str]]) -> None:
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (folder / "wire.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def folder_of(generation: str) -> Path:
    return generations.folder_of(Path("data"), generation)


def listed(shell: Shell) -> set[str]:
    return {article["id"] for article in shell("articles", "--json").document}


def answered(keyboard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody sit at a terminal and type."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(keyboard))


def test_generations_are_listed_oldest_first_and_the_current_one_is_marked(shell: Shell, twice: Path) -> None:
    first, second = shell("generations", "--json").document
    lines = [line.split("\t") for line in shell("generations").out.splitlines()]

    assert list(first) == ["name", "built", "articles", "passages", "size_bytes", "current", "damage"]
    assert (first["name"], first["articles"], first["current"], first["damage"]) == ("0001", 4, False, None)
    assert (second["name"], second["articles"], second["current"], second["damage"]) == ("0002", 5, True, None)
    assert [line[:4] for line in lines] == [
        ["0001", "", first["built"], "4"],
        ["0002", "current", second["built"], "5"],
    ]


def test_a_generation_that_cannot_be_opened_is_listed_with_its_damage(shell: Shell, twice: Path) -> None:
    (folder_of("0001") / "dense.faiss").unlink()

    assert "dense.faiss is missing" in shell("generations", "--json").document[0]["damage"]
    assert "dense.faiss is missing" in shell("generations").out.splitlines()[0]


def test_without_an_index_the_lists_are_empty_and_the_rest_says_how_to_build_one(shell: Shell, tmp_path: Path) -> None:
    for command in ("generations", "withdrawn"):
        empty, told = shell(command, "--json"), shell(command)
        assert (empty.code, empty.document, told.code, told.out) == (0, [], 0, "")
        assert told.err.count("\n") == 1
    for command in (("rollback",), ("verify",), ("withdraw", "x"), ("sources", "remove", "x", "--yes")):
        done = shell(*command, "--json")
        assert (done.code, done.document["error"]["kind"]) == (1, "no_index")
        assert "archivist index PATH" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_rollback_goes_one_back_or_to_the_generation_that_is_named(shell: Shell, twice: Path) -> None:
    assert shell("rollback", "--json").document == {"generation": "0001"}
    assert shell("status", "--json").document["articles"] == 4
    named = shell("rollback", "0002")
    assert (named.code, named.out.splitlines()[0]) == (0, "Generation 0002 is current.")
    assert shell("status", "--json").document["articles"] == 5


def test_a_rollback_that_is_impossible_names_what_there_is(shell: Shell, built: Path) -> None:
    unknown, none = shell("rollback", "0009", "--json"), shell("rollback")

    assert (unknown.code, unknown.document["error"]["kind"]) == (1, "generation")
    assert unknown.document["error"]["hint"] == "There are: 0001"
    assert (none.code, none.out) == (1, "")
    assert "no generation before 0001" in none.err


def test_verify_of_a_whole_generation_counts_what_was_checked(shell: Shell, twice: Path) -> None:
    for asked, name, articles in ((None, "0002", 5), ("0001", "0001", 4)):
        arguments = [asked] if asked else []
        done, document = shell("verify", *arguments), shell("verify", *arguments, "--json")
        assert (done.code, done.err, document.code, document.err) == (0, "", 0, "")
        assert done.out.startswith(f"Generation {name} is whole: ")
        files = [path for path in folder_of(name).rglob("*") if path.is_file() and path.name != "manifest.json"]
        assert document.document == {
            "generation": name, "files": len(files), "articles": articles, "passages": articles, "problems": [],
            "ok": True,
        }  # fmt: skip


def test_verify_names_every_damaged_file_on_a_line_and_exits_with_1(shell: Shell, twice: Path) -> None:
    flip(folder_of("0002") / "dense.faiss")
    flip(folder_of("0002") / "catalogue.sqlite")
    (folder_of("0002") / "stray").write_text("not ours")

    done, document = shell("verify"), shell("verify", "--json")

    assert (done.code, document.code) == (1, 1)
    assert sorted(line.partition(": ")[0] for line in done.out.splitlines()) == [
        "catalogue.sqlite", "dense.faiss", "stray",
    ]  # fmt: skip
    assert done.err == document.err
    assert done.err.count("\n") == 1
    assert (
        "generation 0002 in data is damaged. Run `archivist rollback`, which goes back to generation 0001" in done.err
    )
    assert document.document["ok"] is False
    assert {problem["file"] for problem in document.document["problems"]} == {
        "catalogue.sqlite", "dense.faiss", "stray",
    }  # fmt: skip


def test_verify_of_an_old_generation_that_is_damaged_does_not_send_anybody_back(shell: Shell, twice: Path) -> None:
    flip(folder_of("0001") / "dense.faiss")

    done = shell("verify", "0001")

    assert (done.code, done.out.partition(":")[0]) == (1, "dense.faiss")
    assert "do not go back to it" in done.err
    assert "archivist rollback" not in done.err
    assert shell("verify").code == 0


def test_a_command_that_meets_a_damaged_index_offers_the_rollback_that_mends_it(shell: Shell, twice: Path) -> None:
    (folder_of("0002") / "dense.faiss").unlink()

    met = shell("status")

    assert met.code == 1
    assert "archivist rollback" in met.err
    assert shell("rollback").code == 0
    assert shell("status").code == 0


def test_a_withdrawn_article_is_gone_from_answers_at_once_and_kept_out_of_the_next_run(
    shell: Shell, built: Path
) -> None:
    question = ("ask", "Who repaired the clock of the town hall?", "--json")
    assert CLOCK in {passage["article"]["id"] for passage in shell(*question).document["passages"]}

    done = shell("withdraw", CLOCK, "--reason", "the author asked", "--json").document

    assert CLOCK not in {passage["article"]["id"] for passage in shell(*question).document["passages"]}
    assert (done["article"]["id"], done["article"]["title"]) == (CLOCK, "A Clock")
    assert done["article"]["reason"] == "the author asked"
    assert (done["generations"], done["same_text"]) == (["0001"], [])
    assert shell("withdrawn", "--json").document == [done["article"]]
    again = shell("index", "--json").document
    assert (again["articles"], again["skipped"]) == (3, [{"path": CLOCK, "reason": "withdrawn"}])


def test_a_withdrawal_tells_where_the_text_still_is(shell: Shell, twice: Path) -> None:
    out = shell("withdraw", LAMP_COAST).out

    assert out.startswith("Withdrawn: The Lamp of Varn\n")
    assert "generations that are kept: 0001, 0002." in out
    assert out.endswith(f"The same text is still shown in 1 other article:\n  {LAMP_POST}\n")
    assert "still shown" not in shell("withdraw", LAMP_POST).out


def test_an_article_that_is_withdrawn_twice_stays_as_it_was_noted(shell: Shell, built: Path) -> None:
    first = shell("withdraw", CLOCK, "--reason", "the author asked")
    second = shell("withdraw", CLOCK, "--reason", "the court asked")

    assert (first.code, first.err, second.code) == (0, "", 0)
    assert "the reason that was given then stays" in second.err
    assert [taken["reason"] for taken in shell("withdrawn", "--json").document] == ["the author asked"]


def test_withdrawn_articles_are_lines_with_tabs_when_they_are_piped(shell: Shell, built: Path) -> None:
    shell("withdraw", CLOCK, "--reason", "asked\nto")

    line = shell("withdrawn").out.split("\t")

    assert line[2:] == [CLOCK, "A Clock", "asked to\n"]


def test_a_restored_article_is_shown_again_at_once_or_after_the_next_run(shell: Shell, built: Path) -> None:
    shell("withdraw", CLOCK)
    at_once = shell("restore", CLOCK, "--json").document
    assert (at_once["article"]["id"], at_once["shown"]) == (CLOCK, True)
    assert CLOCK in listed(shell)

    shell("withdraw", CLOCK)
    shell("index")
    later = shell("restore", CLOCK)
    assert later.out == "Restored: A Clock\nIt is shown again after the next `archivist index`.\n"
    assert CLOCK not in listed(shell)
    shell("index")
    assert CLOCK in listed(shell)


@pytest.mark.parametrize("asked", ["wire.jsonl#4", "wire/wire.json#4", "a clock"])
def test_an_article_that_is_not_known_is_an_error_that_names_near_ones(shell: Shell, built: Path, asked: str) -> None:
    unknown = shell("withdraw", asked, "--json")
    assert (unknown.code, unknown.document["error"]["kind"]) == (1, "generation")
    assert repr(asked) in unknown.document["error"]["message"]
    assert unknown.document["error"]["hint"].startswith(f"The nearest are: {CLOCK}")
    assert shell("withdrawn", "--json").document == []

    shell("withdraw", CLOCK)
    shell("withdraw", LAMP_COAST)
    not_down = shell("restore", asked, "--json")
    assert (not_down.code, not_down.document["error"]["kind"]) == (1, "generation")
    assert not_down.document["error"]["hint"].startswith(f"The nearest are: {CLOCK}")
    assert len(shell("withdrawn", "--json").document) == 2


def test_an_article_that_is_like_no_other_is_an_error_that_says_where_they_are_listed(
    shell: Shell, built: Path
) -> None:
    unknown, shown = shell("withdraw", "zzzz"), shell("restore", CLOCK)

    assert (unknown.code, shown.code) == (1, 1)
    assert "`archivist articles` lists those there are" in unknown.err
    assert "is not withdrawn" in shown.err
    assert shell("withdraw", "caf\udce9").code == 2


def test_a_withdrawal_that_cannot_be_written_is_not_called_an_unknown_article(
    shell: Shell, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("data/withdrawn.lock").mkdir()

    done = shell("withdraw", CLOCK)

    assert done.code == 1
    assert "cannot be written" in done.err
    assert "nearest" not in done.err


def test_sources_are_still_listed_and_their_options_may_stand_on_either_side(
    shell: Shell, built: Path, tmp_path: Path
) -> None:
    held = [{"path": str(built), "articles": 4, "files": 1, "skipped": 0}]
    assert shell("sources", "--json").document == held
    assert shell("sources", "--data", "elsewhere").code == 1

    wrong = shell("sources", "--data", "elsewhere", "remove", built, "--yes")
    assert (wrong.code, "no index in elsewhere" in wrong.err) == (1, True)
    assert shell("sources", "--json").document == held
    right = shell("sources", "--data", tmp_path / "data", "--json", "remove", built, "--yes")
    assert (right.code, right.document["articles"]) == (0, 0)


def test_a_source_is_removed_with_its_articles_and_its_files_stay(shell: Shell, built: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "ferry.txt").write_text("The Ferry\n\nThe new ferry to Holm sails at noon.\n")
    shell("index", "letters")

    done = shell("sources", "remove", "wire/../wire", "--yes")
    status = shell("status", "--json").document

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == [
        f"{built} is no source any more; its files were left as they are.", "Generation 0003 is current.",
    ]  # fmt: skip
    assert (status["articles"], status["generation"]) == (1, "0003")
    assert [source["path"] for source in shell("sources", "--json").document] == [str(tmp_path / "letters")]
    assert (built / "wire.jsonl").is_file()
    assert shell("index", "--json").document["articles"] == 1


def test_a_source_is_removed_only_if_somebody_at_the_terminal_says_so(
    shell: Shell, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed in ("n\n", "\n", "", "yesterday\n"):
        answered(typed, monkeypatch)
        kept = shell("sources", "remove", "wire")
        assert (kept.code, kept.out) == (1, "")
        assert f"Remove {built} and its articles (4) from the index? [y/N] " in kept.err
        assert "Nothing was removed" in kept.err
    assert len(listed(shell)) == 4

    answered("y\n", monkeypatch)
    assert shell("sources", "remove", "wire").code == 0
    assert listed(shell) == set()


def test_a_path_that_is_no_source_is_an_error_that_names_the_sources_before_anything_is_asked(
    shell: Shell, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered("y\n", monkeypatch)

    done = shell("sources", "remove", "wire/wire.jsonl", "--json")

    assert (done.code, done.document["error"]["kind"]) == (1, "source")
    assert done.document["error"]["hint"] == f"Its sources are: {built}"
    assert "[y/N]" not in done.err


def test_without_a_terminal_and_without_yes_nothing_is_removed_as_wrong_usage(
    shell: Shell, built: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "retrieval", "sources", "remove", str(built), "--json"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path, env=environment(), check=False
    )

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "usage"
    assert b"add --yes" in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert len(listed(shell)) == 4


def test_on_a_real_terminal_the_question_is_not_part_of_the_document(shell: Shell, built: Path, tmp_path: Path) -> None:
    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-m", "retrieval", "sources", "remove", str(built), "--json"]
    try:
        os.write(keyboard, b"n\n")
        done = subprocess.run(
            command, stdin=terminal, capture_output=True, cwd=tmp_path, env=environment(), timeout=60, check=False
        )
    finally:
        os.close(keyboard)
        os.close(terminal)

    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["hint"] == "Nothing was removed"
    assert done.stdout.startswith(b"{")
    assert b"[y/N]" in done.stderr


@pytest.mark.parametrize("other", ["--json", "--dry-run", "--full", "--allow-removals"])
def test_a_watch_does_not_go_with_what_has_an_end_or_decides_once_for_all(
    shell: Shell, wire: Path, tmp_path: Path, other: str
) -> None:
    done = shell("index", wire, "--watch", other)

    assert done.code == 2
    assert done.err.startswith(f"archivist: --watch does not go with {other}. ")
    assert not (tmp_path / "data").exists()


def test_a_watch_of_what_is_not_there_or_of_nothing_ends_at_once(shell: Shell) -> None:
    missing, nothing = shell("index", "nowhere", "--watch"), shell("index", "--watch")

    assert (missing.code, nothing.code) == (1, 1)
    assert "nowhere" in missing.err
    assert "no sources yet" in nothing.err
    assert "watching" not in missing.err + nothing.err


class Watch:
    """The program watching, as a process of its own; what it says is read line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def until(self, part: str) -> str:
        """Read on to the next line with this in it."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line)
            if part in line:
                return line
        raise AssertionError(f"it ended without {part!r}: {self.lines}")

    def interrupt(self) -> tuple[int, str, str]:
        """Press Ctrl-C; return the exit code, and the rest of stderr and all of stdout."""
        assert self.process.stderr
        assert self.process.stdout
        self.process.send_signal(signal.SIGINT)
        rest = self.process.stderr.read()
        return self.process.wait(60), rest, self.process.stdout.read()


@contextmanager
def watching(folder: Path, *arguments: str, program: tuple[str, ...] = ("-m", "retrieval")) -> Iterator[Watch]:
    command = [sys.executable, *program, "index", "--watch", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=environment(), text=True
    ) as process:
        try:
            yield Watch(process)
        finally:
            process.kill()


def test_a_watch_tells_each_run_on_a_line_and_ctrl_c_ends_it_with_130(shell: Shell, wire: Path, tmp_path: Path) -> None:
    with watching(tmp_path, str(wire)) as watch:
        first = watch.until("generation 0001")
        assert watch.until("Ctrl-C") == "archivist: watching the archive's sources; Ctrl-C ends it\n"
        watch.until("nothing changed")
        with writing(tmp_path / "data"):
            (wire / "ferry.txt").write_text("The Ferry\n\nThe new ferry to Holm sails at noon.\n")
            (wire / "empty.txt").touch()
            busy = watch.until("another process is writing")
        (wire / "harbour.txt").write_text("The Harbour\n\nThe harbour of Holm was dredged in spring.\n")
        second = watch.until("generation 0002")
        skipped = watch.until("skipped empty.txt")
        held = listed(shell)
        code, rest, out = watch.interrupt()

    assert first.startswith("archivist: generation 0001 is current: 4 articles, 0 skipped; 4 added, in ")
    assert str(os.getpid()) in busy
    assert second.startswith("archivist: generation 0002 is current: 6 articles, 1 skipped; 2 added, in ")
    assert skipped == "archivist: skipped empty.txt: it is empty\n"
    assert held >= {"wire/ferry.txt", "wire/harbour.txt"}
    assert (code, rest, out) == (130, "archivist: interrupted\n", "")


def test_a_watch_tells_programs_everything_as_lines_of_json(wire: Path, tmp_path: Path) -> None:
    with watching(tmp_path, str(wire), "--progress", "json", program=("-c", QUICK)) as watch:
        watch.until('"generation"')
        watch.until('"generation"')
        with writing(tmp_path / "data"):
            write(wire, [*RECORDS, FERRY])
            watch.until('"error"')
        code, rest, out = watch.interrupt()
    told: list[dict[str, Any]] = [json.loads(line) for line in watch.lines]
    reports = [line for line in told if "generation" in line]

    assert [(report["generation"], report["added"], report["skipped"]) for report in reports] == [
        ("0001", 4, []), ("0001", 0, []),
    ]  # fmt: skip
    assert told[-1]["error"]["kind"] == "busy"
    assert {line["phase"] for line in told if "phase" in line} >= {"read", "encode", "write"}
    assert all({"generation", "error", "phase"} & set(line) for line in told)
    assert (code, rest.splitlines()[-1], out) == (130, "archivist: interrupted", "")


def test_a_likeness_is_by_id_or_title_nearest_first_and_never_of_nothing() -> None:
    known = {"wire/a.txt": "The Lamp", "wire/b.txt": "The Lamps of Varn", "https://x.example/c": "Bread"}

    assert nearest("the lamp", known) == ["wire/a.txt", "wire/b.txt"]
    assert nearest("wire/b.tx", known)[0] == "wire/b.txt"
    assert nearest("brad", known) == ["https://x.example/c"]
    assert nearest("", known) == []
    assert nearest("the lamp", {}) == []
    assert len(nearest("a", {f"a{n}": "" for n in range(9)})) == 3


def test_finding_what_an_id_may_have_meant_stays_quick_in_a_large_archive() -> None:
    known = {f"https://paper.example/2021/{n:05}/the-lamp": f"The lamp of Varn, part {n}" for n in range(20_000)}

    started = time.process_time()
    found = nearest("https://paper.example/2021/777/the-lamp", known)

    assert time.process_time() - started < 5
    assert "https://paper.example/2021/00777/the-lamp" in found
