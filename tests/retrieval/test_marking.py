"""Terms with their places are those of the one analysis that texts and questions share."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.marking import places_of, standing, terms_of
from retrieval.terms import stemmed

# What words are made of and divided by, so that most draws hold some that are cut or joined in a special way.
PIECES = st.sampled_from(
    ["e-mail", "Rogozin's", "l'avion", "U.S.", "1,000.5", "12,3,4", "東京都", "भारत", "naïve", "ﬁne", "co", "-",
     "'", "’", ".", " ", "\n", "\u00a0", "\u2028", "\x1c", "A", "ß", "the", "\u2010", "x" * 70, "1"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=20).map("".join)), st.sampled_from(["en", "de", None]))
@example("The e-mail of\u2028Rogozin's U.S. office - 1,000.5", "en")
def test_each_term_stands_where_the_analysis_has_it(text: str, language: str | None) -> None:
    expected = [(term, word.start, word.end) for term, word in stemmed(text, language)]
    assert list(standing(text, language)) == expected
    assert list(standing(text, language)) == expected  # also where its runs are remembered
    assert terms_of(text, language) == {term for term, _, _ in expected}
    wanted = {term for term, _, _ in expected[::2]}
    assert places_of(wanted, text, language) == [(start, end) for term, start, end in expected if term in wanted]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_run_of_letters_is_analysed_in_the_language_of_its_text(language: str) -> None:
    term, start, end = next(standing("Straßen walking", language))
    assert (term, start, end) == (next(stemmed("Straßen", language))[0], 0, 7)
    assert [t for t, *_ in standing("walking", language)] == (["walk"] if language == "en" else ["walking"])
