from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.terms import (
    MAX_TERM,
    analysed,
    fold,
    forms,
    plain_word,
    question_language,
    stemmed,
    stems,
    stop_words,
    words,
)

LANGUAGES = st.sampled_from([None, "en", "de", "fr", "ru", "hi", "ar", "ja", "zh", "tr", "xx", "de-AT"])
SCRAPS = st.sampled_from(
    ["U.S.", "1,000", "1.000,5", "3.14", "l'avion", "Weiß's", "İstanbul'da", "ŉ's", "東京都", "がが", "กรุงเทพ",
     "हिन्दी", "مُحَمَّد", "שָׁלוֹם",
     "e\u0301", "ﬃ", "ﷺ", "𝐇", "\u037a", "\u200d", "\ufeff", "🦊", "_", "’", "'",
     ".", "a.b.", "x_y", "½", "²", "Ǆ", "ß", "ſ", " "]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(st.one_of(SCRAPS, st.text(max_size=3)), max_size=12).map("".join))


def surfaces(text: str) -> list[str]:
    return [text[word.start : word.end] for word in words(text)]


@given(TEXTS)
@example("Weiß's ŉ'x İ's")
@example("\u0345'a")
def test_a_word_stands_where_its_offsets_say(text: str) -> None:
    for word in words(text):
        surface = text[word.start : word.end]
        assert surface
        numeric = surface.casefold().replace(",", "").replace(".", "")
        assert word.form in (surface, surface.casefold()) or word.form.replace(".", "") == numeric


@given(TEXTS)
def test_words_come_in_order_and_only_pairs_of_characters_overlap(text: str) -> None:
    for one, other in pairwise(words(text)):
        assert one.start < other.start
        assert one.end < other.end
        if other.start < one.end:
            assert (one.end - one.start, other.end - other.start, other.start - one.start) == (2, 2, 1)


@given(TEXTS)
def test_every_letter_and_digit_lies_in_a_word(text: str) -> None:
    covered = {place for word in words(text) for place in range(word.start, word.end)}
    for place, char in enumerate(text):
        genitive = char in "sS" and place and text[place - 1] in "'’"
        assert place in covered or not char.isalnum() or genitive


@given(TEXTS, LANGUAGES)
@example("ﷺ \ufc5e \u037a ﹰ", "en")
@example("ℌ ϒ Ⓐ 𝐇ello", None)
@example("a" * 1000 + " " + "\ufdfa" * 60, "ar")
def test_terms_are_single_folded_words_of_bounded_length(text: str, language: str | None) -> None:
    for term in [*stems(text, language), *forms(text)]:
        assert 0 < len(term) <= MAX_TERM
        assert not any(char.isspace() for char in term)
        assert "".join(fold(term).split())[:MAX_TERM] == term
    assert [term for term, _ in stemmed(text, language)] == stems(text, language)


@given(TEXTS)
def test_folding_is_stable_and_blind_to_case_accents_and_composition(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(text.upper().lower()) == fold(text.lower()) or not text.isascii()
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(unicodedata.normalize("NFC", text)) == folded
    assert not any("\u0300" <= char <= "\u036f" for char in folded)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,000", ["1000"]), ("1.000", ["1000"]), ("1,234,567.5", ["1234567.5"]), ("1.234.567,5", ["1234567.5"]),
        ("3.14", ["3.14"]), ("3,14", ["3.14"]), ("1.2.3", ["1", "2", "3"]), ("12,3,4", ["12", "3", "4"]),
        ("2021-09-07", ["2021", "09", "07"]), ("7", ["7"]), ("ends in 7.", ["end", "7"]),
        ("10,000-strong", ["10000", "strong"]),
        ("MH17", ["mh17"]), ("1,0000", ["1.0000"]),
    ],
)  # fmt: skip
def test_numbers_keep_their_value(text: str, expected: list[str]) -> None:
    assert stems(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("U.S.", ["us"]), ("the U.S.A. today", ["usa", "today"]), ("J.R.R. Ostrava", ["jrr", "ostrava"]),
        ("Rogozin's", ["rogozin"]), ("Rogozin’S", ["rogozin"]), ("ROGOZIN'S", ["rogozin"]), ("Weiß's", ["weiss"]),
        ("O'Hara", ["o", "hara"]), ("rock'n'roll", ["rock", "n", "roll"]), ("don't", ["don", "t"]),
        ("'quoted'", ["quot"]), ("e_mail", ["e", "mail"]), ("and/or-ferry", ["ferri", "orferri"]),
    ],
)  # fmt: skip
def test_initials_possessives_and_apostrophes(text: str, expected: list[str]) -> None:
    assert stems(text, "en") == expected


def test_elisions_are_cut() -> None:
    assert stems("l'avion d’Orly", "fr")[-1] == stems("Orly", "fr")[0]
    assert "avion" in stems("l'avion", "fr")


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Café Müller", "cafe muller", "en"), ("café", "cafe\u0301", "fr"), ("Straße", "STRASSE", "de"),
        ("ﬁsh", "fish", "en"),
        ("ｆｅｒｒｉｅｓ", "ferries", "en"), ("𝐟𝐞𝐫𝐫𝐢𝐞𝐬", "ferry", "en"), ("ferries", "Ferry", "en"),
        ("Brücken", "Brücke", "de"),
        ("мосты", "мост", "ru"), ("हिन्दी", "हिन्दी", "hi"), ("مُحَمَّد", "محمد", "ar"),
        ("שָׁלוֹם", "שלום", "he"), ("ελλάδα", "ΕΛΛΆΔΑ", "el"),
        ("١٢٣", "١٢٣", "ar"), ("bridges", "bridge", None), ("Brücken", "Brücke", "de-AT"), ("casas", "casa", "ES"),
    ],
)  # fmt: skip
def test_two_spellings_of_one_word_are_one_term(one: str, other: str, language: str | None) -> None:
    assert stems(one, language) == stems(other, language)
    assert len(stems(one, language)) == len(one.split())


