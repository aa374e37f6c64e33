from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.reading.blocks import Limits
from retrieval.reading.normalise import normalised
from retrieval.reading.plain import plain_article
from retrieval.reading.titles import untitled
from retrieval.types import Article

LEAD = "The lighthouse at Saltmarsh was lit again on Monday night, after two winters in which no keeper could be found."
BODY = (
    "The keeper, who came from the islands, said that the lamp had taken her four days to clean and an hour to light."
)


def read(text: str) -> Article:
    return plain_article(normalised(text), Limits())


def around(line: str) -> Article:
    article = read(f"Saltmarsh Lighthouse Shines Again\n\n{line}\n\n{LEAD}\n\n{BODY}\n")
    assert article.title == "Saltmarsh Lighthouse Shines Again"
    return article


def parts(article: Article, spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [article.text[start:end] for start, end in spans]


def test_an_article_saved_with_its_furniture_becomes_text_and_facts() -> None:
    article = read(
        f"""{LEAD}

{BODY}

Keeper Lights the Old Saltmarsh Lamp

The Lamp Room as Seen From the Gallery Stairs
(Photo : Nadia Brook/Coast Pictures)
SALTMARSH, WESTLAND OCTOBER 04: The keeper cleans the lenses on October 04, 2016 in Saltmarsh, Westland.

Two boats had run aground since the lamp went out, and the harbour office counts on there being no third this year.

Read Also: Ferry Timetable Changes, And the Last Boat is Earlier

Will the Ferry Come Back?

The ferry company has not said yet whether it will sail at night, and the islanders are waiting for the answer.

Related Article: The Island School Has a New Roof, And It is Green

This article is owned by Coast Courier

Written by Tom Halloran

ⓒ 2016 COASTCOURIER.example All rights reserved. Do not reproduce without permission."""
    )
    assert article.title == "Keeper Lights the Old Saltmarsh Lamp"
    assert article.authors == ("Tom Halloran",)
    assert article.publisher == "Coast Courier"
    assert article.published == "2016"
    assert article.url is None
    assert article.text.startswith(LEAD)
    assert article.text.endswith("waiting for the answer.")
    assert parts(article, article.headings) == ["Keeper Lights the Old Saltmarsh Lamp", "Will the Ferry Come Back?"]
    assert parts(article, article.captions) == [
        "The Lamp Room as Seen From the Gallery Stairs",
        "SALTMARSH, WESTLAND OCTOBER 04: The keeper cleans the lenses on October 04, 2016 in Saltmarsh, Westland.",
    ]
    for gone in ("Photo", "Read Also", "Related", "owned by", "Written by", "rights"):
        assert gone not in article.text


def test_a_first_line_that_is_a_title_is_not_repeated() -> None:
    assert around("").text == f"{LEAD}\n\n{BODY}"


def test_without_a_heading_the_first_sentence_is_the_title_cut_at_a_word() -> None:
    article = read(f"{LEAD}\n\n{BODY}")
    assert article.title == "The lighthouse at Saltmarsh was lit again on Monday night, after two winters in…"
    assert len(article.title) <= 81
    assert read("Mr. Halloran went out. He came back.").title == "Mr. Halloran went out"


def test_one_word_is_an_article() -> None:
    assert read("Fog.\n").text == "Fog."
    assert read("Fog").title == "Fog"


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By A. Writer and B. Writer", ("A. Writer", "B. Writer")),
        ("by JANE O'DOE, Staff Writer", ("Jane O'Doe",)),
        ("By Jane Doe, The Coast Courier", ("Jane Doe",)),
        ("By Jane Doe in Saltmarsh and John Roe in Westport", ("Jane Doe", "John Roe")),
        ("Author: Jane van der Doe", ("Jane van der Doe",)),
        ("By Jane Doe | jane@coast.example | 3 March 2004", ("Jane Doe",)),
        ("(Reporting by Jane Doe and John Roe; Editing by Ann Lee)", ("Jane Doe", "John Roe")),
        ("Posted on March 3, 2004 by Jane Doe", ("Jane Doe",)),
        ("— Jane Doe", ("Jane Doe",)),
        ("By Jan Novak", ("Jan Novak",)),
    ],
)
def test_bylines_name_the_authors_and_leave_the_text(line: str, authors: tuple[str, ...]) -> None:
    article = around(line)
    assert article.authors == authors
    assert article.text == f"{LEAD}\n\n{BODY}"


