"""What the README shows is what a reader gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import settings_table

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs_on_the_sample_archive(
    seeds_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(seeds_data.parent)
    assert seeds_data.name == "data"
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out
    assert printed.startswith("answered")
    assert "planned for 2025" in printed


def test_the_table_of_settings_is_that_of_the_program() -> None:
    assert settings_table().strip() in README


def test_nothing_is_left_to_fill_in() -> None:
    assert "@@" not in README
