from __future__ import annotations

from pathlib import Path

import press
import pytest
from fakes import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.answer import Thresholds, Weigher, best_sentences, confidence, status_of
from retrieval.archive import Archive
from retrieval.index.local import LocalIndex
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
        assert list(hit.matches) == sorted(set(hit.matches))
        for start, end in hit.matches:
            assert set(stems(text[start:end], "en")) & asked
        marked = {stem for start, end in hit.matches for stem in stems(text[start:end], "en")}
        assert marked == asked & set(stems(text, "en")), "every word of the question is marked wherever it stands"
        assert bool(hit.highlights) == bool(marked)


def weigher_of(index: LocalIndex, question: str) -> Weigher:
    return Weigher(index, understand(question, index.summary.languages))


def test_a_rare_word_weighs_more_than_a_common_one(press_index: LocalIndex) -> None:
    weigher = weigher_of(press_index, "zeppelin ferry noon")
    zeppelin, ferry, noon = (weigher.weight([stem]) for stem in stems("zeppelin ferry noon", "en"))
    assert zeppelin > ferry > noon > 0
    assert weigher.total == pytest.approx(zeppelin + ferry + noon)
    assert weigher.covered(set()) == 0
    assert weigher.covered(set(stems("zeppelin ferry", "en"))) == pytest.approx((zeppelin + ferry) / weigher.total)
    assert weigher.covered(set(stems("noon ferry zeppelin mayor", "en"))) == pytest.approx(1)


def test_the_sentence_that_covers_most_of_the_question_is_marked(press_index: LocalIndex) -> None:
    text = "The mayor slept. The ferry of Holm was painted. The ferry stood still."
    [(start, end)] = best_sentences(text, "en", weigher_of(press_index, "Who painted the ferry of Holm?"))
    assert text[start:end] == "The ferry of Holm was painted."


def test_of_equally_good_sentences_the_first_is_marked(press_index: LocalIndex) -> None:
    text = "A ferry sank. A ferry rose."
    assert best_sentences(text, "en", weigher_of(press_index, "ferry")) == ((0, 13),)


@pytest.mark.parametrize(
    ("question", "marked"),
    [
        ("when did the ferry of Holm sink", ["The ferry of Holm sank in a storm.", "That was in 1911."]),
        ("who sank the ferry of Holm", ["The ferry of Holm sank in a storm."]),
        ("when was that storm", ["The ferry of Holm sank in a storm.", "That was in 1911."]),
    ],
)
def test_where_a_number_is_asked_for_the_sentence_beside_that_has_it_is_marked_too(
    press_index: LocalIndex, question: str, marked: list[str]
) -> None:
    text = "Nobody was told. The ferry of Holm sank in a storm. That was in 1911. It was never raised."
    spans = best_sentences(text, "en", weigher_of(press_index, question))
    assert [text[start:end] for start, end in spans] == marked


def test_no_sentence_is_marked_where_none_has_a_word_of_the_question(press_index: LocalIndex) -> None:
    assert best_sentences("The mayor slept. Nobody saw.", "en", weigher_of(press_index, "zeppelin")) == ()
    assert best_sentences("", "en", weigher_of(press_index, "zeppelin")) == ()
    assert best_sentences("The mayor slept.", "en", weigher_of(press_index, "the of and")) == ()


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


def test_nothing_found_is_no_confidence(press_index: LocalIndex) -> None:
    assert confidence([], weigher_of(press_index, "Who sold the ferry?")) == 0.0


def test_nothing_that_a_filter_leaves_is_not_found(press_archive: Archive) -> None:
    answer = press_archive.ask("Who sold the ferry?", filters=Filters(publishers=("nobody",)))
    assert (answer.status, answer.confidence, answer.hits) == ("not_found", 0.0, ())


def test_an_archive_without_articles_answers_not_found(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    press.build(tmp_path / "data", tmp_path / "news", HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        answer = archive.ask("Who sold the ferry?")
        assert (answer.status, answer.confidence, answer.hits) == ("not_found", 0.0, ())
