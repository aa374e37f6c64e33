"""Counting tokens word by word: the same as the tokenizer counts, whatever the text, and only where that is so."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from retrieval.encoders.counting import TokenCounts
from retrieval.models import load_tokenizer, model_folder

_ODD = (
    "[SEP]",
    "[CLS] x",
    "a\u0301",
    "\u0301",
    "ΑΣ",
    "北京 上海",
    "x\u00a0y",
    "x\x1cy",
    "x\u2028y",
    "a\tb",
    "##ing",
    "ﬁ",
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(model_folder("all-MiniLM-L6-v2"), "all-MiniLM-L6-v2")


def _counted(tokenizer: Tokenizer, texts: list[str]) -> list[int]:
    return [len(read.ids) for read in tokenizer.encode_batch(texts, add_special_tokens=False)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=60), st.text("ab 'é\u0301\n.,-#[]京", max_size=60)), max_size=5))
@example(list(_ODD))
@example(["".join(map(chr, range(1, 0xD800)))])
@example(["the lamp " * 500, "x" * 300, ""])
def test_texts_have_as_many_tokens_as_the_tokenizer_finds(tokenizer: Tokenizer, texts: list[str]) -> None:
    sound = [text.encode("utf-8", "replace").decode() for text in texts]
    counts = TokenCounts(tokenizer)
    assert counts(sound) == _counted(tokenizer, sound)
    assert counts(sound) == _counted(tokenizer, sound)


def test_a_word_is_looked_at_once(tokenizer: Tokenizer) -> None:
    asked: list[list[str]] = []

    class Watched(TokenCounts):
        def _each(self, words: object) -> list[int]:
            asked.append(list(words))  # type: ignore[call-overload]
            return super()._each(asked[-1])

    counts = Watched(tokenizer)
    assert counts(["a lamp, a lamp", "the lamp, a harbour"]) == [5, 5]
    assert sorted(asked[0]) == ["a", "harbour", "lamp", "lamp,", "the"]
    assert counts(["the harbour"]) == [2]
    assert len(asked) == 1


def test_a_tokenizer_that_joins_words_is_asked_for_whole_texts() -> None:
    joining = Tokenizer(models.BPE(vocab={"a": 0, " ": 1, "a ": 2, "a a": 3}, merges=[("a", " "), ("a ", "a")]))
    assert TokenCounts(joining)(["a a", "a"]) == [1, 1]


@pytest.mark.parametrize("change", ["normalizer", "added", "truncation"])
def test_what_is_not_additive_is_never_added_up(change: str) -> None:
    words = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))  # noqa: S106
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if change == "normalizer":
        words.normalizer = normalizers.Replace(" ", "")
    elif change == "added":
        words.add_tokens(["a b"])
    else:
        words.enable_truncation(1)
    assert TokenCounts(words)(["a b a b"]) == _counted(words, ["a b a b"])
    assert TokenCounts(words)(["a b a b"]) != [4]


def test_many_threads_count_right_while_words_are_forgotten(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.encoders.counting._MOST_WORDS", 8)
    texts = [" ".join(f"lamp{number}" for number in range(at, at + 20)) for at in range(60)]
    expected = _counted(tokenizer, texts)
    counts, before = TokenCounts(tokenizer), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda text: counts([text])[0], texts))
    finally:
        sys.setswitchinterval(before)
    assert found == expected
