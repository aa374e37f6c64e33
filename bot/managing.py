"""Who may run the archive, and from where: asked again in every handler, whatever Discord let through."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import discord

from bot.errors import NotAllowed
from bot.store import Store
from bot.words import marked

Interaction = discord.Interaction[Any]


async def require_manager(interaction: Interaction, store: Store, homes: Collection[int] | None = None) -> int:
    """Return the server's id if this member may run the archive there; raises NotAllowed otherwise.

    That takes the permission Manage Server or the role that the server has set. With `homes`, it has to be one of these
    servers. A bot that only a user installed is never run from anywhere.
    """
    guild_id, member = interaction.guild_id, interaction.user
    foreign = interaction.is_user_integration() and not interaction.is_guild_integration()
    if guild_id is None or foreign or not isinstance(member, discord.Member):
        raise NotAllowed(marked("That works in a server only."))
    if homes is not None and guild_id not in homes:
        raise NotAllowed(marked("The archive is not run from this server."))
    if interaction.permissions.manage_guild or interaction.permissions.administrator:
        return guild_id
    role = (await store.settings(guild_id)).manager_role
    if role is not None and any(each.id == role for each in member.roles):
        return guild_id
    raise NotAllowed(marked("Only members with the permission Manage Server, or with the role set there, may do that."))
