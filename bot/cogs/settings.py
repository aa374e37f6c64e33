"""What a server sets, what its questions were that found nothing, and what is kept of whom."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import discord
from discord import app_commands, ui
from discord.ext import commands, tasks

from bot import panels
from bot.errors import Refusal
from bot.feedback import queries_and_qrels
from bot.limits import escaped_line
from bot.managing import require_administrator, require_manager
from bot.picks import Pick, chosen
from bot.records import UserData
from bot.schema import StoreError
from bot.settings_card import ACTION, changed, settings_card
from bot.views import Press
from bot.words import Language, marked, number, plural, text

if TYPE_CHECKING:
    from bot.client import ArchivistBot

Interaction = discord.Interaction["ArchivistBot"]

_SHOWN, _QUESTION_CHARS = 20, 150
_PURGE_EVERY_H = 6


class SettingsCog(commands.Cog):
    """`/settings`, `/unanswered`, `/feedback export`, `/privacy`, and forgetting in time."""

    feedback = app_commands.Group(
        name="feedback",
        description="What members thought of the answers",
        guild_only=True,
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )

    def __init__(self, bot: ArchivistBot) -> None:
        self._bot = bot
        self._purging = tasks.loop(hours=_PURGE_EVERY_H)(self._purge)
        self._purging.add_exception_type(StoreError)  # tried again; any other would end it for good

    async def cog_load(self) -> None:
        """Take on the menus and the button, and begin to purge."""
        self._bot.add_dynamic_items(Pick)
        self._bot.presses |= {ACTION: self._set, "privacy_forget": self._forget}
        self._purging.start()

    async def cog_unload(self) -> None:
        """Stop purging."""
        self._purging.cancel()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Forget the servers that removed the bot while it was down."""
        await self._bot.store.keep_guilds({guild.id for guild in self._bot.guilds}, self._bot.serves)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forget a server that removes the bot."""
        await self._bot.store.forget_guild(guild.id)

    @app_commands.command(description="How I answer in this server")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    async def settings(self, interaction: Interaction) -> None:
        """Show the server's settings, to be changed."""
        guild_id = require_administrator(interaction)
        await interaction.response.send_message(view=await self._card(guild_id, interaction.locale), ephemeral=True)

    @app_commands.command(description="This server's questions that found nothing in the archive")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    async def unanswered(self, interaction: Interaction) -> None:
        """List them with how often each was asked, and nobody's name."""
        guild_id = await require_manager(interaction, self._bot.store)
        found = await self._bot.store.unanswered(guild_id)
        locale = interaction.locale
        lines = [
            f"- **{number(each.times, locale)}×** {escaped_line(each.question, _QUESTION_CHARS)} <t:{each.last_at}:R>"
            for each in found[:_SHOWN]
        ]
        if len(found) > _SHOWN:
            lines.append(plural("- and {n} more", "- and {n} more", len(found) - _SHOWN, locale))
        if not lines:
            lines = [text("Every question found something.", locale)]
        title = text("Questions that found nothing", locale)
        await interaction.response.send_message(view=panels.panel(title, lines, panels.BLUE), ephemeral=True)

    @feedback.command(description="The votes on this server's answers, as queries and qrels for `archivist evaluate`")
    async def export(self, interaction: Interaction) -> None:
        """Send the votes as two files."""
        guild_id = await require_manager(interaction, self._bot.store)
        judgements = await self._bot.store.judgements(guild_id)
        if not judgements:
            raise Refusal(marked("Nobody has voted on an answer in this server yet."))
        queries, qrels = queries_and_qrels(judgements)
        told = plural("{n} vote, without names.", "{n} votes, without names.", len(judgements), interaction.locale)
        files = [
            discord.File(BytesIO(queries.encode()), "queries.jsonl"),
            discord.File(BytesIO(qrels.encode()), "qrels.tsv"),
        ]
        await interaction.response.send_message(told, files=files, ephemeral=True)

    @app_commands.command(description="What is kept of you, and how to delete it")
    async def privacy(self, interaction: Interaction) -> None:
        """Show what is kept of the user, with a button that deletes it."""
        data = await self._bot.store.user_data(interaction.user.id)
        days = self._bot.settings.keep_questions_days
        await interaction.response.send_message(view=_kept(data, days, interaction.locale), ephemeral=True)

    async def _card(self, guild_id: int, locale: Language) -> ui.LayoutView:
        home = guild_id in self._bot.settings.home_guilds
        return settings_card(await self._bot.store.settings(guild_id), locale, home=home)

    async def _set(self, interaction: Interaction, field: str, _detail: str) -> None:
        guild_id = require_administrator(interaction)
        settings = await self._bot.store.settings(guild_id)
        try:
            settings = changed(settings, field, chosen(interaction))
        except ValueError as error:
            raise Refusal(marked("That menu is of an older version of me. Run `/settings` again.")) from error
        await self._bot.store.set_settings(guild_id, settings)
        await interaction.response.edit_message(view=await self._card(guild_id, interaction.locale))

    async def _forget(self, interaction: Interaction, _target: str, _detail: str) -> None:
        await self._bot.store.forget_user(interaction.user.id)
        title = text("Deleted", interaction.locale)
        lines = [
            text(
                "Nothing is kept of you any more. Buttons below your answers have stopped working.", interaction.locale
            )
        ]
        await interaction.response.edit_message(view=panels.panel(title, lines, panels.GREEN))

    async def _purge(self) -> None:
        await self._bot.store.purge()


def _kept(data: UserData, days: int, locale: Language) -> ui.LayoutView:
    """Return what is kept of a user."""
    lines = [
        plural(
            "Your questions are kept for {n} day, for the buttons below their answers.",
            "Your questions are kept for {n} days, for the buttons below their answers.",
            days,
            locale,
        ),
        plural("Kept now: {n} question,", "Kept now: {n} questions,", len(data.questions), locale)
        + " "
        + plural("{n} vote,", "{n} votes,", data.votes, locale)
        + " "
        + plural("{n} file added to the archive.", "{n} files added to the archive.", len(data.uploads), locale),
    ]
    lines += [f"- {escaped_line(question, _QUESTION_CHARS)} <t:{at}:R>" for question, at in data.questions[:_SHOWN]]
    if len(data.questions) > _SHOWN:
        lines.append(plural("- and {n} more", "- and {n} more", len(data.questions) - _SHOWN, locale))
    lines.append("-# " + text("Files stay in the archive when you delete this, without your name.", locale))
    forget = Press("privacy_forget", "me", text=text("Delete all of it", locale), style=discord.ButtonStyle.danger)
    anything = data.questions or data.votes or data.uploads
    return panels.panel(text("What is kept of you", locale), lines, panels.BLUE, [forget] if anything else [])
