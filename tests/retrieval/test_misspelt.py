"""Names are found however they are spelt: typing errors, British and American, plurals, hyphens, accents."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from pathlib import Path

import gazette
import numpy as np
import press
import pytest
from fakes import HashEncoder
from hypothesis import assume, given
from hypothesis import strategies as st

from retrieval.archive import Archive
from retrieval.encoders import KnowsWords, SentenceTransformerEncoder
from retrieval.errors import DamagedError
from retrieval.index import generation as generations
from retrieval.index.vocabulary import SpelledWords, WordCounts
from retrieval.indexing import run_index
from retrieval.search import understand
from retrieval.spellings import variants
from retrieval.terms import analysed, compounds, stems


class Scholar(HashEncoder):
    """A hashing encoder that has learnt some words."""

    def is_word(self, text: str) -> bool:
        return text in {"banana", "launch", "bandana"}


def vocabulary(folder: Path, *texts: str) -> SpelledWords:
    counts = WordCounts()
    for text in texts:
        counts.add(analysed(text, None).letters)
    counts.write(folder / "vocabulary")
    return SpelledWords(folder / "vocabulary")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with gazette.opened(tmp_path_factory.mktemp("gazette")) as found:
        yield found


def first(archive: Archive, question: str) -> str:
    return archive.ask(question).hits[0].article.title


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("rogosin", "rogozin"), ("rogozn", "rogozin"), ("rogoziin", "rogozin"), ("orgozin", "rogozin"),
     ("rogossin", "rogozin"), ("wardn", "warden"), ("qarden", "warden")],
)  # fmt: skip
def test_a_word_within_an_edit_or_two_is_suggested(tmp_path: Path, typed: str, meant: str) -> None:
    assert vocabulary(tmp_path, "Rogozin met the warden").suggest(typed) == meant


@pytest.mark.parametrize("typed", ["wrdn", "rugossin", "ovr", "xx", "r2d2", "", "wxrdxn"])
def test_a_word_too_far_off_or_too_short_is_not(tmp_path: Path, typed: str) -> None:
    assert vocabulary(tmp_path, "Rogozin met the warden over seals").suggest(typed) is None


def test_of_a_word_of_four_letters_the_first_is_right(tmp_path: Path) -> None:
    words = vocabulary(tmp_path, "Alan met Oslo")
    assert words.suggest("ulan") is None
    assert words.suggest("oslu") == "oslo"


def test_fewer_edits_go_before_the_first_letter_and_that_before_how_frequent_a_word_is(tmp_path: Path) -> None:
    words = vocabulary(tmp_path, "marlin", "carlin", "carlin", "marvin", "marvin", "marvin", "harbours")

    assert words.suggest("marlon") == "marlin"  # one edit; marvin is two
    assert words.suggest("marin") == "marvin"  # one edit each: the more frequent
    assert words.suggest("arlin") == "carlin"  # neither has its first letter: the more frequent
    assert words.suggest("karlin") == "carlin"
    assert words.suggest("xarbors") is None  # of two edits, none may be the first letter
    assert words.suggest("hxrbxurs") == "harbours"


def test_accents_are_kept_in_what_is_suggested_and_do_not_count_as_errors(tmp_path: Path) -> None:
    assert vocabulary(tmp_path, "Müllerstraße am Küstenweg").suggest("kustenwag") == "küstenweg"


@given(word=st.text(string.ascii_lowercase, min_size=5, max_size=14), seed=st.integers(0, 10_000))
def test_one_slip_of_the_finger_is_always_found_again(
    tmp_path_factory: pytest.TempPathFactory, word: str, seed: int
) -> None:
    drawn = random.Random(seed)
    at = drawn.randrange(len(word) - 1)
    slipped = drawn.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + drawn.choice(string.ascii_lowercase) + word[at:],
            word[:at] + drawn.choice(string.ascii_lowercase) + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )
    assume(slipped != word and (len(slipped) > 4 or slipped[0] == word[0]))
    folder = tmp_path_factory.mktemp("one")
    assert vocabulary(folder, word, "entirely unlike").suggest(slipped) in (word, "unlike", "entirely")
    assert vocabulary(tmp_path_factory.mktemp("two"), word).suggest(slipped) == word


def test_an_empty_archive_and_one_of_an_older_version_suggest_nothing(tmp_path: Path) -> None:
    assert vocabulary(tmp_path, "").suggest("rogosin") is None
    assert SpelledWords(tmp_path / "nowhere").suggest("rogosin") is None


def test_a_broken_vocabulary_is_named(tmp_path: Path) -> None:
    vocabulary(tmp_path, "Rogozin")
    (tmp_path / "vocabulary" / "key.npy").write_bytes(b"broken")

    with pytest.raises(DamagedError, match="vocabulary"):
        SpelledWords(tmp_path / "vocabulary").suggest("rogosin")


def test_the_same_archive_gives_the_same_vocabulary(tmp_path: Path) -> None:
    texts = ["the seals of Varn", "Rogozin saw seals", "seals"]
    for name, order in (("a", texts), ("b", texts[::-1])):
        (tmp_path / name).mkdir()
        vocabulary(tmp_path / name, *order)

    assert press.snapshot(tmp_path / "a") == press.snapshot(tmp_path / "b")


def test_a_misspelt_name_is_found_and_told(archive: Archive) -> None:
    answer = archive.ask("Where did Rogosin watch the launch?")

    assert answer.also_searched == (("Rogosin", "Rogozin"),)
    assert answer.hits[0].article.title == "The launch"
    text = answer.hits[0].passage.text
    assert "Rogozin" in [text[start:end] for start, end in answer.hits[0].matches]


def test_a_word_that_stands_in_the_archive_is_never_taken_for_another(archive: Archive) -> None:
    assert archive.ask("Where did Rogozin watch the launches of rockets?").also_searched == ()


def test_an_author_whom_no_article_mentions_is_not_taken_for_a_word_like_her_name(tmp_path: Path) -> None:
    line = {
        "_id": "a",
        "title": "The line",
        "text": "The line is open. A lime tree fell on the line.",
        "author": "Ada Lind",
    }
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "stories.jsonl").write_text(json.dumps(line), encoding="utf-8")
    run_index(tmp_path / "data", [tmp_path / "paper"], HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as opened:
        assert opened.ask("What did Ada Lind write?").also_searched == ()
        assert opened.ask("Was the lime by Lind?").also_searched == ()
        assert opened.ask("Was the lime by Linx?").also_searched == (("Linx", "Line"),), "whom nobody knows"


def test_what_stands_in_quotation_marks_is_left_as_it_is(archive: Archive) -> None:
    answer = archive.ask('Where was "Rogosin"?')

    assert answer.also_searched == ()
    assert answer.phrases_missing == ("Rogosin",)


def test_a_word_that_the_encoder_knows_is_no_mistake(tmp_path: Path) -> None:
    lines = [{"_id": "1", "title": "", "text": "She wore a red bandana at the fair.", "language": "en"}]
    press.write_lines(tmp_path / "a.jsonl", lines)
    press.build(tmp_path / "data", tmp_path / "a.jsonl", Scholar())
    with Archive.open(tmp_path / "data", encoder=Scholar()) as archive:
        assert archive.ask("Who ate a banana?").also_searched == ()
        assert archive.ask("Who wore a bandanna?").also_searched == (("bandanna", "bandana"),)


def test_the_real_encoder_knows_words_and_not_names(minilm: SentenceTransformerEncoder) -> None:
    assert isinstance(minilm, KnowsWords)
    assert minilm.is_word("banana")
    assert not minilm.is_word("rogosin")


def test_the_vector_leans_on_the_corrected_question_too(archive: Archive) -> None:
    right, wrong = archive.ask("the launch and Rogozin").hits[0], archive.ask("the launch and Rogosin").hits[0]

    assert wrong.passage.id == right.passage.id


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Which mast was painted in color?", "The radio mast"),
        ("Who writes email in the town hall?", "Post by wire"),
        ("Who writes e-mail in the town hall?", "Post by wire"),
        ("Which mouse ate the cable?", "Post by wire"),
        ("What did Jose Marin see of the rockets?", "The launch"),
    ],
)
def test_spelling_plurals_hyphens_and_accents_do_not_matter(archive: Archive, question: str, title: str) -> None:
    answer = archive.ask(question)

    assert answer.hits[0].article.title == title
    assert answer.also_searched == ()


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [("colour", "color", "en"), ("organise", "organize", "en"), ("organisation", "organization", "en"),
     ("theatre", "theater", "en"), ("travelling", "traveling", "en"), ("children", "child", "en"),
     ("men", "man", "en"), ("mice", "mouse", "en"), ("paediatrician", "pediatrician", "en"),
     ("harbours", "harbors", "en"), ("neighbourhood", "neighborhood", "en"), ("tyres", "tires", "en"),
     ("Photographie", "Fotografie", "de"), ("Küste", "Kueste", "de"), ("Delphin", "Delfin", "de")],
)  # fmt: skip
def test_two_spellings_of_a_word_are_found_by_each_other(one: str, other: str, language: str) -> None:
    for asked, written in ((one, other), (other, one)):
        (group,) = understand(asked, (language,)).terms
        assert set(stems(written, language)) <= set(group)


def test_variants_are_of_the_languages_that_an_archive_has() -> None:
    assert variants("colour", ("de",)) == ()
    assert variants("lighthouse", ("en", "de")) == ()


def test_only_words_of_two_parts_stand_as_one() -> None:
    def joined(text: str) -> list[str]:
        return [one.form + other.form for one, other in compounds(text)]

    assert joined("e-mail and co-operate") == ["email", "cooperate"]
    assert joined("state-of-the-art, 2020-2021, a - b, and/or, U-2") == []
    assert stems("e-mail", "en") == ["e", "mail", "email"]


def test_a_word_of_two_parts_is_marked_once(archive: Archive) -> None:
    hit = archive.ask("Who answers e-mail?").hits[0]

    marks = [hit.passage.text[start:end] for start, end in hit.matches]
    assert "e-mail" in marks
    assert all(a[1] <= b[0] for a, b in zip(hit.matches, hit.matches[1:], strict=False))


def test_a_generation_holds_its_vocabulary_sealed_like_all_else(archive: Archive) -> None:
    data = archive._data
    assert data is not None
    manifest = generations.load_manifest(generations.folder_of(data, archive.generation))
    assert "vocabulary/words.txt" in manifest.files


class Deaf(HashEncoder):
    """An encoder to which all texts are nearly alike: what it finds near says nothing."""

    def _rows(self, texts):  # type: ignore[no-untyped-def]
        rows = np.full((len(texts), self.dimension), 1.0)
        rows += super()._rows(texts) * 0.3
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows.astype(np.float32)


RARITIES = "Quartz, velvet, anchovies, bellows, a trombone and lacquer"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """2,000 short articles, one of which names Zebedy."""
    folder = tmp_path_factory.mktemp("crowd")
    drawn = random.Random(5)
    places, things = ["harbour", "market", "station", "school"], ["meeting", "supper", "concert", "auction"]
    lines = [
        {
            "_id": f"{n:04}", "title": f"Notice {n}", "language": "en",
            "text": f"The chairman of the {drawn.choice(places)} committee thanked everybody who came to the "
                    f"{drawn.choice(things)} on day {n}.",
        }
        for n in range(2000)
    ]  # fmt: skip
    for line in lines[:30]:  # to the question's other words, these are the better answers
        line["text"] = f"{RARITIES} were sold at the auction of the harbour committee."
    lines[1234]["text"] = (
        "Weather in the hills stayed dry. Farmers cut hay and mended walls. Somebody named Zebedy sold a goat."
    )
    press.write_lines(folder / "crowd.jsonl", lines)
    press.build(folder / "data", folder / "crowd.jsonl", Deaf())
    with Archive.open(folder / "data", encoder=Deaf()) as archive:
        yield archive


CROWDED = f"Who sold {RARITIES} at the auction of the harbour committee, was it Zebedy?"


def test_a_name_that_one_article_of_two_thousand_has_brings_that_article(crowd: Archive) -> None:
    for k in (3, 5):
        assert "Notice 1234" in [hit.article.title for hit in crowd.ask(CROWDED, k=k).hits]
    rows = [row for row, _ in crowd.rank_articles(CROWDED, k=10)]
    assert 1234 in rows[:3]


def test_scores_fall_from_place_to_place_also_where_a_name_was_lifted(crowd: Archive) -> None:
    scores = [hit.score for hit in crowd.ask(CROWDED, k=10).hits]
    assert scores == sorted(scores, reverse=True)
    assert [hit.rank for hit in crowd.ask(CROWDED, k=4).hits] == [1, 2, 3, 4]


def test_a_misspelt_rare_name_brings_its_article_too(crowd: Archive) -> None:
    answer = crowd.ask(CROWDED.replace("Zebedy", "Zebbedy"))

    assert answer.also_searched == (("Zebbedy", "Zebedy"),)
    assert "Notice 1234" in [hit.article.title for hit in answer.hits]
