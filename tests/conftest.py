"""Nothing that a test opens outlives the run; the real encoder is loaded once, and so is an invented archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex


@pytest.fixture(scope="session")
def minilm() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.fixture(scope="session")
def press_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of 60 invented articles, for tests that only read."""
    folder = tmp_path_factory.mktemp("press")
    press.write_lines(folder / "wire.jsonl", map(press.record, range(60)))
    press.build(folder / "data", folder / "wire.jsonl", HashEncoder())
    return folder / "data"


@pytest.fixture(scope="session")
def press_index(press_data: Path) -> Iterator[LocalIndex]:
    index = LocalIndex(generations.folder_of(press_data, generations.require_current(press_data)))
    yield index
    index.close()


@pytest.fixture(scope="session")
def press_archive(press_data: Path) -> Iterator[Archive]:
    with Archive.open(press_data, encoder=HashEncoder()) as archive:
        yield archive
