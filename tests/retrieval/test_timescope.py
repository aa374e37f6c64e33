"""What a question's words say about when it was written, over a table of questions, and over any text."""

from __future__ import annotations

import csv
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.timescope import TimeScope, spans, understand_time
from retrieval.timescope.language import some

NOW = date(2021, 9, 15)  # a Wednesday
HERE = Path(__file__).parent
# The first was written before the code. The second and the fourth were written without a look at it and asked once
# before anything was mended: 103 of 106 and 49 of 60 were right. (Of the fourth, three ranges were then set to what the
# first has for the like: "until", "this year" and "the last time".) The third holds what was found wrong since. The
# fifth asks for the latest and the first of things and of articles. The last was written in the same way as the second
# when all of the others were right: 64 of 68 were understood, and all of its traps.
TABLES = (
    "timescope_questions.tsv", "timescope_unseen.tsv", "timescope_mended.tsv", "timescope_later.tsv",
    "timescope_orders.tsv", "timescope_asked.tsv",
)  # fmt: skip
WORDS = sorted(
    some(
        "in on at since before after between from until by for of the this last past next and to early late end first "
        "march may august monday weekend summer christmas nineties 1990s '80s century year years days weeks ago "
        "yesterday today 2003 2010 1905 99 3rd 3 . , ? - : ( latest news articles report what who which did was is "
        "will planned happened flood Wilson im am seit vor letzten gestern tagen märz neueste 9999-12-31 0001-01-01 "
        '12.05.2014 31 "'
    )
)


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def understood(row: dict[str, str]) -> tuple[str, str, str]:
    scope = understand_time(row["question"], date.fromisoformat(row["now"]))
    return str(scope.after or ""), str(scope.before or ""), scope.order or ""


def ends(scope: TimeScope) -> tuple[date | None, date | None]:
    return scope.after, scope.before


@pytest.mark.parametrize("name", TABLES)
def test_of_the_questions_in_the_table_at_least_95_in_100_are_understood(name: str) -> None:
    rows = table(name)
    wrong = [row["question"] for row in rows if understood(row) != (row["after"], row["before"], row["order"])]
    assert len(wrong) <= 0.05 * len(rows), wrong


@pytest.mark.parametrize("name", TABLES)
def test_no_trap_sets_a_time(name: str) -> None:
    traps = [row for row in table(name) if row["trap"]]
    assert [row["question"] for row in traps if understood(row) != ("", "", "")] == []


@pytest.mark.parametrize("name", TABLES)
def test_no_range_is_narrower_than_the_one_that_was_asked_for(name: str) -> None:
    for row in table(name):
        after, before, _ = understood(row)
        wide = spans.Stretch(date.fromisoformat(after or "0001-01-01"), date.fromisoformat(before or "9999-12-31"))
        asked = spans.Stretch(
            date.fromisoformat(row["after"] or "0001-01-01"), date.fromisoformat(row["before"] or "9999-12-31")
        )
        assert wide.after <= asked.after, row["question"]
        assert wide.before >= asked.before, row["question"]


def test_the_first_table_is_as_large_as_was_set_out() -> None:
    rows = table(TABLES[0])
    assert len(rows) >= 180
    assert sum(bool(row["trap"]) for row in rows) >= 70
    assert len({row["question"] for row in rows}) == len(rows)


def test_a_word_is_told_with_its_place_and_the_rest_of_the_question() -> None:
    scope = understand_time("What did the mayor promise in March 2003, and to whom?", NOW)
    (only,) = scope.understood
    assert (only.text, scope.question[only.start : only.end]) == ("in March 2003", "in March 2003")
    assert ends(scope) == (date(2003, 3, 1), date(2003, 4, 1))
    assert scope.bare == "What did the mayor promise, and to whom?"
    assert scope.topic


@pytest.mark.parametrize(
    ("question", "said", "rest"),
    [
        ("Who ran Holm before the 2008 election?", "before the 2008 election", "Who ran Holm?"),
        ("Before the 2008 election, was Holm a town?", "Before the 2008 election", "was Holm a town?"),
        ("before the 2008 election who was mayor", "before the 2008 election", "who was mayor"),
        ("Who was mayor after the 1953 flood and why?", "after the 1953 flood", "Who was mayor and why?"),
        ("What did the 2008 general election change?", "", "What did the 2008 general election change?"),
        ("Who led before the 2008 general election of Holm?", "before the 2008 general election of Holm", "Who led?"),
        ("Who led before the 1911 storm hit the coast?", "before the 1911 storm hit the coast", "Who led?"),
        ("What was built before the 1932 Winter Games began?", "before the 1932 Winter Games began", "What was built?"),
        ("What stood here before the flood of 1953?", "before the flood of 1953", "What stood here?"),
    ],
)
def test_an_event_that_bounds_a_time_is_taken_with_its_whole_name(question: str, said: str, rest: str) -> None:
    scope = understand_time(question, NOW)

    assert [each.text for each in scope.understood] == [said][: bool(said)]
    assert scope.bare == rest


