"""One bot as two processes that share a database, each with shards of its own, as a bot of many servers is run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import press
import pytest
import pytest_asyncio
from bot_process import START_S, BotProcess
from discord_payloads import Payload, Person, Room, texts
from discord_server import DiscordServer
from milvus_places import LiteServer, lite_server
from postgres import Postgres

from bot.records import GuildSettings
from bot.store import Store
from retrieval.database import Database, sqlite_url
from retrieval.encoders import OpenVinoEncoder
from retrieval.index.milvus.keeper import MilvusKeeper
from retrieval.index.milvus.publishing import Publishing
from retrieval.index.milvus.server import Server
from retrieval.indexing import Options, run_index
from retrieval.leases import holder

ANSWER_S = 60
LEFT = 1002 << 22  # a server that removed the bot while it was down

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Two:
    """Two processes, each with the room whose shard it holds; `village` is what they index."""

    server: DiscordServer
    bots: list[BotProcess]
    rooms: list[Room]
    village: Path
    database: Database
    milvus: LiteServer | None = None

    async def asked(self, question: str, number: int, answer: str) -> Payload:
        """Have a question asked of a process until its answer has a word in it."""
        async with asyncio.timeout(ANSWER_S):
            sent = await self.server.mention(question, room=self.rooms[number])
            return await self.server.answer_to(sent, lambda shown: answer in texts(shown).replace("*", ""))

    async def shown(self, name: str, number: int, *, shard: int | None = None) -> Payload:
        """Have a command used in the room of a process; return what it shows."""
        async with asyncio.timeout(ANSWER_S):
            sent = await self.server.command(name, room=self.rooms[number], shard=shard)
            return await self.server.answer_to(sent, lambda shown: len(texts(shown)) > 10)

    async def reindex(self, number: int) -> None:
        """Have the archive reindexed through a process."""
        await self.server.command("reindex", room=self.rooms[number], at_home=True)

    async def until_told(self, pattern: str, number: int) -> None:
        """Wait until a message in the room of a process has a pattern in it."""
        async with asyncio.timeout(ANSWER_S):
            while not any(  # noqa: ASYNC110 - messages are edited without a word
                re.search(pattern, texts(each)) and each["channel_id"] == str(self.rooms[number].id)
                for each in self.server.messages.values()
            ):
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture(
    loop_scope="module", scope="module", params=["sqlite", "postgresql", pytest.param("milvus", marks=pytest.mark.soak)]
)
async def two(
    request: pytest.FixtureRequest, converted: OpenVinoEncoder, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Two]:
    """Two on one machine that share a data folder; with `milvus`, each has its own, and a server keeps the archive."""
    folder = tmp_path_factory.mktemp("several")
    if request.param == "sqlite":
        url = sqlite_url(folder / "shared.sqlite")
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        url = server.new()
    press.write_story(folder / "village", "mill.txt", "The mill of Osterby\n\nThe mill of Osterby closed in 1968.")
    rooms = [Room(f"Room {number}", guild_id=number << 22) for number in (1000, 1001)]
    async with Store(folder / "nowhere.sqlite", url=url) as store:
        for guild_id in (*(room.guild_id for room in rooms), LEFT):
            await store.set_settings(guild_id, GuildSettings(sure=0.3))
    async with AsyncExitStack() as opened:
        discord = await opened.enter_async_context(DiscordServer(shards=2))
        discord.rooms[:] = rooms
        discord.managers.append(discord.asker)
        settings = {
            "DATABASE__URL": url,
            "DISCORD__SHARD_COUNT": "2",
            "DISCORD__HOME_GUILDS": ",".join(str(room.guild_id) for room in discord.rooms),
        }
        milvus = opened.enter_context(lite_server(folder / "served")) if request.param == "milvus" else None
        options = Options()
        if milvus:
            settings |= {"INDEX__BACKEND": "milvus", "INDEX__MILVUS__URI": milvus.uri, "INDEX__MILVUS__TIMEOUT_S": "3"}
            keeper = MilvusKeeper(lambda: Server(milvus.uri), milvus.uri, "archivist")
            options = Options(away=Publishing(keeper, "archivist"))
        run_index(folder / "data", [folder / "village"], converted, options)
        bots = [
            await opened.enter_async_context(
                BotProcess(
                    discord, folder / (f"data{shard}" if milvus else "data"), DISCORD__SHARD_IDS=str(shard), **settings
                )
            )
            for shard in (0, 1)
        ]
        async with asyncio.timeout(START_S):
            await discord.gateway.until(identified=2, connected=True)
        database = Database(url)
        yield Two(discord, bots, discord.rooms, folder / "village", database, milvus)
        database.close()


async def test_each_holds_its_shard_and_they_identify_one_after_the_other(two: Two) -> None:
    assert sorted(each["shard"] for each in two.server.gateway.identified) == [[0, 2], [1, 2]]
    first, second = two.server.gateway.identified_at_s
    assert second - first > 4.5  # five seconds, as Discord wants it of all processes together
    for number in (0, 1):
        await two.asked("When did the mill of Osterby close?", number, "1968")


async def test_a_servers_settings_made_through_one_are_seen_by_the_other(two: Two) -> None:
    card = await two.shown("settings", 0)
    async with asyncio.timeout(ANSWER_S):
        await two.server.choose(card, "archivist-pick:settings:k", "3", room=two.rooms[0])
        await two.server.until_requested("POST /interactions/.*/callback", 200)
        while True:  # the menu is answered when it is kept
            seen = await two.shown("settings", 0, shard=1)
            if '"value": "3", "default": true' in _menus(seen):
                break
    await two.shown("settings", 1)  # the other's own server kept what it had
    assert '"value": "3", "default": true' not in _menus(await two.shown("settings", 1))


async def test_what_somebody_asked_through_one_they_see_and_delete_through_the_other(two: Two) -> None:
    ida = Person("Ida the second")
    async with asyncio.timeout(ANSWER_S):
        sent = await two.server.mention("Who painted the mill of Osterby in 1950?", room=two.rooms[0], asker=ida)
        await two.server.answer_to(sent, lambda shown: "mill" in texts(shown))
        sent = await two.server.command("privacy", room=two.rooms[1], asker=ida)
        kept = await two.server.answer_to(sent, lambda shown: "What is kept of you" in texts(shown))
    assert "Who painted the mill of Osterby in 1950?" in texts(kept)


async def test_servers_of_the_other_are_not_taken_for_servers_that_were_left(two: Two) -> None:
    # What was set before they began is there, but for the server that neither is in: it is the first one's to forget.
    async with asyncio.timeout(ANSWER_S):
        while (left := _set(two.database)) != {room.guild_id: 0.3 for room in two.rooms}:
            assert left.keys() >= {room.guild_id for room in two.rooms}
            await asyncio.sleep(0.05)


async def test_a_reindex_started_through_one_is_served_by_both_within_two_seconds(two: Two) -> None:
    press.write_story(two.village, "lamp.txt", "The lamp\n\nThe harbour lamp of Osterby was lit in 1911.")
    await two.reindex(0)
    async with asyncio.timeout(ANSWER_S):
        await two.bots[0].until_said("generation 0002 is asked now")
        began = monotonic()
        await two.bots[1].until_said("generation 0002 is asked now")
    assert monotonic() - began < 2
    for number in (0, 1):
        await two.asked("When was the harbour lamp of Osterby lit?", number, "1911")
    await two.until_told("The archive is up to date", 0)


async def test_one_that_is_killed_while_it_reindexes_does_not_hold_up_the_other(two: Two) -> None:
    for number in range(60):
        press.write_story(two.village, f"story{number}.txt", f"Story {number}\n\nThe weir number {number} was sold.")
    await two.reindex(0)
    async with asyncio.timeout(ANSWER_S):
        while (writer := await asyncio.to_thread(holder, two.database)) is None:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.01)
    indexer = int(re.findall(r"process (\d+) on", writer.owner)[0])
    os.kill(indexer, signal.SIGSTOP)  # so that it is killed in the middle, however fast the machine
    refused = await two.server.command("reindex", room=two.rooms[1], at_home=True)
    async with asyncio.timeout(ANSWER_S):
        told = await two.server.answer_to(refused, lambda shown: "already" in texts(shown))
    assert f"process {indexer} on" in texts(told)
    two.bots[0].process.kill()
    os.kill(indexer, signal.SIGKILL)
    await asyncio.to_thread(_until_ended, indexer)  # what was killed takes a moment to end
    await two.asked("When did the mill of Osterby close?", 1, "1968")
    began = monotonic()
    await two.reindex(1)
    async with asyncio.timeout(ANSWER_S):
        await two.bots[1].until_said("generation 0003 is asked now")
    assert monotonic() - began < 20  # less than a machine that is gone is waited for
    await two.asked("What happened to the weir number 41?", 1, "weir number 41 was sold")
    assert two.bots[1].process.returncode is None
    assert not two.bots[1].saying("Traceback")
    assert two.server.unknown == []


@pytest.mark.parametrize("two", [pytest.param("milvus", marks=pytest.mark.soak)], indirect=True, scope="module")
async def test_while_the_archives_server_is_away_a_question_is_told_so_and_all_recovers(two: Two) -> None:
    assert two.milvus is not None
    two.milvus.kill()
    await two.asked("When was the harbour lamp of Osterby lit?", 1, "The archive cannot be reached right now")
    two.milvus.start()
    async with asyncio.timeout(ANSWER_S):
        while True:
            sent = await two.server.mention("When was the harbour lamp of Osterby lit?", room=two.rooms[1])
            told = texts(await two.server.answer_to(sent, lambda shown: len(texts(shown)) > 20))
            if "1911" in told:
                break
            assert "cannot be reached" in told, told
    assert two.bots[1].process.returncode is None


def _until_ended(process: int) -> None:
    command = Path(f"/proc/{process}/cmdline")
    while command.exists() and command.read_bytes():
        sleep(0.01)


def _set(database: Database) -> dict[int, float]:
    """Return how sure an answer has to be, by server."""
    return dict(database.run(("SELECT guild_id, sure FROM guild_settings", {}))[0])


def _menus(payload: Payload) -> str:
    return json.dumps([
        [{"value": option.get("value"), "default": option.get("default", False)} for option in part["options"]]
        for part in _parts(payload.get("components") or [])
        if part["type"] == 3
    ])  # fmt: skip


def _parts(components: list[Payload]) -> list[Payload]:
    return [each for part in components for each in (part, *_parts(part.get("components") or []))]
