from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.arguments import check_text, first_day, unknown_names
from retrieval.errors import QuestionError

DAYS = st.dates(min_value=date(1, 1, 1))


@given(DAYS)
def test_a_date_stands_for_its_first_day_at_every_precision(day: date) -> None:
    iso = day.isoformat()

    assert first_day(iso) == day
    assert first_day(iso[:7]) == day.replace(day=1)
    assert first_day(iso[:4]) == day.replace(month=1, day=1)


@pytest.mark.parametrize(
    "text",
    ["", "21", "2021-", "2021-13", "2021-00", "2021-1-1", "2021-02-30", "0000", "20210907", " 2021", "2021\n", "٢٠٢١"],
)
def test_what_is_no_date_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(QuestionError, match="is not a date") as refused:
        first_day(text)

    assert "YYYY-MM-DD" in refused.value.hint


@given(st.text())
def test_any_text_is_either_refused_or_read_as_it_stands(text: str) -> None:
    try:
        day = first_day(text)
    except QuestionError:
        return
    assert day.isoformat().startswith(text)


def test_text_with_bytes_that_are_not_utf_8_is_refused() -> None:
    check_text("Ångström", "灯台")
    with pytest.raises(QuestionError, match="not UTF-8"):
        check_text("fine", "caf\udce9")


def test_a_name_that_the_archive_has_is_known_whatever_its_case_accents_and_spaces() -> None:
    assert unknown_names(["coast  gazette", "EL PAIS"], {"Coast Gazette", "El País"}) == []


def test_an_unknown_name_comes_with_those_that_it_may_have_meant_nearest_first() -> None:
    known = {"Coast Gazette", "Coast Gazette Weekend", "Market Daily"}

    assert unknown_names(["Coast Gazete"], known) == [("Coast Gazete", ["Coast Gazette", "Coast Gazette Weekend"])]
    assert unknown_names(["market"], known) == [("market", ["Market Daily"])]
    assert unknown_names(["Xylophone"], known) == [("Xylophone", [])]


def test_only_the_unknown_ones_among_several_names_are_told() -> None:
    assert unknown_names(["Ada", "Bob"], {"Ada"}) == [("Bob", [])]
