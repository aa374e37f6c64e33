"""The commands that look after generations and sources."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Shell, environment, listed

from retrieval.index import generation as generations


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def folder_of(generation: str) -> Path:
    return generations.folder_of(Path("data"), generation)


def answered(keyboard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody sit at a terminal and type."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal(keyboard))


def test_generations_are_listed_oldest_first_and_the_current_one_is_marked(shell: Shell, indexed_twice: Path) -> None:
    first, second = shell("generations", "--json").document
    lines = [line.split("\t") for line in shell("generations").out.splitlines()]

    assert list(first) == ["name", "built", "articles", "passages", "size_bytes", "current", "damage"]
    assert (first["name"], first["articles"], first["current"], first["damage"]) == ("0001", 4, False, None)
    assert (second["name"], second["articles"], second["current"], second["damage"]) == ("0002", 5, True, None)
    assert [line[:4] for line in lines] == [
        ["0001", "", first["built"], "4"],
        ["0002", "current", second["built"], "5"],
    ]


def test_a_generation_that_cannot_be_opened_is_listed_with_its_damage(shell: Shell, indexed_twice: Path) -> None:
    (folder_of("0001") / "dense.faiss").unlink()

    assert "dense.faiss is missing" in shell("generations", "--json").document[0]["damage"]
    assert "dense.faiss is missing" in shell("generations").out.splitlines()[0]


def test_without_an_index_the_lists_are_empty_and_the_rest_says_how_to_build_one(shell: Shell, tmp_path: Path) -> None:
    for command in ("generations", "withdrawn"):
        empty, told = shell(command, "--json"), shell(command)
        assert (empty.code, empty.document, told.code, told.out) == (0, [], 0, "")
        assert told.err.count("\n") == 1
    for arguments in (("rollback",), ("verify",), ("withdraw", "x"), ("sources", "remove", "x", "--yes")):
        done = shell(*arguments, "--json")
        assert (done.code, done.document["error"]["kind"]) == (1, "no_index")
        assert "archivist index PATH" in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_rollback_goes_one_back_or_to_the_generation_that_is_named(shell: Shell, indexed_twice: Path) -> None:
    assert shell("rollback", "--json").document == {"generation": "0001"}
    assert shell("status", "--json").document["articles"] == 4
    named = shell("rollback", "0002")
    assert (named.code, named.out.splitlines()[0]) == (0, "Generation 0002 is current.")
    assert shell("status", "--json").document["articles"] == 5


def test_a_rollback_that_is_impossible_names_what_there_is(shell: Shell, indexed: Path) -> None:
    unknown, none = shell("rollback", "0009", "--json"), shell("rollback")

    assert (unknown.code, unknown.document["error"]["kind"]) == (1, "generation")
    assert unknown.document["error"]["hint"] == "There are: 0001"
    assert (none.code, none.out) == (1, "")
    assert "no generation before 0001" in none.err


def test_verify_of_a_whole_generation_counts_what_was_checked(shell: Shell, indexed_twice: Path) -> None:
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


def test_verify_names_every_damaged_file_on_a_line_and_exits_with_1(shell: Shell, indexed_twice: Path) -> None:
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


def test_verify_of_an_old_generation_that_is_damaged_does_not_send_anybody_back(
    shell: Shell, indexed_twice: Path
) -> None:
    flip(folder_of("0001") / "dense.faiss")

    done = shell("verify", "0001")

    assert (done.code, done.out.partition(":")[0]) == (1, "dense.faiss")
    assert "do not go back to it" in done.err
    assert "archivist rollback" not in done.err
    assert shell("verify").code == 0


def test_a_command_that_meets_a_damaged_index_offers_the_rollback_that_mends_it(
    shell: Shell, indexed_twice: Path
) -> None:
    (folder_of("0002") / "dense.faiss").unlink()

    met = shell("status")

    assert met.code == 1
    assert "archivist rollback" in met.err
    assert shell("rollback").code == 0
    assert shell("status").code == 0


def test_sources_are_still_listed_and_their_options_may_stand_on_either_side(
    shell: Shell, indexed: Path, tmp_path: Path
) -> None:
    held = [{"path": str(indexed), "articles": 4, "files": 1, "skipped": 0}]
    assert shell("sources", "--json").document == held
    assert shell("sources", "--data", "elsewhere").code == 1

    wrong = shell("sources", "--data", "elsewhere", "remove", indexed, "--yes")
    assert (wrong.code, "no index in elsewhere" in wrong.err) == (1, True)
    assert shell("sources", "--json").document == held
    right = shell("sources", "--data", tmp_path / "data", "--json", "remove", indexed, "--yes")
    assert (right.code, right.document["articles"]) == (0, 0)


def test_a_source_is_removed_with_its_articles_and_its_files_stay(shell: Shell, indexed: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "ferry.txt").write_text("The Ferry\n\nThe new ferry to Holm sails at noon.\n")
    shell("index", "letters")

    done = shell("sources", "remove", "wire/../wire", "--yes")
    status = shell("status", "--json").document

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == [
        f"{indexed} is no source any more; its files were left as they are.", "Generation 0003 is current.",
    ]  # fmt: skip
    assert (status["articles"], status["generation"]) == (1, "0003")
    assert [source["path"] for source in shell("sources", "--json").document] == [str(tmp_path / "letters")]
    assert (indexed / "wire.jsonl").is_file()
    assert shell("index", "--json").document["articles"] == 1


def test_a_source_is_removed_only_if_somebody_at_the_terminal_says_so(
    shell: Shell, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed in ("n\n", "\n", "", "yesterday\n"):
        answered(typed, monkeypatch)
        kept = shell("sources", "remove", "wire")
        assert (kept.code, kept.out) == (1, "")
        assert f"Remove {indexed} and its articles (4) from the index? [y/N] " in kept.err
        assert "Nothing was removed" in kept.err
    assert len(listed(shell)) == 4

    answered("y\n", monkeypatch)
    assert shell("sources", "remove", "wire").code == 0
    assert listed(shell) == set()


def test_a_path_that_is_no_source_is_an_error_that_names_the_sources_before_anything_is_asked(
    shell: Shell, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered("y\n", monkeypatch)

    done = shell("sources", "remove", "wire/wire.jsonl", "--json")

    assert (done.code, done.document["error"]["kind"]) == (1, "source")
    assert done.document["error"]["hint"] == f"Its sources are: {indexed}"
    assert "[y/N]" not in done.err


def test_without_a_terminal_and_without_yes_nothing_is_removed_as_wrong_usage(
    shell: Shell, indexed: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "retrieval", "sources", "remove", str(indexed), "--json"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path, env=environment(), check=False
    )

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "usage"
    assert b"add --yes" in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert len(listed(shell)) == 4


def test_on_a_real_terminal_the_question_is_not_part_of_the_document(
    shell: Shell, indexed: Path, tmp_path: Path
) -> None:
    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-m", "retrieval", "sources", "remove", str(indexed), "--json"]
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


def test_an_index_that_lost_its_pointer_is_damaged_and_never_mixed_with_the_sample(shell: Shell, indexed: Path) -> None:
    assert indexed.is_dir()
    (Path("data") / "CURRENT").unlink()
    failed = shell("ask", "ferry")
    assert failed.code == 1
    assert "CURRENT is missing" in failed.err
    assert "rollback" in failed.err
    assert shell("rollback").code == 0
    assert shell("ask", "ferry").code == 0