@pytest.mark.parametrize(
    "line",
    [
        "By the time he arrived, the lamp was out.",
        "By and large, it worked.",
        "By Monday, Jane Doe had gone.",
        "Authors Guild members stayed away.",
        "Edited by two monks over many years.",
        "Modified cars of 2004 were sold there.",
        "Published in 1998, the book sold well.",
        "Copyright law was changed in 1998.",
        "(c) the third point of the list.",
        "March 2004 was a cold month.",
        "Photography was not allowed.",
    ],
)
def test_sentences_that_begin_like_furniture_stay(line: str) -> None:
    article = around(line)
    assert article.text == f"{line}\n\n{LEAD}\n\n{BODY}"
    assert (article.authors, article.publisher, article.published) == ((), None, None)


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("Published: March 3, 2004", "2004-03-03"),
        ("3 March 2004", "2004-03-03"),
        ("2004-03-03", "2004-03-03"),
        ("Posted on Wednesday, March 3, 2004", "2004-03-03"),
        ("Published: March 3, 2004 | Updated: March 6, 2004", "2004-03-03"),
        ("Updated: March 6, 2004", None),
        ("Date: March 2004", "2004-03"),
        ("© 2004 Coast Courier. All rights reserved.", "2004"),
        ("© 1999-2004 Coast Courier", None),
    ],
)
def test_dates_are_those_of_publication_to_the_precision_stated(line: str, published: str | None) -> None:
    article = around(line)
    assert article.published == published
    assert article.text == f"{LEAD}\n\n{BODY}"


@pytest.mark.parametrize(
    ("line", "publisher"),
    [
        ("This article is owned by Coast Courier", "Coast Courier"),
        ("© 2004 Coast Courier. All rights reserved.", "Coast Courier"),
        ("© Coast Courier 2004", "Coast Courier"),
        ("Copyright (c) 2004, Coast Courier. All Rights Reserved.", "Coast Courier"),
        ("Source: Coast Courier", "Coast Courier"),
        ("Originally published in Coast Courier", "Coast Courier"),
        ("This story first appeared in Coast Courier on 3 March 2004.", "Coast Courier"),
    ],
)
def test_publishers_are_found_in_what_is_said_of_rights_and_sources(line: str, publisher: str) -> None:
    assert around(line).publisher == publisher


def test_an_explicit_date_wins_over_the_year_of_the_rights() -> None:
    article = read(f"A Lamp Is Lit Again\n\nPublished: March 3, 2004\n\n{LEAD}\n\n© 2004 Coast Courier")
    assert article.published == "2004-03-03"


def test_a_dateline_stays_in_the_text_and_gets_its_year_from_the_rights() -> None:
    text = f"SALTMARSH, March 3 (Reuters) - {LEAD}"
    with_year = read(f"{text}\n\n{BODY}\n\n© 2004 All rights reserved.")
    assert with_year.text == f"{text}\n\n{BODY}"
    assert (with_year.publisher, with_year.published) == ("Reuters", "2004-03-03")
    assert with_year.title.startswith("The lighthouse")
    assert read(f"{text}\n\n{BODY}").published is None


def test_a_header_block_is_metadata() -> None:
    article = read(
        "Title: The Lamp: a Story\nAuthor: Jane Doe\nSection: Coast\nDate: 3 March 2004\nSource: Coast Courier\n"
        f"URL: https://coast.example/lamp\nLanguage: English\n\nThe Lamp: A Story\n\n{LEAD}"
    )
    assert article.text == LEAD
    assert article.title == "The Lamp: a Story"
    assert (article.authors, article.publisher) == (("Jane Doe",), "Coast Courier")
    assert (article.published, article.url, article.language) == ("2004-03-03", "https://coast.example/lamp", "en")


