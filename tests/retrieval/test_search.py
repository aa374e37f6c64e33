from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import press
import pytest
from fakes import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.archive import Archive
from retrieval.errors import QuestionError
from retrieval.index import Rows, Scores, Stored
from retrieval.index.local import LocalIndex
from retrieval.ranking import Ranking, Readings
from retrieval.search import MAX_QUESTION, understand
from retrieval.terms import forms, stop_words
from retrieval.types import Answer, Filters

QUESTIONS = ("Who sold the ferry of Holm?", "lighthouse number 7", '"of Tarn" bridge', "before noon", "the of and")
FILTERS = st.builds(
    Filters,
    after=st.sampled_from([None, date(2019, 12, 31), date(2020, 2, 29), date(2021, 1, 1), date(2022, 6, 15)]),
    before=st.sampled_from([None, date(2020, 2, 29), date(2021, 1, 1), date(2022, 6, 15), date(2022, 6, 16)]),
    publishers=st.sampled_from([(), ("harbour herald",), ("KUSTENBOTE", "nobody"), ("nobody",)]),
    authors=st.sampled_from([(), ("jose marin",), ("Kofi Mensah", "Ada Lindqvist"), ("nobody",)]),
    articles=st.sampled_from(
        [(), ("wire.jsonl/wire.jsonl#a001",), tuple(f"wire.jsonl/wire.jsonl#a{n:03}" for n in range(9, 26))]
    ),
    undated=st.booleans(),
)


def told(answer: Answer) -> str:
    """Return all that an answer says, but for how long it took."""
    return json.dumps({**asdict(answer), "took_ms": 0}, ensure_ascii=False, default=str)


def room(index: LocalIndex, filters: Filters, cap: int) -> int:
    """Return how many passages an answer may hold: within the cap for each text, no passage twice."""
    allowed = index.columns.allowed_passages(index.columns.allowed_articles(filters))
    rows = np.arange(index.manifest.passages) if allowed is None else np.flatnonzero(allowed)
    of_story: dict[int, set[str]] = defaultdict(set)
    for stored, article in zip(index.passages(rows.tolist()), index.columns.article_of[rows], strict=True):
        of_story[int(index.columns.articles["story"][article])].add(stored.passage.text)
    return sum(min(cap, len(texts)) for texts in of_story.values())


@given(filters=FILTERS, question=st.sampled_from(QUESTIONS[:2] + QUESTIONS[3:]), k=st.sampled_from([1, 3, 20, 10_000]))
@settings(max_examples=60, deadline=None)
def test_a_narrow_filter_still_fills_the_page(
    press_archive: Archive, press_index: LocalIndex, filters: Filters, question: str, k: int
) -> None:
    hits = press_archive.ask(question, k=k, filters=filters).hits
    assert len(hits) == min(k, room(press_index, filters, 2))
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.passage.text for hit in hits}) == len(hits)
    order = [(-hit.score, hit.passage.article_id, hit.passage.start) for hit in hits]
    assert order == sorted(order)


@pytest.mark.parametrize("candidates", [1, 2, 7])
def test_few_candidates_an_engine_still_fill_the_page(
    press_data: Path, press_index: LocalIndex, candidates: int
) -> None:
    for cap in (1, 2, 5):
        ranking = Ranking(candidates=candidates, per_article=cap)
        with Archive.open(press_data, encoder=HashEncoder(), ranking=ranking) as archive:
            assert len(archive.search("lighthouse", k=10_000)) == room(press_index, Filters(), cap)
            assert len(archive.search("lighthouse", k=40)) == 40


