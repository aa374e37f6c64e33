"""What a card says beside the passages: the catalogue's answer, what else was searched, whose articles were meant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import gazette
import pytest
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st
from test_limits import HOSTILE
from test_render import CITATIONS, POSTED, QUOTES, SUMMARY, Shown, answer, quote
from world import World, labels, words, world

from bot.additions import Additions, Catalogued
from bot.limits import units
from bot.quotes import status_for
from bot.render import Page, Reach, answer_card
from bot.store import Store
from bot.told import addition_text, languages_held, passages_heading
from retrieval.types import Answer, CatalogueAnswer, Filters
from retrieval.withdrawing import withdraw

ADDITIONS = st.builds(
    Additions,
    st.none()
    | st.builds(
        Catalogued, HOSTILE, st.integers(0, 10**6), st.none() | st.just("2019"), st.none() | st.just("2021-09"),
        st.lists(HOSTILE, max_size=3).map(tuple),
    ),
    st.lists(st.tuples(HOSTILE, HOSTILE), max_size=3).map(tuple),
    HOSTILE, HOSTILE, st.booleans(), st.lists(HOSTILE, max_size=2).map(tuple),
)  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    gazette.opened(tmp_path).close()
    return tmp_path / "data"


@pytest.fixture
async def town(data: Path, tmp_path: Path) -> AsyncIterator[World]:
    async with world(data, tmp_path, HashEncoder()) as found:
        yield found


async def test_the_catalogues_answer_stands_on_the_card_with_its_articles(town: World) -> None:
    result = await town.alice.slash(town.channel, "ask", question="Who wrote about seals?")

    told = words(result.response)
    assert "**In the archive** · from the catalogue" in told
    assert "**In the catalogue**: 3 articles about “seals” (4 with copies), 2019 – 5 March 2021" in told
    assert "- Nets and seals · Coast Gazette · Kofi Mensah, Ada Lindqvist · 2019" in told


async def test_whose_articles_were_understood_can_be_dropped(town: World) -> None:
    result = await town.alice.slash(town.channel, "ask", question="What did Tech Times say about phones?")
    assert "Only articles of Tech Times, whom the question names." in words(result.response)
    assert "✕ “Tech Times”" in labels(result.response)

    dropped = await town.alice.click(result.response, label="✕ “Tech Times”")

    assert "Only articles of" not in words(dropped.response)
    assert "✕ “Tech Times”" not in labels(dropped.response)
    posted = await town.store.answer_in(dropped.response.id)
    assert posted is not None
    assert posted.additions.literally == ("Tech Times",)


async def test_a_misspelt_name_is_told_with_what_was_searched(town: World) -> None:
    result = await town.alice.slash(town.channel, "ask", question="Where did Rogosin watch the launch?")
    assert "-# Also searched “Rogozin”: no article has “Rogosin”." in words(result.response)


async def test_a_page_drawn_again_tells_the_same_and_no_longer_names_what_was_withdrawn(
    town: World, data: Path
) -> None:
    result = await town.alice.slash(town.channel, "ask", question="Who wrote about seals?")
    turned = await town.alice.click(result.response, label="▶")
    assert "- Nets and seals" in words(turned.response)
    async with town.bot.work():
        article = next(iter((await town.asking.ask("nets", k=1)).hits)).article
    assert article.title == "Nets and seals"
    withdraw(data, article.id)

    back = await town.alice.click(turned.response, label="◀")

    assert "**In the catalogue**" in words(back.response)
    assert "- Nets and seals" not in words(back.response)


@given(ADDITIONS)
def test_additions_are_stored_and_read_back_the_same(additions: Additions) -> None:
    assert Additions.from_json(additions.to_json()) == additions


async def test_an_answer_of_an_older_database_has_none(tmp_path: Path) -> None:
    async with Store(tmp_path / "bot.sqlite") as store:
        number = await store.add_answer(replace(POSTED, id=0))
        kept = await store.answer(number)
    assert kept is not None
    assert kept.additions == Additions()


@given(ADDITIONS, st.lists(CITATIONS, max_size=3).map(tuple), st.lists(QUOTES, max_size=3))
def test_a_card_keeps_within_discords_limits_whatever_is_added(
    additions: Additions, cited: tuple[object, ...], quotes: list[object]
) -> None:
    posted = replace(POSTED, additions=additions)
    view = answer_card(posted, Page(0, tuple(quotes), SUMMARY, cited), Reach(), "de")  # type: ignore[arg-type]
    shown = Shown(view)
    assert sum(units(text) for text in words(shown).splitlines()) <= 4000
    assert len(shown.components[0]["components"]) <= 39


def test_nothing_added_leaves_the_card_as_it_was() -> None:
    assert addition_text(Additions(), (), "en") == ""
    assert words(answer(quote("It flew."))).startswith("### When?")


def test_german_says_it_in_german() -> None:
    catalogue = Catalogued("Robben", 2, "2019", "2021", ())
    additions = Additions(catalogue, (("Rogosin", "Rogozin"),), "x", "Tech Times", False)
    told = addition_text(additions, (), "de")
    assert "**Im Verzeichnis**: 2 Artikel über „Robben“, 2019 – 2021" in told
    assert "Auch nach „Rogozin“ gesucht: „Rogosin“ steht in keinem Artikel." in told
    heading = passages_heading(additions, False, False, "de")
    assert heading == "Von Tech Times antwortet nichts. Von anderen:"
    assert "mit Kopien" in addition_text(Additions(replace(catalogue, with_copies=3)), (), "de")
    assert languages_held("Who built the bridge?", ("de", "nl"), "de").startswith("Das Archiv enthält Artikel in")


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("misses", [False, True])
def test_one_line_alone_says_that_passages_are_not_what_was_asked_for(outside: bool, kept: bool, misses: bool) -> None:
    additions = Additions(None, (), "Tech Times", "Tech Times", kept)
    heading = passages_heading(additions, outside, misses, "en")

    assert heading.count(":") == (outside or misses or not kept)
    assert ("of Tech Times" in heading) == (not kept)
    assert ("from then" in heading) == outside
    assert addition_text(additions, (), "en").count("Tech Times") == kept


def test_a_card_of_before_copies_were_counted_is_read() -> None:
    old = Additions(Catalogued("seals", 2, "2019", "2021", ("a",)))
    stored = json.loads(old.to_json())
    stored["catalogue"].pop()

    assert Additions.from_json(json.dumps(stored)) == old


def test_a_server_that_wants_to_be_surer_still_counts_what_the_catalogue_counts() -> None:
    about = CatalogueAnswer("how_many", "seals", "passage", 3, ())
    counted = Answer("?", "answered", 0.5, (), Filters(), "0001", 1.0, about=about)

    assert status_for(counted, 0.9) == "answered"
    assert status_for(replace(counted, about=None), 0.9) == "unsure"
    assert status_for(replace(counted, about=replace(about, count=0)), 0.9) == "unsure"
