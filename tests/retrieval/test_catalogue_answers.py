"""What the catalogue says to questions about articles, asked through the archive and the command line."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import gazette
import pytest
from command_line import Shell
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.show_about import about_lines
from retrieval.told_time import date_in_words
from retrieval.types import Answer, CatalogueAnswer, Filters
from retrieval.withdrawing import withdraw


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with gazette.opened(tmp_path_factory.mktemp("gazette")) as found:
        yield found


def about(answer: Answer) -> CatalogueAnswer:
    assert answer.about is not None
    return answer.about


def titles(answer: Answer) -> list[str]:
    return [article.title for article in about(answer).articles]


def publishers(answer: Answer) -> set[str | None]:
    return {hit.article.publisher for hit in answer.hits}


def test_who_wrote_about_something_is_answered_with_names_counts_and_the_articles(archive: Archive) -> None:
    answer = archive.ask("Who wrote about seals?")

    told = about(answer)
    assert (told.kind, told.topic, told.rule, told.count) == ("who_wrote", "seals", "passage", 3)
    assert told.authors == (("Ada Lindqvist", 1), ("Jane Writer", 1), ("Kofi Mensah", 1))
    assert told.unsigned == 1
    assert sorted(titles(answer)) == ["Nets and seals", "Pups on the beach", "Seals return"]
    assert answer.hits  # the passages are there, too
    assert answer.status != "not_found"


def test_asked_for_the_last_or_the_first_the_articles_come_in_that_order(archive: Archive) -> None:
    last, first = (
        archive.ask("When did you last write about seals?"),
        archive.ask("list the first articles about seals"),
    )

    assert titles(last) == ["Seals return", "Nets and seals", "Pups on the beach"], "what has no date comes last"
    assert titles(first) == ["Nets and seals", "Seals return", "Pups on the beach"]


def test_an_exact_copy_counts_once_and_each_publisher_has_its_own(archive: Archive) -> None:
    everybody = archive.ask("How many articles about the shoals of Varn?")
    gazette_only = archive.ask("How many articles about the shoals did Coast Gazette publish?")

    assert about(everybody).count == 1
    assert (about(gazette_only).count, about(gazette_only).articles[0].publisher) == (1, "Coast Gazette")


def test_how_many_in_a_year_counts_what_is_dated_in_it(archive: Archive) -> None:
    told = about(archive.ask("How many articles about seals in 2019?"))

    assert (told.count, told.after, told.before) == (1, date(2019, 1, 1), date(2020, 1, 1))
    assert about(archive.ask("How many articles about seals in 2018?")).count == 0
    assert about(archive.ask("How many articles about seals since 2019?")).count == 2  # the undated one is not


def test_when_something_was_published_is_answered_oldest_first_with_undated_ones_last(archive: Archive) -> None:
    answer = archive.ask("When were the articles about seals published?")

    assert titles(answer) == ["Nets and seals", "Seals return", "Pups on the beach"]
    assert (about(answer).first, about(answer).last) == ("2019", "2021-03-05")  # of copies, the first by id


def test_what_a_publisher_said_searches_its_articles_alone_and_says_so(archive: Archive) -> None:
    answer = archive.ask("What did the Ridge Post say about the radio mast?")

    assert answer.scope is not None
    assert (answer.scope.text, answer.scope.publisher, answer.scope.kept) == ("the Ridge Post", "The Ridge Post", True)
    assert answer.question[answer.scope.start : answer.scope.end] == "the Ridge Post"
    assert publishers(answer) == {"The Ridge Post"}
    assert answer.hits[0].article.title == "The radio mast"
    assert answer.filters == Filters()  # what the asker set stays apart


def test_what_was_understood_can_be_taken_back(archive: Archive) -> None:
    question = "What did the Ridge Post say about seals?"

    for answer in (archive.ask(question, understand=False), archive.ask(question, literally=["the Ridge Post"])):
        assert (answer.scope, answer.about) == (None, None)
        assert {"Tech Times", "Coast Gazette"} & publishers(answer)


def test_where_a_publisher_has_nothing_the_others_are_shown_and_never_as_an_answer(archive: Archive) -> None:
    answer = archive.ask("What did Tech Times say about Rogozin?")

    assert answer.scope is not None
    assert not answer.scope.kept
    assert about(answer).count == 0
    assert answer.hits[0].article.title == "The launch"
    assert answer.status != "answered"


def test_a_publisher_that_the_asker_chose_goes_before_one_in_the_words(archive: Archive) -> None:
    answer = archive.ask("What did Tech Times say about seals?", filters=Filters(publishers=("Coast Gazette",)))

    assert answer.scope is None
    assert publishers(answer) == {"Coast Gazette"}
    assert about(answer).publisher is None


@pytest.mark.parametrize("name", ["tech times", "The Tech Times", "TechTimes.com", "TECH TIMES"])
def test_a_publisher_is_known_however_it_is_written(archive: Archive, name: str) -> None:
    assert about(archive.ask(f"articles about phones in {name}")).publisher == "Tech Times"


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("jose marin", "José Marín"),
        ("Marín", "José Marín"),
        ("Ms. Writer", "Jane Writer"),
        ("ADA LINDQVIST", "Ada Lindqvist"),
    ],
)
def test_an_author_is_known_by_the_last_name_and_without_accents(archive: Archive, name: str, author: str) -> None:
    told = about(archive.ask(f"Which articles are by {name}?"))

    assert told.author == author
    assert told.rule == "all"
    assert told.count >= 1


def test_articles_by_an_author_come_newest_first_and_bound_the_passages(archive: Archive) -> None:
    answer = archive.ask("Which articles did Jane Writer write?")

    assert titles(answer) == ["A phone that folds", "Seals return"]
    assert answer.status != "not_found"  # the catalogue answers it
    assert {hit.article.authors for hit in answer.hits} == {("Jane Writer",)}


def test_words_that_no_passage_holds_together_are_looked_for_in_the_whole_text(tmp_path: Path) -> None:
    import press

    long = (
        "The harbour was deep and cold. " * 8
        + "\n\n"
        + "Gulls cried over roofs. " * 20
        + "\n\n"
        + "At noon the orchestra played. " * 8
    )
    press.write_lines(tmp_path / "a.jsonl", [{"_id": "1", "title": "Day", "text": long, "language": "en"}])
    press.build(tmp_path / "data", tmp_path / "a.jsonl", HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        apart = about(archive.ask("articles about the harbour orchestra"))
        together = about(archive.ask("articles about the cold harbour"))
        half = about(archive.ask("articles about the harbour zeppelin"))

    assert (apart.rule, apart.count) == ("article", 1)
    assert (together.rule, together.count) == ("passage", 1)
    assert half.count == 0


def test_a_misspelt_topic_is_counted_as_it_was_meant(archive: Archive) -> None:
    answer = archive.ask("How many articles mention Rogosin?")

    assert about(answer).count == 1
    assert answer.also_searched == (("Rogosin", "Rogozin"),)


def test_a_question_about_the_world_has_no_catalogue_answer_and_its_passages_are_untouched(archive: Archive) -> None:
    question = "Who counted the seals?"

    assert archive.ask(question).about is None
    assert archive.ask(question).hits == archive.ask(question, understand=False).hits


def test_at_most_k_articles_are_cited_and_five_in_any_case(archive: Archive) -> None:
    assert len(titles(archive.ask("How many articles are in the archive?", k=1))) == 5
    assert len(titles(archive.ask("How many articles are in the archive?", k=7))) == 7
    whole = archive.ask("How many articles are in the archive?")
    assert (about(whole).count, about(whole).with_copies) == (7, 8)  # one of eight is a copy
    assert (whole.status, whole.confidence) == ("answered", 1.0)  # counted, not judged


def test_what_is_withdrawn_is_neither_counted_nor_cited_nor_suggested(archive: Archive, tmp_path: Path) -> None:
    shutil.copytree(archive._data, tmp_path / "data")  # type: ignore[arg-type]
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as copy:
        doomed = next(article.id for article, _ in copy.articles() if article.title == "The launch")
        withdraw(tmp_path / "data", doomed)

        assert about(copy.ask("How many articles mention Rogozin?")).count == 0
        assert copy.ask("Where was Rogosin?").also_searched == ()


def test_the_command_line_prints_what_the_catalogue_says(shell: Shell, tmp_path: Path) -> None:
    assert shell("index", gazette.write(tmp_path)).code == 0

    told = shell("ask", "Who wrote about seals?").out
    document = shell("ask", "What did Tech Times say about the Lumo phone?", "--json").document
    literal = shell("ask", "What did Tech Times say about the Lumo phone?", "--json", "--as-asked").document

    lines = told.splitlines()
    assert lines[0] == "Answered · from the catalogue"
    assert "In the catalogue: 3 articles (4 with copies) about “seals” (with all words in one passage)." in " ".join(
        lines
    )
    assert document["about"]["with_copies"] == 1
    assert "Written by Ada Lindqvist (1), Jane Writer (1), Kofi Mensah (1), 1 without a name." in " ".join(lines)
    assert "- Seals return · Jane Writer · Coast Gazette · 5 March 2021" in lines
    assert document["filters"]["understood"] == [
        {"text": "Tech Times", "start": 9, "end": 19, "after": None, "before": None, "publisher": "Tech Times",
         "kept": True}
    ]  # fmt: skip
    assert document["filters"]["publishers"] == []
    assert document["about"]["kind"] == "publisher_said"
    assert [article["title"] for article in document["about"]["articles"]] == ["A phone that folds"]
    assert (literal["about"], literal["filters"]["understood"]) == (None, [])


def test_the_command_line_tells_what_else_was_searched_and_what_a_question_follows(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell("index", gazette.write(tmp_path)).code == 0

    misspelt = shell("ask", "Where was Rogosin?")
    followed = shell("ask", "and who watched it?", "--previous", "The launch of the rocket", "--json").document

    assert "Also searched “Rogozin”: no article has “Rogosin”." in misspelt.out.splitlines()
    assert followed["follows"] == "The launch of the rocket"
    assert followed["also_searched"] == []
    assert followed["passages"][0]["article"]["title"] == "The launch"


def test_a_year_that_bounds_the_articles_is_told_as_a_year() -> None:
    counted = CatalogueAnswer(
        kind="how_many", topic="", rule="all", count=2, articles=(), after=date(2021, 1, 1), before=date(2022, 1, 1)
    )
    assert next(about_lines(counted, date_in_words)) == "In the catalogue: 2 articles dated in 2021."
