"""An archive of one town's paper, asked with times in the question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fakes import HashEncoder

from retrieval import dated, inquiry
from retrieval.archive import Archive
from retrieval.encoders import Encoder
from retrieval.index import Index
from retrieval.index.lexical import LexicalIndex
from retrieval.indexing import run_index
from retrieval.preparing import Prepared, Wishes, prepare
from retrieval.terms import stems
from retrieval.types import Answer, Filters

NOW = date(2021, 9, 15)
STORIES = {
    "ferry-2003": ("2003-03-12", "The ferry to Holm ran aground on the sandbank. Captain Brandt blamed the fog."),
    "ferry-2010": ("2010-06", "The ferry to Holm ran on gas. Captain Lind praised the quiet engine of the ferry."),
    "ferry-2021": ("2021-08-20", "The ferry to Holm ran late again. Captain Moe asked for a second ferry to Holm."),
    "ferry-undated": (None, "A postcard shows the ferry to Holm as it ran past the lighthouse."),
    "tram-1985": ("1985", "The tram depot burned. Nobody was hurt, and the tram drivers slept in the town hall."),
    "tram-2012": ("2012-05-02", "The tram depot is a museum since the fire. It burned in 1985, and then stood empty."),
    "mill-2021": ("2021-09-03", "The windmill lost its sails in a gale last August. The miller wants them mended."),
    "mill-2015": ("2015-02-01", "The windmill ground rye. The miller sold flour at the gate of the windmill."),
    "station": ("2014-01-10", "The new station is planned for 2025. The architect wants a roof of glass."),
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return indexed(tmp_path_factory.mktemp("town"), STORIES)


@pytest.fixture(scope="module")
def archive(data: Path) -> Iterator[Archive]:
    with Archive.open(data, encoder=HashEncoder(), now=NOW) as opened:
        yield opened


def indexed(folder: Path, stories: dict[str, tuple[str | None, str]]) -> Path:
    lines = [
        json.dumps({"_id": name, "title": "", "text": text, "language": "en"} | ({"published": day} if day else {}))
        for name, (day, text) in stories.items()
    ]
    (folder / "paper").mkdir()
    (folder / "paper" / "stories.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run_index(folder / "data", [folder / "paper"], HashEncoder())
    return folder / "data"


def names(answer: Answer) -> list[str]:
    return [hit.article.record for hit in answer.hits]


def test_a_month_in_the_question_leaves_what_was_published_then_and_what_has_no_date(archive: Archive) -> None:
    answer = archive.ask("What did we report about the ferry to Holm in March 2003?")

    assert names(answer) == ["ferry-2003", "ferry-undated"]
    (understood,) = answer.understood
    assert (understood.text, understood.after, understood.before) == (
        "in March 2003", date(2003, 3, 1), date(2003, 4, 1),
    )  # fmt: skip
    assert answer.filters == Filters()
    assert (answer.undated, answer.outside) == (0, False)


def test_a_date_known_in_part_counts_where_it_overlaps(archive: Archive) -> None:
    june, may = (archive.ask(f"Articles from {day} 2010 about the ferry to Holm") for day in ("11 June", "May"))

    assert names(june) == ["ferry-2010", "ferry-undated"]
    assert (june.outside, may.outside) == (False, True)


def test_an_article_from_elsewhen_that_names_the_time_is_not_hidden(archive: Archive) -> None:
    answer = archive.ask("What burned in 1985 at the tram depot?")

    assert set(names(answer)) == {"tram-1985", "tram-2012", "ferry-undated"}
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)
    assert not answer.outside


def test_what_is_asked_of_writing_leaves_out_who_only_names_the_time(archive: Archive) -> None:
    assert "tram-2012" not in names(archive.ask("Which articles from 1985 tell of the tram depot that burned?"))


def test_dates_told_by_the_articles_own_are_named_by_it_too(archive: Archive) -> None:
    answer = archive.ask("What did the windmill lose in a gale in August 2021?")

    assert names(answer)[0] == "mill-2021"  # published in September
    assert "mill-2015" not in names(answer)


def test_a_relative_date_in_an_article_is_found_as_the_date_that_it_is(data: Path, archive: Archive) -> None:
    passages = archive.status().passages
    index = LexicalIndex(data / "generations" / archive.generation / "lexical" / "passages", passages)
    found, _ = index.search([(term,) for term in stems("August 2021", "en")], passages)

    assert found.tolist() == [sorted(STORIES).index("mill-2021")]
    assert archive.ask("gale", understand=False).hits[0].passage.text == STORIES["mill-2021"][1]


def test_where_nothing_from_then_answers_the_nearest_is_shown_and_said_to_be(archive: Archive) -> None:
    answer = archive.ask("Which articles from 1999 tell of the windmill that ground rye?")

    assert answer.outside
    assert answer.status == "unsure"
    assert names(answer)[0] == "mill-2015"
    assert [each.text for each in answer.understood] == ["from 1999"]


def test_what_answers_at_another_time_is_never_called_an_answer(archive: Archive) -> None:
    question = "The windmill ground rye. The miller sold flour at the gate of the windmill"
    assert archive.ask(question).status == "answered"
    assert archive.ask(f"{question} in May 1999").status == "unsure"


def test_of_what_is_about_as_relevant_the_nearest_in_time_comes_first(archive: Archive) -> None:
    before, after = (archive.ask(f"articles from May {year} about the ferry to Holm") for year in (2004, 2020))

    assert before.outside
    assert after.outside
    assert names(before)[:3] == ["ferry-2003", "ferry-2010", "ferry-2021"]
    assert names(after)[:3] == ["ferry-2021", "ferry-2010", "ferry-2003"]


def test_a_range_that_the_asker_gave_wins(archive: Archive) -> None:
    given = Filters(after=date(2010, 1, 1), before=date(2011, 1, 1))
    answer = archive.ask("What did we report about the ferry to Holm in March 2003?", filters=given)

    assert names(answer) == ["ferry-2010"]
    assert answer.understood == ()
    assert answer.undated == 1


def test_taken_as_it_stands_a_question_sets_no_time(archive: Archive) -> None:
    question = "What did we report about the ferry to Holm in March 2003?"
    literal = archive.ask(question, understand=False)

    assert literal.understood == ()
    assert "ferry-2021" in names(literal)
    assert names(archive.ask(question, literally=["in March 2003"])) == names(literal)


def test_now_is_what_relative_times_are_relative_to(archive: Archive) -> None:
    question = "What did the paper report last month about the ferry to Holm?"
    assert "ferry-2021" in names(archive.ask(question))
    assert "ferry-2003" in names(archive.ask(question, now=date(2003, 4, 30)))
    assert "ferry-2021" not in names(archive.ask(question, now=date(2003, 4, 30)))


def test_the_latest_and_the_first_come_first_among_what_is_about_as_relevant(archive: Archive) -> None:
    latest = names(archive.ask("What is the latest on the ferry to Holm that ran?"))
    first = names(archive.ask("What was the first report on the ferry to Holm that ran?"))

    assert latest[:4] == ["ferry-2021", "ferry-2010", "ferry-2003", "ferry-undated"]
    assert first[:4] == ["ferry-2003", "ferry-2010", "ferry-2021", "ferry-undated"]


def test_a_year_that_the_question_is_about_filters_nothing(archive: Archive) -> None:
    answer = archive.ask("What roof does the architect want for the station planned for 2025?")

    assert (answer.understood, answer.outside) == ((), False)
    assert names(answer)[0] == "station"


def test_a_question_with_nothing_but_a_time_brings_what_is_from_then(archive: Archive) -> None:
    answer = archive.ask("What happened in March 2003?")

    assert set(names(answer)) == {"ferry-2003", "ferry-undated"}
    assert (answer.status, answer.outside) == ("unsure", False)
    assert archive.ask("What happened in March 1999?").outside


def test_what_is_undated_takes_no_place_from_what_is_from_then_where_nothing_else_is_asked(tmp_path: Path) -> None:
    undated: dict[str, tuple[str | None, str]] = {
        f"undated-{number}": (None, f"What was published, what was written: notice {number}.") for number in range(30)
    }
    bakery: tuple[str | None, str] = ("2021-09-07", "A bakery opened on Quay Street.")
    with Archive.open(indexed(tmp_path, undated | {"bakery": bakery}), encoder=HashEncoder(), now=NOW) as archive:
        for question in ("What was published last week?", "What was written in September 2021?"):
            for k in (1, 5):
                answer = archive.ask(question, k=k)
                assert (names(answer)[0], len(answer.hits), answer.outside) == ("bakery", k, False)
                assert answer.status != "not_found"
                assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)


def test_an_archive_without_dates_filters_nothing(tmp_path: Path) -> None:
    undated: dict[str, tuple[str | None, str]] = {name: (None, text) for name, (_, text) in STORIES.items()}
    with Archive.open(indexed(tmp_path, undated), encoder=HashEncoder()) as archive:
        question = "What did we report about the latest ferry to Holm in March 2003?"
        answer = archive.ask(question)
        assert (answer.understood, answer.outside) == ((), False)
        assert names(answer) == names(archive.ask(question, understand=False))


def test_an_archive_can_be_told_to_understand_no_times(data: Path) -> None:
    with Archive.open(data, encoder=HashEncoder(), times=False) as archive:
        assert archive.ask("What did we report in March 2003?").understood == ()


def test_a_run_has_the_articles_from_then_first_and_leaves_none_behind(archive: Archive) -> None:
    order = [article.record for article, _ in archive.articles()]
    question = "articles from 2021 about the ferry to Holm"
    ranked = archive.rank_articles(question, k=20)

    assert len({row for row, _ in ranked}) == len(ranked) == len(STORIES)
    assert {order[row] for row, _ in ranked[:3]} == {"ferry-2021", "mill-2021", "ferry-undated"}
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)


def test_where_nothing_can_be_from_then_nothing_is_left_out_and_only_who_names_the_time_answers(
    archive: Archive,
) -> None:
    question = "What burned in 1885, the tram depot?"
    answer = archive.ask(question)
    assert (answer.outside, answer.status == "answered") == (True, False)
    assert names(answer) == names(archive.ask(question, understand=False))

    future = archive.ask("What is said of the roof of glass of the station since 2022?", now=date(2030, 1, 1))
    assert names(future)[0] == "station"
    assert not future.outside  # it names 2025


def test_what_happened_on_a_day_is_found_in_the_paper_of_the_next(tmp_path: Path) -> None:
    told = "The bakery of Quay burned down on Saturday."
    stories: dict[str, tuple[str | None, str]] = {
        "next": ("2017-06-04", told),
        "week": ("2017-06-10", "The bakery of Quay burned down, and the baker sleeps in the school."),
        "before": ("2017-05-30", "The barn of Quay burned down in the night."),
    }
    with Archive.open(indexed(tmp_path, stories), encoder=HashEncoder(), now=NOW) as archive:
        happened = archive.ask("What burned down in Quay on Saturday, 3 June 2017?")
        written = archive.ask("What did we report about the bakery of Quay on 3 June 2017?")
        month = archive.ask("What burned down in Quay in May 2017?")

    assert (names(happened), happened.outside) == (["next"], False)
    assert [each.before for each in happened.understood] == [date(2017, 6, 4)]  # what was said is told as it was said
    assert written.outside
    assert names(month) == ["before"]


def test_a_question_that_is_asked_again_without_its_time_is_prepared_no_second_time(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[tuple[bool, str | None]] = []

    def prepared(
        index: Index, encoder: Encoder, text: str, filters: Filters, wishes: Wishes, *, searched: str | None = None
    ) -> Prepared:
        ways.append((wishes.literal, searched))
        return prepare(index, encoder, text, filters, wishes, searched=searched)

    monkeypatch.setattr(inquiry, "prepare", prepared)
    answer = archive.ask("Who slept in the windmill in 1999?", k=1)
    assert answer.outside
    assert len(ways) == len(set(ways)) == 2, "as it was asked, and without the words that set its time"


def test_the_latest_of_somebody_is_told_by_an_article_that_names_her_in_passing(tmp_path: Path) -> None:
    stories: dict[str, tuple[str | None, str]] = {
        "named-2020": ("2020-02-20", "Ingrid Moe mediates. Ingrid Moe was a judge. Ingrid Moe meets both sides soon."),
        "settled-2021": (
            "2021-05-30",
            "The quarrel over mooring fees is over after four years. Owners and dockers of the quay signed a paper by "
            "which fees rise once a year. Mediator Ingrid Moe called it a fair peace, and the cranes turn again.",
        ),
        "band-2021": ("2021-09-10", "The brass band played at the quay on Sunday, and the last piece three times."),
        "namesake-2021": ("2021-09-12", "The chess club beat Norhaven. Ingrid Dahl, who is twelve, won in 19 moves."),
    }
    with Archive.open(indexed(tmp_path, stories), encoder=HashEncoder(), now=NOW) as opened:
        answer = opened.ask("What is the latest on Ingrid Moe?")
        assert names(answer)[:2] == ["settled-2021", "named-2020"]
        scores = {hit.article.id.rpartition("#")[2]: hit.score for hit in answer.hits}
        assert scores["settled-2021"] < dated.COMPARABLE * scores["named-2020"], "by its score alone it would not"
