"""Press releases as plain text and as letters: their marks are not their titles, their dates are kept."""

from __future__ import annotations

import time

import pytest

from retrieval.reading import releases
from retrieval.reading.blocks import Block, Limits
from retrieval.reading.normalise import normalised
from retrieval.reading.opening import credited
from retrieval.reading.plain import plain_article
from retrieval.reading.wording import DATELINE
from retrieval.types import Article

TITLE = "Ferry Company Opens a New Crossing"
LEAD = "The Lindholm Ferry Company has opened a second crossing, and the new boat carries forty cars at a time."


def read(text: str) -> Article:
    return plain_article(normalised(text), Limits())


@pytest.mark.parametrize(
    ("mark", "published"),
    [
        ("FOR IMMEDIATE RELEASE", None),
        ("For Immediate Release: March 4, 2021", "2021-03-04"),
        ("FOR IMMEDIATE RELEASE\nMarch 4, 2021", "2021-03-04"),
        ("MEDIA RELEASE PR81234", None),
        ("Press Release No. 12/2021", None),
        ("*** NEWS RELEASE ***", None),
        ("EMBARGOED UNTIL 00:01 GMT 5 March 2021", "2021-03-05"),
        ("Sperrfrist: 5. März 2021, 10 Uhr", "2021-03-05"),
        ("PRESSEMITTEILUNG", None),
        ("Communiqué de presse", None),
        ("Nota de prensa", None),
        ("FOR IMMEDIATE RELEASE\n\nContact: Ada Lind, 555-0100", None),
    ],
)
def test_what_says_that_a_release_follows_is_not_its_title(mark: str, published: str | None) -> None:
    article = read(f"{mark}\n\n{TITLE}\n\n{LEAD}\n")
    assert (article.title, article.text, article.published) == (TITLE, LEAD, published)


@pytest.mark.parametrize("end", ["###", "# # #", "-30-", "- ENDS -", "Ends", "*** ENDE ***"])
def test_the_mark_at_the_end_is_not_of_the_text(end: str) -> None:
    assert read(f"{TITLE}\n\n{LEAD}\n\n{end}\n").text == LEAD


@pytest.mark.parametrize(
    "title",
    ["Press Release on Ferries Angers the Mayor", "For Release: Three Otters", "Embargo", "Ends", "Contact: The Film"],
)
def test_a_title_that_speaks_of_a_release_stays(title: str) -> None:
    assert read(f"{title}\n\n{LEAD}\n").title == title


def test_a_line_that_says_whom_to_ask_stays_where_no_release_was_announced() -> None:
    assert read(f"{TITLE}\n\nContact: the harbour office.\n\n{LEAD}\n").text.startswith("Contact: the harbour office.")


def test_a_documents_first_lines_are_read_as_a_texts() -> None:
    facts, kept = credited([Block("PRESS RELEASE"), Block("4 March 2021"), Block(TITLE), Block(LEAD)])
    assert [block.text for block in kept] == [TITLE, LEAD]
    assert facts.published == "2021-03-04"


@pytest.mark.parametrize(
    ("dateline", "publisher", "published"),
    [
        ("LINDHOLM, March 4, 2021 /Gazettewire/ -- ", "Gazettewire", "2021-03-04"),
        ("LINDHOLM, March 4, 2021 /Gazettewire/ --\n\n", "Gazettewire", "2021-03-04"),
        ("MÜNCHEN (dpa/lby) - ", "dpa", None),
        ("Øvre Ås, 4. März 2021 – ", None, "2021-03-04"),
        ("Lindholm (a port) - ", None, None),
    ],
)
def test_datelines_of_other_alphabets_and_of_services(
    dateline: str, publisher: str | None, published: str | None
) -> None:
    article = read(f"{TITLE}\n\n{dateline}{LEAD}\n")
    assert (article.title, article.publisher, article.published) == (TITLE, publisher, published)
    assert article.text.endswith(LEAD)


@pytest.mark.parametrize(
    "line",
    ["A" * 120, "A, " * 40, "A, B" + " b" * 58, "press release " * 8, "# " * 60, "for release on " * 8, "-" * 120],
)
def test_no_line_takes_long(line: str) -> None:
    started = time.perf_counter()
    for _ in range(20):
        DATELINE.match(line[:120])
        releases.opening(line[:100])
        releases.is_contact(line)
        releases.is_end(line)
    assert time.perf_counter() - started < 1
