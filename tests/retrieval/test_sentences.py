from __future__ import annotations

import time
from itertools import pairwise

import pytest
import sentencex
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.sentences import sentence_spans

LANGUAGES = st.sampled_from([None, "en", "de", "es", "fr", "ja", "zh", "th", "ru", "ar", "xx"])
# Text of what sentences are made of and what confuses them, beside any text at all.
WORDS = ["The mayor left", "she", "U.S.", "No. 5", "Mr.", "[3]", "1. ", "今日は", "x" * 900, "me. ", "5. ", "St. "]
MARKS = [
    "...",
    ". ",
    "? ",
    "! ",
    "\n\n",
    "\r\n",
    "''",
    "``",
    "e\u0301",
    "\ud800",
    *' \n…"“”‘’()«»。「」、é🙂\u2028\u00a0\x00',
]
SCRAPS = st.lists(st.sampled_from(WORDS + MARKS), max_size=40).map("".join)
TEXTS = st.text(st.characters(), max_size=300) | SCRAPS


def sentences(text: str, language: str | None = "en") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@given(TEXTS, LANGUAGES)
@example("a" * 5_000 + " b. C", "en")
@example('" ' * 2_000, None)
@example("\ud800. A", "en")
def test_every_character_but_white_space_is_in_exactly_one_trimmed_span(text: str, language: str | None) -> None:
    spans = sentence_spans(text, language)
    assert all(start < end for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    covered = {place for start, end in spans for place in range(start, end)}
    assert all(place in covered for place, character in enumerate(text) if not character.isspace())


@given(TEXTS, LANGUAGES)
def test_no_sentence_runs_over_the_end_of_a_line(text: str, language: str | None) -> None:
    assert not any("\n" in sentence for sentence in sentences(text, language))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200))
def test_the_library_gives_back_a_line_in_pieces(line: str) -> None:
    assert "".join(sentencex.segment("en", line)) == line


@pytest.mark.parametrize("pieces", [["Lost."], ["One. ", "Two. ", "Added."], []])
def test_offsets_stay_exact_where_the_library_changes_the_text(
    pieces: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentencex, "segment", lambda language, text: pieces)
    assert sentences(" One. Two! \nThree.") == ["One. Two!", "Three."]


def test_empty_and_blank_texts_have_no_sentences() -> None:
    assert sentence_spans("", "en") == []
    assert sentence_spans(" \n\t\u00a0\n ", "en") == []


@pytest.mark.parametrize(
    "expected",
    [
        ["He moved to the U.S.", "He stayed there.", "On Jan. 5 he met Mr. J. K. Harbour of the U.N. Council."],
        ["The ferry, No. 5, cost $3.5 million.", "It sank at 2 p.m.", "Then the band played on."],
        ["“We waited.", "We sang.", "We left,” she said.", "Nobody came."],
        ['"I am here," he said.', '"You are not."', "She left.", "Why?"],
        ["“Why?” he asked.", "“No!” she cried.", "‘Fine.’"],
        ["The council met (see p. 5.)", "It rose at noon."],
        ["The well is deep.[3]", "It is dry.[4][n 1]", "Still, they dig."],
        ["1. Open the gate.", "2. Close it."],
        ["He asked me.", "Nobody asked the others."],
        ["“The answer is no.”", "Reporters left."],
        ["The germ is Y. pestis and Dole et al. found it."],
        ["She waited ...", "He never came."],
        ["See Vol. 2 of the diary.", "It is lost."],
    ],
)
def test_english_sentences_end_where_a_reader_ends_them(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_tokenised_text_keeps_its_quotation_marks_with_their_sentences() -> None:
    text = "The word . He left . `` I saw it . '' She stayed ."
    assert sentences(text) == ["The word .", "He left .", "`` I saw it . ''", "She stayed ."]
    assert sentences('He spoke . " I saw it . " She stayed .') == ["He spoke .", '" I saw it . "', "She stayed ."]


def test_a_text_without_capitals_has_sentences_too() -> None:
    expected = ["all in small letters.", "here is another one.", "and a third."]
    assert sentences(" ".join(expected)) == expected


def test_a_no_break_space_divides_as_a_space_does() -> None:
    assert sentences("The tide rose.\u00a0The pier held.") == ["The tide rose.", "The pier held."]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["Am 5. Mai kam er.", "Im 20. Jahrhundert blieb er.", "„Geh weg.“", "Dann ging er."]),
        ("fr", ["« Oui.", "Non. »", "Il part."]),
        ("es", ["¿Quién es?", "La bacteria Y. pestis vive.", "El Dr. Costa vino."]),
        ("ru", ["Он пришёл.", "Она ушла."]),
        (None, ["The mill burned.", "It was rebuilt."]),
        ("xx", ["The mill burned.", "It was rebuilt."]),
    ],
)
def test_other_languages_follow_their_own_rules_and_unknown_ones_the_english(
    language: str | None, expected: list[str]
) -> None:
    assert sentences(" ".join(expected), language) == expected


@pytest.mark.parametrize("language", ["ja", "zh", None])
def test_sentences_without_spaces_between_them_are_told_apart(language: str | None) -> None:
    assert sentences("橋が落ちた。「本当だ。」彼は泣いた。", language) == [
        "橋が落ちた。",
        "「本当だ。」",
        "彼は泣いた。",
    ]


def test_a_heading_and_the_lines_of_a_list_are_sentences_of_their_own() -> None:
    assert sentences("What was lost\n\nThe mill\nthe bridge\r\nAnd hope.") == [
        "What was lost",
        "The mill",
        "the bridge",
        "And hope.",
    ]


def test_sentences_far_into_a_long_line_are_found_as_at_its_start() -> None:
    one = "On Jan. 5 Mr. A B C D E F G H Bell opened the bridge."
    assert sentences(" ".join([one] * 500)) == [one] * 500


@pytest.mark.parametrize(
    "unit", ["word ", ".", "x", "“a. ", '" ', '"', ". ' ", "今日は。", "Ab\n", "(a. ", "No. ", "“A b. ”C d. ", "[1]. "]
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        begun = time.process_time()
        sentence_spans(text, "en")
        return time.process_time() - begun

    seconds(1_000)
    # Four times the text takes 16 times as long where time is quadratic; the constant is for the clock.
    assert seconds(80_000) < 8 * min(seconds(20_000) for _ in range(2)) + 0.05
