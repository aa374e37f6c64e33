from __future__ import annotations

from pathlib import Path

import press
import pytest
from fakes import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answer import Thresholds, status_of
from retrieval.archive import Archive
from retrieval.search import understand
from retrieval.sentences import sentence_spans
from retrieval.terms import stems
from retrieval.types import Filters, Status

WORDS = "who sold closed the ferry bridge lighthouse of Holm Tarn Veld number 7 12 352 zeppelin noon".split()  # noqa: SIM905
QUESTIONS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)


@given(question=QUESTIONS, k=st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_every_quote_is_the_archives_own_and_every_mark_lies_in_it(
    press_archive: Archive, question: str, k: int
) -> None:
    answer = press_archive.ask(question, k=k)
    assert 0 <= answer.confidence <= 1
    assert answer.status == status_of(answer.confidence, Thresholds())
    asked = {form for group in understand(question, ("en",)).terms for form in group}
    for hit in answer.hits:
        article = press_archive.article(hit.article.id)
        assert article is not None
        text = hit.passage.text
        assert text == article.text[hit.passage.start : hit.passage.end]
        assert hit.passage.id == f"{hit.article.id}#{hit.passage.start}"
        assert hit.passage.article_id == hit.article.id
        assert set(hit.highlights) <= set(sentence_spans(text, "en"))
        assert len(hit.highlights) <= 2
        assert list(hit.highlights) == sorted(hit.highlights)
        assert list(hit.matches) == sorted(set(hit.matches))
        for start, end in hit.matches:
            assert set(stems(text[start:end], "en")) & asked
        marked = {stem for start, end in hit.matches for stem in stems(text[start:end], "en")}
        assert marked == asked & set(stems(text, "en")), "every word of the question is marked wherever it stands"
        assert bool(hit.highlights) == bool(marked)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (0.0, "not_found"),
        (0.2499, "not_found"),
        (0.25, "unsure"),
        (0.4999, "unsure"),
        (0.5, "answered"),
        (1.0, "answered"),
    ],
)
def test_a_confidence_means_what_the_thresholds_say(value: float, status: Status) -> None:
    assert status_of(value, Thresholds(answered=0.5, unsure=0.25)) == status


def test_the_thresholds_of_an_archive_decide_its_status(press_data: Path) -> None:
    for thresholds, status in (
        (Thresholds(0, 0), "answered"),
        (Thresholds(2, 0), "unsure"),
        (Thresholds(2, 2), "not_found"),
    ):
        with Archive.open(press_data, encoder=HashEncoder(), thresholds=thresholds) as archive:
            answer = archive.ask("Who sold the ferry?", k=3)
            assert answer.status == status
            assert len(answer.hits) == 3, "the best passages come whatever the status"


def test_what_the_archive_says_word_for_word_is_surer_than_what_it_never_heard_of(press_archive: Archive) -> None:
    article = press_archive.article("wire.jsonl/wire.jsonl#a003")
    assert article is not None
    known = press_archive.ask(article.text[slice(*sentence_spans(article.text, "en")[0])])
    unknown = press_archive.ask("Which zeppelins did quantum physicists knit?")
    assert known.confidence > 0.5 > unknown.confidence
    assert (known.status, unknown.status) == ("answered", "not_found")
    assert unknown.hits


def test_nothing_that_a_filter_leaves_is_not_found(press_archive: Archive) -> None:
    answer = press_archive.ask("Who sold the ferry?", filters=Filters(publishers=("nobody",)))
    assert (answer.status, answer.confidence, answer.hits) == ("not_found", 0.0, ())


def test_an_archive_without_articles_answers_not_found(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    press.build(tmp_path / "data", tmp_path / "news", HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        answer = archive.ask("Who sold the ferry?")
        assert (answer.status, answer.confidence, answer.hits) == ("not_found", 0.0, ())
