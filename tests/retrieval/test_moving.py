"""A data folder is copied to another place, and read there by others."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import press
import pytest
import village
from fakes import HashEncoder

from retrieval import upkeep
from retrieval.archive import Archive
from retrieval.errors import GenerationError
from retrieval.index import durable
from retrieval.index import generation as generations
from retrieval.indexing import run_index


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("here")
    village.write(folder / "village", village.BEFORE)
    village.build(folder / "data", folder / "village")
    return folder / "data"


def test_a_data_folder_that_was_copied_and_made_read_only_answers_as_before(data: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(data, moved)
    for path in [*moved.rglob("*"), moved]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = press.snapshot(moved)
    assert village.ask(moved) == village.ask(data)
    assert upkeep.verify(moved).ok
    assert press.snapshot(moved) == before
    for path in [*moved.rglob("*"), moved]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_every_user_may_read_a_generation_however_private_the_one_that_built_it_is(tmp_path: Path) -> None:
    village.write(tmp_path / "village", village.BEFORE)
    before = os.umask(0o077)
    try:
        village.build(tmp_path / "data", tmp_path / "village")
    finally:
        os.umask(before)
    folder = village.current(tmp_path / "data")
    modes = {path.relative_to(folder): path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}
    assert {path: mode for path, mode in modes.items() if mode not in {0o644, 0o755}} == {}
    assert (tmp_path / "data" / "CURRENT").stat().st_mode & 0o777 == 0o644


def test_a_generation_of_a_newer_format_is_refused_with_one_line(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    manifest = village.current(tmp_path / "data") / "manifest.json"
    newer = {"format": generations.FORMAT + 1, "made_of": "what this program has never heard of"}
    manifest.write_text(durable.sealed(newer))
    for call in (village.ask, upkeep.verify):
        with pytest.raises(GenerationError, match=f"has format {generations.FORMAT + 1}") as caught:
            call(tmp_path / "data")
        assert str(caught.value).count("\n") == 0
        assert caught.value.hint == "Update Archivist"


def test_an_index_of_an_earlier_format_is_built_anew_by_the_next_run_from_the_sources_it_knew(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(data, tmp_path / "data")
    with Archive.open(data, encoder=HashEncoder()) as archive:
        before = archive.status()
    manifest = village.current(tmp_path / "data") / "manifest.json"
    manifest.write_text(durable.sealed({"format": generations.FORMAT - 1, "made_of": "what was known then"}))
    with pytest.raises(GenerationError, match=f"has format {generations.FORMAT - 1}") as caught:
        village.ask(tmp_path / "data")
    assert caught.value.hint.startswith("Run `archivist index`, which builds the index anew")

    report = run_index(tmp_path / "data", (), HashEncoder())

    assert f"has format {generations.FORMAT - 1}" in caplog.text
    assert report.articles == report.added == before.articles
    assert report.encoded == report.passages
    assert all(answer.hits for answer in village.ask(tmp_path / "data"))
    assert upkeep.verify(tmp_path / "data").ok
