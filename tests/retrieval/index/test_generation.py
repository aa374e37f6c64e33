from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import press
import pytest
from fakes import HashEncoder

from retrieval.errors import DamagedError, GenerationError, NoGeneration
from retrieval.index import generation as generations
from retrieval.index.generation import Manifest
from retrieval.index.local import LocalIndex
from retrieval.index.lock import ReaderLock


def manifest(name: str) -> Manifest:
    return Manifest(name, "2024-01-01T00:00:00+00:00", {}, {}, 0, 0, [])


def publish(data: Path, name: str, content: str = "x") -> Manifest:
    folder = generations.new_folder(data)
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_text(content)
    return generations.publish(data, folder, manifest(name))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def copy(press_data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(press_data / "generations" / "0001", tmp_path / "generations" / "0001"))


def test_what_is_published_is_current_whole_and_readable_by_all(data: Path) -> None:
    sealed = publish(data, "0001", "four")
    assert generations.current(data) == generations.require_current(data) == "0001"
    folder = generations.folder_of(data, "0001")
    assert generations.load_manifest(folder) == sealed
    assert sealed.files["deep/file"]["size"] == sealed.size_bytes == 4
    generations.check_sizes(folder, sealed)
    assert generations.damage(folder, sealed) == []
    assert {p.name: oct(p.stat().st_mode & 0o777) for p in folder.rglob("*") if p.is_file()} == {
        "file": "0o644", "manifest.json": "0o644",
    }  # fmt: skip
    assert sorted(p.name for p in data.iterdir()) == ["CURRENT", "generations"]
    assert sorted(p.name for p in (data / "generations").iterdir()) == ["0001"]


def test_names_count_upwards_and_never_come_back(data: Path) -> None:
    assert generations.next_name(data) == "0001"
    publish(data, "0001")
    assert generations.next_name(data) == "0002"
    publish(data, "9999")
    assert generations.next_name(data) == "10000"
    publish(data, "10000")
    assert generations.names(data) == ["0001", "9999", "10000"]
    generations.retire(data, 1)
    assert generations.names(data) == ["10000"]
    assert generations.next_name(data) == "10001"


def test_without_a_generation_there_is_none(data: Path) -> None:
    assert generations.current(data) is None
    assert generations.names(data) == []
    with pytest.raises(NoGeneration, match="there is no index"):
        generations.require_current(data)


@pytest.mark.parametrize("content", [b"", b"\n", b"../../etc", b"12", b"0001 0002", b"\xff\xfe", b"x" * 100_000])
def test_a_current_that_names_no_generation_is_damage(data: Path, content: bytes) -> None:
    publish(data, "0001")
    (data / "CURRENT").write_bytes(content)
    with pytest.raises(DamagedError, match="CURRENT"):
        generations.current(data)


def test_a_current_whose_generation_is_gone_is_damage(data: Path) -> None:
    publish(data, "0001")
    shutil.rmtree(generations.folder_of(data, "0001"))
    with pytest.raises(DamagedError, match=r"0001/manifest\.json"):
        LocalIndex(generations.folder_of(data, generations.require_current(data)))


def test_what_a_run_that_died_left_behind_is_cleared(data: Path) -> None:
    folder = generations.new_folder(data)
    (folder / "half").write_text("written")
    again = generations.new_folder(data)
    assert again == folder
    assert list(again.iterdir()) == []
    assert generations.names(data) == []
    assert generations.current(data) is None


def test_the_newest_the_current_and_those_being_read_are_kept(data: Path) -> None:
    for number in range(1, 7):
        publish(data, f"{number:04}")
    generations.make_current(data, "0002")
    reader = ReaderLock(generations.folder_of(data, "0003") / "manifest.json")
    assert generations.retire(data, 2) == ["0001", "0004"]
    assert generations.names(data) == ["0002", "0003", "0005", "0006"]
    reader.close()
    assert generations.retire(data, 0) == ["0003", "0005", "0006"]
    assert generations.names(data) == ["0002"]
    assert [p.name for p in (data / "generations").iterdir()] == ["0002"]


def test_a_missing_or_resized_file_is_named(copy: Path) -> None:
    whole = generations.load_manifest(copy)
    for name in whole.files:
        path = copy / name
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(DamagedError, match="missing") as raised:
            generations.check_sizes(copy, whole)
        assert name in raised.value.message
        path.write_bytes(content + b"x")
        with pytest.raises(DamagedError, match=f"{len(content) + 1} bytes, not {len(content)}") as raised:
            LocalIndex(copy)
        assert name in raised.value.message
        path.write_bytes(content)
    generations.check_sizes(copy, whole)


def test_a_changed_byte_is_found_in_every_file(copy: Path) -> None:
    whole = generations.load_manifest(copy)
    for name in whole.files:
        path = copy / name
        content = path.read_bytes()
        if not content:
            continue
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        assert generations.damage(copy, whole) == [name]
        path.write_bytes(content)
    assert generations.damage(copy, whole) == []


def change(folder: Path, **fields: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_newer_format_is_refused_with_what_to_do(copy: Path) -> None:
    change(copy, format=generations.FORMAT + 1, something_new=True)
    with pytest.raises(GenerationError, match=f"has format {generations.FORMAT + 1}, this program reads") as raised:
        LocalIndex(copy)
    assert raised.value.hint == "Update Archivist"
    assert not isinstance(raised.value, DamagedError)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"format": %d}' % generations.FORMAT,
        b"\xff",
        b'{"format": %d, "x": 2}' % generations.FORMAT,
    ],
)
def test_a_broken_manifest_is_damage_and_named(copy: Path, content: bytes) -> None:
    (copy / "manifest.json").write_bytes(content)
    with pytest.raises(DamagedError, match=r"manifest\.json"):
        LocalIndex(copy)


def test_a_generation_holds_no_file_that_its_manifest_does_not_name(press_data: Path) -> None:
    folder = press_data / "generations" / "0001"
    found = set(press.snapshot(folder)) - {"manifest.json"}
    assert found == set(generations.load_manifest(folder).files)
    assert not [name for name in found if name.endswith(".lock")]


def test_one_index_may_be_opened_many_times(copy: Path) -> None:
    before = press.snapshot(copy)
    opened = [LocalIndex(copy) for _ in range(5)]
    vector = HashEncoder().encode_queries(["ferry"])[0]
    assert len({tuple(index.dense.search(vector, 9, None)[0].tolist()) for index in opened}) == 1
    for index in opened:
        index.close()
        index.close()
    assert press.snapshot(copy) == before
