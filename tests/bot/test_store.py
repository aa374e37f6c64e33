from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
import threading
import time
import traceback
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgres import Postgres
from sqlalchemy import event

from bot.records import (
    GuildSettings,
    HitRef,
    PostedAnswer,
    Upload,
    digest_of,
    filters_from_json,
    filters_to_json,
    question_key,
)
from bot.schema import STEPS, StoreError, open_database
from bot.store import Store
from retrieval.database import sqlite_url
from retrieval.types import Filters

DAY_S = 86_400
HIT = HitRef("https://example.org/a#120", "https://example.org/a", digest_of("The mill turned for the last time."))
ASKED = PostedAnswer(
    question="When did the mill close?",
    asker_id=7,
    channel_id=20,
    guild_id=10,
    status="answered",
    confidence=0.75,
    generation="0003",
    hits=(HIT,),
    filters=Filters(date(2021, 1, 1), date(2022, 1, 1), ("Mill Gazette",), ("Ann O'Dell",), ("a",), True),
    k=3,
    private=True,
    previous="Who ran the mill?",
    undated=2,
)
NOTHING = replace(ASKED, status="not_found", hits=(), private=False, filters=Filters())


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of either kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "bot.sqlite")
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.new()


@pytest.fixture
async def store(tmp_path: Path, url: str, clock: Clock) -> AsyncIterator[Store]:
    async with Store(tmp_path / "bot.sqlite", url=url, clock=clock) as opened:
        yield opened


async def test_an_answer_comes_back_as_it_was_stored(store: Store, clock: Clock) -> None:
    answer_id = await store.add_answer(ASKED)
    await store.set_message(answer_id, 21, 99)
    expected = replace(ASKED, id=answer_id, channel_id=21, message_id=99, created_at=int(clock.now))
    assert await store.answer(answer_id) == expected
    assert await store.answer_in(99) == expected


async def test_an_answer_that_nobody_stored_is_none(store: Store) -> None:
    assert await store.answer(1) is None
    assert await store.answer_in(1) is None


async def test_ids_of_deleted_answers_are_never_given_again(store: Store) -> None:
    first = await store.add_answer(ASKED)
    await store.forget_answer(first)
    assert await store.add_answer(ASKED) > first


async def test_answers_go_with_their_votes_after_the_days_they_are_kept(tmp_path: Path, url: str, clock: Clock) -> None:
    async with Store(tmp_path / "bot.sqlite", url=url, keep_days=2, clock=clock) as store:
        old = await store.add_answer(ASKED)
        await store.vote(old, 8, "a", 1)
        clock.now += DAY_S
        young = await store.add_answer(ASKED)
        clock.now += DAY_S
        assert await store.purge() == 0
        clock.now += 1
        assert await store.purge() == 1
        assert await store.answer(old) is None
        assert await store.answer(young) is not None
        assert await store.judgements(10) == []


async def test_opening_purges_what_grew_too_old_meanwhile(tmp_path: Path, clock: Clock) -> None:
    async with Store(tmp_path / "bot.sqlite", clock=clock) as store:
        answer_id = await store.add_answer(ASKED)
    clock.now += 31 * DAY_S
    async with Store(tmp_path / "bot.sqlite", clock=clock) as store:
        assert await store.answer(answer_id) is None


async def test_deleted_messages_take_their_answers_along(store: Store) -> None:
    kept, gone = await store.add_answer(ASKED), await store.add_answer(ASKED)
    await store.set_message(kept, 20, 1)
    await store.set_message(gone, 20, 2)
    await store.forget_messages({2, 3})
    assert await store.answer(gone) is None
    assert await store.answer(kept) is not None


async def test_a_server_that_set_nothing_has_the_defaults(store: Store) -> None:
    assert await store.settings(10) == GuildSettings()
    assert await store.settings(None) == GuildSettings()


async def test_settings_are_kept_for_each_server_alone(store: Store) -> None:
    ours = GuildSettings((4, 5), True, 3, 0.7, 6, 9)
    await store.set_settings(10, GuildSettings(k=9))
    await store.set_settings(10, ours)
    await store.set_settings(11, GuildSettings(k=2))
    assert await store.settings(10) == ours
    assert await store.settings(11) == GuildSettings(k=2)
    assert await store.log_channels() == {10: 6}