@pytest.mark.parametrize("phrase", ["of Tarn", "the ferry", "OF TARN", "number 7", "the", "noon. The"])
def test_a_quoted_phrase_is_in_every_passage(press_archive: Archive, press_index: LocalIndex, phrase: str) -> None:
    wanted = forms(phrase)

    def holds(text: str) -> bool:
        found = forms(text)
        return any(found[i : i + len(wanted)] == wanted for i in range(len(found)))

    answer = press_archive.ask(f'Who sold "{phrase}" to whom?', k=10_000)
    stored = press_index.passages(range(press_index.manifest.passages))
    assert answer.hits
    assert all(holds(hit.passage.text) for hit in answer.hits)
    assert {hit.article.id for hit in answer.hits} <= {s.article.id for s in stored if holds(s.passage.text)}
    assert answer.phrases_missing == ()


@pytest.mark.parametrize("phrase", ["ferry sold the the", "Lune rented the zeppelin"])
def test_a_phrase_that_is_nowhere_is_named_and_what_comes_is_not_an_answer(press_archive: Archive, phrase: str) -> None:
    answer = press_archive.ask(f'the ferry "{phrase}"', k=7)
    assert answer.status == "not_found"
    assert [missing.casefold() for missing in answer.phrases_missing] == [phrase.casefold()]
    assert [hit.passage for hit in answer.hits] == [
        hit.passage for hit in press_archive.ask(f"the ferry {phrase}", k=7).hits
    ]


def test_copies_of_a_text_count_as_one(press_archive: Archive) -> None:
    texts = [press_archive.article(citation.id) for citation, _ in press_archive.articles()]
    assert len({a.text for a in texts if a}) < len(texts), "the archive has copies"
    by_text: dict[str, int] = defaultdict(int)
    for hit in press_archive.search("The mayor of Holm", k=10_000):
        article = press_archive.article(hit.article.id)
        assert article is not None
        by_text[article.text] += 1
    assert max(by_text.values()) == 2


def test_where_hundreds_of_passages_say_the_same_they_are_read_many_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = "The ferry of Holm was sold to the mayor" + ", who had a ship before it" * 3 + "."
    lines = [
        {"_id": f"c{n:03}", "text": f"{same}\n\nAs for {' '.join(f'w{n}x{i}' for i in range(40))}."} for n in range(150)
    ]
    lines += [{"_id": f"d{n}", "text": f"A ferry ran to island {n}."} for n in range(5)]
    press.write_lines(tmp_path / "f.jsonl", lines)
    press.build(tmp_path / "data", tmp_path / "f.jsonl", HashEncoder())
    calls: list[int] = []
    plain = LocalIndex.passages

    def counted(index: LocalIndex, rows: Sequence[int]) -> list[Stored]:
        calls.append(len(rows))
        return plain(index, rows)

    monkeypatch.setattr(LocalIndex, "passages", counted)
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        hits = archive.search("Who sold the ferry of Holm to the mayor?", k=6)
    texts = [hit.passage.text for hit in hits]
    assert texts[0].strip() == same
    assert len(set(texts)) == len(texts) == 6, "copies are passed over"
    assert sum(calls) > 100
    assert len(calls) < 20


def test_a_copy_is_shown_beside_the_passage_it_copies(press_archive: Archive) -> None:
    original = press_archive.article("wire.jsonl/wire.jsonl#a010")
    assert original is not None
    hit = press_archive.search(original.text[:400], k=1)[0]
    assert hit.article.id == "wire.jsonl/wire.jsonl#a010"
    assert [citation.id for citation in hit.also_in] == ["wire.jsonl/wire.jsonl#a011"]
    assert hit.also_in[0].publisher is None


def test_where_only_the_copy_is_allowed_the_copy_is_found(press_archive: Archive) -> None:
    copy = "wire.jsonl/wire.jsonl#a011"
    hit = press_archive.search("noon", k=1, filters=Filters(articles=(copy,)))[0]
    assert hit.article.id == copy


@pytest.mark.parametrize("question", ["", " ", "?!", '""', "\n\t", "🦊", "\u200b", "\ud800", "-" * 20_000])
def test_a_question_without_words_is_refused(press_archive: Archive, question: str) -> None:
    with pytest.raises(QuestionError, match="no words"):
        press_archive.ask(question)


