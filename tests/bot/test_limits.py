"""Text from anywhere neither styles, pings, links nor overflows, and is still read as it was written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import alive, shown

from bot.limits import clip, escaped, escaped_line, label, one_line, plain, quoted, units

SIGNS = st.sampled_from(
    ["**", "__", "~~", "||", "`", "```py\n", "<@1>", "<@&2>", "<#3>", "<t:0:R>", "<:x:4>", "@everyone", "@here", "\\",
     "[a](https://b.example)", "https://c.example/d_e", "\n# ", "\n-# ", "\n- ", "\n> ", "\n>>> ", "\n1. ", "\n12) ",
     "\u202e", "\u2066", "\u200f", "z\u0301\u0302\u0303\u0304\u0305\u0306", "\U0001f468\u200d\U0001f680", "\x00",
     "\r\n", "\u2028", "\ud800", " ", "x" * 50]
)  # fmt: skip
HOSTILE = st.lists(SIGNS | st.text(max_size=8), max_size=40).map("".join)


@given(HOSTILE)
def test_nothing_in_an_escaped_text_is_alive_and_all_of_it_is_read(text: str) -> None:
    told = escaped(text)
    assert alive(told) == []
    assert shown(told) == plain(text)


@given(HOSTILE)
def test_plain_text_turns_no_direction_and_stacks_no_accents(text: str) -> None:
    told = plain(text)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(told)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in told.replace("\n", ""))
    marks = "".join("m" if unicodedata.category(char) == "Mn" else "." for char in told)
    assert "mmmmm" not in marks


@given(HOSTILE, st.integers(1, 60))
def test_a_line_keeps_within_its_limit_whatever_escaping_adds(text: str, limit: int) -> None:
    told = escaped_line(text, limit)
    assert "\n" not in told
    assert units(told) <= limit
    assert alive(told) == []
    if units(escaped(one_line(text))) <= limit:
        assert shown(told) == one_line(text)


@given(HOSTILE, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=3), st.integers(20, 400))
def test_a_quote_is_a_block_within_its_limit_with_nothing_alive_but_its_bold(
    text: str, spans: list[tuple[int, int]], limit: int
) -> None:
    told = quoted(text, tuple((a, b) for a, b in spans if a < b), limit, open_start=False, open_end=False)
    assert units(told) <= limit
    for line in told.split("\n"):
        assert line.startswith(">")
        inner = line.removeprefix(">").strip()
        assert inner.count("**") % 2 == 0 or "\\*" in inner
    assert [
        sign for sign in alive("\n".join(line.removeprefix("> ") for line in told.split("\n"))) if sign != "*"
    ] == []


def test_the_sentence_that_answers_is_bold_line_by_line() -> None:
    told = quoted("It rose. \n\nIt fell* on Monday.", ((9, 30),), 200, open_start=True, open_end=True)
    assert told == "> … It rose.\n> \n> **It fell\\* on Monday.** …"


def test_a_quote_that_is_cut_ends_at_a_word_with_an_ellipsis() -> None:
    told = quoted("many words in a row " * 20, (), 60, open_start=False, open_end=False)
    assert told.endswith(" …")
    assert set(told.removeprefix("> ").removesuffix(" …").split()) <= {"many", "words", "in", "a", "row"}


def test_a_word_of_ten_thousand_letters_is_cut() -> None:
    told = quoted("a" * 10_000, ((0, 10_000),), 500, open_start=False, open_end=False)
    assert 400 < units(told) <= 500
    assert told.startswith("> **aaa")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1986. The year", "1986\\. The year"),
        ("# no heading", "\\# no heading"),
        ("@everyone", "@\u200beveryone"),
        ("see https://a.example/b_c", "see https\\://a.example/b\\_c"),
        ("e-mail me@here.example", "e-mail me@\u200bhere.example"),
        ("a - b + c # d", "a - b + c # d"),
    ],
)
def test_only_what_would_act_is_escaped(text: str, told: str) -> None:
    assert escaped(text) == told


@given(HOSTILE, st.integers(1, 30))
def test_clipping_keeps_a_beginning_within_the_limit(text: str, limit: int) -> None:
    told = clip(text, limit)
    assert units(told) <= limit
    assert told == text or text.startswith(told.removesuffix("…").rstrip())


@given(HOSTILE)
def test_a_label_is_never_empty_nor_too_long(text: str) -> None:
    assert 1 <= units(label(text)) <= 80
    assert "\n" not in label(text)
