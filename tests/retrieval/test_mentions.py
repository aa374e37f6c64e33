"""The dates that articles state, and those that they tell relative to their own."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.timescope.language import some
from retrieval.timescope.mentions import mentions_time, resolved_dates

MARCH = (date(2003, 3, 1), date(2003, 4, 1))


@pytest.mark.parametrize(
    ("text", "published", "dates"),
    [
        ("It burned last August.", "2021-09-15", ["August 2021"]),
        ("It burned last August.", "2021-09", ["August 2021"]),
        ("It burned last August.", "2021", []),  # of this year or of the one before
        ("It burned last August.", None, []),
        ("It burned last September.", "2021-09-15", ["September 2020"]),
        ("It opened last year.", "2021", ["2020"]),
        ("It opened two years ago, in August last year it closed.", "2021-09-15", ["2019", "August 2020"]),
        ("He fell yesterday, and again yesterday.", "2021-03-01", ["28 February 2021"]),
        ("He fell yesterday.", "2021-03", []),
        ("He fell last night.", "2021-03-01", ["28 February 2021", "1 March 2021"]),
        ("They met last week.", "2021-09-02", ["August 2021"]),
        ("They met last week.", "2021-09-09", ["August 2021", "September 2021"]),
        (
            "The storm of last winter was worse than that of last summer.",
            "2021-09-15",
            ["2021"],
        ),  # winter has two years
        ("The march will be on Monday, in May or in August.", "2021-09-15", []),
        ("The last king of the last century said this to the man.", "2021-09-15", []),
        ("It was opened in March 2003, and planned in the nineties.", "2021-09-15", []),
    ],
)
def test_what_is_told_relative_to_an_articles_date_is_a_date(
    text: str, published: str | None, dates: list[str]
) -> None:
    assert resolved_dates(text, published, "en") == dates
    assert resolved_dates(text, published, None) == dates


def test_german_articles_tell_dates_too_and_other_languages_are_left_alone() -> None:
    assert resolved_dates("Im letzten August und vor drei Tagen, gestern.", "2021-09-15", "de-AT") == [
        "August 2021", "12. September 2021", "14. September 2021",
    ]  # fmt: skip
    assert resolved_dates("It burned last August.", "2021-09-15", "fr") == []


@pytest.mark.parametrize(
    ("text", "published", "named"),
    [
        ("It opened in March 2003.", "2010", True),
        ("It opened on 3 March 2003.", None, True),
        ("It opened on 2003-03-31.", None, True),
        ("It opened in 2003.", "2010", True),
        ("It was so in the early 2000s.", "2010", True),
        ("It opened last month.", "2003-04-11", True),
        ("It opened in April 2003.", "2010", False),
        ("It opened last month.", "2010-04-11", False),
        ("It has 2,003 rooms, and costs 2003.50.", "2010", False),
        ("", "2003-03", False),  # its own date is not its text's
    ],
)
def test_a_text_names_a_time_if_it_states_a_date_in_it(text: str, published: str | None, named: bool) -> None:
    assert mentions_time(text, published, "en", *MARCH) == named


def test_a_range_without_an_end_is_named_by_any_date_beyond() -> None:
    assert mentions_time("It opened in 2011.", "2012", "en", date(2010, 1, 1), None)
    assert not mentions_time("It opened in 2009.", "2012", "en", date(2010, 1, 1), None)
    assert mentions_time("Es begann 1999.", "2012", "de", None, date(2000, 1, 1))


PUBLISHED = st.dates(date(1450, 1, 1), date(2100, 12, 31)).flatmap(
    lambda day: st.sampled_from([day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]])
)
WORDS = sorted(
    some("last yesterday ago two 99 year years month week August Monday summer night the in . letzten gestern")
)
TOLD = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@given(TOLD | st.text(max_size=80), st.none() | PUBLISHED, st.sampled_from(["en", "de", "ja", None]))
def test_any_text_of_any_day_gives_dates_that_a_reader_would_write(
    text: str, published: str | None, language: str | None
) -> None:
    for stated in resolved_dates(text, published, language):
        assert re.fullmatch(r"(?:(?:\d{1,2}\.? )?[^\W\d]+ )?\d{4}", stated)
    mentions_time(text, published, language, *MARCH)
