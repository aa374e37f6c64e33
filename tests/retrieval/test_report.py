from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from small_town import ARTICLES, QRELS, QUERIES, HashedWords, corpus_lines, write_dataset

from retrieval.answer import Thresholds
from retrieval.evaluate import evaluate

_VOID = {"meta", "line", "circle", "rect", "polyline"}


class Page(HTMLParser):
    """Reads a page strictly: every element that is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def page_of(dataset: Path, path: Path, **choices: Any) -> tuple[str, Page]:
    evaluate(dataset, HashedWords(), report=path, **choices)
    text = path.read_text(encoding="utf-8")
    return text, Page(text)


def test_the_page_needs_nothing_else_and_fits_a_phone_and_the_dark(tmp_path: Path) -> None:
    text, page = page_of(write_dataset(tmp_path / "town"), tmp_path / "report.html")
    assert text.startswith("<!doctype html>")
    assert not re.search(r"https?:|url\(|@import|//", text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not [key for _, attributes in page.tags for key in attributes if key in {"src", "href"} or key[:2] == "on"]
    assert "width=device-width" in text
    assert "prefers-color-scheme:dark" in text
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(charts) == 6
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in charts)


def test_every_drawing_stays_within_its_picture(tmp_path: Path) -> None:
    _, page = page_of(write_dataset(tmp_path / "town"), tmp_path / "report.html")
    width = height = 0.0
    for tag, attributes in page.tags:
        if tag == "svg":
            width, height = map(float, (attributes["viewbox"] or "").split()[2:])
        across = [float(attributes[key] or "") for key in ("x", "x1", "x2", "cx") if key in attributes]
        down = [float(attributes[key] or "") for key in ("y", "y1", "y2", "cy") if key in attributes]
        assert all(0 <= value <= width for value in across)
        assert all(0 <= value <= height for value in down)
        if tag == "rect":
            assert across[0] + float(attributes["width"] or "") <= width
            assert down[0] + float(attributes["height"] or "") <= height


def test_the_worst_queries_come_with_what_was_returned(tmp_path: Path) -> None:
    wrong = [("q1", "library", 1), ("q2", "library", 1), ("q4", "orchard", 1)]
    folder = write_dataset(tmp_path / "town", None, QUERIES, wrong)
    _, page = page_of(folder, tmp_path / "report.html", thresholds=Thresholds(0.0, 0.0))
    worst, answered = page.text.split("Worst rankings")[1].split("Answered, and wrong")
    assert "How many passengers does the ferry carry?" in worst
    assert "Relevant: library" in worst
    assert "Who paid for the library roof?" not in worst
    assert ARTICLES[0][2] in worst
    assert "Which zeppelin landed on Mars?" in answered
    marks = [tag for tag, _ in page.tags if tag == "mark"]
    assert marks


def test_what_comes_from_a_dataset_is_text_and_never_markup(tmp_path: Path) -> None:
    evil = '<script>alert("x")</script><img src=x onerror=1>\x1b[2J'
    corpus = [
        *corpus_lines(ARTICLES),
        {"_id": "e<b>", "title": evil, "text": f"The wizard {evil} sings.", "lang": "en"},
    ]
    queries = [{"_id": "<i>", "text": f"Which wizard sings {evil}?"}, *QUERIES]
    folder = write_dataset(tmp_path / "<u>", corpus, queries, [("<i>", "ferry", 1), *QRELS])
    text, page = page_of(folder, tmp_path / "report.html")
    assert not {"script", "img", "i", "b", "u"} & {tag for tag, _ in page.tags}
    assert 'alert("x")' in page.text
    assert "\x1b" not in text


def test_a_dataset_without_judgements_makes_a_page_too(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "town", None, [{"_id": "mute", "text": "?!"}], [])
    text, page = page_of(folder, tmp_path / "report.html")
    assert "Questions that could not be asked" in page.text
    assert "<svg" not in text


def test_a_page_that_cannot_be_written_leaves_no_part_behind(tmp_path: Path) -> None:
    from retrieval.errors import DatasetError

    folder = write_dataset(tmp_path / "town", None, QUERIES, [("q1", "nowhere", 1)])
    with pytest.raises(DatasetError):
        evaluate(folder, HashedWords(), report=tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["town"]
