"""Who may run the archive, and from where: asked again in every handler, whatever Discord let through."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import discord

from bot.errors import NotAllowed, Refusal
from bot.limits import escaped_line
from bot.store import Store
from bot.words import marked
from retrieval.errors import ArchivistError, NoGeneration, QuestionError

Interaction = discord.Interaction[Any]

_log = logging.getLogger(__name__)
_FOLDERS = re.compile(r"(?:/[^\s/:,;]+)+/([^\s/:,;]+)")
_CHARS = 600


async def require_manager(interaction: Interaction, store: Store, homes: Collection[int] | None = None) -> int:
    """Return the server's id if this member may run the archive there; raises NotAllowed otherwise.

    That takes the permission Manage Server or the role that the server has set. With `homes`, it has to be one of these
    servers. A bot that only a user installed is never run from anywhere.
    """
    guild_id, member = _place(interaction)
    if homes is not None and guild_id not in homes:
        raise NotAllowed(marked("The archive is not run from this server."))
    if _administrates(interaction):
        return guild_id
    role = (await store.settings(guild_id)).manager_role
    if role is not None and any(each.id == role for each in member.roles):
        return guild_id
    raise NotAllowed(marked("Only members with the permission Manage Server, or with the role set there, may do that."))


def require_administrator(interaction: Interaction) -> int:
    """Return the server's id if this member has the permission Manage Server; raises NotAllowed otherwise."""
    guild_id, _ = _place(interaction)
    if not _administrates(interaction):
        raise NotAllowed(marked("Only members with the permission Manage Server may do that."))
    return guild_id


@contextmanager
def explained() -> Iterator[None]:
    """Tell what the archive refuses, or fails at, to those who run it: they can do something about it."""
    try:
        yield
    except (NoGeneration, QuestionError):
        raise
    except ArchivistError as error:
        _log.error("it was refused, or failed: %s", error)
        raise Refusal(marked("That did not work: {why}"), why=without_folders(str(error))) from error


def without_folders(message: str) -> str:
    """Return what went wrong, escaped, without the server's folders: a channel's members need not know them."""
    return escaped_line(_FOLDERS.sub(r"…/\1", message), _CHARS)


def _place(interaction: Interaction) -> tuple[int, discord.Member]:
    guild_id, member = interaction.guild_id, interaction.user
    foreign = interaction.is_user_integration() and not interaction.is_guild_integration()
    if guild_id is None or foreign or not isinstance(member, discord.Member):
        raise NotAllowed(marked("That works in a server only."))
    return guild_id, member


def _administrates(interaction: Interaction) -> bool:
    return interaction.permissions.manage_guild or interaction.permissions.administrator
