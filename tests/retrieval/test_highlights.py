"""The sentences that answer: which of a passage are marked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.highlights import best_sentences, read_passage, sought
from retrieval.index.local import LocalIndex
from retrieval.search import understand
from retrieval.sentences import sentence_spans
from retrieval.terms import stems
from retrieval.weighing import Weigher


def weigher_of(index: LocalIndex, question: str) -> Weigher:
    return Weigher(index, understand(question, index.summary.languages))


def marked(index: LocalIndex, text: str, question: str) -> list[str]:
    weigher = weigher_of(index, question)
    return [text[start:end] for start, end in best_sentences(read_passage(text, "en", weigher), weigher)]


def test_a_rare_word_weighs_more_than_a_common_one(press_index: LocalIndex) -> None:
    weigher = weigher_of(press_index, "zeppelin ferry noon")
    zeppelin, ferry, noon = (weigher.weight([stem]) for stem in stems("zeppelin ferry noon", "en"))
    assert zeppelin > ferry > noon > 0
    assert weigher.weights == (zeppelin, ferry, noon)
    assert weigher.total == pytest.approx(zeppelin + ferry + noon)
    assert weigher.covered(set()) == 0
    assert weigher.covered(set(stems("zeppelin ferry", "en"))) == pytest.approx((zeppelin + ferry) / weigher.total)
    assert weigher.covered(set(stems("noon ferry zeppelin mayor", "en"))) == pytest.approx(1)


def test_the_sentence_that_covers_most_of_the_question_is_marked(press_index: LocalIndex) -> None:
    text = "The mayor slept. The ferry of Holm was painted. The sea stood still."
    assert marked(press_index, text, "Who painted the ferry of Holm?") == ["The ferry of Holm was painted."]


def test_of_equally_good_sentences_apart_the_first_is_marked(press_index: LocalIndex) -> None:
    assert marked(press_index, "A ferry sank. Nobody saw. A ferry rose.", "ferry") == ["A ferry sank."]


def test_two_sentences_beside_each_other_are_marked_where_neither_says_it_alone(press_index: LocalIndex) -> None:
    text = "Nobody was told. The zeppelin was painted. It carried a quokka to Tarn. That was all."
    assert marked(press_index, text, "zeppelin quokka") == [
        "The zeppelin was painted.",
        "It carried a quokka to Tarn.",
    ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("when did the ferry of Holm sink", ["The ferry of Holm sank in a storm.", "That was in 1911."]),
        ("why did the ferry of Holm sink", ["The ferry of Holm sank in a storm."]),
        ("when was that storm", ["The ferry of Holm sank in a storm.", "That was in 1911."]),
    ],
)
def test_where_a_number_is_asked_for_the_sentence_beside_that_has_it_is_marked_too(
    press_index: LocalIndex, question: str, expected: list[str]
) -> None:
    text = "Nobody was told. The ferry of Holm sank in a storm. That was in 1911. It was never raised."
    assert marked(press_index, text, question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who sold the ferry?", "The ferry was sold by Ada Marr."),
        ("How many crowns was the ferry sold for?", "The ferry was sold for 900 crowns."),
        ("Where was the ferry sold?", "The ferry was sold in Veld."),
        ("What is known of the ferry that was sold?", "The ferry was sold again."),
    ],
)
def test_of_like_sentences_the_one_that_has_what_is_asked_for_is_marked(
    press_index: LocalIndex, question: str, expected: str
) -> None:
    text = (
        "The ferry was sold again. Nobody knew why. The ferry was sold by Ada Marr. Nobody knew her. "
        "The ferry was sold for 900 crowns. Nobody had them. The ferry was sold in Veld. Nobody went."
    )
    assert expected in marked(press_index, text, question)


def test_a_number_of_the_question_itself_is_not_the_one_that_is_asked_for(press_index: LocalIndex) -> None:
    text = "In 1911 the ferry sank. Nobody saw. In 1911 the ferry carried 40 souls."
    assert marked(press_index, text, "How many did the ferry carry in 1911?") == ["In 1911 the ferry carried 40 souls."]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who built it?", "person"),
        ("When was it built?", "number"),
        ("Wann wurde sie gebaut?", "number"),
        ("Wo steht sie?", "place"),
        ("In which country does it stand?", "place"),
        ("What is it made of?", None),
    ],
)
def test_what_is_asked_for_is_known_by_the_question_word(question: str, kind: str | None) -> None:
    assert sought(question) == kind


def test_no_sentence_is_marked_where_none_has_a_word_of_the_question(press_index: LocalIndex) -> None:
    assert marked(press_index, "The mayor slept. Nobody saw.", "zeppelin") == []
    assert marked(press_index, "", "zeppelin") == []
    assert marked(press_index, "The mayor slept.", "the of and") == []


@given(text=st.text(alphabet="aAé ferry zeppelin.!?\n漢字12", max_size=120))
@settings(max_examples=60, deadline=None)
def test_a_passage_is_read_whole_whatever_it_holds(press_index: LocalIndex, text: str) -> None:
    weigher = weigher_of(press_index, "zeppelin ferry 12")
    read = read_passage(text, "en", weigher)
    assert list(read.sentences) == sentence_spans(text, "en")
    assert set().union(*read.terms) == set(stems(text, "en"))
    assert bool(read.matches) == bool(best_sentences(read, weigher))
