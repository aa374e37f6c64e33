"""Looking after the archive from Discord: what is in it, files, withdrawing, rolling back.

These commands exist in the home servers only, and every handler asks again who it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot import panels
from bot.arrivals import Arrivals
from bot.drastic import Drastic, name_of
from bot.errors import NotAllowed, Refusal
from bot.limits import CHOICE_CHARS, escaped_line
from bot.managing import explained, require_manager
from bot.names import digest_of_id
from bot.picking import offer
from bot.views import Form, fields
from bot.words import marked, text

if TYPE_CHECKING:
    from bot.client import ArchivistBot
    from bot.cogs.asking import AskingCog
    from bot.indexing import Indexer
    from bot.upkeep import Upkeep
    from bot.uploads import UploadFolder
    from retrieval.upkeep import GenerationInfo

Interaction = discord.Interaction["ArchivistBot"]
Choices = list[app_commands.Choice[str]]

_FILES = 10
_MANAGERS = discord.Permissions(manage_guild=True)
_MIB = 1024 * 1024


class ArchiveCog(commands.Cog):
    """The commands that change the archive or show how it is, for the servers in `discord.home_guilds`."""

    archive = app_commands.Group(
        name="archive", description="Run the archive", guild_only=True, default_permissions=_MANAGERS
    )

    def __init__(
        self, bot: ArchivistBot, asking: AskingCog, indexer: Indexer, upkeep: Upkeep, uploads: UploadFolder
    ) -> None:
        self._bot = bot
        self._asking = asking
        self._upkeep = upkeep
        self._uploads = uploads
        self._homes = frozenset(bot.settings.home_guilds)
        self._arrivals = Arrivals(indexer, bot.store, upkeep, uploads)
        self._drastic = Drastic(bot, upkeep, self._homes)
        self._menu = app_commands.ContextMenu(name="Add to the archive", callback=self._add_from_message)
        self._menu.default_permissions = _MANAGERS
        self._menu.guild_only = True

    async def cog_load(self) -> None:
        """Take on the modal, the buttons and the message menu."""
        self._bot.modals["upload"] = self._uploaded
        self._bot.presses |= self._drastic.handlers
        self._bot.tree.add_command(self._menu, guilds=[discord.Object(home) for home in sorted(self._homes)])

    async def cog_unload(self) -> None:
        """Let what was begun end."""
        await self._upkeep.close()

    @archive.command(description="What the archive holds, and how it is")
    async def status(self, interaction: Interaction) -> None:
        """Tell what the index holds."""
        await self._require(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        summary = await self._bot.asking.call(lambda archive: archive.status())
        sources = await self._upkeep.sources()
        await interaction.edit_original_response(
            view=panels.status(summary, len(sources), self._bot.asking.problem, interaction.locale)
        )

    @archive.command(description="The folders and files that the archive is kept up to date with")
    async def sources(self, interaction: Interaction) -> None:
        """Tell where the articles come from."""
        await self._require(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(view=panels.sources(await self._upkeep.sources(), interaction.locale))

    @archive.command(description="Add files to the archive")
    async def add(self, interaction: Interaction) -> None:
        """Ask for files in a modal."""
        await self._require(interaction)
        locale = interaction.locale
        form = Form("upload", interaction.guild_id or 0, title=text("Add to the archive", locale))
        picker: ui.FileUpload[Any] = ui.FileUpload(custom_id="files", min_values=1, max_values=_FILES)
        about = text("Up to {n} files of at most {most} MB", locale, n=_FILES, most=self._uploads.max_bytes // _MIB)
        form.add_item(ui.Label(text=about, component=picker))
        await interaction.response.send_modal(form)

    @archive.command(description="Remove a file that was added from Discord")
    @app_commands.describe(file="A file that was added from Discord")
    async def remove(self, interaction: Interaction, file: app_commands.Range[str, 1, CHOICE_CHARS]) -> None:
        """Undo an upload."""
        await self._require(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        with explained():
            lines = await self._arrivals.remove(file, interaction.locale)
        await self._tell(interaction, text("Removed from the archive", interaction.locale), lines)

    @archive.command(description="Take an article out of all answers, at once")
    @app_commands.describe(article="Its title", reason="Why; it stands in the log")
    async def withdraw(
        self,
        interaction: Interaction,
        article: app_commands.Range[str, 1, CHOICE_CHARS],
        reason: app_commands.Range[str, 0, 500] = "",
    ) -> None:
        """Take an article down, once that is confirmed."""
        await self._require(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        article_id = (await self._asking.names()).article_id(article)
        if article_id is None:
            raise Refusal(marked("The archive holds no such article. Choose one of those that are offered."))
        await self._drastic.ask_to_withdraw(interaction, article_id, reason)

    @archive.command(description="Show an article again that was withdrawn")
    @app_commands.describe(article="Its title")
    async def restore(self, interaction: Interaction, article: app_commands.Range[str, 1, CHOICE_CHARS]) -> None:
        """Undo a withdrawal."""
        await self._require(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        withdrawn = await self._withdrawn()
        if article not in withdrawn:
            raise Refusal(marked("No such article is withdrawn. Choose one of those that are offered."))
        with explained():
            done = await self._upkeep.restore(withdrawn[article][0], name_of(interaction.user))
        locale = interaction.locale
        lines = [escaped_line(withdrawn[article][1], 300)]
        if not done.shown:
            lines.append(text("It comes back with the next `/reindex`.", locale))
        await self._tell(interaction, text("Restored to the archive", locale), lines)

    @archive.command(description="Go back to an earlier state of the archive")
    @app_commands.describe(generation="The one before, if you leave this empty")
    async def rollback(
        self, interaction: Interaction, generation: app_commands.Range[str, 1, 20] | None = None
    ) -> None:
        """Make an earlier generation current, once that is confirmed."""
        await self._require(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._drastic.ask_to_roll_back(interaction, generation)

    @remove.autocomplete("file")
    async def _offer_files(self, interaction: Interaction, typed: str) -> Choices:
        if not await self._may(interaction):
            return []
        kept = await self._bot.store.uploads()
        return offer([(each.original_name, each.name) for each in kept], typed)

    @withdraw.autocomplete("article")
    async def _offer_articles(self, interaction: Interaction, typed: str) -> Choices:
        if not await self._may(interaction):
            return []
        return await self._asking.complete("article", typed)

    @restore.autocomplete("article")
    async def _offer_withdrawn(self, interaction: Interaction, typed: str) -> Choices:
        if not await self._may(interaction):
            return []
        withdrawn = await self._withdrawn()
        return offer([(title, key) for key, (_, title) in withdrawn.items()], typed)

    @rollback.autocomplete("generation")
    async def _offer_generations(self, interaction: Interaction, typed: str) -> Choices:
        if not await self._may(interaction):
            return []
        kept = reversed(await self._upkeep.generations())
        return offer([(_generation(each), each.name) for each in kept if not each.current], typed)

    async def _uploaded(self, interaction: Interaction, _target: str, _detail: str) -> None:
        """Take the files of the modal."""
        await self._require(interaction)
        resolved: dict[str, Any] = dict(interaction.data or {}).get("resolved", {})  # type: ignore[assignment]
        sent = resolved.get("attachments", {})
        # Made by hand, since discord.py forgets a modal, and with it what its answer means, at a restart.
        files = [
            discord.Attachment(data=sent[chosen], state=interaction._state)
            for chosen in fields(interaction).get("files", ())
            if chosen in sent
        ]
        await self._take(interaction, files)

    async def _add_from_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Take the files that hang on a message."""
        await self._require(interaction)
        if not message.attachments:
            raise Refusal(marked("No files hang on that message."))
        await self._take(interaction, message.attachments[:_FILES])

    async def _take(self, interaction: Interaction, files: Sequence[discord.Attachment]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        locale = interaction.locale
        with explained():
            lines = await self._arrivals.take(files, interaction.user.id, interaction.guild_id, locale)
        await self._tell(interaction, text("Files for the archive", locale), lines)

    async def _tell(self, interaction: Interaction, title: str, lines: Sequence[str]) -> None:
        await interaction.edit_original_response(view=panels.panel(title, lines, panels.GREEN))

    async def _require(self, interaction: Interaction) -> None:
        await require_manager(interaction, self._bot.store, self._homes)

    async def _may(self, interaction: Interaction) -> bool:
        try:
            await self._require(interaction)
        except NotAllowed:
            return False
        return True

    async def _withdrawn(self) -> dict[str, tuple[str, str]]:
        """Return the id and title of each article that is withdrawn, by what stands for it in a choice."""
        return {digest_of_id(each.id): (each.id, each.title or each.id) for each in await self._upkeep.withdrawn()}


def _generation(info: GenerationInfo) -> str:
    return f"{info.name} · {(info.built or '?')[:16].replace('T', ' ')} UTC · {info.articles:,}" + (
        " · !" if info.damage else ""
    )
