from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index.lexical import Entry, LexicalIndex, lexical_writer
from retrieval.index.local import LocalIndex
from retrieval.terms import forms, stems

WORDS = stems("ferry bridge lighthouse orchard mayor baker Holm Tarn number noon 7 12 352 zeppelin", "en")
TERMS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True).map(lambda found: [(t,) for t in found])


@pytest.fixture(scope="module")
def texts(press_index: LocalIndex) -> list[list[str]]:
    """Every passage's terms, title first, as they are indexed."""
    rows = press_index.passages(range(press_index.manifest.passages))
    return [stems(s.article.title, "en") + stems(s.passage.text, "en") for s in rows]


@given(terms=TERMS)
@settings(max_examples=40, deadline=None)
def test_scores_are_bm25(press_index: LocalIndex, texts: list[list[str]], terms: list[tuple[str, ...]]) -> None:
    rows, scores = press_index.passage_texts.search(terms, 10_000)
    mean = sum(map(len, texts)) / len(texts)
    holding = {term: sum(term in text for text in texts) for (term,) in terms}
    expected: dict[int, float] = {}
    for row, text in enumerate(texts):
        counts = Counter(text)
        score = 0.0
        for (term,) in terms:
            idf = math.log(1 + (len(texts) - holding[term] + 0.5) / (holding[term] + 0.5))
            norm = 1.2 * (1 - 0.75 + 0.75 * len(text) / mean)
            score += idf * 2.2 * counts[term] / (counts[term] + norm) if counts[term] else 0.0
        if score:
            expected[row] = score
    assert set(rows.tolist()) == set(expected)
    assert max(map(len, texts)) < 40, "lengths are stored exactly"
    assert scores.tolist() == pytest.approx([expected[row] for row in rows.tolist()], rel=1e-4)


@given(terms=TERMS, n=st.sampled_from([1, 10, 10_000]))
@settings(max_examples=40, deadline=None)
def test_asking_for_the_scores_of_rows_gives_those_of_the_search(
    press_index: LocalIndex, terms: list[tuple[str, ...]], n: int
) -> None:
    for engine in (press_index.passage_texts, press_index.article_texts):
        rows, scores = engine.search(terms, n)
        order = np.argsort(rows)
        assert engine.scores(terms, rows[order]).tolist() == scores[order].tolist()
        everything, all_scores = engine.search(terms, 10_000)
        assert scores.tolist() == all_scores[:n].tolist()
        placed = list(zip((-all_scores).tolist(), everything.tolist(), strict=True))
        assert placed == sorted(placed)


def test_rows_without_a_term_score_nothing(press_index: LocalIndex) -> None:
    rows = np.arange(press_index.manifest.passages)
    assert not press_index.passage_texts.scores([("zeppelin",)], rows).any()
    assert not press_index.passage_texts.scores([], rows).any()
    assert len(press_index.passage_texts.scores([("noon",)], rows[:0])) == 0
    assert len(press_index.passage_texts.search([], 5)[0]) == 0


def test_a_word_counts_once_whichever_of_its_forms_a_text_has(press_index: LocalIndex) -> None:
    one = press_index.passage_texts.search([("ferri",)], 10_000)
    either = press_index.passage_texts.search([("ferri", "zeppelin")], 10_000)
    assert one[0].tolist() == either[0].tolist()
    assert one[1].tolist() == either[1].tolist()
    both = press_index.passage_texts.search([("ferri", "bridg")], 10_000)[1]
    summed = press_index.passage_texts.search([("ferri",), ("bridg",)], 10_000)[1]
    assert both.max() < summed.max()


def test_document_frequencies_count_passages(press_index: LocalIndex, texts: list[list[str]]) -> None:
    assert press_index.document_frequencies(WORDS) == [sum(word in text for text in texts) for word in WORDS]
    assert press_index.document_frequencies([]) == []


@given(st.lists(st.sampled_from("the ferry of Holm number before noon mayor".split()), min_size=1, max_size=4))  # noqa: SIM905
@settings(max_examples=40, deadline=None)
def test_phrases_are_words_that_follow_one_another(press_index: LocalIndex, phrase: list[str]) -> None:
    wanted = forms(" ".join(phrase))
    expected = []
    for stored in press_index.passages(range(press_index.manifest.passages)):
        found = forms(stored.passage.text)
        if any(found[i : i + len(wanted)] == wanted for i in range(len(found))):
            expected.append(stored.row)
    assert press_index.passage_texts.rows_with([wanted]).tolist() == expected
    searched, _ = press_index.passage_texts.search([("noon",)], 10_000, phrases=[wanted])
    assert sorted(searched.tolist()) == expected


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_every_text_is_found_by_each_of_its_own_terms(written: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lexical"
        with lexical_writer(path, 16 << 20) as add:
            for row, text in enumerate(written):
                add(Entry(row, row, stems(text, "en"), forms(text), 0, 0, None, ()))
        index = LexicalIndex(path, len(written))
        for row, text in enumerate(written):
            for term in stems(text, "en"):
                assert row in index.search([(term,)], 10)[0]
            for form in forms(text):
                assert row in index.rows_with([[form]])
            if len(forms(text)) > 1:
                assert row in index.rows_with([forms(text)])


def test_the_same_entries_give_the_same_answers_wherever_they_are_written(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        with lexical_writer(tmp_path / name, 16 << 20) as add:
            for row in range(500):
                add(Entry(row, row, ["ferri", f"n{row % 7}"], ["ferry"], 0, 0, None, ()))
        rows, scores = LexicalIndex(tmp_path / name, 500).search([("ferri",), ("n3",)], 40)
        found.append((rows.tolist(), scores.tolist()))
    assert found[0] == found[1]
    assert found[0][0] == [row for row in range(500) if row % 7 == 3][:40], "ties go by row, at the cut too"


def test_a_few_rows_score_as_they_do_among_many(tmp_path: Path) -> None:
    """So many as 400 are looked for one by one, more as a set."""
    with lexical_writer(tmp_path / "texts") as add:
        for row in range(900):
            text = ["ferry"] * (row % 3) + ["storm"] * (row % 2) + ["mayor"] * (row % 7)
            add(Entry(row, row, text, (), 0, 0, None, ()))
    engine = LexicalIndex(tmp_path / "texts", 900)
    rows, terms = np.arange(900), [("ferry",), ("storm", "mayor")]
    among_many = engine.scores(terms, rows, (1.0, 0.5))
    assert len(set(among_many.tolist())) > 10
    for size in (1, 7, 400, 401):
        few = [engine.scores(terms, rows[at : at + size], (1.0, 0.5)) for at in range(0, 900, size)]
        assert np.concatenate(few).tolist() == among_many.tolist()


def test_an_index_that_is_given_up_leaves_no_thread_that_writes_on(tmp_path: Path) -> None:
    words = [f"lamp{number}" for number in range(2000)]
    for attempt in range(3):
        path = tmp_path / str(attempt)
        with suppress(KeyboardInterrupt), lexical_writer(path, 16 << 20) as add:
            for row in range(300):
                add(Entry(row, row, words, words, -1, -1, None, ()))
            raise KeyboardInterrupt
        shutil.rmtree(path)  # fails where a file comes while it is emptied
        time.sleep(0.05)
        assert not path.exists()
