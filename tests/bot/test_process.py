"""`archivist bot` as it is run: a process, real HTTP, real sockets, signals. Everything that SimCord leaves out."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from bot_process import BotProcess
from discord_gateway import PRIVILEGED
from discord_payloads import Payload, texts
from discord_server import TOKEN, DiscordServer

ANSWER_S = 30
QUESTION, ANSWERED_BY = "When is the Russian space station planned for?", "planned for 2025"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def found(answer: Payload) -> bool:
    """Whether an answer has its passage, and is not still being looked for."""
    return ANSWERED_BY in texts(answer).replace("*", "")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        # What the API and READY name exists nowhere: only the gateway that is set can be reached.
        server.advertised_gateway_url = "wss://gateway.invalid/"
        server.gateway.resume_url = "wss://resume.invalid/"
        yield server


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bot(
    server: DiscordServer, seeds_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotProcess]:
    """A bot that has logged in and can be asked; shared, so each test leaves it connected."""
    data = shutil.copytree(seeds_data, tmp_path_factory.mktemp("bot") / "data")
    async with BotProcess(server, data) as bot:
        await bot.connected()
        yield bot


async def test_it_logs_in_and_identifies_for_no_privileged_intent(bot: BotProcess, server: DiscordServer) -> None:
    assert [seen.status for seen in server.requests("GET /users/@me$")] == [200]
    identified = server.gateway.identified[0]
    assert identified["token"] == TOKEN
    assert identified["intents"] & PRIVILEGED == 0
    assert identified["shard"] == [0, 1]
    assert "ask" in {command["name"] for command in server.commands[""]}


async def test_a_mention_is_answered_with_the_archives_own_words(bot: BotProcess, server: DiscordServer) -> None:
    async with asyncio.timeout(ANSWER_S):
        asked = await server.mention(QUESTION)
        answer = await server.answer_to(asked, found)
    assert answer["author"]["id"] == str(server.me.id)
    sent = server.requests("POST .*/messages$")[-1].body
    assert sent["allowed_mentions"]["parse"] == []


async def test_a_slash_command_is_acknowledged_once_within_a_second_and_answered(
    bot: BotProcess, server: DiscordServer
) -> None:
    async with asyncio.timeout(ANSWER_S):
        began = asyncio.get_running_loop().time()
        asked = await server.command("ask", question=QUESTION)
        await server.answer_to(asked, found)
    callbacks = server.requests("POST /interactions/.*/callback")
    assert [seen.status for seen in callbacks if asked in seen.path] == [200]
    assert callbacks[-1].at_s - began < 1


async def test_what_is_not_said_to_it_is_left_alone(bot: BotProcess, server: DiscordServer) -> None:
    before = len(server.requests("POST .*/messages$"))
    await server.chat("When is lunch?")
    async with asyncio.timeout(ANSWER_S):
        await server.answer_to(await server.mention(QUESTION), found)  # whatever the other did is done by then
    assert len(server.requests("POST .*/messages$")) == before + 1


async def test_told_429_it_waits_as_long_as_it_was_told_and_tries_again(bot: BotProcess, server: DiscordServer) -> None:
    before = len(server.requests("POST .*/messages$"))
    server.refuse("POST .*/messages$", 429, retry_after_s=1.5)
    async with asyncio.timeout(ANSWER_S):
        await server.answer_to(await server.mention(QUESTION), found)
    refused, tried_again = server.requests("POST .*/messages$")[before:]
    assert (refused.status, tried_again.status) == (429, 200)
    assert refused.body == tried_again.body
    assert 1.5 <= tried_again.at_s - refused.at_s < 4


async def test_a_lost_connection_is_resumed_and_what_was_asked_meanwhile_is_answered(
    bot: BotProcess, server: DiscordServer
) -> None:
    identified, resumed = len(server.gateway.identified), len(server.gateway.resumed)
    await server.gateway.drop()
    asked = await server.mention(QUESTION)
    async with asyncio.timeout(ANSWER_S):
        await server.gateway.until(resumed=resumed + 1, connected=True)
        await server.answer_to(asked, found)
    assert len(server.gateway.identified) == identified
    assert server.gateway.resumed[-1]["token"] == TOKEN


async def test_it_keeps_the_connection_alive_with_heartbeats(bot: BotProcess, server: DiscordServer) -> None:
    before = server.gateway.beats
    await asyncio.sleep(2.5)
    assert 3 <= server.gateway.beats - before <= 7  # two a second were asked for


async def test_its_health_is_served(bot: BotProcess, server: DiscordServer) -> None:
    status, body = await bot.fetch("/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok", "problems": []})
    async with asyncio.timeout(ANSWER_S):
        before = (await bot.measured())["archivist_questions_total", "answered"]
        await server.answer_to(await server.mention(QUESTION), found)
        after = await bot.measured()
    assert after["archivist_questions_total", "answered"] == before + 1
    assert after["archivist_event_loop_lag_seconds_count", ""] > 0
    assert after["archivist_searches_running", ""] == 0


async def test_it_asks_for_nothing_that_discord_does_not_have(bot: BotProcess, server: DiscordServer) -> None:
    assert server.unknown == []


async def test_the_token_is_in_no_line_that_it_says(bot: BotProcess) -> None:
    assert bot.saying("generation|connected|logged in|archivist")  # it does say something
    assert not [line for line in bot.lines if TOKEN in line]
    assert not bot.saying("Traceback")
