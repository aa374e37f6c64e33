"""`archivist inspect` shows what would be indexed of a file, and where each thing known of it stands."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import RECORDS, Shell

LETTER = """The Lamp of Varn

By Jo Berg

Published 7 September 2021

The lighthouse on the island of Varn was dark for six years. Keeper Lind lit its lamp again in a storm.

(c) 2021 Coast Gazette. All rights reserved.
"""


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "lamp.txt"
    path.write_text(LETTER, encoding="utf-8")
    return path


def test_it_tells_an_articles_metadata_where_they_stand_and_its_passages(shell: Shell, letter: Path) -> None:
    done = shell("inspect", letter, "--json")

    assert done.code == 0
    (article,) = done.document["articles"]
    assert done.document["skipped"] == []
    assert article["title"] == "The Lamp of Varn"
    assert (article["authors"], article["origins"]["authors"]) == (["Jo Berg"], "the byline")
    assert (article["publisher"], article["origins"]["publisher"]) == ("Coast Gazette", "the rights line")
    assert (article["published"], article["origins"]["published"]) == ("2021-09-07", "a line that states it")
    assert (article["language"], article["origins"]["language"]) == ("en", "the text's words")
    assert [article["text"][p["start"] : p["end"]] for p in article["passages"]] == [
        p["text"] for p in article["passages"]
    ]
    assert article["passages"][0]["text"].startswith("The lighthouse")


def test_fields_are_named_by_the_name_they_have_in_the_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in [*RECORDS, "oops"]), encoding="utf-8")
    document = shell("inspect", path, "--json").document
    assert [article["record"] for article in document["articles"]] == ["1", "2", "3", "4"]
    assert document["articles"][0]["origins"]["authors"] == "the field author"
    assert document["articles"][0]["origins"]["published"] == "the field published"
    assert [skipped["path"] for skipped in document["skipped"]] == ["wire.jsonl at line 5"]


def test_people_read_it_as_lines_and_with_text_all_of_it(shell: Shell, letter: Path) -> None:
    short, whole = shell("inspect", letter).out, shell("inspect", letter, "--text").out
    assert "Authors    Jo Berg (the byline)\n" in short
    assert "Link       not known\n" in short
    assert "Keeper Lind lit its lamp again in a storm." not in short
    assert "Keeper Lind lit its lamp again in a storm." in whole


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX's")
def test_a_pipe_is_told_as_none_that_can_be_read_and_not_waited_for(shell: Shell, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    result = shell("inspect", tmp_path / "pipe.txt")
    assert result.code == 1
    assert "it is neither a regular file nor a folder" in result.err


@pytest.mark.parametrize(("name", "hint"), [("nowhere.txt", "there is no such file"), (".", "it is a folder")])
def test_what_is_no_file_is_refused_with_the_way_on(shell: Shell, tmp_path: Path, name: str, hint: str) -> None:
    done = shell("inspect", tmp_path / name)
    assert done.code == 1
    assert hint in done.err
    assert not done.out
