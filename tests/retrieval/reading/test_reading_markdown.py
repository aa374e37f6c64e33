from __future__ import annotations

import pytest

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.markdown import markdown_article
from retrieval.types import Article

BODY = "The *lamp* was **lit** by [the keeper](https://coast.example/keeper), who used `lamp --on` for it."
PLAIN = "The lamp was lit by the keeper, who used lamp --on for it."


def read(text: str) -> Article:
    return markdown_article(text, Limits())


def headings(article: Article) -> list[str]:
    return [article.text[start:end] for start, end in article.headings]


def captions(article: Article) -> list[str]:
    return [article.text[start:end] for start, end in article.captions]


def test_front_matter_is_metadata_and_a_repeated_title_goes() -> None:
    article = read(
        "---\ntitle: A Lamp Is Lit\nauthors: [Jane Doe, John Roe]\ndate: 2004-03-03\npublisher: Coast Courier\n"
        f"url: https://coast.example/lamp\nlang: en-GB\n---\n\n# A lamp is lit\n\n{BODY}\n"
    )
    assert article == Article(
        text=PLAIN,
        title="A Lamp Is Lit",
        authors=("Jane Doe", "John Roe"),
        publisher="Coast Courier",
        published="2004-03-03",
        url="https://coast.example/lamp",
        language="en",
        format="markdown",
    )


def test_the_first_heading_is_the_title_and_the_others_are_kept_as_headings() -> None:
    article = read(f"# A Lamp\n\n{BODY}\n\n## The `keeper`\n\n{BODY}\n\nThe boats\n---------\n\n{BODY}")
    assert article.title == "A Lamp"
    assert article.text == f"{PLAIN}\n\nThe keeper\n\n{PLAIN}\n\nThe boats\n\n{PLAIN}"
    assert headings(article) == ["The keeper", "The boats"]


def test_invalid_front_matter_is_read_line_by_line() -> None:
    article = read(f"---\ntitle: Saltmarsh: a lamp: is lit\ndate: 2004-03\n---\n{BODY}")
    assert (article.title, article.published, article.text) == ("Saltmarsh: a lamp: is lit", "2004-03", PLAIN)


def test_a_day_that_does_not_exist_does_not_lose_the_article() -> None:
    article = read(f"---\ntitle: A Lamp\ndate: 2004-02-31\n---\n{BODY}")
    assert (article.title, article.published, article.text) == ("A Lamp", None, PLAIN)


def test_a_rule_at_the_top_is_not_front_matter() -> None:
    article = read(f"---\nJust some words\n\n---\n\n{BODY}")
    assert "Just some words" in article.text + article.title
    assert article.text.endswith(PLAIN)


def test_aliases_without_end_are_not_followed() -> None:
    lines = ["a0: &a0 [Jane Doe, John Roe]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    article = read("---\n" + "\n".join(lines) + f"\nauthor: *a11\n---\n{BODY}")
    assert (article.authors, article.text) == ((), PLAIN)


def test_pictures_become_captions_and_lists_and_tables_lines() -> None:
    article = read(
        "# A Lamp\n\n![The lamp at night](lamp.jpg)\n\n- one\n- two\n  1. deep\n  2. deeper\n\n"
        "| boat | year |\n|---|---|\n| Gull | 2004 |\n\n> Quoted words.\n\n```\ncode = 1\n```\n"
    )
    assert captions(article) == ["The lamp at night"]
    assert article.text == (
        "The lamp at night\n\n- one\n- two\n  1. deep\n  2. deeper\n\n"
        "boat | year\nGull | 2004\n\nQuoted words.\n\ncode = 1"
    )


def test_comments_and_tags_of_html_are_taken_away() -> None:
    assert read("# T\n\n<!-- hidden -->\n\n<p>Shown <b>words</b>.</p>\n\nOther<br>line.").text == (
        "Shown words .\n\nOther\nline."
    )


def test_marks_around_nothing_are_no_article() -> None:
    with pytest.raises(ReadError, match="no text is left"):
        read("---\ntitle: A Lamp\n---\n\n***\n")
