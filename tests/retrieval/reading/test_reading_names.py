"""What a text file without a title line is called, and who signs for an office."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.reading import read_articles
from retrieval.types import Article

LEAD = "The old lighthouse of Varn went dark on Monday after ninety years. Nobody had told the harbour master.\n\n"
BODY = "Its keeper carried the lamp down himself, step by step, and put it on a cart that waited in the lane.\n\n"


def read(tmp_path: Path, name: str, text: str) -> Article:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (article,) = read_articles(path, name)
    assert isinstance(article, Article)
    return article


def test_a_heading_that_speaks_of_what_the_lead_does_is_the_title(tmp_path: Path) -> None:
    text = LEAD + "Varn Loses Its Lighthouse\n\n" + BODY * 3
    assert read(tmp_path, "the-lighthouse-of-varn.txt", text).title == "Varn Loses Its Lighthouse"


def test_a_files_name_made_of_the_articles_words_beats_a_sections_heading(tmp_path: Path) -> None:
    text = LEAD + "Ninety Steps Down\n\n" + BODY * 3
    assert read(tmp_path, "varn-lighthouse-dark.txt", text).title == "Varn lighthouse dark"


@pytest.mark.parametrize("name", ["000_f260b715e26bc53b.txt", "2004-03-12.txt", "scan_0001.txt", "IMG-2041-copy.txt"])
def test_a_name_that_says_nothing_is_no_title(tmp_path: Path, name: str) -> None:
    text = LEAD + "Ninety Steps Down\n\n" + BODY * 3
    assert read(tmp_path, name, text).title == "Ninety Steps Down"


def test_an_office_signs_as_the_author(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", LEAD + BODY + "Written by Varn harbour desk\n\n(c) 2004 Varn Gazette\n")
    assert article.authors == ("Varn harbour desk",)
    assert "Written by" not in article.text


def test_a_sentence_that_begins_like_a_byline_stays(tmp_path: Path) -> None:
    text = LEAD + "Written by hand and never printed, the log of the tower fills forty volumes in the town hall.\n"
    article = read(tmp_path, "a.txt", text)
    assert article.authors == ()
    assert "Written by hand" in article.text
