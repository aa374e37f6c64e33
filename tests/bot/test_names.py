"""What is typed is completed out of the archive's own names, within what Discord takes."""

from __future__ import annotations

import json
from pathlib import Path

import press
import pytest
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.names import Names
from retrieval.archive import Archive

LONG = "The Very Long Review of " + "Everything " * 12


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Names:
    folder = tmp_path_factory.mktemp("names")
    lines = [
        ("Bridges of the north", "The Harbour Post", "Zoë Ångström", "2001-05"),
        ("Bridges of the north", "The Harbour Post", "Ann Bridge", "2003"),
        ("A bridge too many", "The Harbour Post", "Ann Bridge", None),
        ("On " + "very " * 40 + "long titles", LONG, "Ann Bridge", "1999"),
        ("Abridged", "Post", "", "1999"),
    ]
    with (folder / "a.jsonl").open("w", encoding="utf-8") as file:
        for i, (title, publisher, author, published) in enumerate(lines):
            record = {"_id": f"n{i}", "title": title, "source": publisher, "text": f"Story number {i} stands here."}
            record |= {"author": author} if author else {}
            record |= {"published": published} if published else {}
            file.write(json.dumps(record) + "\n")
    press.build(folder / "data", folder / "a.jsonl", HashEncoder())
    with Archive.open(folder / "data", encoder=HashEncoder()) as archive:
        return Names(archive)


def test_nothing_typed_offers_the_most_frequent_first(names: Names) -> None:
    assert next(iter(names.complete("publisher", ""))).label == "The Harbour Post"
    assert [choice.label for choice in names.complete("author", "")] == ["Ann Bridge", "Zoë Ångström"]


def test_what_begins_so_comes_before_words_that_do_and_those_before_the_rest(names: Names) -> None:
    told = [choice.label.split(" · ")[0] for choice in names.complete("article", "bridge")]
    assert told == ["Bridges of the north", "Bridges of the north", "A bridge too many", "Abridged"]


def test_neither_case_nor_accents_have_to_be_typed(names: Names) -> None:
    assert [choice.value for choice in names.complete("author", "zoe ang")] == ["Zoë Ångström"]
    assert names.name("author", "zoe angstrom") == "Zoë Ångström"


def test_articles_of_one_title_are_told_apart_and_chosen_each(names: Names) -> None:
    same = names.complete("article", "bridges")
    told = [f"Bridges of the north · The Harbour Post · {year}" for year in (2001, 2003)]
    assert sorted(choice.label for choice in same) == told
    ids = {names.article_id(choice.value) for choice in same}
    assert len(ids) == 2
    assert None not in ids
    assert names.article_id("ABRIDGED") is not None
    assert names.article_id("no such title") is None
    assert names.article_id("id:0123") is None
    assert names.article_id("") is None


def test_a_name_too_long_for_discord_is_sent_as_something_shorter(names: Names) -> None:
    (choice,) = names.complete("publisher", "the very long")
    assert len(choice.label) <= 100
    assert len(choice.value) <= 100
    assert names.name("publisher", choice.value) == LONG.strip()


def test_an_unknown_name_is_refused_with_the_nearest(names: Names) -> None:
    with pytest.raises(Refusal) as refused:
        names.name("publisher", "Harbor Post")
    assert "Did you mean The Harbour Post?" in refused.value.told("en")
    with pytest.raises(Refusal) as refused:
        names.name("author", "*Qqq*")
    assert refused.value.told("en") == "The archive has no author called “\\*Qqq\\*”."


@given(st.text(max_size=20))
def test_choices_are_such_as_discord_takes(names: Names, typed: str) -> None:
    for kind in ("publisher", "author", "article"):
        choices = names.complete(kind, typed)
        assert len(choices) <= 25
        for choice in choices:
            assert 1 <= len(choice.label) <= 100
            assert 1 <= len(choice.value) <= 100


def test_the_seeds_publishers_are_offered(seeds_data: Path, minilm: HashEncoder) -> None:
    with Archive.open(seeds_data, encoder=minilm) as archive:
        names = Names(archive)
    assert "Archivist seed desk" in [choice.value for choice in names.complete("publisher", "arch")]
