"""The sample archive answers its own questions, through the index, the model and the search that everybody uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.archive import Archive
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.types import Answer

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="module")
def archive(seeds_data: Path, minilm: SentenceTransformerEncoder) -> Iterator[Archive]:
    with Archive.open(seeds_data, encoder=minilm) as opened:
        yield opened


def sentence(answer: Answer) -> str:
    hit = answer.hits[0]
    return " ".join(hit.passage.text[start:end] for start, end in hit.highlights)


def test_the_passage_that_gives_the_year_of_the_station_comes_first(archive: Archive) -> None:
    answer = archive.ask("When is the Russian space station planned for?")
    best = answer.hits[0]
    assert answer.status == "answered"
    assert best.article.id.endswith("tea-and-a-station.txt")
    assert "planned for 2025" in sentence(answer)
    assert (best.article.publisher, best.article.published) == ("Archivist seed desk", "2021-09")
    article = archive.article(best.article.id)
    assert article is not None
    assert article.text[best.passage.start : best.passage.end] == best.passage.text


@pytest.mark.parametrize("question", ["best pizza in naples", "how do I unclog a kitchen sink", "who won the 1974 cup"])
def test_what_the_archive_does_not_speak_of_is_not_answered(archive: Archive, question: str) -> None:
    assert archive.ask(question).status != "answered"


def test_nineteen_of_twenty_sample_questions_find_an_article_that_answers_among_the_first_three(
    archive: Archive,
) -> None:
    judged: dict[str, set[str]] = {}
    for line in (SEEDS / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, article, _ = line.split("\t")
        judged.setdefault(query, set()).add(f"articles/{article}")
    found = 0
    for line in (SEEDS / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        query = json.loads(line)
        if query["_id"] in judged:
            hits = archive.search(query["text"], k=3)
            found += any(hit.article.id in judged[query["_id"]] for hit in hits)
    assert found >= 0.95 * len(judged)
