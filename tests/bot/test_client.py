"""The bot as a whole: its intents, when it syncs its commands, how it is drained."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import discord
import pytest
from fakes import HashEncoder
from world import World, words, world

from bot.errors import Closing

ROOT = Path(__file__).parents[2]
PROBE = """
import sys, time
began = time.perf_counter()
import bot
imported_s = time.perf_counter() - began
early = set(sys.modules)
import bot.client, bot.cogs.asking, bot.cogs.articles, bot.asking, bot.render, bot.reader, bot.names
heavy = {"numpy", "torch", "faiss", "tantivy", "sentence_transformers", "tokenizers", "trafilatura", "lxml"}
print(imported_s < 0.3, "discord" in early, sorted(heavy & set(sys.modules)))
"""


def syncs(found: World) -> list[str]:
    return [each.path for each in found.env.http_requests if each.method == "PUT" and each.path.endswith("/commands")]


def test_importing_the_bot_is_quick_and_its_event_loop_side_needs_no_heavy_library() -> None:
    out = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert out.split("\n")[0] == "True False []"


async def test_no_privileged_intent_is_asked_for(asked: World) -> None:
    intents = asked.bot.intents
    assert {"message_content", "members", "presences"}.isdisjoint(name for name, on in intents if on)
    assert intents.guilds
    assert intents.guild_messages
    assert intents.dm_messages


async def test_commands_are_synced_once_and_again_only_when_they_change(asked: World) -> None:
    assert len(syncs(asked)) == 1
    await asked.restart()
    assert len(syncs(asked)) == 1
    command = asked.bot.tree.get_command("ask")
    assert isinstance(command, discord.app_commands.Command)
    command.description = "Ask in another way"
    await asked.bot.sync_commands()
    await asked.bot.sync_commands()
    assert len(syncs(asked)) == 2


async def test_commands_take_direct_messages_and_user_installs_only_where_they_are_on(asked: World) -> None:
    command = asked.env.backend.find_command("ask", None, type=1)
    assert command is not None
    assert command["contexts"] == [0]
    assert command["integration_types"] == [0]


async def test_draining_lets_a_question_finish_and_refuses_new_ones(asked: World) -> None:
    go = threading.Event()
    answered: list[str] = []

    async def question() -> None:
        async with asked.bot.work():
            answered.append(await asked.asking.search(lambda _: str(go.wait(5))))

    running = asyncio.create_task(question())
    await asyncio.sleep(0.05)
    draining = asyncio.create_task(asked.bot.drain(5))
    await asyncio.sleep(0.05)
    assert not draining.done()
    with pytest.raises(Closing):
        async with asked.bot.work():
            pass
    told = await asked.alice.slash(asked.channel, "ask", question="How heavy was Sputnik?")
    assert words(told.response) == "I am being restarted. Ask again in a minute."
    go.set()
    assert await draining
    await running
    assert answered == ["True"]


async def test_draining_gives_up_on_what_takes_too_long(asked: World, caplog: pytest.LogCaptureFixture) -> None:
    go = asyncio.Event()

    async def question() -> None:
        async with asked.bot.work():
            await go.wait()

    running = asyncio.create_task(question())
    await asyncio.sleep(0)
    assert not await asked.bot.drain(0.05)
    assert "1 questions were still being answered" in caplog.text
    go.set()
    await running


async def test_without_an_index_it_says_so_and_answers_once_there_is_one(tmp_path: Path, press_data: Path) -> None:
    data = tmp_path / "data"
    async with world(data, tmp_path, HashEncoder()) as found:
        told = await found.alice.slash(found.channel, "ask", question="harbour")
        assert "still being indexed" in words(told.response)
        data.symlink_to(press_data)
        assert await found.asking.refresh()
        told = await found.alice.slash(found.channel, "ask", question="Who opened the bridge at Holm?")
        assert words(told.response).startswith("### Who opened the bridge at Holm?")


async def test_autocomplete_that_fails_offers_nothing(tmp_path: Path) -> None:
    async with world(tmp_path / "data", tmp_path, HashEncoder()) as found:
        assert await found.alice.autocomplete(found.channel, "ask", "publisher", "a", question="x") == []
        assert found.env.errors is not None
