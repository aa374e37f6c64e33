"""What the home servers are told unasked: in the log channel that each has set."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

import discord
from discord import ui

from bot.store import Store
from bot.words import Language

_log = logging.getLogger(__name__)


async def announce(
    client: discord.Client, store: Store, homes: Collection[int], make: Callable[[Language], ui.LayoutView]
) -> None:
    """Post a message in the log channel of each of the servers `homes` that has set one, in the server's language.

    `make` is given that. A channel that is gone or cannot be written to is logged, and keeps nothing from the others.
    """
    channels = await store.log_channels()
    for guild_id in sorted(set(homes) & channels.keys()):
        try:
            guild = client.get_guild(guild_id)
            if guild is not None:
                channel = guild.get_channel_or_thread(channels[guild_id])
            else:  # another process holds its shard
                guild = await client.fetch_guild(guild_id, with_counts=False)
                channel = await guild.fetch_channel(channels[guild_id])
            if not isinstance(channel, discord.TextChannel | discord.Thread | discord.VoiceChannel):
                _log.warning("the log channel of server %d is gone", guild_id)
                continue
            await channel.send(view=make(guild.preferred_locale), allowed_mentions=discord.AllowedMentions.none())
        except discord.HTTPException as refused:
            _log.warning("the log channel of server %d cannot be written to: %s", guild_id, refused)