def test_last_and_first_of_a_thing_are_told_from_last_and_first_of_articles() -> None:
    rows = table("timescope_orders.tsv")

    assert len(rows) >= 40
    assert {row["question"]: understood(row)[2] for row in rows} == {row["question"]: row["order"] for row in rows}


def test_a_weekday_with_its_date_is_that_day_and_with_its_month_none() -> None:
    assert ends(understand_time("What burned on Saturday, 3 June 2017?", NOW)) == (date(2017, 6, 3), date(2017, 6, 4))
    assert ends(understand_time("What burned down on a Saturday in June 2017?", NOW)) == (
        date(2017, 6, 1),
        date(2017, 7, 1),
    )


def test_words_of_writing_are_told_from_words_of_what_happened() -> None:
    def written(question: str) -> bool:
        return understand_time(question, NOW).written

    assert written("Articles from 2010 about the tram")
    assert written("What did we report in March 2003?")
    assert written("Any news last August about the ferry?")
    assert not written("Who won the cup in 2008?")
    assert not written("What happened last August?")
    assert not written("Who won the cup?")


def test_what_is_taken_literally_sets_nothing() -> None:
    question = "What is the latest news on the mine in 2012?"
    year = (date(2012, 1, 1), date(2013, 1, 1))
    assert [each.text for each in understand_time(question, NOW).understood] == ["latest", "in 2012"]
    assert [each.text for each in understand_time(question, NOW, ["in 2012"]).understood] == ["latest"]
    assert ends(understand_time(question, NOW, ["latest"])) == year
    assert understand_time(question, NOW, ["latest", "in 2012"]).understood == ()


def test_a_question_with_nothing_but_a_time_has_no_topic() -> None:
    assert not understand_time("What did we report in March 2003?", NOW).topic
    assert not understand_time("Was geschah im März 2003?", NOW).topic
    assert not understand_time("What is new since 2003?", NOW).topic
    assert not understand_time("Show me everything since 2003", NOW).topic
    assert understand_time("What is new in the museum since 2003?", NOW).topic
    assert understand_time("What did we report on eels in March 2003?", NOW).topic


def test_two_times_meet_or_span_what_lies_between() -> None:
    assert ends(understand_time("Which articles since 2005 did we publish before 2010?", NOW)) == (
        date(2005, 1, 1),
        date(2010, 1, 1),
    )
    assert ends(understand_time("What was built in 2003, and what was built in 2008?", NOW)) == (
        date(2003, 1, 1),
        date(2009, 1, 1),
    )


def test_a_question_pasted_with_a_whole_book_is_read_at_its_beginning_only() -> None:
    assert understand_time("What happened to the mill? " + "word " * 1_000_000 + "in 2003", NOW).understood == ()


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_any_words_give_ranges_in_order_and_places_in_the_question(words: list[str], now: date) -> None:
    check(" ".join(words), now)


@given(st.text(max_size=60), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_any_text_can_be_asked(text: str, now: date) -> None:
    check(text, now)


def check(question: str, now: date) -> None:
    scope = understand_time(question, now)
    at = 0
    for each in scope.understood:
        assert question[each.start : each.end] == each.text
        assert at <= each.start < each.end
        at = each.end
        assert bool(each.order) != bool(each.after or each.before)
    if scope.after and scope.before:
        assert scope.after < scope.before
    assert scope.after is None or scope.after <= now


@given(st.dates(date(1200, 1, 1), date(2190, 12, 31)))
def test_what_is_relative_lies_where_the_calendar_has_it(now: date) -> None:
    def asked(words: str) -> tuple[date | None, date | None]:
        return ends(understand_time(f"What happened {words}?", now))

    monday = now - timedelta(days=now.weekday())
    assert asked("yesterday") == (now - timedelta(days=1), now)
    assert asked("last week") == (monday - timedelta(days=7), monday)
    assert asked("3 days ago") == (now - timedelta(days=3), now - timedelta(days=2))
    assert asked("last year") == (date(now.year - 1, 1, 1), date(now.year, 1, 1))
    after, before = asked("last August")
    assert after is not None
    assert before is not None
    assert (after.month, after.day, before.month, before.day) == (8, 1, 9, 1)
    assert before <= now.replace(day=1) < date(before.year + 1, 9, 1)
    monday_said, _ = asked("last Monday")
    assert monday_said is not None
    assert monday_said.weekday() == 0
    assert 1 <= (now - monday_said).days <= 7


@pytest.mark.parametrize(
    ("year", "month", "day"), [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2019, 4, 21), (2024, 3, 31)]
)
def test_easter_is_when_it_was(year: int, month: int, day: int) -> None:
    assert spans.easter(year) == date(year, month, day)


def test_a_question_takes_a_fraction_of_a_millisecond() -> None:
    questions = [row["question"] for row in table(TABLES[0])]

    def mean_ms() -> float:
        began = time.process_time()
        for question in questions:
            understand_time(question, NOW)
        return (time.process_time() - began) * 1000 / len(questions)

    assert min(mean_ms() for _ in range(5)) < 1  # 0.13 where it was written; coverage and company make it 0.5
