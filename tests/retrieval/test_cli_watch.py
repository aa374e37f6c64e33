"""`index --watch`: what it refuses, and as a process of its own what it tells and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fakes
import pytest
from command_line import FERRY, RECORDS, Shell, environment, listed, write_wire

from retrieval import build
from retrieval.index.lock import writing

# The program, with an encoder that needs no loading.
QUICK = f"""
import sys
sys.path.append({str(Path(fakes.__file__).parent)!r})
from fakes import HashEncoder
from retrieval import build, cli
build.encoder_of = lambda settings: HashEncoder()
sys.exit(cli.main())
"""


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
def watching(folder: Path, *arguments: str) -> Iterator[Watch]:
    command = [sys.executable, "-c", QUICK, "index", "--watch", *arguments]
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
        second = watch.until("6 articles, 1 skipped")
        held = listed(shell)
        code, rest, out = watch.interrupt()

    assert first.startswith("archivist: generation 0001 is current: 4 articles, 0 skipped; 4 added, in ")
    assert str(os.getpid()) in busy
    assert second.startswith("archivist: generation 0002 is current: 6 articles, 1 skipped; 2 added, in ")
    assert "archivist: skipped empty.txt: it is empty\n" in [*watch.lines, *rest.splitlines(keepends=True)]
    assert held >= {"wire/ferry.txt", "wire/harbour.txt"}
    assert (code, rest.splitlines()[-1], out) == (130, "archivist: interrupted", "")


def test_a_watch_tells_programs_everything_as_lines_of_json(wire: Path, tmp_path: Path) -> None:
    with watching(tmp_path, str(wire), "--progress", "json") as watch:
        watch.until('"generation"')
        watch.until('"generation"')
        with writing(tmp_path / "data"):
            write_wire(wire, [*RECORDS, FERRY])
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


def test_a_watch_of_ones_own_articles_takes_the_place_of_the_sample(shell: Shell, wire: Path, tmp_path: Path) -> None:
    shell("index", build.sample_archive())
    with watching(tmp_path, str(wire)) as watch:
        watch.until("generation 0002")
        watch.interrupt()

    assert [source["path"] for source in shell("sources", "--json").document] == [str(wire)]
