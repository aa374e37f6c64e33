"""Where the bot looks for Discord: at Discord's own addresses, or at a server that speaks as Discord does.

discord.py has no option for it. Its API's address is a class attribute that every request reads; its gateway's comes
from three places (the API, what the gateway said to resume at, and a constant), which all go through one method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yarl

if TYPE_CHECKING:
    import aiohttp
    import discord
    from discord.http import HTTPClient


def use_addresses(client: discord.Client, api_url: str, gateway_url: str) -> None:
    """Have `client`, which has not logged in yet, talk to these addresses; "" leaves Discord's.

    `api_url` ends in the version (`https://discord.com/api/v10`) and holds for every client of the process. All
    connections to a gateway go to `gateway_url`; where it is "", to what the API names.
    """
    from discord.http import Route

    if api_url:
        Route.BASE = api_url.rstrip("/")
    if api_url or gateway_url:
        _use_gateway(client.http, yarl.URL(gateway_url) if gateway_url else None)


def _use_gateway(http: HTTPClient, fixed: yarl.URL | None) -> None:
    from discord.gateway import DiscordWebSocket

    connect = http.ws_connect
    default = DiscordWebSocket.DEFAULT_GATEWAY
    named = fixed

    async def ws_connect(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        nonlocal named
        asked = yarl.URL(url)
        if fixed is not None:
            asked = fixed.with_query(asked.query)
        elif asked.host != default.host:
            named = named or asked
        elif named is not None:
            # A session that was lost starts anew at the constant; the token must not go to Discord then.
            asked = named.with_query(asked.query)
        return await connect(str(asked), compress=compress)

    http.ws_connect = ws_connect  # type: ignore[method-assign]  # the one method that all connections go through