@given(st.integers(55, 80), st.integers(1, 4))
def test_hard_wrapped_paragraphs_are_joined_whatever_the_width(width: int, repeat: int) -> None:
    paragraphs = [f"{LEAD} {BODY} " * repeat, f"{BODY} {LEAD} " * repeat]
    wrapped = "\r\n\r\n".join(
        textwrap.fill(text, width, break_on_hyphens=False).replace("\n", "\r\n") for text in paragraphs
    )
    assert read(wrapped).text == "\n\n".join(text.strip() for text in paragraphs)


def test_one_paragraph_a_line_without_blank_lines_stays_so() -> None:
    lines = ["The lamp was lit on Monday.", "Nobody had seen it for two years.", "The keeper slept well."]
    assert read("\n".join(lines)).text == "\n\n".join(lines)


def test_a_broken_word_is_made_whole_only_where_the_text_writes_it_so() -> None:
    lines = [
        "The lighthouse stands above the town and the harbour; the light-",
        "house is old, and its keeper, who is well-",
        "known on the islands, has never been away from it for longer",
        "than a day, which is what the islanders say about her as well.",
    ]
    assert "the lighthouse is old" in read("\n".join(lines)).text
    assert "well-known on the islands" in read("\n".join(lines)).text.replace("well-\n\nknown", "well-known")


def test_line_ends_of_every_kind_and_soft_hyphens_are_handled() -> None:
    article = read(f"{LEAD}\r\r{BODY}\u2029Light\u00adhouses\u00a0are rare.\fThe cafe\u0301 is shut.  \u2028")
    assert article.text == f"{LEAD}\n\n{BODY}\n\nLighthouses are rare.\n\nThe café is shut."


def test_a_list_of_names_holds_no_headings() -> None:
    article = read(f"{LEAD}\n\nJane Doe\n\nJohn Roe\n\nAnn Lee\n\nTom Hall\n\n{BODY}")
    assert article.headings == ()
    assert "Ann Lee" in article.text


def test_verse_keeps_its_lines_and_its_first_one() -> None:
    article = read("The fog comes\non little boats.\n\nIt sits looking\nover harbour and town\n")
    assert article.text.startswith("The fog comes\n\non little boats.")


@pytest.mark.parametrize(
    "line",
    [
        "Published 14 March 1996, The Harbour Gazette",
        "Published on March 14, 1996 in The Harbour Gazette",
        "Posted 14 March 1996 | The Harbour Gazette",
    ],
)
def test_a_line_that_states_the_date_and_then_the_paper_gives_both(line: str) -> None:
    article = read(f"A Lamp Is Lit Again\n\nBy Jane Doe\n{line}\n\n{LEAD}")
    assert (article.published, article.publisher) == ("1996-03-14", "The Harbour Gazette")
    assert article.text == LEAD


def test_a_sentence_that_begins_as_such_a_line_does_is_text() -> None:
    line = "Published 14 March 1996, the book sold well in The Hague."
    article = read(f"A Lamp Is Lit Again\n\n{line}\n\n{LEAD}")
    assert (article.published, article.publisher) == (None, None)
    assert article.text == f"{line}\n\n{LEAD}"


def test_a_bullet_is_no_part_of_a_title_and_a_dash_within_one_is() -> None:
    assert untitled("Winter 1998 - 1999 in the harbour") == "Winter 1998 - 1999 in the harbour"
    assert untitled(" • - The lamp - again lit") == "The lamp - again lit"
    assert untitled("-") == "-"


@pytest.mark.parametrize("line", ["The Harbour Gazette, 4 September 1986", "Eastport Times – September 4, 1986"])
def test_a_paper_and_the_day_at_the_top_are_publisher_and_date(line: str) -> None:
    article = plain_article(f"Whale saved\n\n{line}\nBy Ada Lind\n\nThe whale swam out again.\n", Limits())
    assert article.published == "1986-09-04"
    assert article.publisher in ("The Harbour Gazette", "Eastport Times")
    assert article.text.strip() == "The whale swam out again."


def test_a_place_and_a_day_at_the_top_are_no_paper() -> None:
    article = plain_article("Whale saved\n\nNew York, 4 September 1986\n\nThe whale swam out.\n", Limits())
    assert article.publisher is None
