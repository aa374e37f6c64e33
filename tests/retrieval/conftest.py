"""The program over an invented archive, with an encoder that needs no loading."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import FERRY, RECORDS, Shell, write_wire
from fakes import HashEncoder


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    return Shell(capsys, monkeypatch, tmp_path, HashEncoder())


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    """The folder of the invented archive, one file."""
    (tmp_path / "wire").mkdir()
    write_wire(tmp_path / "wire", RECORDS)
    return tmp_path / "wire"


@pytest.fixture
def indexed(shell: Shell, wire: Path) -> Path:
    """The archive's folder; it is indexed, as generation 0001."""
    assert shell("index", wire).code == 0
    return wire


@pytest.fixture
def indexed_twice(shell: Shell, indexed: Path) -> Path:
    """The archive's folder, to which an article came; generation 0002 has it."""
    write_wire(indexed, [*RECORDS, FERRY])
    assert shell("index").code == 0
    return indexed
