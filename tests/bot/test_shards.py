"""A bot in so many servers that Discord splits it: each shard has a connection of its own, and all are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord.http import Route
from discord_payloads import Room, texts
from discord_server import TOKEN, DiscordServer
from fakes import HashEncoder

from bot.addresses import use_addresses
from bot.asking import ArchiveFolder, Asking
from bot.client import ArchivistBot
from bot.gate import Gate
from bot.store import Store
from config.discord import DiscordSettings
from retrieval.archive import Archive

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def discords_own_address() -> Iterator[None]:
    own = Route.BASE
    yield
    Route.BASE = own


async def test_discord_asks_for_two_shards_and_what_happens_on_either_is_answered(
    press_data: Path, tmp_path: Path
) -> None:
    settings = DiscordSettings()
    opener = ArchiveFolder(press_data, lambda name: Archive.open(press_data, generation=name, encoder=HashEncoder()))
    async with (
        DiscordServer(shards=2) as server,
        Store(tmp_path / "bot.sqlite") as store,
        Asking(opener) as asking,
    ):
        # A server belongs to the shard that its id, without the last 22 bits, leaves when divided.
        server.rooms[:] = [Room(f"Room {number}", guild_id=number << 22) for number in (1000, 1001)]
        bot = ArchivistBot(settings, asking, store, Gate(settings))
        use_addresses(bot, server.api_url, "")
        running = asyncio.create_task(bot.start(TOKEN))
        async with asyncio.timeout(30):
            await server.gateway.until(identified=2, connected=True)  # five seconds apart, as Discord wants it
            await bot.wait_until_ready()
            assert sorted(each["shard"] for each in server.gateway.identified) == [[0, 2], [1, 2]]
            assert [bot.get_guild(room.guild_id).shard_id for room in server.rooms] == [0, 1]  # type: ignore[union-attr]
            for room in server.rooms:
                asked = await server.mention("Who painted the lighthouse?", room=room)
                answer = await server.answer_to(asked, lambda sent: "archive" in texts(sent).casefold())
                assert answer["channel_id"] == str(room.id)
            await server.gateway.drop()  # both resume, each at its own place
            await server.gateway.until(resumed=2, connected=True)
            assert len({each["session_id"] for each in server.gateway.resumed}) == 2
            asked = await server.mention("Who sold the orchard?", room=server.rooms[1])
            await server.answer_to(asked, lambda sent: bool(texts(sent)))
        await bot.close()
        await running
        assert server.unknown == []
