"""`/reindex` and its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.managing import require_manager
from bot.reindexing import Reindexing
from bot.words import text

if TYPE_CHECKING:
    from bot.client import ArchivistBot
    from bot.indexing import Indexer

Interaction = discord.Interaction["ArchivistBot"]


class ReindexCog(commands.Cog):
    """Reindexing, for the servers in `discord.home_guilds`."""

    def __init__(self, bot: ArchivistBot, indexer: Indexer) -> None:
        self._bot = bot
        self._homes = frozenset(bot.settings.home_guilds)
        self._reindexing = Reindexing(indexer, bot.store, noted=bot.own("reindex"))

    async def cog_load(self) -> None:
        """Take on the buttons."""
        self._bot.presses |= {"run_cancel": self._cancel, "run_confirm": self._confirm}

    async def cog_unload(self) -> None:
        """Stop what runs."""
        await self._reindexing.close()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Tell below a run that the last end of the bot cut off that it was."""
        await self._reindexing.interrupted(self._bot)

    @app_commands.command(description="Bring the archive up to date")
    @app_commands.describe(full="Read and encode everything anew, which takes longer")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def reindex(self, interaction: Interaction, full: bool = False) -> None:
        """Show what would change, ask where much would go, and run."""
        await require_manager(interaction, self._bot.store, self._homes)
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale = interaction.guild_locale
        message = await self._reindexing.begin(interaction.channel, interaction.user.mention, locale, full=full)
        told = text("It has begun: {url}", interaction.locale, url=message.jump_url)
        await interaction.edit_original_response(content=told)

    async def _cancel(self, interaction: Interaction, key: str, _detail: str) -> None:
        await require_manager(interaction, self._bot.store, self._homes)
        await interaction.response.defer()
        await self._reindexing.cancel(key)

    async def _confirm(self, interaction: Interaction, key: str, _detail: str) -> None:
        await require_manager(interaction, self._bot.store, self._homes)
        await interaction.response.defer()
        await self._reindexing.confirm(key, interaction.user.mention)