def test_a_question_that_is_too_long_is_refused_and_the_longest_is_answered(press_archive: Archive) -> None:
    with pytest.raises(QuestionError, match="10,001 characters, 10,000 are allowed"):
        press_archive.ask("f" * (MAX_QUESTION + 1))
    assert len(press_archive.ask(("ferry bridge " * 1000)[:MAX_QUESTION], k=7).hits) == 7


@pytest.mark.parametrize("k", [0, -1])
def test_asking_for_no_passages_is_refused(press_archive: Archive, k: int) -> None:
    with pytest.raises(QuestionError, match=f"k is {k}"):
        press_archive.ask("ferry", k=k)
    with pytest.raises(QuestionError, match=f"k is {k}"):
        press_archive.rank_articles("ferry", k=k)


@pytest.mark.parametrize(
    "question",
    [
        'ferry "', '"ferry', "ferry* AND OR NOT (", "publisher:Herald^2", "row:[0 TO 9]", "+ferry -ferry ~ferry", "NOT",
        "ferry'; DROP TABLE articles; --", "ferry % _ \\ /", "ferry\x00\x07\x1b[31m", "ferry \ud800\udc00 \ud800",
        "«ferry", "من باع عبّارة؟ ferry", "\u202eferry\u202c", "🦊 ferry 👩‍👩‍👧", "{ferry} <b>", "fer\u00adry",
    ],
)  # fmt: skip
def test_no_character_has_a_meaning_of_its_own(press_archive: Archive, question: str) -> None:
    answer = press_archive.ask(question, k=9)
    assert len(answer.hits) == 9
    assert answer.question == question
    if "ferry" in question:
        assert "ferry" in answer.hits[0].passage.text


def test_a_question_of_stop_words_is_answered_by_meaning_alone(press_archive: Archive) -> None:
    assert not understand("the of and", ("en",)).terms
    assert len(press_archive.ask("the of and", k=9).hits) == 9


def test_accents_written_apart_are_accents(tmp_path: Path) -> None:
    press.write_story(tmp_path / "n", "a.txt", "Le café de la gare est fermé. Personne ne sait pourquoi.")
    press.write_story(tmp_path / "n", "b.txt", "La mairie est ouverte. Tout le monde le sait.")
    press.build(tmp_path / "data", tmp_path / "n", HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        assert archive.ask("cafe\u0301 ferme\u0301").hits == archive.ask("café fermé").hits
        assert archive.ask("cafe\u0301").hits[0].article.id == "n/a.txt"


def test_words_are_found_in_every_language_of_the_archive(tmp_path: Path) -> None:
    lines = [
        {"_id": f"de{n}", "text": f"Die Brücken über den Fluss sind seit {n} Jahren gesperrt.", "language": "de"}
        for n in range(4)
    ]
    lines += [{"_id": "en", "text": "The bridges were measured by engineers in the valley.", "language": "en"}]
    lines += [{"_id": "?", "text": "Prag: Häuser 1, 2, 3"}]  # too short to tell its language
    press.write_lines(tmp_path / "w.jsonl", lines)
    press.build(tmp_path / "data", tmp_path / "w.jsonl", HashEncoder())
    words_only = Ranking(dense=0, dense_elsewhere=0)
    with Archive.open(tmp_path / "data", encoder=HashEncoder(), ranking=words_only) as archive:
        assert archive.status().languages == ("de", "en")
        for question, found in (("Wer hat die Brücke gesperrt?", "de"), ("measuring a bridge", "en"), ("Häuser", "?")):
            hit = archive.ask(question).hits[0]
            assert hit.article.id.split("#")[1].startswith(found)
            assert hit.matches


def test_the_dense_side_weighs_less_in_a_language_the_encoder_was_not_trained_for(press_data: Path) -> None:
    scores = []
    for languages in ((), ("en",), ("fi",)):
        with Archive.open(press_data, encoder=HashEncoder(languages=languages)) as archive:
            scores.append([hit.score for hit in archive.search("Who sold the lighthouse?", k=20)])
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]


