"""Files read by several processes give what one process gives, whatever happens to those."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.errors import ReadError
from retrieval.index import generation as generations
from retrieval.indexing import Options, Report, run_index
from retrieval.reading import Found, Limits, find_files, read_articles
from retrieval.reading.pool import FEWEST, Crew, Pool, begun_for, processes_for
from retrieval.types import Article, Skipped

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for child processes in /proc")
_SLOW = 20_000  # records of a file that no pipe takes whole


def children(parent: int) -> set[int]:
    """The processes that `parent` has started and that are alive."""
    return {int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def many(folder: Path, count: int = FEWEST) -> Path:
    for number in range(count):
        press.write_story(folder, f"{number:03}.txt", f"The heron {number} stood in the reeds of Holm and waited long.")
    return folder


def slow(folder: Path, name: str) -> None:
    line = json.dumps({"text": "The ferry of Sund sailed at noon and was never seen again by anybody. " * 4})
    (folder / name).write_text((line + "\n") * _SLOW)


def mixed(folder: Path) -> Path:
    """Files of several formats, some of them broken, in two folders."""
    many(folder)
    press.write_lines(folder / "a.jsonl", map(press.record, range(30)))
    with (folder / "a.jsonl").open("a") as file:
        file.write("no record\n")
    press.write_story(folder, "b/page.html", "<title>A Mill</title><article><p>" + "The mill of Lune turns. " * 20)
    press.write_story(folder, "b/empty.txt", "")
    (folder / "b" / "hollow.html").write_bytes(b"")
    (folder / "b" / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    (folder / "b" / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj <<")
    press.write_story(folder, "table.csv", "title,text,date\nThe Orchard,The surgeon of Brack sold it.,2021-03-04")
    press.write_story(folder, "c.md", "# Eine Mühle\n\nDie Mühle an der Lune steht seit Jahren still und verfällt.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/one.txt", "The painter of Quay painted the harbour once more.")
        archive.writestr("two.jsonl", json.dumps({"text": "The judge of Pell sold the tunnel."}) + "\nno record\n")
    (folder / "d.zip").write_bytes(packed.getvalue())
    (folder / "e.zip").write_bytes(packed.getvalue()[:-30])
    press.write_story(folder, "copy.txt", "The heron 1 stood in the reeds of Holm and waited long.")
    return folder


def build(folder: Path, processes: int) -> tuple[Report, dict[str, list[tuple[object, ...]]]]:
    """Index `folder/archive`; return the report and all that the catalogue holds."""
    data = folder / f"data{processes}"
    report = run_index(data, [folder / "archive"], HashEncoder(), Options(words=30, processes=processes))
    with sqlite3.connect(generations.folder_of(data, generations.require_current(data)) / "catalogue.sqlite") as made:
        tables = [name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        held = {name: made.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608
    made.close()
    return report, held


def test_several_processes_make_the_same_index_as_one(tmp_path: Path) -> None:
    mixed(tmp_path / "archive")
    (alone, held_alone), (together, held_together) = build(tmp_path, 1), build(tmp_path, 3)
    assert held_together == held_alone
    assert together.skipped == alone.skipped
    assert (together.articles, together.formats, together.copies) == (alone.articles, alone.formats, alone.copies)
    assert len(alone.skipped) >= 6
    assert len(alone.formats) >= 5
    first, second = (
        generations.load_manifest(generations.folder_of(tmp_path / name, "0001")) for name in ("data1", "data3")
    )
    assert first.settings == second.settings


def test_every_item_of_every_file_comes_in_order_and_nothing_is_left_running(tmp_path: Path) -> None:
    found = [file for file in find_files(mixed(tmp_path)) if isinstance(file, Found)]
    before = children(os.getpid())
    with Crew() as crew, Pool(found, Limits(), 2, crew) as pool:
        assert len(children(os.getpid()) - before) == 2
        items = [list(pool.items()) for _ in found]
    assert children(os.getpid()) == before
    for file, read in zip(found, items, strict=True):
        alone = list(read_articles(file.path, file.name))
        assert [item for item in read if isinstance(item, Skipped)] == [i for i in alone if isinstance(i, Skipped)]
        assert [item.text for item in read if isinstance(item, Article)] == [
            item.text for item in alone if isinstance(item, Article)
        ]
    german = next(read for file, read in zip(found, items, strict=True) if file.name == "c.md")
    assert [item.language for item in german if isinstance(item, Article)] == ["de"]


def test_readers_begun_ahead_read_one_source_after_the_other_and_go_with_the_run(tmp_path: Path) -> None:
    sources = [many(tmp_path / name, FEWEST + 1) for name in ("first", "second")]
    before, readers = children(os.getpid()), []
    with begun_for(sources, 2) as crew:
        ahead = children(os.getpid()) - before
        assert len(ahead) == 2

        def look(phase: str, done: int, total: int) -> None:
            readers.append(children(os.getpid()) - before if phase == "read" and done == 1 else ahead)

        report = run_index(
            tmp_path / "data", sources, HashEncoder(), Options(processes=2), dry_run=True, progress=look, crew=crew
        )
        assert children(os.getpid()) == before
    assert report.articles == 2 * FEWEST + 2
    assert set(map(frozenset, readers)) == {frozenset(ahead)}


def test_nobody_is_called_for_a_few_files_or_for_one_process(tmp_path: Path) -> None:
    source, before = many(tmp_path / "archive", FEWEST - 1), children(os.getpid())
    with begun_for([source, tmp_path / "missing"], 2):
        assert children(os.getpid()) == before
    press.write_story(source, "more/1.txt", "The lamp was lit.")
    with begun_for([source], 1):
        assert children(os.getpid()) == before


def test_a_file_that_kills_its_reader_is_skipped_and_named_and_the_others_are_read(tmp_path: Path) -> None:
    source = many(tmp_path / "archive", FEWEST + 10)
    slow(source, "030-slow.jsonl")
    before = children(os.getpid())
    names = sorted(path.name for path in source.iterdir())

    def strike(phase: str, done: int, total: int) -> None:
        if phase == "read" and done == names.index("030-slow.jsonl"):
            time.sleep(0.5)  # the reader has begun, and waits with a full pipe
            for pid in children(os.getpid()) - before:
                os.kill(pid, signal.SIGKILL)

    report = run_index(
        tmp_path / "data", [source], HashEncoder(), Options(words=30, processes=2), dry_run=True, progress=strike
    )
    assert report.skipped == (Skipped("030-slow.jsonl", "reading it brought the reader down (signal 9)"),)
    assert report.formats["text"] == FEWEST + 10
    assert children(os.getpid()) == before


def test_readers_that_cannot_start_end_the_run_with_the_way_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [file for file in find_files(many(tmp_path / "archive")) if isinstance(file, Found)]
    press.write_story(tmp_path, "hollow/retrieval/__init__.py", "raise ImportError('no retrieval here')")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "hollow")])  # found before an installed one
    with (
        Crew() as crew,
        Pool(found, Limits(), 2, crew) as pool,
        pytest.raises(ReadError, match=r"before it could begin .*processes to 1"),
    ):
        list(pool.items())


def test_an_error_while_files_are_read_ends_the_readers(tmp_path: Path) -> None:
    source = many(tmp_path / "archive")
    slow(source, "000.jsonl")
    before = children(os.getpid())

    def fail(phase: str, done: int, total: int) -> None:
        if done == 1:
            assert len(children(os.getpid()) - before) == 2
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_index(tmp_path / "data", [source], HashEncoder(), Options(processes=2), progress=fail)
    assert children(os.getpid()) == before
    assert time.monotonic() - began < 45  # within seconds, on a machine with nothing else to do


PROGRAM = """
import sys
from pathlib import Path
from retrieval.reading import Found, Limits, find_files
from retrieval.reading.pool import Crew, Pool
found = [file for file in find_files(Path(sys.argv[1])) if isinstance(file, Found)]
with Crew() as crew, Pool(found, Limits(), 2, crew) as pool:
    next(pool.items())
    print("reading", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("busy", [False, True])
def test_a_killed_run_leaves_no_readers_behind(tmp_path: Path, busy: bool) -> None:
    source = many(tmp_path / "archive", 4)
    if busy:  # a file of one record that takes many seconds, and before its end gives nothing to write
        (source / "001.html").write_text("<html><body>" + "<p>The judge of <i>Pell</i> sold it.</p>" * 400_000)
    slow(source, "002.jsonl")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(source)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline() == b"reading\n"
    time.sleep(1)
    readers = children(process.pid)
    assert len(readers) == 2
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert until(lambda: not any(map(alive, readers)))


def test_an_interrupt_from_the_keyboard_ends_readers_without_a_word_of_theirs(tmp_path: Path) -> None:
    source = many(tmp_path / "archive")
    slow(source, "003.jsonl")
    process = subprocess.Popen(
        [sys.executable, "-m", "retrieval", "index", str(source), "--dry-run", "--progress", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "ARCHIVIST_READING__PROCESSES": "2"},
    )  # fmt: skip
    with process:
        assert process.stderr
        assert '"read"' in process.stderr.readline()
        assert until(lambda: len(children(process.pid)) == 2)
        readers = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        told = process.stderr.read().splitlines()
        assert process.wait(30) == 130
    assert [line for line in told if not line.startswith('{"phase"')] == ["archivist: interrupted"]
    assert until(lambda: not any(map(alive, readers)))


def test_processes_are_started_only_for_many_files_on_several_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(12)))
    assert [processes_for(files, 0) for files in (0, FEWEST - 1, FEWEST, 10**6)] == [1, 1, 8, 8]
    assert [processes_for(FEWEST, wanted) for wanted in (1, 3, 20)] == [1, 3, 20]
    assert processes_for(FEWEST - 1, 3) == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    assert processes_for(10**6, 0) == 1