async def test_unanswered_counts_spellings_of_a_question_together_and_names_nobody(store: Store, clock: Clock) -> None:
    for question, asker in (("Who built the weir?", 7), ("who  built the WEIR", 8), ("Why?", 7)):
        clock.now += 1
        await store.add_answer(replace(NOTHING, question=question, asker_id=asker))
    await store.add_answer(replace(NOTHING, guild_id=11, question="Elsewhere?"))
    await store.add_answer(replace(NOTHING, guild_id=None, question="In a direct message?"))
    await store.add_answer(ASKED)
    found = await store.unanswered(10)
    assert [(each.question, each.times) for each in found] == [("who  built the WEIR", 2), ("Why?", 1)]
    assert found[0].last_at == int(clock.now) - 1


async def test_a_vote_replaces_the_vote_before_it(store: Store) -> None:
    answer_id = await store.add_answer(ASKED)
    assert await store.vote(answer_id, 7, "a", 1)
    assert await store.vote(answer_id, 7, "a", -1)
    assert await store.vote(answer_id, 8, "a", 1)
    assert [(each.question, each.article_id, each.vote) for each in await store.judgements(10)] == [
        ("When did the mill close?", "a", -1),
        ("When did the mill close?", "a", 1),
    ]
    assert await store.judgements(11) == []


async def test_a_vote_on_an_answer_that_is_gone_says_so(store: Store) -> None:
    assert not await store.vote(12345, 7, "a", 1)


async def test_a_user_sees_and_deletes_all_that_is_kept_of_them(store: Store, clock: Clock) -> None:
    mine = await store.add_answer(ASKED)
    other = await store.add_answer(replace(ASKED, asker_id=8, question="Who owned it?"))
    await store.vote(mine, 8, "a", 1)
    await store.vote(other, 7, "a", 1)
    await store.add_upload(Upload("mill-1a2b.txt", "mill.txt", 12, "ab", 7, 10))
    now = int(clock.now)
    data = await store.user_data(7)
    assert (data.questions, data.votes, data.uploads) == ((("When did the mill close?", now),), 1, ("mill.txt",))
    await store.forget_user(7)
    data = await store.user_data(7)
    assert (data.questions, data.votes, data.uploads) == ((), 0, ())
    assert (await store.user_data(8)).questions == (("Who owned it?", now),)
    assert [upload.user_id for upload in await store.uploads()] == [None]


async def test_what_a_user_deletes_can_no_longer_be_read_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite"
    async with Store(path) as store:
        await store.add_answer(ASKED)
        assert b"When did the mill close" in path.read_bytes()
        await store.forget_user(7)
        assert b"When did the mill close" not in path.read_bytes()


async def test_a_server_that_is_left_leaves_nothing_behind(store: Store) -> None:
    await store.set_settings(10, GuildSettings(private=True))
    answer_id = await store.add_answer(ASKED)
    await store.vote(answer_id, 8, "a", 1)
    elsewhere = await store.add_answer(replace(ASKED, guild_id=11))
    await store.add_upload(Upload("mill-1a2b.txt", "mill.txt", 12, "ab", 7, 10))
    await store.forget_guild(10)
    assert await store.settings(10) == GuildSettings()
    assert await store.answer(answer_id) is None
    assert (await store.user_data(8)).votes == 0
    assert await store.answer(elsewhere) is not None
    assert [(upload.user_id, upload.guild_id) for upload in await store.uploads()] == [(None, None)]


async def test_servers_that_were_left_while_the_bot_was_down_are_forgotten(store: Store) -> None:
    await store.set_settings(10, GuildSettings(k=1))
    await store.add_answer(replace(ASKED, guild_id=12))
    await store.set_settings(11, GuildSettings(k=2))
    private = await store.add_answer(replace(ASKED, guild_id=None))
    assert await store.keep_guilds({11}) == [10, 12]
    assert (await store.settings(10)).k is None
    assert (await store.settings(11)).k == 2
    assert await store.answer(private) is not None


async def test_facts_are_noted_replaced_and_removed(store: Store) -> None:
    assert await store.fact("commands") is None
    await store.set_fact("commands", "a1")
    await store.set_fact("commands", "b2")
    assert await store.fact("commands") == "b2"
    await store.set_fact("commands", None)
    assert await store.fact("commands") is None


async def test_uploads_are_listed_newest_first_until_forgotten(store: Store, clock: Clock) -> None:
    first = Upload("mill-1a2b.txt", "mill.txt", 12, "ab", 7, 10)
    await store.add_upload(first)
    clock.now += 5
    await store.add_upload(replace(first, name="weir-3c4d.txt"))
    assert [(each.name, each.added_at) for each in await store.uploads()] == [
        ("weir-3c4d.txt", int(clock.now)),
        ("mill-1a2b.txt", int(clock.now) - 5),
    ]
    await store.forget_upload("weir-3c4d.txt")
    assert await store.uploads() == [replace(first, added_at=int(clock.now) - 5)]


