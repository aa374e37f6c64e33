"""The full text that is written beside something else ends with it, and what goes wrong with it is told."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.errors import DamagedError
from retrieval.index.beside import TextsBeside
from retrieval.index.lexical import LexicalIndex
from retrieval.index.local import LocalIndex


@pytest.fixture
def folder(press_index: LocalIndex, tmp_path: Path) -> Path:
    shutil.copy(press_index.catalogue.path, tmp_path / "catalogue.sqlite")
    return tmp_path


def test_what_is_written_beside_is_whole_when_it_is_finished(folder: Path, press_index: LocalIndex) -> None:
    count, seen = press_index.manifest.articles, list[tuple[int, int]]()
    with TextsBeside(folder, count) as texts:
        texts.finish(lambda phase, done, total: seen.append((done, total)))
    assert seen[-1] == (count, count)
    assert seen == sorted(seen)
    LexicalIndex(folder / "lexical" / "passages", press_index.manifest.passages)  # raises for another number
    LexicalIndex(folder / "lexical" / "articles", count)


def test_it_ends_with_what_it_stands_beside(folder: Path, press_index: LocalIndex) -> None:
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as database, database:
        (text,) = database.execute("SELECT max(text) FROM articles").fetchone()
        database.execute("UPDATE articles SET text = ?", (text * 2_000,))  # far more than is done until it is left
    with pytest.raises(KeyboardInterrupt), TextsBeside(folder, 60):
        raise KeyboardInterrupt
    with pytest.raises(DamagedError):  # not all of it was written
        LexicalIndex(folder / "lexical" / "articles", press_index.manifest.articles)


def test_what_goes_wrong_is_raised_where_it_is_waited_for(folder: Path) -> None:
    (folder / "lexical").write_text("in its way", encoding="utf-8")
    with pytest.raises(OSError, match="lexical"), TextsBeside(folder, 60) as texts:
        texts.finish(lambda phase, done, total: None)
