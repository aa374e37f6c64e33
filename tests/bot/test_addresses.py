from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import discord
import pytest
from discord.http import Route
from discord_server import TOKEN, DiscordServer

from bot.addresses import use_addresses

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def discords_own_address() -> Iterator[None]:
    own = Route.BASE
    yield
    Route.BASE = own


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


async def meet(server: DiscordServer, client: discord.AutoShardedClient) -> None:
    """Log in, lose the connection and resume, lose the session and begin anew; all of it at the server's addresses."""
    running = asyncio.create_task(client.start(TOKEN))
    async with asyncio.timeout(20):
        await server.gateway.until(identified=1, connected=True)
        await client.wait_until_ready()
        await server.gateway.drop()
        await server.gateway.until(resumed=1, connected=True)
        await server.gateway.invalidate()
        await server.gateway.until(identified=2, connected=True)
        await client.close()
        await running


class Impatient(discord.AutoShardedClient):
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait not at all, where Discord's limit would have it wait five seconds."""


def a_client() -> discord.AutoShardedClient:
    return Impatient(intents=discord.Intents(guilds=True))


async def test_every_connection_goes_to_the_gateway_that_is_set(server: DiscordServer) -> None:
    # What the API and READY name exists nowhere, as if a relay had passed them on from elsewhere.
    server.advertised_gateway_url = "wss://gateway.invalid/"
    server.gateway.resume_url = "wss://resume.invalid/"
    client = a_client()
    use_addresses(client, server.api_url, server.gateway_url)
    await meet(server, client)
    assert len(server.gateway.opened) == 3
    assert all(query["v"] == "10" and query["encoding"] == "json" for query in server.gateway.opened)


async def test_where_only_the_api_is_set_its_gateway_is_followed_and_never_discords(server: DiscordServer) -> None:
    client = a_client()
    use_addresses(client, f"{server.api_url}/", "")
    await meet(server, client)
    assert len(server.gateway.opened) == 3


def test_without_addresses_nothing_is_changed() -> None:
    client = a_client()
    before = client.http.ws_connect
    use_addresses(client, "", "")
    assert Route.BASE == "https://discord.com/api/v10"
    assert client.http.ws_connect == before