async def test_what_was_stored_is_there_after_a_restart(tmp_path: Path, url: str, clock: Clock) -> None:
    async with Store(tmp_path / "bot.sqlite", url=url, clock=clock) as store:
        answer_id = await store.add_answer(ASKED)
    async with Store(tmp_path / "bot.sqlite", url=url, clock=clock) as store:
        assert (await store.answer(answer_id)) == replace(ASKED, id=answer_id, created_at=int(clock.now))


async def test_two_hundred_calls_at_once_are_all_carried_out(store: Store) -> None:
    ids = await asyncio.gather(*(store.add_answer(ASKED) for _ in range(200)))
    assert len(set(ids)) == 200
    assert len((await store.user_data(7)).questions) == 200


async def test_the_event_loop_never_touches_the_database(tmp_path: Path) -> None:
    threads = set()

    def note(*_: object) -> None:
        threads.add(threading.current_thread().name)

    async with Store(tmp_path / "bot.sqlite", clock=Clock()) as store:
        assert store._database is not None
        event.listen(store._database._engine, "before_cursor_execute", note)
        await store.add_answer(ASKED)
        await store.unanswered(10)
    assert threads == {"store_0"}


async def test_a_closed_store_says_that_it_is_closed(tmp_path: Path) -> None:
    store = Store(tmp_path / "bot.sqlite")
    await store.open()
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="is not open"):
        await store.settings(1)


async def test_only_the_user_who_runs_the_bot_may_read_the_database(tmp_path: Path) -> None:
    async with Store(tmp_path / "new" / "bot.sqlite"):
        mode = stat.S_IMODE((tmp_path / "new" / "bot.sqlite").stat().st_mode)
    assert mode == 0o600


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "bot.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"bot\.sqlite cannot be read"):
        await Store(tmp_path / "bot.sqlite").open()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite"
    open_database(sqlite_url(path), [*STEPS, "CREATE TABLE later(a)"]).close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="Update Archivist"):
        await Store(path).open()
    assert path.read_bytes() == before


def test_a_server_of_a_newer_version_is_refused(postgres_server: Postgres) -> None:
    url = postgres_server.new()
    open_database(url, [*STEPS, "CREATE TABLE later(a INTEGER)"]).close()
    with pytest.raises(StoreError, match="has version 3, this program knows versions up to 2"):
        open_database(url)


def test_an_older_database_is_brought_up_to_date_with_its_rows(url: str) -> None:
    with closing(open_database(url)) as old:
        old.run(("INSERT INTO facts VALUES('commands', 'a1')", {}))
    steps = [*STEPS, "ALTER TABLE facts ADD COLUMN at INTEGER NOT NULL DEFAULT 5", "CREATE TABLE later(a INTEGER)"]
    for _ in range(2):  # the second time, nothing is left to do
        with closing(open_database(url, steps)) as new:
            assert new.run(("SELECT * FROM facts", {}), ("SELECT * FROM later", {})) == [[("commands", "a1", 5)], []]


def test_a_file_that_an_earlier_version_of_the_program_made_is_opened_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite"
    with closing(sqlite3.connect(path)) as made:  # as the program did before it had SQLAlchemy
        for number, step in enumerate(STEPS, 1):
            made.executescript(f"BEGIN IMMEDIATE;\n{step};\nPRAGMA user_version = {number};\nCOMMIT;")
        made.execute("INSERT INTO facts VALUES('commands', 'a1')")
        made.commit()
        schema = made.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    with closing(open_database(sqlite_url(path))) as same:
        assert same.run(("SELECT * FROM facts", {})) == [[("commands", "a1")]]
        assert same.run(("SELECT name, sql FROM sqlite_master ORDER BY name", {})) == [schema]
    open_database(sqlite_url(tmp_path / "new.sqlite")).close()
    with closing(sqlite3.connect(tmp_path / "new.sqlite")) as new:
        assert new.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == schema


def test_a_step_that_fails_leaves_the_database_as_it_was(url: str) -> None:
    open_database(url).close()
    with pytest.raises(StoreError):
        open_database(url, [*STEPS, "CREATE TABLE half(a INTEGER); INSERT INTO nowhere VALUES(1)"])
    with closing(open_database(url, [*STEPS, "CREATE TABLE half(a INTEGER)"])) as same:  # there was none yet
        assert same.run(("SELECT * FROM half", {})) == [[]]


