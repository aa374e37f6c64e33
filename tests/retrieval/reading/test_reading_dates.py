from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.reading import partial_date
from retrieval.reading.dates import month_and_day

ENGLISH = "January February March April May June July August September October November December".split()  # noqa: SIM905
DAYS = st.dates(date(1450, 1, 1), date(2100, 12, 31))


@given(DAYS)
def test_a_whole_date_is_read_however_it_is_written(day: date) -> None:
    month = ENGLISH[day.month - 1]
    for written in (
        day.isoformat(),
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{month[:3]}. {day.day}, {day.year}",
        f"{day.isoformat()}T23:30:00-05:00",
        f"{day.day}.{day.month}.{day.year}",
    ):
        assert partial_date(written) == day.isoformat(), written


@given(DAYS)
def test_what_is_not_stated_is_not_made_up(day: date) -> None:
    assert partial_date(f"{ENGLISH[day.month - 1]} {day.year}") == day.isoformat()[:7]
    assert partial_date(day.isoformat()[:7]) == day.isoformat()[:7]
    assert partial_date(f"{day.year}") == day.isoformat()[:4]


@given(DAYS)
def test_day_and_month_with_slashes_are_kept_only_where_they_cannot_be_mistaken(day: date) -> None:
    certain = day.day > 12 or day.day == day.month
    expected = day.isoformat() if certain else day.isoformat()[:4]
    assert partial_date(f"{day.day:02d}/{day.month:02d}/{day.year}") == expected
    assert partial_date(f"{day.month:02d}/{day.day:02d}/{day.year}") == expected


@given(st.text())
def test_any_text_gives_a_real_date_or_none(text: str) -> None:
    found = partial_date(text)
    if found is not None:
        date.fromisoformat(found + "0000-01-01"[len(found) :])
        assert 1450 <= int(found[:4]) <= 2100


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3. März 2004", "2004-03-03"),
        ("1er mars 2004", "2004-03-01"),
        ("14 de julio de 1989", "1989-07-14"),
        ("3rd of March, 2004", "2004-03-03"),
        ("Wed, 03 Mar 2004 10:00:00 +0000", "2004-03-03"),
        ("Thu Mar  4 10:00:00 EST 2004", "2004-03-04"),
        ("Spring 2004", "2004"),
        ("20040303", "2004-03-03"),
        ("20140529T233300Z", "2014-05-29"),
        ("20140529T233300-1100", "2014-05-29"),
        ("20140529233300", "2014-05-29"),
        ("2014-05-29T23:33:00.000-05:00", "2014-05-29"),
        ("26-FEB-1987 15:01:01.79", "1987-02-26"),
        ("Thu, 29 May 2014 23:33:00 -0700", "2014-05-29"),
        ("Thu, 29 May 14 23:33:00 EST", "2014-05-29"),
        ("Fri, 3 Mar 95 01:02:03 GMT", "1995-03-03"),
    ],
)
def test_languages_and_clocks(written: str, expected: str) -> None:
    assert partial_date(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "February 30, 2004",
        "2004-02-30",
        "2004-13",
        "32 March 2004",
        "31/04/2004",
        "1449",
        "2101",
        "2001-2021",
        "soon",
        "",
    ],
)
def test_a_date_that_does_not_exist_or_is_a_range_is_none(written: str) -> None:
    assert partial_date(written) is None


def test_a_month_and_day_are_found_without_a_year() -> None:
    assert month_and_day("LONDON, March 3") == (3, 3)
    assert month_and_day("30 February") is None
