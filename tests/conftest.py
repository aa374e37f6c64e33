"""Nothing that a test opens outlives the run; the real encoder is loaded once, and so is an invented archive."""

from __future__ import annotations

import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import press
import pytest
from fakes import HashEncoder
from hypothesis import settings
from postgres import NoPostgres, Postgres, postgres

from retrieval.archive import Archive
from retrieval.build import sample_archive
from retrieval.encoders import OpenVinoEncoder, SentenceTransformerEncoder
from retrieval.encoders.choosing import choose
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex
from retrieval.indexing import run_index

# Whoever runs the tests in the background may have them ignore Ctrl-C, which what they start would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes says nothing where the machine does other things, too; tests of time measure it themselves.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

if TYPE_CHECKING:
    from world import World


@pytest.fixture(scope="session")
def minilm() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.fixture(scope="session")
def converted() -> OpenVinoEncoder:
    """The same model in int8: converted on the first run, into the user's own cache, since that takes a minute."""
    encoder = choose(backend="openvino")
    assert isinstance(encoder, OpenVinoEncoder)
    return encoder


@pytest.fixture(scope="session")
def converted_float32() -> OpenVinoEncoder:
    encoder = choose(backend="openvino", precision="float32")
    assert isinstance(encoder, OpenVinoEncoder)
    return encoder


@pytest.fixture(scope="session")
def seeds_data(tmp_path_factory: pytest.TempPathFactory, minilm: SentenceTransformerEncoder) -> Path:
    """The data folder of the sample archive, encoded by the real model, for tests that only read it."""
    data = tmp_path_factory.mktemp("seeds") / "data"
    run_index(data, [sample_archive()], minilm)
    return data


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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL of the tests' own; those that want it are skipped where none can be run."""
    try:
        with postgres() as server:
            yield server
    except NoPostgres as why:
        pytest.skip(f"no PostgreSQL: {why}")


@pytest.fixture
def seeds_copy(seeds_data: Path, tmp_path: Path) -> Path:
    """A data folder of its own with the sample archive, for a test that writes into it."""
    return Path(shutil.copytree(seeds_data, tmp_path / "data"))


@pytest.fixture
async def asked(seeds_data: Path, tmp_path: Path, minilm: SentenceTransformerEncoder) -> AsyncIterator[World]:
    """A small Discord in which the sample archive can be asked."""
    from world import world  # stands in tests/bot, beside those who want it

    async with world(seeds_data, tmp_path, minilm) as found:
        yield found
