"""Dates known in part, grouped: none is lost, none stands where it is not known to lie."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.periods import MONTHS, Period, grouped, peaks_of, unit_of

known = st.builds(
    lambda day, length: day.isoformat()[:length],
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.sampled_from([4, 7, 10]),
)
near = st.builds(
    lambda day, length: day.isoformat()[:length],
    st.dates(date(2019, 3, 1), date(2021, 9, 30)),
    st.sampled_from([4, 7, 10]),
)
dated = st.lists(st.none() | known, max_size=20) | st.lists(st.none() | near, max_size=20)


def test_up_to_three_years_are_told_by_the_month_more_by_the_year_and_centuries_by_the_decade() -> None:
    assert unit_of(["2019-01", "2021-12-31"]) == "month"
    assert unit_of(["2019-01", "2022-01-01"]) == "year"
    assert unit_of(["1942", "2021-05"]) == "year"
    assert unit_of(["1941", "2021-05"]) == "decade"
    assert unit_of([]) == "year"


def test_a_year_alone_counts_as_all_of_its_months_when_the_unit_is_chosen() -> None:
    assert unit_of(["2019", "2021-12"]) == "month"
    assert unit_of(["2019-01", "2021"]) == "month"
    assert unit_of(["2019-02", "2022"]) == "year"


def test_months_are_not_chosen_where_most_dates_do_not_know_theirs() -> None:
    assert unit_of(["2021-03", "2021"]) == "month"
    assert unit_of(["2021-03", "2021", "2020"]) == "year"


def test_an_article_of_2021_is_in_its_year_only_and_in_no_month() -> None:
    found = grouped(["2021-03-04", "2021", None, "2021-05"])
    assert found.unit == "month"
    assert [(period.first, period.members) for period in found.periods] == [
        ("2021-03", (0,)),
        ("2021-04", ()),
        ("2021-05", (3,)),
    ]
    assert found.year_only == (Period("2021", "2021", (1,)),)
    assert found.undated == (2,)


def test_decades_are_named_by_their_first_and_last_year() -> None:
    found = grouped(["1899-12-31", "1900", "2001-02"])
    assert found.unit == "decade"
    assert (found.periods[0].first, found.periods[0].last, found.periods[0].members) == ("1890", "1899", (0,))
    assert (found.periods[-1].first, found.periods[-1].last) == ("2000", "2009")
    assert len(found.periods) == 12
    assert grouped(["0004", "2001"]).periods[0].first == "0001"  # there is no year 0


@given(dated)
def test_each_date_is_in_one_place_and_every_period_that_holds_one_covers_it(dates: list[str | None]) -> None:
    found = grouped(dates)
    held = [place for period in (*found.periods, *found.year_only) for place in period.members]
    assert sorted([*held, *found.undated]) == list(range(len(dates)))
    for period in (*found.periods, *found.year_only):
        for place in period.members:
            told = dates[place] or ""
            length = len(period.first)
            assert period.first <= told[:length] <= period.last
    for one, other in zip(found.periods, found.periods[1:], strict=False):
        assert one.last < other.first
    if found.periods:
        assert found.periods[0].count
        assert found.periods[-1].count
    if found.unit == "month":
        assert len(found.periods) <= MONTHS


def bars(*counts: int) -> list[Period]:
    return [Period(f"{2000 + i}", f"{2000 + i}", tuple(range(count))) for i, count in enumerate(counts)]


@pytest.mark.parametrize(
    ("counts", "peaks"),
    [
        ((3,), [2000]),
        ((1, 5, 4, 0, 2), [2001, 2004]),  # 4 stands beside 5, and is its slope
        ((2, 2, 0, 2), [2000, 2003]),
        ((1, 0, 2, 0, 3, 0, 4), [2002, 2004, 2006]),
        ((1, 0, 1, 0, 1, 0, 1), [2000, 2002, 2004]),
        ((0, 0), []),
    ],
)
def test_peaks_are_the_fullest_that_no_neighbour_exceeds_in_the_order_of_time(
    counts: tuple[int, ...], peaks: list[int]
) -> None:
    assert [int(peak.first) for peak in peaks_of(bars(*counts), 3)] == peaks


@given(st.lists(st.integers(0, 4), max_size=12))
def test_the_fullest_period_is_always_among_the_peaks(counts: list[int]) -> None:
    found = peaks_of(bars(*counts), 3)
    assert max((peak.count for peak in found), default=0) == max(counts, default=0)