def test_processes_that_begin_at_once_make_one_database(url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        opened = [each.result() for each in [threads.submit(open_database, url) for _ in range(6)]]
    for each in opened:
        assert each.run(("SELECT count(*) FROM answers", {})) == [[(0,)]]
        each.close()


async def test_two_stores_of_one_database_see_at_once_what_the_other_wrote(
    tmp_path: Path, url: str, store: Store, clock: Clock
) -> None:
    async with Store(tmp_path / "other.sqlite", url=url, clock=clock) as other:
        await store.set_settings(10, GuildSettings(k=3))
        assert (await other.settings(10)).k == 3
        await other.set_settings(10, GuildSettings(k=4))
        assert (await store.settings(10)).k == 4
        answer_id = await store.add_answer(ASKED)
        assert await other.vote(answer_id, 8, "a", 1)
        assert [each.vote for each in await store.judgements(10)] == [1]
        await asyncio.gather(*(each.add_answer(ASKED) for each in (store, other) for _ in range(50)))
        assert len((await other.user_data(7)).questions) == 101
    assert not (tmp_path / "other.sqlite").exists()


async def test_a_store_forgets_the_servers_it_left_among_those_it_serves_only(store: Store) -> None:
    for guild_id in (10, 11, 12, 13):
        await store.set_settings(guild_id, GuildSettings(k=guild_id))
    assert await store.keep_guilds({10}, lambda guild_id: guild_id % 2 == 0) == [12]
    assert [(await store.settings(guild_id)).k for guild_id in (10, 11, 12, 13)] == [10, 11, None, 13]


async def test_of_those_who_want_to_replace_a_fact_at_once_one_does(tmp_path: Path, url: str, store: Store) -> None:
    async with Store(tmp_path / "other.sqlite", url=url) as other:
        for before, value in ((None, "1"), ("1", "2")):
            both = [each.replace_fact("turn", before, value) for each in (store, other)]
            assert sorted(await asyncio.gather(*both)) == [False, True]
    assert await store.fact("turn") == "2"
    assert not await store.replace_fact("turn", "1", "3")


async def test_text_that_a_database_cannot_hold_does_not_stop_a_question(store: Store) -> None:
    answer_id = await store.add_answer(replace(ASKED, question="Who\0 built the weir?"))
    kept = await store.answer(answer_id)
    assert kept is not None
    assert kept.question in ("Who\0 built the weir?", "Who\ufffd built the weir?")


async def test_a_server_that_goes_away_is_an_error_without_its_password_and_is_found_again(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    url = postgres_server.new().replace("keeper@", "keeper:s3cret@")
    async with Store(tmp_path / "bot.sqlite", url=url) as store:
        await store.set_fact("commands", "a1")
        postgres_server.stop()
        with pytest.raises(StoreError, match=r"the database t.* cannot be used") as caught:
            await store.fact("commands")
        assert "s3cret" not in "".join(traceback.format_exception(caught.value))
        postgres_server.start()
        assert await store.fact("commands") == "a1"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://me:s3cret@there/x", "database.url names mysql"),
        ("postgresql//me:s3cret@there", "is no address of a database"),
        ("postgresql://me:s3cret@127.0.0.1:1/archive", "the database archive on 127.0.0.1 cannot be used"),
    ],
)
async def test_an_address_that_leads_nowhere_is_named_without_its_password(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told) as caught:
        await Store(tmp_path / "bot.sqlite", url=url).open()
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


async def test_a_database_locked_by_another_program_is_an_error_that_names_it(tmp_path: Path) -> None:
    async with Store(tmp_path / "bot.sqlite") as store:
        await store._query("PRAGMA busy_timeout = 50")
        with closing(sqlite3.connect(tmp_path / "bot.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            with pytest.raises(StoreError, match=r"bot\.sqlite"):
                await store.set_fact("commands", "a1")
            assert time.monotonic() - began < 2
        await store.set_fact("commands", "a1")
        assert await store.fact("commands") == "a1"


@given(
    st.builds(
        Filters,
        st.none() | st.dates(),
        st.none() | st.dates(),
        st.lists(st.text(), max_size=3).map(tuple),
        st.lists(st.text(), max_size=3).map(tuple),
        st.lists(st.text(), max_size=3).map(tuple),
        st.booleans(),
    )
)
def test_filters_survive_being_stored(filters: Filters) -> None:
    stored = filters_to_json(filters)
    assert filters_from_json(stored) == filters
    assert json.loads(stored)


@given(st.text())
def test_a_questions_key_does_not_change_with_case_or_space(question: str) -> None:
    key = question_key(question)
    assert question_key(f"  {question}\n") == key
    assert question_key(key) == key
