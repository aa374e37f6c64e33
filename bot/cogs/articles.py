"""Single articles, and what the bot says about itself: `/article`, `/about`, `/help`."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.citing import years_of
from bot.errors import NotAllowed, Refusal
from bot.reader import Reading, article_card, as_file, read, reader_card
from bot.render import layout
from bot.words import day, marked, plural, text

if TYPE_CHECKING:
    from bot.client import ArchivistBot, Interaction
    from bot.cogs.asking import AskingCog
    from retrieval.archive import Archive
    from retrieval.index import Summary
    from retrieval.types import Article

_GONE = marked("This article is no longer in the archive.")


class ArticleCog(commands.Cog):
    """Shows articles; `asking` is where their names are known."""

    def __init__(self, bot: ArchivistBot, asking: AskingCog) -> None:
        self.bot = bot
        self.asking = asking
        bot.presses |= {"read": self.read, "leaf": self.leaf, "file": self.file}

    @app_commands.command(name="article", description="Look an article up by its title, and read it")
    @app_commands.describe(title="Begin to type the title, and choose")
    async def article(self, interaction: Interaction, title: str) -> None:
        """Answer `/article`."""
        await self.asking.acknowledge(interaction, private=True)
        article_id = (await self.asking.names()).article_id(title)
        if article_id is None:
            raise Refusal(marked("The archive has no article of that title. Choose one of those that I offer."))
        reading = await self._reading(article_id, 0)
        await interaction.edit_original_response(view=article_card(reading, interaction.locale))

    @article.autocomplete("title")
    async def complete_title(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the archive's articles."""
        return await self.asking.complete("article", typed)

    @app_commands.command(name="about", description="What this archive holds, and what becomes of your questions")
    async def about(self, interaction: Interaction) -> None:
        """Answer `/about`."""
        await interaction.response.defer(thinking=True, ephemeral=True)
        summary = await self.bot.asking.call(_summary)
        await interaction.edit_original_response(view=self._about(summary, interaction.locale))

    @app_commands.command(name="help", description="How to ask")
    async def help(self, interaction: Interaction) -> None:
        """Answer `/help`."""
        locale = interaction.locale
        me = f"<@{self.bot.user.id}>" if self.bot.user else "me"
        lines = [
            text("**/ask** a question in your own words. What is in “quotation marks” must be in the passage.", locale),
            text("Or mention me: {me} *your question*. Reply to my answer to follow it up.", locale, me=me),
            text("Or open a message's menu: Apps → *Find in the archive*.", locale),
            text("**after** and **before** take a year, a month or a day: 2021, 2021-08, 2021-08-15.", locale),
            text("**/article** finds an article by its title, to read it here or as a file.", locale),
            text("**/timeline** shows when the archive wrote about something.", locale),
            text("**/about** tells what the archive holds, and what becomes of your questions.", locale),
        ]
        told = "\n".join(["### " + text("How to ask", locale), *(f"- {line}" for line in lines)])
        await interaction.response.send_message(view=layout(ui.TextDisplay(told)), ephemeral=True)

    async def read(self, interaction: Interaction, target: str, detail: str) -> None:
        """Show an article's text to whoever pressed."""
        await interaction.response.defer(thinking=True, ephemeral=True)
        reading = await self._reading(await self._article_id(target), int(detail) if detail.isdigit() else 0)
        await interaction.edit_original_response(view=reader_card(reading, interaction.locale))

    async def leaf(self, interaction: Interaction, target: str, detail: str) -> None:
        """Show another page of an article's text in the same place."""
        await interaction.response.defer()
        reading = await self._reading(await self._article_id(target), int(detail) if detail.isdigit() else 0)
        await interaction.edit_original_response(view=reader_card(reading, interaction.locale))

    async def file(self, interaction: Interaction, target: str, _: str) -> None:
        """Give an article as a file to whoever pressed."""
        await interaction.response.defer(thinking=True, ephemeral=True)
        article = await self.bot.asking.call(_article, await self._article_id(target))
        if article is None:
            raise Refusal(_GONE)
        name, content = as_file(article)
        if interaction.filesize_limit < len(content):
            raise NotAllowed(marked("This article is too large for a file in Discord."))
        await interaction.edit_original_response(attachments=[discord.File(BytesIO(content), name)])

    async def _article_id(self, ident: str) -> str:
        article_id = (await self.asking.names()).article_id(f"id:{ident}")
        if article_id is None:
            raise Refusal(_GONE)
        return article_id

    async def _reading(self, article_id: str, page: int) -> Reading:
        reading = await self.bot.asking.call(read, article_id, page)
        if reading is None:
            raise Refusal(_GONE)
        return reading

    def _about(self, summary: Summary, locale: discord.Locale) -> ui.LayoutView:
        articles = plural("{n} article", "{n} articles", summary.articles, locale)
        publishers = plural("{n} publisher", "{n} publishers", summary.publishers, locale)
        years = years_of(summary)
        built = day(summary.built[:10], locale)
        lines = [
            "### " + text("About this archive", locale),
            " · ".join(filter(None, (articles, publishers, years))),
            text("Indexed on {day}.", locale, day=built),
            text("I answer with passages of these articles, word for word, and never write a sentence about the world "
                 "myself. Where the archive does not hold the answer, I say so.", locale),
            plural(
                "Your questions are kept for {n} day, for the buttons below the answers; then they are forgotten.",
                "Your questions are kept for {n} days, for the buttons below the answers; then they are forgotten.",
                self.bot.settings.keep_questions_days,
                locale,
            ),
        ]  # fmt: skip
        return layout(ui.TextDisplay("\n".join(lines)))


def _summary(archive: Archive) -> Summary:
    return archive.status()


def _article(archive: Archive, article_id: str) -> Article | None:
    return archive.article(article_id)
