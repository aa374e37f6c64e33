"""What the bot understood of a question's words for time: shown, kept, and taken back."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st
from test_render import POSTED, answer, quote
from world import World, button, labels, parts, words, world

from bot.citing import heard_labels
from bot.presses import literally
from bot.records import Heard
from bot.schema import STEPS, open_database
from bot.store import Store
from retrieval.database import sqlite_url
from retrieval.indexing import run_index
from retrieval.types import Understood

MARCH = Understood("in March 2003", 24, 37, date(2003, 3, 1), date(2003, 4, 1))
LATEST = Understood("latest", 4, 10, order="latest")
ASKED = "What did the captain of the ferry say in March 2003?"
STORIES = [
    {"_id": "1", "text": "The captain of the ferry said that the fog was thick.", "published": "2003-03-12"},
    {"_id": "2", "text": "The captain of the ferry said that the engine was quiet.", "published": "2010-06-01"},
]


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[World]:
    (tmp_path / "paper").mkdir()
    lines = [json.dumps(story | {"title": "The ferry", "language": "en"}) for story in STORIES]
    (tmp_path / "paper" / "stories.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run_index(tmp_path / "data", [tmp_path / "paper"], HashEncoder())
    async with world(tmp_path / "data", tmp_path, HashEncoder()) as found:
        yield found


async def test_a_time_that_was_understood_is_a_button_that_takes_it_back(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=ASKED)).response
    label = "✕ “in March 2003”: March 2003"
    assert labels(card)[0] == label
    assert "fog" in words(card)
    assert "engine" not in words(card)
    refused = await asked.bob.click(card, label=label)
    assert "Only whoever asked" in words(refused.response)

    await asked.restart()
    await asked.alice.click(card, label=label)
    assert asked.last().id == card.id
    assert label not in labels(asked.last())
    assert "engine" in words(asked.last())
    posted = await asked.store.answer_in(card.id)
    assert posted is not None
    assert posted.heard == Heard(literally=("in March 2003",))


async def test_no_word_of_the_question_stands_in_a_button(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=ASKED)).response
    ids = [part["custom_id"] for part in parts(card) if "custom_id" in part]
    assert button(card, "drop").endswith(":understood-0")
    assert all("march" not in each.lower() and "2003" not in each for each in ids)


async def test_what_was_taken_back_stays_so_in_a_follow_up(asked: World) -> None:
    card = (await asked.alice.slash(asked.channel, "ask", question=ASKED)).response
    await asked.alice.click(card, custom_id=button(card, "drop"))
    shown = await asked.alice.click(asked.last(), label="Follow up")
    by_form = await asked.alice.submit_modal(shown, {"question": "and what of the engine?"})
    assert asked.bot.user is not None
    await asked.bob.send(asked.channel, f"<@{asked.bot.user.id}> and of the fog?", reply_to=card.message)
    for message_id in (by_form.response.id, asked.last().id):
        posted = await asked.store.answer_in(message_id)
        assert posted is not None
        assert (posted.previous, posted.heard) == (ASKED, Heard(literally=("in March 2003",)))


def test_each_is_named_with_what_it_means() -> None:
    last = Understood("last August", 0, 11, date(2021, 8, 1), date(2021, 9, 1))
    span = Understood("from 2010 to May 2012", 0, 21, date(2010, 1, 1), date(2012, 6, 1))
    heard = Heard((LATEST, last, span, replace(MARCH, before=None), replace(MARCH, after=None)))
    assert heard_labels(heard, "en") == [
        ("understood-0", "“latest”: the latest first"),
        ("understood-1", "“last August”: August 2021"),
        ("understood-2", "“from 2010 to May 2012”: January 2010 – May 2012"),
        ("understood-3", "“in March 2003”: from March 2003 on"),
        ("understood-4", "“in March 2003”: before April 2003"),
    ]
    assert heard_labels(Heard((MARCH,)), "de") == [("understood-0", "“in March 2003”: März 2003")]


def test_where_nothing_is_from_then_the_card_says_so() -> None:
    shown = words(answer(quote("T."), status="not_found", heard=Heard((MARCH,), outside=True)))
    assert "Nothing from then answers it. These are the nearest, from other times:" in shown
    assert "do not seem to answer" not in shown


def test_a_button_takes_back_its_own_words_and_no_others() -> None:
    heard = Heard((LATEST, MARCH), literally=("yesterday",))
    assert literally(heard, "understood-1") == ("yesterday", "in March 2003")
    for other in ("after", "understood-2", "understood-", "publisher-0"):
        assert literally(heard, other) == ("yesterday",)


DAYS = st.none() | st.dates()
SAID = st.builds(Understood, st.text(), st.integers(0), st.integers(0), DAYS, DAYS, st.sampled_from([None, "first"]))


@given(st.builds(Heard, st.lists(SAID, max_size=3).map(tuple), st.booleans(), st.lists(st.text()).map(tuple)))
def test_what_was_understood_survives_being_stored(heard: Heard) -> None:
    assert Heard.from_json(heard.to_json()) == heard


async def test_an_answer_from_before_times_were_understood_can_still_be_read(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite"
    names: list[str] = []
    filters: dict[str, object] = {"publishers": names, "authors": names, "articles": names, "undated": False}
    filters |= {"after": None, "before": None}
    with closing(open_database(sqlite_url(path), STEPS[:1])) as old:
        old.run((
            "INSERT INTO answers(question, question_key, asker_id, channel_id, guild_id, status, confidence, "
            "generation, hits, filters, k, private, message_id, created_at, previous, undated) "
            "VALUES('When?', 'when', 7, 8, 9, 'answered', 0.876, '0001', '[]', :filters, 5, 0, 11, :now, '', 0)",
            {"filters": json.dumps(filters), "now": int(time.time())},
        ))  # fmt: skip
    async with Store(path) as store:
        posted = await store.answer_in(11)
    assert posted is not None
    assert (posted.question, posted.heard) == (POSTED.question, Heard())
