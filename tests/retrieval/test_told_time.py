"""Times in questions as the command line tells them, from the shell to the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from command_line import Done, Shell
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_town import write_dataset

from retrieval.evaluate import evaluate
from retrieval.told_time import ends_shown, range_in_words, understood_in_words
from retrieval.types import Answer, Filters, Understood

FERRY = "What did the articles from last month say about the lamp?"


@pytest.mark.parametrize(
    ("after", "before", "told"),
    [
        (date(2003, 3, 1), date(2003, 4, 1), "in March 2003"),
        (date(2003, 1, 1), date(2004, 1, 1), "in 2003"),
        (date(2003, 3, 3), date(2003, 3, 4), "on 3 March 2003"),
        (date(2010, 1, 1), date(2013, 1, 1), "from 2010 to 2012"),
        (date(2010, 1, 1), date(2012, 6, 1), "from January 2010 to May 2012"),
        (date(2021, 9, 6), date(2021, 9, 13), "from 6 September 2021 to 12 September 2021"),
        (date(2020, 1, 1), None, "from 2020 on"),
        (date(2020, 3, 1), None, "from March 2020 on"),
        (None, date(2008, 1, 1), "before 2008"),
        (None, date(2008, 1, 2), "before 2 January 2008"),
        (None, None, ""),
    ],
)
def test_a_range_is_told_as_shortly_as_it_can_be(after: date | None, before: date | None, told: str) -> None:
    assert range_in_words(after, before) == told


@given(st.dates(date(2, 1, 1)), st.integers(1, 5000))
def test_what_is_told_of_a_range_is_its_first_and_last_day(after: date, days: int) -> None:
    last = date.fromordinal(min(after.toordinal() + days, date.max.toordinal()) - 1)
    if last < after:
        return
    first_told, last_told = ends_shown(after, date.fromordinal(last.toordinal() + 1))
    assert first_told is not None
    assert last_told is not None
    assert after.isoformat().startswith(first_told)
    assert last.isoformat().startswith(last_told)
    assert len(first_told) == len(last_told)


def test_people_are_told_what_was_understood() -> None:
    march = Understood("in March 2003", 14, 27, date(2003, 3, 1), date(2003, 4, 1))
    latest = Understood("latest", 4, 10, order="latest")
    answer = Answer("?", "unsure", 0.4, (), Filters(), "0001", 1.0, understood=(latest, march), outside=True)
    assert list(understood_in_words(answer)) == [
        "“latest”: the latest first, among what is about as relevant.",
        "“in March 2003”: published, or telling of, in March 2003. --as-asked searches all times.",
    ]
    first = replace(answer, understood=(Understood("first", 4, 9, order="first"),), outside=False)
    assert list(understood_in_words(first)) == ["“first”: the earliest first, among what is about as relevant."]
    written = replace(answer, understood=(replace(march, written=True),), outside=False)
    assert list(understood_in_words(written)) == [
        "“in March 2003”: published in March 2003. --as-asked searches all times."
    ]


def ids(done: Done) -> set[str]:
    return {passage["article"]["id"] for passage in done.document["passages"]}


@pytest.mark.usefixtures("indexed")
def test_the_document_holds_what_was_understood_with_its_place(shell: Shell) -> None:
    done = shell("ask", FERRY, "--now", "2021-10-05", "--json")
    start = FERRY.index("from last month")
    assert done.document["filters"]["understood"] == [
        {
            "text": "from last month", "start": start, "end": start + 15, "after": "2021-09-01", "before": "2021-10-01",
            "order": None, "written": True,
        }
    ]  # fmt: skip
    assert (done.document["filters"]["after"], done.document["filters"]["outside"]) == (None, False)
    assert "wire/wire.jsonl#3" not in ids(done)  # of 2019
    assert "wire/wire.jsonl#4" in ids(done)  # undated


@pytest.mark.usefixtures("indexed")
def test_now_can_be_given_or_set_and_is_today_otherwise(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def after(*arguments: str) -> str:
        found: str = shell("ask", FERRY, "--json", *arguments).document["filters"]["understood"][0]["after"]
        return found

    today = date.today()
    assert after() == date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1).isoformat()
    monkeypatch.setenv("ARCHIVIST_SEARCH__NOW", "2020-01-15")
    assert after() == "2019-12-01"
    assert after("--now", "2021-10") == "2021-09-01"


@pytest.mark.usefixtures("indexed")
def test_a_question_can_be_taken_as_it_stands(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("ask", FERRY, "--as-asked", "--json").document["filters"]["understood"] == []
    assert "Only" not in shell("ask", FERRY, "--as-asked").out
    monkeypatch.setenv("ARCHIVIST_SEARCH__UNDERSTAND_TIME", "false")
    assert shell("ask", FERRY, "--json").document["filters"]["understood"] == []


@pytest.mark.usefixtures("indexed")
def test_people_see_what_was_understood(shell: Shell) -> None:
    told = " ".join(shell("ask", FERRY, "--now", "2021-10-05").out.split())
    assert "“from last month”: published in September 2021. --as-asked searches all times." in told


def test_an_evaluation_asks_each_query_on_its_own_day(tmp_path: Path) -> None:
    corpus = [
        {
            "_id": f"ferry-{year}",
            "title": "",
            "text": f"The ferry to Holm ran late {count}.",
            "published": f"{year}-05-02",
        }
        for count, year in (("once", 2019), ("twice", 2020), ("thrice", 2021))
    ]
    queries = [
        {"_id": str(year), "text": "news from last year about the ferry to Holm", "asked": f"{year + 1}-01-31"}
        for year in (2019, 2020, 2021)
    ]
    judged = [(str(year), f"ferry-{year}", 1) for year in (2019, 2020, 2021)]
    result = evaluate(write_dataset(tmp_path / "town", corpus, queries, judged), HashEncoder())
    assert result.ndcg_10 == 1.0
    literal = [{key: value for key, value in query.items() if key != "asked"} for query in queries]
    assert evaluate(write_dataset(tmp_path / "same", corpus, literal, judged), HashEncoder()).ndcg_10 != 1.0
