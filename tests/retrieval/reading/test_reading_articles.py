from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.reading import Limits, read_articles
from retrieval.types import Article, Skipped


def read(folder: Path, name: str, data: bytes, limits: Limits = Limits()) -> list[Article | Skipped]:  # noqa: B008 - frozen
    (folder / name).write_bytes(data)
    return list(read_articles(folder / name, name, limits))


def reason(items: list[Article | Skipped], name: str) -> str:
    (item,) = items
    assert isinstance(item, Skipped)
    assert item.path == name
    return item.reason


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [
        ("a.txt", b"The lamp is lit.", "text"),
        ("a", b"The lamp is lit.", "text"),
        ("a.txt", b"<!DOCTYPE html><html><body><p>The lamp is lit.</p></body></html>", "html"),
        ("a.html", b"<p>The lamp is lit.</p>", "html"),
        ("a.html", b"The lamp is lit.", "text"),
        ("a.md", b"The *lamp* is lit.", "markdown"),
        ("a.txt", b"---\ntitle: A Lamp\n---\nThe lamp is lit.", "markdown"),
        ("a.txt", b"# A Lamp\n\nThe **lamp** is lit.", "markdown"),
        ("a.txt", b'{"text": "The lamp is lit."}\n', "jsonl"),
        ("a.html", "<html><body><p>The lamp is lit.</p></body></html>".encode("utf-16"), "html"),
    ],
)
def test_a_format_is_known_by_what_the_file_holds(tmp_path: Path, name: str, data: bytes, format_: str) -> None:
    (item,) = read(tmp_path, name, data)
    assert isinstance(item, Article)
    assert item.format == format_
    assert "lamp is lit" in item.text


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "white space"),
        (b"\xe2\x80\x8b\n", "no text is left"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a PNG image"),
        (b"%PDF-1.7\n", "damaged, or no PDF"),
        (b"PK\x03\x04rest", "its directory is missing"),
        (b"\x1f\x8brest", "it is damaged"),
        (b"words and a \x00 byte", "NUL"),
        (b"\x01\x02\x03\x04words", "control characters"),
        (b"By Jane Doe\n", "no text is left"),
        (b'<?xml version="1.0"?><menu><dish>Lit.</dish></menu>', "XML"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_what_is_no_article_is_named_with_the_reason(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    if name == "a.md" and data[:2] in (b"By", b"<?"):
        pytest.skip("Markdown's lines are its text")
    assert why in reason(read(tmp_path, name, data), name)


def test_a_nul_far_into_a_file_is_found_too(tmp_path: Path) -> None:
    assert "NUL" in reason(read(tmp_path, "a.txt", b"word " * 9000 + b"\x00"), "a.txt")


def test_a_vanished_file_is_skipped_and_named(tmp_path: Path) -> None:
    assert "vanished" in reason(list(read_articles(tmp_path / "gone.txt", "x/gone.txt")), "x/gone.txt")


def test_a_folder_in_the_place_of_a_file_is_skipped(tmp_path: Path) -> None:
    assert reason(list(read_articles(tmp_path, "x")), "x")


def test_a_file_over_the_limit_is_named_with_its_size(tmp_path: Path) -> None:
    assert "1,001 bytes" in reason(read(tmp_path, "a.txt", b"a" * 1001, Limits(file_bytes=1000)), "a.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.jsonl"])
def test_an_article_over_the_limit_is_named_with_its_length(tmp_path: Path, name: str) -> None:
    text = b"word " * 500
    data = {"a.html": b"<html><p>" + text, "a.jsonl": b'{"text":"' + text + b'"}'}.get(name, text)
    (item,) = read(tmp_path, name, data, Limits(article_chars=1000))
    assert isinstance(item, Skipped)
    assert "characters" in item.reason


@pytest.mark.parametrize(
    "unit",
    ["a", "By Jane Doe and ", "(Photo : ", "© 2004 ", "A, ", "LONDON ", "3 March ", "a@b.", "- ", "[![(", "<!--", "'"],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_no_line_however_long_takes_more_than_its_share_of_time(tmp_path: Path, name: str, unit: str) -> None:
    data = (unit * (30_000 // len(unit))).encode()
    began = time.process_time()
    assert read(tmp_path, name, data)
    assert time.process_time() - began < 5


MARKS = st.sampled_from(
    ["\n", "\n\n", "By ", "Jane Doe", "© 2004 ", "(Photo : X)", "# ", "- ", "| a | b |\n", "---\n", "title: x\n", "<p>",
     "</p>", "<html>", "<table><tr><td>", "<li>", "![a](b)", "[a](b)", "`", "```\n", "\u2029", "\u00ad", "Read Also: ",
     "{", '"text": ', "Published: ", "March 3, 2004", "\r", "\f", "\ufeff", "LONDON, March 3 (Reuters) - ", "<h1>",
     "<br>", "&nbsp;", "word. "]
)  # fmt: skip
PARTS = st.lists(MARKS | st.text(max_size=20), max_size=30)
WRITTEN = PARTS.map(lambda parts: "".join(parts).encode("utf-8", "replace"))
ANY_BYTES = st.binary(max_size=300)
NAMES = st.sampled_from(["a.txt", "a.md", "a.html", "a.jsonl", "a"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_BYTES | WRITTEN, NAMES)
def test_any_bytes_give_articles_or_reasons_and_sound_spans(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        items = read(Path(folder), name, data)
    assert items
    for item in items:
        if isinstance(item, Skipped):
            assert item.reason
            assert not item.reason.startswith("reading it failed"), item.reason
            continue
        assert item.text.strip()
        item.text.encode()
        item.title.encode()
        assert "\r" not in item.text
        assert name.endswith("jsonl") or item.format == "jsonl" or not re.search(r"\n\n\n|[ \t]\n", item.text)
        for start, end in (*item.headings, *item.captions):
            assert 0 <= start < end <= len(item.text)
            assert item.text[start:end].strip()


def test_importing_the_readers_imports_no_heavy_library() -> None:
    program = (
        "import sys, retrieval.reading\n"
        "print(sorted({'trafilatura', 'lxml', 'yaml', 'markdown_it', 'charset_normalizer'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
