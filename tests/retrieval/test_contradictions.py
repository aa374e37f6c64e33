"""What says the opposite of a question, by its words alone."""

from __future__ import annotations

import pytest

from retrieval.contradictions import contradicts
from retrieval.terms import stems


def contradicted(question: str, sentence: str, passage: str = "", language: str = "en") -> bool:
    groups = [(term,) for term in stems(question, language)]
    own = frozenset(stems(sentence, language))
    return contradicts(question, groups, sentence, own, set(own) | set(stems(passage, language)), language)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Which village did not join the league?", "The village of Orm joined the league in May."),
        ("Who wasn't invited to the harvest dance?", "The miller was invited to the harvest dance."),
        ("Which is the largest mill on the Varn?", "The smallest mill on the Varn is the Hale."),
        ("What is south of the quarry?", "North of the quarry stands a chapel."),
        ("Which council was unelected?", "The council was elected by the guilds."),
        ("What was legal in the harbour?", "Fishing was illegal in the harbour."),
    ],
)
def test_a_negation_an_opposite_or_a_prefix_that_is_missing_contradicts(question: str, sentence: str) -> None:
    assert contradicted(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Which village did not join the league?", "Only Tarn never joined the league."),
        ("Which village joined the league?", "The village of Orm joined the league in May."),
        ("Which is the largest mill?", "The largest mill is the Hale, the smallest the Orm."),
        ("What does the town import?", "The port was dug by hand."),
        ("Who was united with the guild?", "The bakers and the guild were one."),
    ],
)
def test_what_says_what_is_asked_or_something_else_does_not_contradict(question: str, sentence: str) -> None:
    assert not contradicted(question, sentence)


def test_a_word_that_stands_elsewhere_in_the_passage_is_not_turned_round() -> None:
    assert contradicted("Which council was unelected?", "The council was elected.")
    assert not contradicted("Which council was unelected?", "The council was elected.", "The unelected council left.")


def test_german_has_its_own_opposites_and_negations() -> None:
    assert contradicted("Welche Mühle ist die größte?", "Die kleinste Mühle steht am Bach.", language="de")
    assert contradicted("Wer kam nicht zum Fest?", "Der Müller kam zum Fest.", language="de")
    assert not contradicted("Wer kam zum Fest?", "Der Müller kam zum Fest.", language="de")


def test_a_language_without_pairs_has_none_and_no_words_contradict_nothing() -> None:
    assert not contradicted("What is south of the quarry?", "North of the quarry stands a chapel.", language="fi")
    assert not contradicted("the of and", "")