def test_a_word_with_vowel_signs_is_one_word() -> None:
    assert surfaces("हिन्दी में தமிழ் مُحَمَّد שָׁלוֹם re\u0301sume\u0301") == [
        "हिन्दी", "में", "தமிழ்", "مُحَمَّد", "שָׁלוֹם", "re\u0301sume\u0301",
    ]  # fmt: skip


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert surfaces("東京都は") == ["東京", "京都", "都は"]
    assert surfaces("橋") == ["橋"]
    assert surfaces("in東京by") == ["in", "東京", "by"]
    assert set(stems("京都", "ja")) <= set(stems("東京都", "ja"))
    assert forms("東京都") == ["東京", "京都"]


def test_words_that_carry_no_topic_are_left_out_by_language() -> None:
    assert stems("What is the ferry of Holm?", "en") == ["ferri", "holm"]
    assert stems("Was ist die Fähre von Holm?", "de") == ["fahr", "holm"]
    assert "die" in stems("They die", "en")
    assert forms("the ferry of") == ["the", "ferry", "of"], "phrases keep every word"
    assert stop_words("de-AT") == stop_words("de")
    assert stop_words(None) == stop_words("en") != frozenset()
    assert stop_words("nb") == stop_words("no") != frozenset()
    assert stop_words("xx") == frozenset()


def test_a_very_long_word_is_cut_alike_in_text_and_question() -> None:
    long = "ferry" * 1000
    assert stems(long, "xx") == [long[:MAX_TERM]]
    assert forms(long.upper()) == [long[:MAX_TERM]]


def test_a_long_text_takes_time_in_proportion() -> None:
    for text in (
        "a" * 300_000,
        "a'" * 150_000,
        "1," * 150_000,
        "U." * 150_000,
        "東" * 300_000,
        "\u0301" * 300_000,
        "ह" * 300_000,
    ):
        assert sum(1 for _ in words(text)) <= 300_000


@pytest.mark.parametrize(
    ("question", "languages", "expected"),
    [
        ("What is the ferry?", ("en", "de"), "en"),
        ("Was ist die Fähre?", ("en", "de"), "de"),
        ("Où est le bateau?", ("de", "en", "fr"), "fr"),
        ("Holm", ("de", "en"), "de"),
        ("Holm", ("en", "de"), "en"),
        ("Holm", (), None),
        ("anything at all", ("xx",), "xx"),
    ],
)
def test_a_question_is_in_the_language_of_its_function_words(
    question: str, languages: tuple[str, ...], expected: str | None
) -> None:
    assert question_language(question, languages) == expected


HYPHENATED = st.lists(
    st.sampled_from(
        ["e-mail", "it's", "l'avion", "U.S.", "co", "-", "\u2010", "1,000", "東京", "e\u0301", " ", "\u3000", "\x1c",
         "long" * 20]
    )
).map("".join)  # fmt: skip


@given(text=TEXTS | HYPHENATED, language=LANGUAGES)
@example("i.p.-treated", "en")
@example("a\u00a0well-known " + "x" * 70 + "-ray", "en")
def test_whole_archives_are_analysed_as_their_words_are_one_by_one(text: str, language: str | None) -> None:
    found = analysed(text, language)
    one_by_one = list(words(text))
    assert list(found.stems) == stems(text, language) == [stem for stem, _ in stemmed(text, language)]
    assert (
        list(found.forms)
        == forms(text)
        == ["".join(fold(word.form).split())[:MAX_TERM] for word in one_by_one if fold(word.form).split()]
    )
    assert set(found.letters) == {word.form for word in one_by_one if word.form.isalpha()}
    assert len(found.letters) == len(set(found.letters)), "each is counted once"


def test_a_word_of_two_parts_is_one_word_whatever_else_stands_in_its_text() -> None:
    assert stems("the U.S.-led talks", "en") == ["us", "led", "usl", "talk"]
    assert stems("the U.S.-led talks, by e-mail", "en")[:4] == ["us", "led", "usl", "talk"]


@given(
    st.text("abcdefghijklmnopqrstuvwxyzäéışß0123456789’-", min_size=1, max_size=20),
    st.sampled_from(["en", "tr", "ro", None]),
)
def test_a_stem_has_no_accents_whether_or_not_its_word_had(form: str, language: str | None) -> None:
    for term in stems(form, language):
        assert term == fold(term)
        assert " " not in term


@given(st.text("abzABZ019'’\"(.,-s…éK ", min_size=1, max_size=12))
@example("world's.")
@example("'S")
@example("1990’s")
@example("a's's")
@example("12.")
def test_a_plain_word_is_the_only_word_of_its_token(token: str) -> None:
    if plain := plain_word(token):
        assert [plain] == list(words(token))
