"""The package is cheap to import, its `__all__` is the truth, and the README's table is the model's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import config
from config import Settings, settings_table
from config.knobs import Vocabulary

ROOT = Path(__file__).parents[2]
SETTINGS = {"pydantic", "pydantic_settings", "dotenv"}
HEAVY = {"torch", "faiss", "tantivy", "numpy", "trafilatura", "lxml", "discord", "sentence_transformers"}

PROBE = """
import json, sys, time
started = time.perf_counter()
import config
imported_s = time.perf_counter() - started
after_import = sorted(sys.modules)
settings = config.load_settings()
print(json.dumps({"imported_s": imported_s, "after_import": after_import, "after_load": sorted(sys.modules),
                  "k": settings.search.k}))
"""


def run(folder: Path, *arguments: str) -> str:
    """What a child process prints that works in `folder` and has no settings of ours."""
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("ARCHIVIST_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_importing_config_is_quick_and_imports_no_heavy_library(tmp_path: Path) -> None:
    probe = json.loads(run(tmp_path, "-c", PROBE))
    assert probe["imported_s"] < 0.3
    assert not (HEAVY | SETTINGS) & set(probe["after_import"])
    assert not HEAVY & set(probe["after_load"])
    assert not {"retrieval", "bot"} & set(probe["after_load"])


def test_every_public_name_exists_and_no_other_is_found() -> None:
    assert {name: getattr(config, name).__name__ for name in config.__all__} == {name: name for name in config.__all__}
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(config, "no_such_name")  # noqa: B009 - mypy would refuse the attribute


def test_every_knob_says_what_it_is_and_what_it_takes() -> None:
    for knob in Vocabulary.of(Settings).knobs.values():
        assert knob.field.description, knob.name
        assert knob.allowed, knob.name


def test_the_table_has_a_row_for_each_knob_in_order() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in settings_table().splitlines()]
    knobs = Vocabulary.of(Settings).knobs.values()
    assert {len(row) for row in rows[:1] + rows[2:]} == {4}
    assert [row[0] for row in rows[2:]] == [f"`{knob.name}`" for knob in knobs]
    assert ["`search.k`", "`5`", "a whole number from 1 to 100", "Passages of an answer; five fit on a screen."] in rows
    assert [row[1] for row in rows if row[0] in ("`data_dir`", "`sources`", "`index.max_removed_share`")] == [
        '`"data"`',
        "`[]`",
        "`0.1`",
    ]


def test_the_table_is_printed_by_its_module(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "config.table") == settings_table()
