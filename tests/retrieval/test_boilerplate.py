"""Lines that a publisher repeats are quoted from none of its articles, and stay in their texts."""

from __future__ import annotations

from pathlib import Path

import press
from fakes import HashEncoder
from test_copies import story, told

from retrieval.archive import Archive
from retrieval.boilerplate import line_hashes, repeated, spans_of
from retrieval.indexing import Options, run_index

NOTICE = "Write to the Courier at the old customs house, second floor."


def lines(number: int, publisher: str, notice: str = NOTICE) -> dict[str, object]:
    text = told(story(number, 6))
    return {"_id": f"{number}", "title": f"T{number}", "text": f"{text}\n\n{notice}\n\n{story(number + 1000, 1)[0]}",
            "publisher": publisher, "language": "en"}  # fmt: skip


def quoted(data: Path) -> list[str]:
    with Archive.open(data, encoder=HashEncoder()) as archive:
        return [hit.passage.text for hit in archive.search("write to the courier customs house", k=1000)]


def build(data: Path, source: Path) -> None:
    run_index(data, [source], HashEncoder(), Options(words=60), allow_removals=True)


def test_a_line_that_a_publisher_repeats_is_in_no_passage_and_stays_in_the_article(tmp_path: Path) -> None:
    source = tmp_path / "courier.jsonl"
    records = [lines(number, "Courier") for number in range(12)] + [lines(99, "Mail")]
    press.write_lines(source, records)
    build(tmp_path / "data", source)
    assert sum(NOTICE in text for text in quoted(tmp_path / "data")) == 1, "the Mail printed it once: that is a story"
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        for citation, _ in archive.articles():
            article = archive.article(citation.id)
            assert article is not None
            assert NOTICE in article.text
        for hit in archive.search("anything", k=1000):
            own = archive.article(hit.article.id)
            assert own is not None
            assert own.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_what_becomes_boilerplate_with_later_articles_leaves_the_earlier_passages_too(tmp_path: Path) -> None:
    source = tmp_path / "papers"
    for number in range(3):
        press.write_lines(source / f"{number}.jsonl", [lines(number, "Courier")])
    build(tmp_path / "steps", source)
    assert sum(NOTICE in text for text in quoted(tmp_path / "steps")) == 3
    for number in range(3, 8):
        press.write_lines(source / f"{number}.jsonl", [lines(number, "Courier")])
    build(tmp_path / "steps", source)
    build(tmp_path / "once", source)
    assert sum(NOTICE in text for text in quoted(tmp_path / "steps")) == 0
    assert quoted(tmp_path / "steps") == quoted(tmp_path / "once")
    for number in range(1, 8):
        (source / f"{number}.jsonl").unlink()
    build(tmp_path / "steps", source)
    assert sum(NOTICE in text for text in quoted(tmp_path / "steps")) == 1


def test_a_story_that_many_articles_carry_repeats_no_line() -> None:
    stored = line_hashes(told(story(1)))
    assert repeated((0, 7, stored) for _ in range(50)) == {}
    assert len(repeated((0, number, stored) for number in range(50))[0]) == len(stored) // 8


def test_an_article_of_nothing_but_repeated_lines_keeps_them() -> None:
    text = f"{NOTICE}\n\nAll rights are with the town."
    often = repeated((0, number, line_hashes(text)) for number in range(9))[0]
    assert spans_of(text, line_hashes(text), often) == []
    longer = f"Something happened.\n\n{text}"
    spans = spans_of(longer, line_hashes(longer), often)
    assert [longer[start:end] for start, end in spans] == text.split("\n\n")
    assert spans_of(longer, line_hashes(longer), often, keep=spans) == []


def test_how_often_a_line_must_repeat_grows_with_the_publisher_up_to_twenty_stories() -> None:
    line = line_hashes(NOTICE)
    for held, times, found in ((30, 3, False), (30, 4, True), (100, 9, False), (100, 10, True), (999, 20, True)):
        articles = [(0, number, line if number < times else b"") for number in range(held)]
        assert (repeated(articles) != {}) is found, (held, times)
