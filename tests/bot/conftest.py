"""The real index over the sample archive, built once a session."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from world import World, world

from retrieval.build import sample_archive
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.indexing import run_index


@pytest.fixture(scope="session")
def seeds_data(tmp_path_factory: pytest.TempPathFactory, minilm: SentenceTransformerEncoder) -> Path:
    """The data folder of the sample archive, for tests that only read it."""
    data = tmp_path_factory.mktemp("seeds") / "data"
    run_index(data, [sample_archive()], minilm)
    return data


@pytest.fixture
def seeds_copy(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder of its own with the sample archive, for a test that writes into it."""
    return Path(shutil.copytree(seeds_data, tmp_path / "data"))


@pytest.fixture
async def asked(seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder) -> AsyncIterator[World]:
    """A small Discord in which the sample archive can be asked."""
    async with world(seeds_data, tmp_path, minilm) as found:
        yield found
