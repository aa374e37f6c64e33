"""What an answer is judged by, as the archive tells it and as `archivist calibrate` gathers it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import HashEncoder
from small_town import QUERIES, HashedWords, write_dataset

from retrieval.archive import Archive
from retrieval.calibrating import gather
from retrieval.closeness import Reader
from retrieval.evidence import NAMES
from retrieval.index import Request
from retrieval.index.local import LocalIndex
from retrieval.ranking import Ranking, Readings, signals_of
from retrieval.search import understand
from retrieval.types import Filters
from retrieval.weighing import Weigher


def told(archive: Archive, question: str, previous: str | None = None) -> dict[str, float]:
    found = archive.evidence(question, previous=previous)
    assert found is not None
    return found[1]


def test_every_kind_is_told_and_is_a_share_or_near_one(press_archive: Archive) -> None:
    for question in ("Who sold the ferry?", "When was the lighthouse of Tarn lit?", "zeppelin", "Wer war nicht da?"):
        evidence = told(press_archive, question)
        assert tuple(evidence) == NAMES
        assert all(-1 <= value <= 2 for value in evidence.values())


def test_what_leans_on_an_earlier_question_is_told(press_archive: Archive) -> None:
    assert told(press_archive, "and who sold it?")["follows"] == 0
    assert told(press_archive, "and who sold it?", "Where is the ferry?")["follows"] == 1


@pytest.mark.parametrize(("languages", "foreign"), [((), 0.0), (("en",), 0.0), (("fi",), 1.0)])
def test_a_language_that_the_encoder_was_not_trained_for_is_told(
    press_data: Path, languages: tuple[str, ...], foreign: float
) -> None:
    with Archive.open(press_data, encoder=HashEncoder(languages=languages)) as archive:
        assert told(archive, "Who sold the ferry?")["foreign"] == foreign


def test_a_negation_that_the_best_sentence_lacks_is_told(press_archive: Archive) -> None:
    assert told(press_archive, "Who sold the ferry?")["contradicted"] == 0
    assert told(press_archive, "Who never sold the ferry?")["contradicted"] == 1


def test_calibrating_asks_with_what_was_asked_before(tmp_path: Path) -> None:
    earlier = [{"role": "user", "text": "What sails to Holm?"}, {"role": "agent", "text": "A ferry."}]
    queries = [
        {**QUERIES[0], "_id": "alone", "text": "and how many does it carry?", "answerable": True},
        {**QUERIES[0], "_id": "after", "text": "and how many does it carry?", "answerable": True, "history": earlier},
    ]
    folder = write_dataset(tmp_path / "talk", None, queries, [("alone", "ferry", 1), ("after", "ferry", 1)])
    examples = gather(folder, HashedWords())
    assert examples.rows[:, NAMES.index("follows")].tolist() == [0.0, 1.0]
    assert examples.right[1]


def test_a_passage_that_opens_its_article_counts_so_much_more(press_index: LocalIndex) -> None:
    encoder, question = HashEncoder(), understand("Who sold the ferry of Tarn?", press_index.summary.languages)
    vector = encoder.encode_queries([question.text])[0]
    candidates = press_index.candidates(Request(lambda: vector, question.terms, (), Filters(), 100))
    reader = Reader(question.terms, Weigher(press_index, question).weights)
    signals = signals_of(candidates, Readings(press_index, reader), True, Ranking())
    read = [stored for stored in press_index.passages(candidates.rows.tolist()) if stored.row in signals.stored]
    opening = {stored.row for stored in read if stored.passage.start == 0}
    assert 0 < len(opening) < len(read) == Ranking().read
    assert set(candidates.rows[signals.opens == 1].tolist()) == opening
    more = signals.scores(Ranking(opens=0.5)) - signals.scores(Ranking(opens=0))
    assert more == pytest.approx(np.where(np.isin(candidates.rows, list(opening)), 0.5, 0.0))


def test_passages_of_an_article_that_the_question_names_count_more(press_index: LocalIndex) -> None:
    titles = {citation.title for citation, _ in press_index.citations()}
    title = min(filter(None, titles))
    question = understand(f"What is said in {title}?", press_index.summary.languages)
    candidates = press_index.candidates(
        Request(lambda: HashEncoder().encode_queries([question.text])[0], question.terms, (), Filters(), 100)
    )
    reader = Reader(question.terms, Weigher(press_index, question).weights)
    signals = signals_of(candidates, Readings(press_index, reader), True, Ranking())
    named = set(candidates.rows[signals.named > 0].tolist())
    assert named == {row for row, stored in signals.stored.items() if stored.article.title == title} != set()
    more = signals.scores(Ranking(named=1.0)) - signals.scores(Ranking(named=0.0))
    assert more == pytest.approx(signals.named, abs=2e-6), "but for the last digit of scores"
    assert more.max() <= 1
