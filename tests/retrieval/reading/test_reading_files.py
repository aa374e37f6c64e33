from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import SourceError
from retrieval.reading import Found, find_files, read_articles
from retrieval.types import Skipped


def listed(source: Path) -> tuple[list[str], dict[str, str]]:
    items = list(find_files(source))
    found = [item.name for item in items if isinstance(item, Found)]
    skipped = {item.path: item.reason for item in items if isinstance(item, Skipped)}
    assert len(found) + len(skipped) == len(items), "something is reported twice"
    return found, skipped


def test_files_come_sorted_by_their_posix_name_whole_paths_compared(tmp_path: Path) -> None:
    names = ["a/z.txt", "a.txt", "a/b/c.txt", "a-b.txt", "b.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found, skipped = listed(tmp_path)
    assert found == sorted(names)
    assert not skipped


def test_a_found_file_has_its_absolute_path_size_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.txt").write_text("four")
    os.utime(tmp_path / "one.txt", ns=(1, 1_000_000_007))
    monkeypatch.chdir(tmp_path)
    assert list(find_files(Path("one.txt"))) == [Found(tmp_path / "one.txt", "one.txt", 4, 1_000_000_007)]


def test_a_missing_source_is_an_error_at_the_call(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="gone"):
        find_files(tmp_path / "gone")


def test_a_pipe_as_a_source_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="named pipe"):
        find_files(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0)
    assert listed(tmp_path) == ([], {"shut": "the folder cannot be listed: permission denied"})


def test_hidden_entries_and_empty_folders_are_reported_once(tmp_path: Path) -> None:
    (tmp_path / ".git" / "deep").mkdir(parents=True)
    (tmp_path / ".git" / "deep" / "a.txt").write_text("a")
    (tmp_path / "empty").mkdir()
    found, skipped = listed(tmp_path)
    assert found == []
    assert sorted(skipped) == [".git", "empty"]
    assert "hidden" in skipped[".git"]
    assert "empty" in skipped["empty"]


def test_special_files_are_named_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "sock"))
        found, skipped = listed(tmp_path)
    assert found == []
    assert "named pipe" in skipped["pipe"]
    assert "socket" in skipped["sock"]


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert list(read_articles(tmp_path / "pipe", "pipe")) == [Skipped("pipe", "it is a named pipe, not a regular file")]


def test_links_within_the_source_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("a")
    (tmp_path / "alias").symlink_to("real")
    (tmp_path / "copy.txt").symlink_to("real/a.txt")
    found, skipped = listed(tmp_path)
    assert found == ["alias/a.txt", "copy.txt", "real/a.txt"]
    assert not skipped


def test_links_that_lead_out_nowhere_or_in_circles_are_named(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (source / "out.txt").symlink_to(tmp_path / "secret.txt")
    (source / "outside").symlink_to(tmp_path)
    (source / "dangling").symlink_to("nothing")
    (source / "self").symlink_to("self")
    (source / "sub" / "up").symlink_to(source)
    found, skipped = listed(source)
    assert found == []
    assert "leads out" in skipped["out.txt"]
    assert "leads out" in skipped["outside"]
    assert "does not exist" in skipped["dangling"]
    assert "circle" in skipped["self"]
    assert "never end" in skipped["sub/up"]


def test_a_maze_of_links_between_folders_comes_to_an_end(tmp_path: Path) -> None:
    folders = [tmp_path / f"d{number}" for number in range(9)]
    for folder in folders:
        folder.mkdir()
        (folder / "a.txt").write_text("a")
    for folder in folders:
        for other in folders:
            (folder / f"to-{other.name}").symlink_to(other)
    items = list(find_files(tmp_path))
    assert {f"d{number}/a.txt" for number in range(9)} <= {item.name for item in items if isinstance(item, Found)}
    assert len(items) < 1000


def test_folders_deeper_than_the_stack_are_walked(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
        Path("a.txt").write_text("a")
        os.chdir(here)
        assert listed(tmp_path)[0] == ["d/" * 1200 + "a.txt"]
    finally:
        # Neither pytest nor shutil takes away what lies deeper than the stack.
        subprocess.run(["/bin/rm", "-rf", str(tmp_path / "d")], check=True)
        os.chdir(here)


def test_a_name_that_is_not_utf8_is_shown_in_a_way_that_is(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_text("Coffee is served.")
    (item,) = find_files(tmp_path)
    assert isinstance(item, Found)
    assert item.name == "caf\\xe9.txt"
    assert item.path.read_text() == "Coffee is served."


@given(st.lists(st.sampled_from(["a", "a.b", "a-", "b", "Z"]), min_size=1, max_size=4))
def test_the_walk_is_the_same_every_time_and_loses_nothing(parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for depth in range(1, len(parts) + 1):
            path = Path(folder).joinpath(*parts[:depth])
            path.mkdir(exist_ok=True)
            (path / "x.txt").write_text("x")
        first = list(find_files(Path(folder)))
        assert first == list(find_files(Path(folder)))
        names = [item.name for item in first if isinstance(item, Found)]
        assert names == sorted(names)
        assert len(names) == len(parts)
