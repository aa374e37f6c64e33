"""When did the archive write about something? By the numbers that the catalogue tells, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import gazette
import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.errors import QuestionError
from retrieval.timeline import Timeline
from retrieval.types import Filters


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with gazette.opened(tmp_path_factory.mktemp("gazette")) as opened:
        yield opened


def counts(timeline: Timeline) -> dict[str, int]:
    return {period.first: period.count for period in timeline.periods if period.count}


def floods(folder: Path, *stories: tuple[str | None, str]) -> Archive:
    """Open an archive of one article for each (date, text)."""
    lines: list[dict[str, Any]] = [
        {"_id": f"f{i:02}", "title": f"Report {i}", "text": text, "published": published, "language": "en"}
        for i, (published, text) in enumerate(stories)
    ]
    press.write_lines(folder / "floods.jsonl", lines)
    press.build(folder / "data", folder / "floods.jsonl", HashEncoder())
    return Archive.open(folder / "data", encoder=HashEncoder())


def test_copies_count_once_partial_dates_in_their_year_and_the_undated_apart(archive: Archive) -> None:
    found = archive.timeline("seals")
    assert (found.count, found.undated, found.rule, found.words) == (3, 1, "passage", ("seals",))
    assert found.unit == "month"
    assert counts(found) == {"2021-03": 1}
    assert [(period.first, period.count) for period in found.year_only] == [("2019", 1)]


@pytest.mark.parametrize(
    "topic", ["seals", "seals at low tide", "phone", "e-mail", "council nets", "town mice", "Rogosin"]
)
@pytest.mark.parametrize("when", ["", " in 2021", " since 2018", " before 2020"])
def test_a_timeline_tells_the_number_that_the_catalogue_tells(archive: Archive, topic: str, when: str) -> None:
    asked = f"how many articles about {topic}{when}"
    about = archive.ask(asked).about
    assert about is not None
    found = archive.timeline(asked)
    assert (found.count, found.rule) == (about.count, about.rule)
    without_date = 0 if when else found.undated
    assert sum(counts(found).values()) + sum(p.count for p in found.year_only) + without_date == about.count
    assert archive.timeline(topic).count == (about.count if not when else archive.timeline(topic).count)


def test_a_question_and_its_topic_have_one_timeline(archive: Archive) -> None:
    plain, asked = archive.timeline("seals"), archive.timeline("how many articles are there about seals?")
    assert (plain.periods, plain.year_only, plain.count, plain.undated) == (
        asked.periods,
        asked.year_only,
        asked.count,
        asked.undated,
    )


def test_a_peak_has_a_passage_of_its_own_period_with_its_copies(archive: Archive) -> None:
    (peak,) = archive.timeline("seals").peaks
    assert peak.period.first == "2021-03"
    article = archive.article(peak.hit.article.id)
    assert article is not None
    assert article.text[peak.hit.passage.start : peak.hit.passage.end] == peak.hit.passage.text
    assert "Grey seals" in peak.hit.passage.text
    assert peak.hit.matches
    assert {peak.hit.article.publisher, *(copy.publisher for copy in peak.hit.also_in)} == {
        "Coast Gazette",
        "Tech Times",
    }


def test_the_passage_of_a_peak_is_of_an_article_that_counts_in_it(tmp_path: Path) -> None:
    wet, dry = "The flood of the Lune reached the mill.", "Nothing was wet that month at all."
    stories = [
        ("2020-01", wet + " One."),
        ("2020-03-02", dry),
        ("2020-03-09", f"{dry} The flood reached a barn at Lune."),
    ]
    with floods(tmp_path, *stories, ("2020-03", f"{wet} Two.")) as archive:
        found = archive.timeline("flood Lune")
    assert counts(found) == {"2020-01": 1, "2020-03": 2}
    assert [peak.period.first for peak in found.peaks] == ["2020-01", "2020-03"]
    assert all((peak.hit.article.published or "").startswith(peak.period.first) for peak in found.peaks)
    assert all("flood" in peak.hit.passage.text for peak in found.peaks)


def test_a_time_in_the_question_bounds_the_timeline_visibly_and_can_be_taken_literally(tmp_path: Path) -> None:
    wet = "The flood of the Lune reached the mill."
    with floods(
        tmp_path, ("2019-05", wet + " a"), ("2020-06", wet + " b"), ("2020-07", wet + " c"), (None, wet + " d")
    ) as it:
        found = it.timeline("floods in 2020")
        assert counts(found) == {"2020-06": 1, "2020-07": 1}
        assert (found.count, found.undated, found.words) == (2, 1, ("floods",))
        assert [each.text for each in found.understood] == ["in 2020"]
        assert (found.filters.after, found.filters.before) == (date(2020, 1, 1), date(2021, 1, 1))
        last = it.timeline("Which floods were there last year?", now=date(2020, 3, 1))
        assert counts(last) == {"2019-05": 1}
        literal = it.timeline("floods in 2020", understand=False)
        assert (literal.words, literal.understood, literal.filters) == (("floods", "2020"), (), Filters())
        given = it.timeline("floods in 2020", filters=Filters(before=date(2020, 1, 1)))
        assert (given.understood, given.filters) == ((), Filters(before=date(2020, 1, 1)))


def test_a_time_without_a_topic_counts_every_article_of_it(archive: Archive) -> None:
    found = archive.timeline("what happened in 2021")
    assert (found.rule, found.words, found.count) == ("all", (), 1)


def test_filters_bound_what_is_counted_and_tell_the_undated_left_out(archive: Archive) -> None:
    assert archive.timeline("seals", filters=Filters(publishers=("Coast Gazette",))).count == 3
    found = archive.timeline("seals", filters=Filters(after=date(2020, 1, 1)))
    assert (found.count, found.undated, counts(found)) == (1, 1, {"2021-03": 1})
    assert found.year_only == ()


def test_words_that_no_passage_holds_together_are_looked_for_in_whole_articles(tmp_path: Path) -> None:
    filler = " ".join(f"Sentence {i} is about the weather at sea." for i in range(30))
    with floods(tmp_path, ("2020", f"The flood came.\n\n{filler}\n\nThe cannery closed."), ("2021", filler)) as archive:
        found = archive.timeline("flood cannery")
    assert (found.rule, counts(found)) == ("article", {"2020": 1})


def test_nothing_relevant_is_an_empty_timeline_and_a_misspelt_word_is_told(archive: Archive) -> None:
    for question in ("phone radio", "who is it"):
        found = archive.timeline(question)
        assert (found.count, found.periods, found.peaks, found.undated) == (0, (), (), 0)
    found = archive.timeline("Rogosin")
    assert (counts(found), found.also_searched) == ({"2018": 1}, (("Rogosin", "Rogozin"),))


def test_a_timeline_without_words_cannot_be_asked(archive: Archive) -> None:
    with pytest.raises(QuestionError, match="no words"):
        archive.timeline("?!")
