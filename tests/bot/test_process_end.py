"""How `archivist bot` begins and ends: what it says where it cannot start, and that SIGTERM cuts nobody off."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from bot_process import START_S, BotProcess
from discord_payloads import buttons, texts
from discord_server import TOKEN, DiscordServer
from test_process import ANSWER_S, QUESTION, found


async def test_sigterm_lets_running_questions_finish_and_takes_no_new_ones(seeds_copy: Path) -> None:
    async with DiscordServer() as server, BotProcess(server, seeds_copy) as bot:
        async with asyncio.timeout(START_S):
            await bot.connected()
            await server.answer_to(await server.mention(QUESTION), found)  # it can answer by now
        # Its answer is held up, so that it is still being sent when the signal comes.
        server.refuse("POST .*/messages$", 429, retry_after_s=1.0)
        held_up = await server.mention(QUESTION)
        async with asyncio.timeout(ANSWER_S):
            await server.until_requested("POST .*/messages$", 429)
        stopping = asyncio.create_task(bot.stop())
        await asyncio.sleep(0.2)
        late = await server.mention(QUESTION)
        code, seconds = await stopping
        assert code == 0
        assert seconds < 10
        assert found(await asyncio.wait_for(server.answer_to(held_up), 1))
        answers = [sent for sent in server.messages.values() if _replies_to(sent, late)]
        assert not [sent for sent in answers if found(sent)]
        assert not bot.saying("Traceback|never retrieved|was never awaited|Unclosed")


async def test_after_a_restart_commands_are_not_synced_again_and_buttons_still_work(seeds_copy: Path) -> None:
    async with DiscordServer() as server:
        async with BotProcess(server, seeds_copy) as bot, asyncio.timeout(START_S):
            await bot.connected()
            answer = await server.answer_to(await server.mention(QUESTION), found)
            assert (await bot.stop())[0] == 0
        synced = len(server.requests("PUT .*/commands$"))
        async with BotProcess(server, seeds_copy) as bot, asyncio.timeout(START_S):
            await bot.connected(2)
            context = next(button for button in buttons(answer) if "context" in button["label"].lower())
            pressed = await server.press(answer["id"], context["custom_id"])
            await server.answer_to(pressed, lambda shown: len(texts(shown)) > 50)
        assert len(server.requests("PUT .*/commands$")) == synced


async def test_without_an_index_it_says_so_builds_one_and_then_answers(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "lamp.txt").write_text("The harbour lamp\n\nThe harbour lamp of Osterby was lit in 1911.\n", "utf-8")
    data = tmp_path / "data"
    async with DiscordServer() as server, BotProcess(server, data, SOURCES=str(articles)) as bot:
        await bot.connected()
        told = await bot.until_said("no index")
        assert str(data) in told
        assert "building one from the sources that are set" in told
        async with asyncio.timeout(START_S):
            asked = await server.mention("When was the harbour lamp lit?")
            early = texts(await server.answer_to(asked, lambda sent: bool(texts(sent))))
            assert "still being indexed" in early or "1911" in early
            await bot.until_said("the index is built: 1 articles, 0 skipped")
            await bot.until_said("generation 0001 is asked now")
            asked = await server.mention("When was the harbour lamp of Osterby lit?")
            await server.answer_to(asked, lambda sent: "1911" in texts(sent))
        assert (await bot.stop())[0] == 0


@pytest.mark.soak
async def test_ctrl_c_ends_it_as_well(seeds_copy: Path) -> None:
    async with DiscordServer() as server, BotProcess(server, seeds_copy) as bot, asyncio.timeout(START_S):
        await bot.connected()
        bot.process.send_signal(signal.SIGINT)
        assert await bot.ended() in {0, 130}
        assert not bot.saying("Traceback")


@pytest.mark.parametrize("token", [None, ""])
async def test_without_a_token_it_says_where_to_get_one(token: str | None, tmp_path: Path) -> None:
    async with DiscordServer() as server, BotProcess(server, tmp_path / "data", DISCORD__TOKEN=token) as bot:
        async with asyncio.timeout(START_S):
            assert await bot.ended() == 1
        assert len(bot.lines) == 1
        assert "ARCHIVIST_DISCORD__TOKEN" in bot.lines[0]
        assert server.seen == []


async def test_a_token_that_discord_refuses_is_told_in_one_line_and_not_shown(tmp_path: Path) -> None:
    wrong = "MTIz.wrong.token"
    async with DiscordServer() as server, BotProcess(server, tmp_path / "data", DISCORD__TOKEN=wrong) as bot:
        async with asyncio.timeout(START_S):
            assert await bot.ended() == 1
        assert [seen.status for seen in server.requests("GET /users/@me$")] == [401]
        assert "token" in bot.lines[-1]
        assert not bot.saying(f"Traceback|{wrong}|{TOKEN}")


def _replies_to(sent: dict[str, object], message_id: str) -> bool:
    reference = sent.get("message_reference")
    return isinstance(reference, dict) and str(reference.get("message_id")) == message_id
