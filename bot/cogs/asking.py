"""Asking: by command, by mention, by direct message, by a message's menu, and by following an answer up."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import Closing, Refusal, tell_message
from bot.gate import only_user_installed
from bot.names import Kind, Names
from bot.presses import AnswerPresses
from bot.questions import MAX_QUESTION, Question, Questions, reach_in
from bot.views import Form, fields
from bot.words import marked, text
from retrieval.arguments import first_day
from retrieval.types import Filters

if TYPE_CHECKING:
    from bot.client import ArchivistBot, Interaction
    from retrieval.archive import Archive

_DATE = "such as 2021, 2021-08 or 2021-08-15"
OPTIONS = {
    "after": f"Only what was published from then on, {_DATE}",
    "before": f"Only what was published before, {_DATE}",
    "publisher": "Only what this publisher published",
    "author": "Only what this author wrote",
    "private": "Whether only you see the answer",
}
"""What the options of a command that searches mean."""
_ASKED = (discord.MessageType.default, discord.MessageType.reply)


class AskingCog(commands.Cog):
    """Every way of asking ends in `_answer`."""

    def __init__(self, bot: ArchivistBot) -> None:
        self.bot = bot
        self.questions = Questions(bot)
        self._names: tuple[tuple[str, frozenset[str]], asyncio.Task[Names]] | None = None
        self._menu = app_commands.ContextMenu(name="Find in the archive", callback=self.find)
        bot.presses |= AnswerPresses(bot, self.questions).handlers | {"follow": self.open_follow_up}
        bot.modals |= {"follow": self.follow_up}

    async def cog_load(self) -> None:
        """Add the message menu, which cogs do not add by themselves."""
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take the message menu away."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(name="ask", description="Ask the archive: it answers with its own passages")
    @app_commands.describe(question="What you want to know", **OPTIONS)
    async def ask(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, MAX_QUESTION],
        after: app_commands.Range[str, 4, 10] | None = None,
        before: app_commands.Range[str, 4, 10] | None = None,
        publisher: str | None = None,
        author: str | None = None,
        private: bool | None = None,
    ) -> None:
        """Answer `/ask`."""
        dates = dates_of(after, before)
        hidden = await self.acknowledge(interaction, private)
        filters = await self.filters(dates, publisher, author)
        await self._answer(interaction, question, hidden, filters)

    @ask.autocomplete("publisher")
    async def complete_publisher(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the archive's publishers."""
        return await self.complete("publisher", typed)

    @ask.autocomplete("author")
    async def complete_author(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the archive's authors."""
        return await self.complete("author", typed)

    async def find(self, interaction: Interaction, message: discord.Message) -> None:
        """Ask with a message's text, from its menu."""
        if not message.content.strip():
            raise Refusal(marked("That message holds no text to ask with."))
        hidden = await self.acknowledge(interaction, None)
        await self._answer(interaction, message.content, hidden)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a mention, a direct message, or a reply to an answer."""
        me = self.bot.user
        if me is None or message.author.bot or message.webhook_id or message.type not in _ASKED:
            return
        if message.guild is not None and not any(user.id == me.id for user in message.mentions):
            return  # Discord delivers no text of these
        asked = re.sub(rf"<@!?{me.id}>", " ", message.content).strip()
        locale = message.guild.preferred_locale if message.guild else None
        try:
            await self._answer_message(message, asked, locale)
        except Exception as error:  # the last place that can tell it
            await tell_message(message, error, locale)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Forget an answer whose message was deleted."""
        await self.bot.store.forget_messages({event.message_id})

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Forget answers whose messages were deleted."""
        await self.bot.store.forget_messages(event.message_ids)

    async def open_follow_up(self, interaction: Interaction, target: str, _: str) -> None:
        """Show a form to follow an answer up with."""
        await self.questions.posted(target)  # nobody should write what leads nowhere
        form = Form("follow", target, title=text("Follow up", interaction.locale))
        form.add_text("question", text("Your question", interaction.locale), paragraph=True, longest=MAX_QUESTION)
        await interaction.response.send_modal(form)

    async def follow_up(self, interaction: Interaction, target: str, _: str) -> None:
        """Answer what was written into that form."""
        written = str(fields(interaction).get("question", ""))
        before = await self.questions.posted(target)
        hidden = await self.acknowledge(interaction, before.private or None)
        await self._answer(interaction, written, hidden, before.filters, before.question, before.heard.literally)

    async def acknowledge(self, interaction: Interaction, private: bool | None) -> bool:
        """Check the channel and how often was asked, then tell Discord that an answer is on its way.

        Return whether only the asker will see it: as they wish, else as the server has set.
        """
        if self.bot.draining:
            raise Closing
        settings = await self.bot.store.settings(interaction.guild_id)
        user_only = only_user_installed(interaction)
        if not user_only:
            parent = getattr(interaction.channel, "parent_id", None)
            self.bot.gate.check_channel(settings, interaction.channel_id, parent)
        self.bot.gate.count(interaction.user.id, interaction.guild_id)
        hidden = settings.private if private is None else private
        await interaction.response.defer(thinking=True, ephemeral=hidden)
        return hidden

    async def filters(
        self, dates: tuple[date | None, date | None], publisher: str | None, author: str | None
    ) -> Filters:
        """Return the filters for a range and for names as they were picked or typed."""
        names = await self.names() if publisher or author else None
        return Filters(
            *dates,
            publishers=(names.name("publisher", publisher),) if names and publisher else (),
            authors=(names.name("author", author),) if names and author else (),
        )

    async def names(self) -> Names:
        """Return the archive's names, read once for what a generation shows, however many wait for them."""
        shown = await self.bot.asking.call(_shown)
        if self._names is None or self._names[0] != shown:
            self._names = (shown, asyncio.create_task(self.bot.asking.gather(Names), name="names"))
        reading = self._names[1]
        try:
            return await asyncio.shield(reading)  # others wait for it, too
        finally:
            if reading.done() and (reading.cancelled() or reading.exception()) and self._names[1] is reading:
                self._names = None

    async def complete(self, kind: Kind, typed: str) -> list[app_commands.Choice[str]]:
        """Return what of the archive's names goes with what was typed."""
        names = await self.names()
        return [app_commands.Choice(name=each.label, value=each.value) for each in names.complete(kind, typed)]

    async def _answer(
        self,
        interaction: Interaction,
        asked: str,
        private: bool,
        filters: Filters = Filters(),
        previous: str = "",
        literally: tuple[str, ...] = (),
    ) -> None:
        """Answer in place of "… is thinking"."""
        user_only = only_user_installed(interaction)
        guild_id = None if user_only else interaction.guild_id  # a server without the bot has no rows, and loses none
        question = Question(
            asked, interaction.user.id, interaction.channel_id or 0, guild_id, filters, previous, private,
            literally=literally,
        )  # fmt: skip
        reach = reach_in(
            interaction.channel, private=private, guild=interaction.guild_id is not None, user_only=user_only
        )

        async def send(card: discord.ui.LayoutView) -> int:
            message = await interaction.edit_original_response(view=card)
            interaction.extras["answered"] = True
            return message.id

        async with self.bot.work():
            await self.questions.post(question, reach, interaction.locale, send)

    async def _answer_message(self, message: discord.Message, asked: str, locale: discord.Locale | None) -> None:
        guild_id = message.guild.id if message.guild else None
        self.bot.gate.check_guild(guild_id)
        settings = await self.bot.store.settings(guild_id)
        self.bot.gate.check_channel(settings, message.channel.id, getattr(message.channel, "parent_id", None))
        if not asked:
            raise Refusal(marked("Write your question after my name, or use /ask."))
        self.bot.gate.count(message.author.id, guild_id)
        replied = message.reference.message_id if message.reference else None
        before = await self.bot.store.answer_in(replied) if replied else None
        question = Question(asked, message.author.id, message.channel.id, guild_id)
        if before is not None and before.guild_id == guild_id:
            question = Question(
                asked, message.author.id, message.channel.id, guild_id, before.filters, before.question,
                literally=before.heard.literally,
            )  # fmt: skip
        reach = reach_in(message.channel, private=False, guild=guild_id is not None, user_only=False)

        async def send(card: discord.ui.LayoutView) -> int:
            return (await message.reply(view=card, mention_author=False)).id

        async with self.bot.work(), message.channel.typing():
            await self.questions.post(question, reach, locale, send)


def _shown(archive: Archive) -> tuple[str, frozenset[str]]:
    """Return what the archive's lists depend on: its generation, and what is withdrawn from that."""
    summary = archive.status()
    return summary.generation, summary.withdrawn


def dates_of(after: str | None, before: str | None) -> tuple[date | None, date | None]:
    """Return a range's ends; raises QuestionError for what is no date, and Refusal for a range without a day."""
    first, last = (first_day(given) if given else None for given in (after, before))
    if first and last and first >= last:
        values: dict[str, Any] = {"after": first.isoformat(), "before": last.isoformat()}
        raise Refusal(marked("No day lies between {after} and {before}."), **values)
    return first, last