def test_articles_are_ranked_by_their_best_passage_without_cap_or_grouping(press_archive: Archive) -> None:
    ranked = press_archive.rank_articles("Who sold the lighthouse?", k=10_000)
    assert sorted(row for row, _ in ranked) == list(range(60))
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)
    ids = [citation.id for citation, _ in press_archive.articles()]
    hits = press_archive.search("Who sold the lighthouse?", k=10_000)
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.article.id, hit.score)
    scored = {ids[row]: score for row, score in ranked}
    assert best == {key: scored[key] for key in best}
    assert press_archive.rank_articles("Who sold the lighthouse?", k=5) == ranked[:5]


def test_the_same_question_gives_the_same_bytes(press_archive: Archive) -> None:
    first = [told(press_archive.ask(question, k=20)) for question in QUESTIONS]
    assert [told(press_archive.ask(question, k=20)) for question in reversed(QUESTIONS)] == first[::-1]


def test_threads_get_the_answers_that_one_gets(press_archive: Archive) -> None:
    questions = [(f"{question} {n}", n % 7 + 1) for question in QUESTIONS for n in range(30)]
    alone = [told(press_archive.ask(question, k=k)) for question, k in questions]
    with ThreadPoolExecutor(8) as pool:
        together = pool.map(lambda asked: told(press_archive.ask(asked[0], k=asked[1])), questions)
        assert list(together) == alone


def test_where_and_in_which_order_the_files_came_changes_nothing(press_archive: Archive, tmp_path: Path) -> None:
    source = tmp_path / "elsewhere" / "wire.jsonl"
    press.write_lines(source, map(press.record, range(40)))
    press.build(tmp_path / "data", source, HashEncoder())
    press.write_lines(source, map(press.record, reversed(range(60))))
    press.build(tmp_path / "data", source, HashEncoder())

    def comparable(answer: Answer) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(told(answer).replace(str(source), "PATH"))
        return {**found, "generation": ""}

    [path] = {citation.path for citation, _ in press_archive.articles()}
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        for question in QUESTIONS:
            expected = json.loads(told(press_archive.ask(question, k=20)).replace(path, "PATH"))
            assert comparable(archive.ask(question, k=20)) == {**expected, "generation": ""}


def test_the_seed_of_hashes_changes_nothing(press_data: Path, press_archive: Archive) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from fakes import HashEncoder; from test_search import QUESTIONS, told; from retrieval import Archive\n"
        "with Archive.open(sys.argv[2], encoder=HashEncoder()) as archive:\n"
        "    [print(ascii(told(archive.ask(question, k=20)))) for question in QUESTIONS]\n"
    )
    here = Path(__file__).parent
    expected = "".join(ascii(told(press_archive.ask(question, k=20))) + "\n" for question in QUESTIONS)
    for seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{here}{os.pathsep}{here.parents[1]}"}
        command = [sys.executable, "-c", program, str(here.parent), str(press_data)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert ran.stdout == expected


def test_stop_words_and_terms_agree_with_the_language_of_the_question() -> None:
    german = understand("Wer hat die Brücken gesperrt?", ("en", "de"))
    assert german.language == "de"
    assert "die" in stop_words("de")
    assert all("die" not in group for group in german.terms)
    assert any("bruck" in group and "brucken" in group for group in german.terms)


def test_what_is_read_while_a_question_is_encoded_changes_no_answer(
    press_index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, read = Archive(press_index, HashEncoder()), []
    ahead = Readings.ahead

    def noted(self: Readings, ranking: Ranking, rows: Rows, passage: Scores, article: Scores) -> None:
        read.append(len(rows))
        ahead(self, ranking, rows, passage, article)

    monkeypatch.setattr(Readings, "ahead", noted)
    with_it = [told(archive.ask(question, k=20)) for question in QUESTIONS]
    assert sum(read) > 0
    monkeypatch.setattr(Readings, "ahead", lambda *arguments: None)
    assert [told(archive.ask(question, k=20)) for question in QUESTIONS] == with_it
