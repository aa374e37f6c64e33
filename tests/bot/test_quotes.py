"""What a card quotes is read anew and checked; an excerpt is whole sentences of one paragraph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import HashEncoder

from bot.quotes import context, find, more_of, reread, status_for
from bot.records import HitRef, digest_of
from retrieval.archive import Archive
from retrieval.indexing import Options, run_index
from retrieval.types import Filters

STORY = [
    "The mill at Holm had stood idle. A miller bought it in spring. He paid ninety crowns.",
    "A heading of its own",
    "The ferry to Tarn sails at noon. It carries horses. Nobody pays on Sundays.",
]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    wire = tmp_path / "wire.jsonl"
    text = "\n\n".join([*STORY, *(f"Filler paragraph {i} speaks of the weather in Quay." for i in range(80))])
    lines = [
        {"_id": "n0", "title": "Mill", "text": text, "publisher": "Post", "published": "2001"},
        {"_id": "n1", "title": "Copy", "text": text, "publisher": "Herald", "published": "2002"},
    ]
    wire.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run_index(tmp_path / "data", [wire], HashEncoder(), Options(words=60))
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as opened:
        yield opened


def test_an_excerpt_is_the_sentence_that_answers_with_its_neighbours_in_the_same_paragraph(archive: Archive) -> None:
    (quote, *_) = find(archive, "ferry to Tarn sails at noon", 1, Filters()).quotes
    start, end = quote.excerpt
    assert quote.text[start:end] == "The ferry to Tarn sails at noon. It carries horses."
    (quote, *_) = find(archive, "miller bought it in spring", 1, Filters()).quotes
    start, end = quote.excerpt
    assert quote.text[start:end] == STORY[0]


def test_what_was_posted_is_read_again_as_it_was_with_its_copies(archive: Archive) -> None:
    found = find(archive, "ferry to Tarn", 2, Filters())
    again = reread(archive, [quote.ref for quote in found.quotes])
    assert [(q.state, q.text, q.excerpt, q.ref) for q in again] == [
        (q.state, q.text, q.excerpt, q.ref) for q in found.quotes
    ]
    assert {again[0].citation.publisher, *(copy.publisher for copy in again[0].also_in)} == {"Post", "Herald"}
    assert all(quote.citation.path == "" for quote in again)


def test_a_passage_whose_text_is_another_now_has_changed_and_one_without_article_is_gone(archive: Archive) -> None:
    ref = find(archive, "ferry to Tarn", 1, Filters()).quotes[0].ref
    changed, gone = reread(archive, [replace(ref, digest="0" * 32), replace(ref, article_id="nowhere")])
    assert (changed.state, changed.text) == ("changed", "")
    assert (gone.state, gone.text) == ("gone", "")
    assert context(archive, replace(ref, digest="0" * 32)).quote.state == "changed"


def test_context_is_what_stands_before_and_after_up_to_whole_words(archive: Archive) -> None:
    ref = find(archive, "ferry to Tarn sails", 1, Filters()).quotes[0].ref
    article = archive.article(ref.article_id)
    assert article is not None
    start = article.text.index("Filler paragraph 40")
    middle = HitRef.of(find(archive, "ferry", 1, Filters()).answer.hits[0])
    end = start + len("Filler paragraph 40 speaks of the weather in Quay.")
    ref = replace(middle, start=start, end=end, digest=digest_of(article.text[start:end]))
    around = context(archive, ref)
    assert around.before.startswith("Filler paragraph")
    assert around.before.endswith("Filler paragraph 39 speaks of the weather in Quay.")
    assert around.after.startswith("Filler paragraph 41 speaks")
    assert article.text[:start].rstrip().endswith(around.before)
    assert article.text[end:].lstrip().startswith(around.after)
    assert article.text[end:].lstrip()[len(around.after)].isspace()
    at_start = replace(ref, start=0, end=10, digest=digest_of(article.text[:10]))
    assert context(archive, at_start).before == ""
    assert (around.begins, around.ends, context(archive, at_start).begins) == (False, False, True)


def test_more_of_an_article_leaves_out_the_passage_that_is_known(archive: Archive) -> None:
    known = find(archive, "ferry to Tarn sails", 1, Filters()).quotes[0].ref
    others = more_of(archive, "ferry weather", known.article_id, known)
    assert others
    assert all(quote.ref.article_id == known.article_id for quote in others)
    assert known.passage_id not in [quote.ref.passage_id for quote in others]


def test_more_of_an_article_is_all_of_it_that_has_to_do_with_the_question(archive: Archive) -> None:
    known = find(archive, "ferry to Tarn sails", 1, Filters()).quotes[0].ref
    others = more_of(archive, "weather in Quay", known.article_id, known)
    article = archive.article(known.article_id)
    assert article is not None
    told = " ".join(quote.text for quote in others)
    about = [
        f"Filler paragraph {number} speaks" for number in range(100) if f"Filler paragraph {number} " in article.text
    ]
    assert len(about) > 10
    assert len(others) > 5  # a page of an answer has at most two of an article
    assert [each for each in about if each not in told and each not in article.text[known.start : known.end]] == []
    assert len({quote.ref.passage_id for quote in others}) == len(others)


def test_a_server_may_set_how_sure_it_must_be(archive: Archive) -> None:
    answer = replace(find(archive, "ferry", 1, Filters()).answer, confidence=0.6, status="answered")
    assert [status_for(answer, sure) for sure in (None, 0.6, 0.61)] == ["answered", "answered", "unsure"]
    missing = replace(answer, confidence=0.1, status="not_found")
    assert [status_for(missing, sure) for sure in (0.05, 0.2)] == ["answered", "not_found"]
    assert status_for(replace(missing, hits=()), 0.05) == "not_found"
