"""What a passage's own text says of a question: words that stand close together, numbers that are there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.closeness import Closeness, Reader


def read(terms: list[str], text: str, weights: list[float] | None = None) -> Closeness:
    return Reader([(term,) for term in terms], weights or [1.0] * len(terms)).read(text)


def test_words_that_follow_each_other_as_in_the_question_are_near() -> None:
    assert read(["bank", "river"], "The bank of the river").near == 1
    assert read(["bank", "river"], "The river has a bank").near == 0, "the other way round"
    assert read(["bank", "river"], "The bank closed. Later that year the river rose.").near == 0, "too far apart"


def test_of_several_neighbours_the_weight_of_those_found_counts() -> None:
    near = read(["old", "tower", "bell"], "The old tower fell, and its only other bell broke.", [1.0, 2.0, 3.0]).near
    assert near == pytest.approx(1 / 3)


def test_a_window_holds_what_stands_within_250_characters() -> None:
    together, apart = "ferry and noon", "ferry " + "x " * 130 + "noon"
    assert read(["ferri", "noon"], together).window == 1
    assert read(["ferri", "noon"], apart, [3.0, 1.0]).window == pytest.approx(3 / 4)
    assert read(["ferri", "noon"], "nothing").window == 0


def test_an_article_is_named_where_the_question_holds_all_of_its_title() -> None:
    reader = Reader([("who",), ("built", "build"), ("old",), ("tower",)], [1.0, 2.0, 3.0, 4.0])
    assert reader.named({"old", "tower"}) == pytest.approx(7 / 10)
    assert reader.named({"build"}) == pytest.approx(2 / 10), "in any of its forms"
    assert reader.named({"old", "tower", "bell"}) == 0, "the title says more"
    assert reader.named(set()) == 0, "an article without a title has no name"
    assert Reader([], []).named({"tower"}) == Reader([("tower",)], [0.0]).named({"tower"}) == 0


def test_words_with_digits_count_whole() -> None:
    assert read(["1911", "ferri"], "It sank in 1911.").numbers == 1
    assert read(["1911", "a320"], "An A320 landed.").numbers == 1 / 2
    assert read(["19"], "It sank in 1911.").numbers == 0
    assert read(["1911"], "It cost 1,911 crowns.").numbers == 1, "a number keeps its value"
    assert read(["ferri"], "It sank in 1911.").numbers == 0


def test_stems_are_found_in_words_and_short_words_only_whole() -> None:
    assert read(["studi"], "She will study.").window == 1
    assert read(["us"], "They used it.").window == 0
    assert read(["us"], "The U.S. and us").window == 1
    assert read(["art"], "A cart").window == 0


def test_accents_and_case_do_not_matter_and_other_scripts_are_found() -> None:
    assert read(["asa"], "ÅSA spoke").window == 1
    assert read(["東京", "京都"], "私は東京都に").near == 0
    assert read(["東京"], "私は東京に").window == 1


@given(
    terms=st.lists(st.text(alphabet="ab1i", min_size=1, max_size=6), max_size=6),
    text=st.text(alphabet="ab1iAé .,漢", max_size=80),
    weight=st.floats(0, 9),
)
def test_every_signal_is_a_share(terms: list[str], text: str, weight: float) -> None:
    signals = read(terms, text, [weight] * len(terms))
    assert all(0 <= signal <= 1 for signal in signals)
    assert signals == read(terms, text, [weight] * len(terms))
