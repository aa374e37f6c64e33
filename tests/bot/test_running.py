from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from time import monotonic

import discord
import pytest
from discord.http import Route
from discord_server import TOKEN, DiscordServer

from bot.addresses import use_addresses
from bot.running import LoginError, run_until_stopped

HANGS = """
import threading, time
from bot.running import end_process_within
threading.Thread(target=time.sleep, args=(60,)).start()
end_process_within(0.5)
"""


@pytest.fixture(autouse=True)
def discords_own_address() -> Iterator[None]:
    own = Route.BASE
    yield
    Route.BASE = own


async def nothing() -> None:
    """There is nothing to prepare."""


def client_of(server: DiscordServer, intents: discord.Intents | None = None) -> discord.AutoShardedClient:
    client = discord.AutoShardedClient(intents=intents or discord.Intents(guilds=True))
    use_addresses(client, server.api_url, server.gateway_url)
    return client


@pytest.mark.parametrize(
    ("number", "by_default"), [(signal.SIGTERM, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)]
)
async def test_a_signal_closes_the_bot_and_a_second_one_would_not_wait(
    number: signal.Signals, by_default: object
) -> None:
    told: list[bool] = []
    async with DiscordServer() as server:
        client = client_of(server)
        running = asyncio.create_task(
            run_until_stopped(client, TOKEN, nothing, on_signal=lambda: told.append(client.is_closed()))
        )
        async with asyncio.timeout(10):
            await server.gateway.until(identified=1, connected=True)
            assert signal.getsignal(number) != by_default
            os.kill(os.getpid(), number)
            await running
        assert client.is_closed()
        assert told == [False]
    assert signal.getsignal(number) == by_default


async def test_a_signal_does_not_wait_for_what_is_still_prepared() -> None:
    async def prepare() -> None:
        preparing.set()
        await asyncio.sleep(60)

    preparing = asyncio.Event()
    async with DiscordServer() as server, asyncio.timeout(10):
        running = asyncio.create_task(run_until_stopped(client_of(server), TOKEN, prepare))
        await preparing.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await running
        assert server.gateway.identified == []


async def test_a_bot_that_does_not_close_in_time_is_left() -> None:
    class Slow(discord.AutoShardedClient):
        async def close(self) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await super().close()

    async with DiscordServer() as server:
        client = Slow(intents=discord.Intents(guilds=True))
        use_addresses(client, server.api_url, server.gateway_url)
        running = asyncio.create_task(run_until_stopped(client, TOKEN, nothing, close_s=0.3))
        async with asyncio.timeout(10):
            await server.gateway.until(identified=1, connected=True)
            began = monotonic()
            os.kill(os.getpid(), signal.SIGTERM)
            await running
            assert monotonic() - began < 5


async def test_it_prepares_after_the_login_and_before_anybody_can_ask() -> None:
    async def prepare() -> None:
        seen.append((len(server.requests("GET /users/@me$")), len(server.gateway.opened)))

    seen: list[tuple[int, int]] = []
    async with DiscordServer() as server, asyncio.timeout(10):
        running = asyncio.create_task(run_until_stopped(client_of(server), TOKEN, prepare))
        await server.gateway.until(identified=1, connected=True)
        os.kill(os.getpid(), signal.SIGTERM)
        await running
        assert seen == [(1, 0)]


async def test_what_cannot_be_prepared_ends_the_bot_with_that_error() -> None:
    async def prepare() -> None:
        raise LookupError("no model")

    async with DiscordServer() as server, asyncio.timeout(10):
        with pytest.raises(LookupError, match="no model"):
            await run_until_stopped(client_of(server), TOKEN, prepare)


async def test_a_wrong_token_is_told_with_where_to_find_the_right_one() -> None:
    async with DiscordServer() as server, asyncio.timeout(10):
        with pytest.raises(LoginError, match=r"does not know this token.*ARCHIVIST_DISCORD__TOKEN"):
            await run_until_stopped(client_of(server), "wrong", nothing)


async def test_intents_that_are_not_granted_are_told_as_such() -> None:
    async with DiscordServer() as server, asyncio.timeout(10):
        with pytest.raises(LoginError, match=r"intents.*developer portal"):
            await run_until_stopped(client_of(server, discord.Intents.all()), TOKEN, nothing)


async def test_a_discord_that_cannot_be_reached_is_told_as_such() -> None:
    async with DiscordServer() as server:
        client = client_of(server)
    with pytest.raises(LoginError, match=r"cannot be reached.*network"):
        await run_until_stopped(client, TOKEN, nothing)


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    began = monotonic()
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0
    assert monotonic() - began < 15
    assert "cut off" in ended.stderr
