"""When the archive wrote about something: `/timeline`."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.asking import OPTIONS, dates_of
from bot.questions import MAX_QUESTION
from bot.timelines import PICTURE, Drawn, find_timeline, timeline_card

if TYPE_CHECKING:
    from bot.asking import Outcome
    from bot.client import ArchivistBot, Interaction
    from bot.cogs.asking import AskingCog


class TimelineCog(commands.Cog):
    """Shows timelines; `asking` acknowledges, and knows the archive's names."""

    def __init__(self, bot: ArchivistBot, asking: AskingCog) -> None:
        self.bot = bot
        self.asking = asking

    @app_commands.command(name="timeline", description="See when the archive wrote about something")
    @app_commands.describe(question="What the articles are about", **OPTIONS)
    async def timeline(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, MAX_QUESTION],
        after: app_commands.Range[str, 4, 10] | None = None,
        before: app_commands.Range[str, 4, 10] | None = None,
        publisher: str | None = None,
        author: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answer `/timeline`."""
        dates = dates_of(after, before)
        await self.asking.acknowledge(interaction, private)
        filters = await self.asking.filters(dates, publisher, author)
        locale = interaction.locale
        async with self.bot.work():
            drawn = await self.bot.asking.search(
                partial(find_timeline, question=question, filters=filters, locale=locale), _outcome
            )
            files = [discord.File(BytesIO(drawn.picture), PICTURE)] if drawn.picture is not None else []
            await interaction.edit_original_response(view=timeline_card(drawn, locale), attachments=files)
            interaction.extras["answered"] = True

    @timeline.autocomplete("publisher")
    async def complete_publisher(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the archive's publishers."""
        return await self.asking.complete("publisher", typed)

    @timeline.autocomplete("author")
    async def complete_author(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the archive's authors."""
        return await self.asking.complete("author", typed)


def _outcome(drawn: Drawn) -> Outcome:
    return "answered" if drawn.timeline.count else "not_found"
