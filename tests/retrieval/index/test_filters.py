"""Both engines carry out one `Filters` value, and allow exactly what its words say."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import press
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import DamagedError
from retrieval.index import Request
from retrieval.index.columns import Columns, days, name_key
from retrieval.index.lexical import LexicalIndex
from retrieval.index.local import LocalIndex
from retrieval.terms import stems
from retrieval.types import Filters

BORDERS = [
    None, date.min, date(2019, 12, 31), date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1), date(2020, 3, 2),
    date(2020, 12, 31), date(2021, 1, 1), date(2021, 9, 30), date(2021, 10, 1), date(2022, 6, 15), date.max,
]  # fmt: skip
IDS = [f"wire.jsonl/wire.jsonl#a{n:03}" for n in range(60)]
NAMES = [
    "Küstenbote",
    "kustenbote",
    "KÜSTENBOTE",
    "Ku\u0308stenbote",
    " the  ridge post ",
    "Harbour Herald",
    "nobody",
    "",
]
PEOPLE = ["José Marín", "jose marin", "ADA LINDQVIST", "Kofi  Mensah", "Kofi", "nobody"]
FILTERS = st.builds(
    Filters,
    after=st.sampled_from(BORDERS),
    before=st.sampled_from(BORDERS),
    publishers=st.lists(st.sampled_from(NAMES), max_size=12).map(tuple),
    authors=st.lists(st.sampled_from(PEOPLE), max_size=2).map(tuple),
    articles=st.one_of(st.just(()), st.lists(st.sampled_from([*IDS, "nowhere"]), max_size=40).map(tuple)),
    undated=st.booleans(),
)


def span(published: str) -> tuple[date, date]:
    """Return the first and last day that a date known in part may mean."""
    parts = [int(part) for part in published.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else None
    if len(parts) == 3:
        return (date(*parts),) * 2
    last = calendar.monthrange(year, month or 12)[1]
    return date(year, month or 1, 1), date(year, month or 12, last)


def same_name(one: str, other: str) -> bool:
    plain = {"ü": "u", "u\u0308": "u", "é": "e", "í": "i"}

    def key(name: str) -> str:
        name = name.casefold()
        for accented, bare in plain.items():
            name = name.replace(accented, bare)
        return " ".join(name.split())

    return key(one) == key(other)


def allows(filters: Filters, number: int) -> bool:
    """Whether the words of `Filters` allow article `number`."""
    record = press.record(number)
    published, publisher = record["published"], record["publisher"]
    if filters.after or filters.before:
        if published is None:
            if not filters.undated:
                return False
        else:
            first, last = span(published)
            if (filters.after and last < filters.after) or (filters.before and first >= filters.before):
                return False
    if filters.publishers and not (publisher and any(same_name(publisher, name) for name in filters.publishers)):
        return False
    if filters.authors and not any(same_name(a, name) for a in record["authors"] for name in filters.authors):
        return False
    return not filters.articles or IDS[number] in filters.articles


def in_columns(index: LocalIndex, filters: Filters) -> list[int]:
    mask = index.columns.allowed_articles(filters)
    return list(range(60)) if mask is None else np.flatnonzero(mask).tolist()


def in_full_text(index: LocalIndex, filters: Filters, articles: Sequence[int] | None) -> list[int]:
    """Return the articles of all passages that a word of every passage finds."""
    narrowed = None if articles is None else np.array(articles, np.int64)
    rows, _ = index.passage_texts.search([stems("noon", "en")], 10_000, filters=filters, articles=narrowed)
    whole, _ = index.article_texts.search([stems("noon", "en")], 10_000, filters=filters, articles=narrowed)
    found = sorted({int(a) for a in index.columns.article_of[rows]})
    assert found == np.sort(whole).tolist()
    for article in found:
        assert np.count_nonzero(index.columns.article_of[rows] == article) == np.count_nonzero(
            index.columns.article_of == article
        )
    return found


@given(filters=FILTERS)
@settings(max_examples=150, deadline=None)
def test_columns_and_full_text_allow_exactly_what_the_filters_say(press_index: LocalIndex, filters: Filters) -> None:
    expected = [number for number in range(60) if allows(filters, number)]
    assert in_columns(press_index, filters) == expected
    only = [n for n in range(60) if IDS[n] in filters.articles] if filters.articles else None
    assert in_full_text(press_index, filters, only) == expected


@given(filters=FILTERS, n=st.sampled_from([1, 5, 1000]))
@settings(max_examples=40, deadline=None)
def test_every_candidate_is_one_that_the_filters_allow(press_index: LocalIndex, filters: Filters, n: int) -> None:
    vector = press_index.dense.vectors(np.array([3]))[0]
    request = Request(lambda: vector, (("ferri",), ("noon",)), (), filters, n)
    candidates = press_index.candidates(request)
    expected = [number for number in range(60) if allows(filters, number)]
    allowed = np.flatnonzero(np.isin(press_index.columns.article_of, expected))
    assert np.isin(candidates.rows, allowed).all()
    assert (np.diff(candidates.rows) > 0).all()
    assert len(candidates.rows) >= min(n, len(allowed))
    if n == 1000:
        assert candidates.rows.tolist() == allowed.tolist()
    assert candidates.articles.tolist() == press_index.columns.article_of[candidates.rows].tolist()


@pytest.mark.parametrize(
    ("published", "after", "before", "passes"),
    [
        ("2021", date(2021, 12, 31), None, True),
        ("2021", date(2022, 1, 1), None, False),
        ("2021", None, date(2021, 1, 1), False),
        ("2021", None, date(2021, 1, 2), True),
        ("2021-09", date(2021, 9, 30), date(2021, 10, 1), True),
        ("2021-09", date(2021, 10, 1), None, False),
        ("2021-09", None, date(2021, 9, 1), False),
        ("2020-02-29", date(2020, 2, 29), date(2020, 3, 1), True),
        ("2020-02-29", date(2020, 3, 1), None, False),
        ("2020-02-29", None, date(2020, 2, 29), False),
    ],
)
def test_after_is_inclusive_and_before_is_not(
    press_index: LocalIndex, published: str, after: date | None, before: date | None, passes: bool
) -> None:
    dated = [number for number in range(60) if press.DATES[number % 10] == published]
    filters = Filters(after=after, before=before)
    for allowed in (in_columns(press_index, filters), in_full_text(press_index, filters, None)):
        assert (set(dated) <= set(allowed)) == passes
        assert passes or not set(dated) & set(allowed)


def test_undated_articles_pass_a_range_only_where_they_are_let(press_index: LocalIndex) -> None:
    undated = {number for number in range(60) if press.DATES[number % 10] is None}
    for filters in (Filters(after=date(2020, 1, 1)), Filters(before=date(2020, 1, 1))):
        assert not undated & set(in_columns(press_index, filters))
        assert undated <= set(in_columns(press_index, replace(filters, undated=True)))
        assert press_index.undated_left_out(filters) == len(undated)
        assert press_index.undated_left_out(replace(filters, undated=True)) == 0
    assert press_index.undated_left_out(Filters(undated=False)) == 0


@given(FILTERS)
@settings(max_examples=60, deadline=None)
def test_left_out_for_want_of_a_date_are_those_that_only_lack_one(press_index: LocalIndex, filters: Filters) -> None:
    without = {n for n in range(60) if allows(filters, n)}
    anyhow = {n for n in range(60) if allows(replace(filters, undated=True), n)}
    assert press_index.undated_left_out(filters) == len(anyhow - without)


def test_a_part_of_a_date_is_all_its_days() -> None:
    assert days(None) == days("") == (0, 0)
    for year, month in product((1, 1900, 2000, 2023, 9999), range(1, 13)):
        first, last = days(f"{year:04}-{month:02}")
        assert date.fromordinal(first) == date(year, month, 1)
        assert date.fromordinal(last).month == month
        assert last == date.max.toordinal() or date.fromordinal(last + 1).day == 1
    assert days("2020") == (date(2020, 1, 1).toordinal(), date(2020, 12, 31).toordinal())
    assert days("2020-02-29") == (date(2020, 2, 29).toordinal(),) * 2


@given(st.text())
def test_a_names_key_is_the_same_however_it_is_written(name: str) -> None:
    key = name_key(name)
    assert name_key(key) == key
    assert name_key(f"  {name}\n") == key
    assert key == key.strip()


@pytest.mark.parametrize("kind", ["articles.npy", "passages.npy"])
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"dust"])
def test_broken_columns_are_damage(tmp_path: Path, kind: str, content: bytes) -> None:
    from retrieval.index.columns import ARTICLES, write_columns

    write_columns(tmp_path, np.zeros(2, ARTICLES), np.zeros(3, np.int32))
    Columns(tmp_path, (2, 3), {}, lambda author: [], lambda article: None)
    with pytest.raises(DamagedError, match=r"articles\.npy holds"):
        Columns(tmp_path, (1, 3), {}, lambda author: [], lambda article: None)
    (tmp_path / kind).write_bytes(content)
    with pytest.raises(DamagedError, match=kind.replace(".", r"\.")):
        Columns(tmp_path, (2, 3), {}, lambda author: [], lambda article: None)


def test_full_text_of_another_count_or_none_is_damage(press_data: Path, tmp_path: Path) -> None:
    folder = press_data / "generations" / "0001" / "lexical" / "articles"
    with pytest.raises(DamagedError, match="holds 60 entries, not 59"):
        LexicalIndex(folder, 59)
    with pytest.raises(DamagedError, match="cannot be read"):
        LexicalIndex(tmp_path, 0)
    with pytest.raises(DamagedError, match="cannot be read"):
        LexicalIndex(tmp_path / "nowhere", 0)
