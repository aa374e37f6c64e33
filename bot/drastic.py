"""What takes something out of the answers of everybody: it says what it will do, and is done once it is confirmed."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import discord

from bot import upkeep_panels
from bot.confirming import Confirmations
from bot.errors import Refusal
from bot.limits import escaped_line
from bot.managing import explained, require_manager
from bot.panels import GREEN, RED, panel
from bot.views import Handler
from bot.words import text

if TYPE_CHECKING:
    from bot.client import ArchivistBot
    from bot.upkeep import Upkeep

Interaction = discord.Interaction["ArchivistBot"]

_log = logging.getLogger(__name__)
_TITLE_CHARS = 300


class Drastic:
    """Withdraws and rolls back for members who may, of the servers `homes`; `handlers` are the buttons' own."""

    def __init__(self, bot: ArchivistBot, upkeep: Upkeep, homes: Collection[int]) -> None:
        self._bot = bot
        self._upkeep = upkeep
        self._homes = homes
        self._confirmations = Confirmations()
        self.handlers: dict[str, Handler] = {
            "confirm": self._confirm,
            "decline": self._decline,
            "roll_back": self._offered,
        }

    async def ask_to_withdraw(self, interaction: Interaction, article_id: str, reason: str) -> None:
        """Ask whether an article is meant to be withdrawn, in place of "… is thinking"."""
        by = name_of(interaction.user)
        with explained():
            found = await self._upkeep.to_be_withdrawn(article_id, reason, by)

        async def withdraw(press: discord.Interaction[Any]) -> None:
            with explained():
                done = await self._upkeep.withdraw(article_id, reason, by)
            locale = press.locale
            lines = [
                escaped_line(done.article.title or article_id, _TITLE_CHARS),
                text("`/archive restore` brings it back.", locale),
                *upkeep_panels.same_text(done, locale),
            ]
            title = text("Withdrawn from the archive", locale)
            await press.edit_original_response(view=panel(title, lines, GREEN))

        key = self._confirmations.ask(interaction.user.id, withdraw)
        await interaction.edit_original_response(view=upkeep_panels.withdrawing(key, found, reason, interaction.locale))

    async def ask_to_roll_back(self, interaction: Interaction, generation: str | None) -> None:
        """Ask whether to go back to a generation (the one before, if None), in place of "… is thinking"."""
        with explained():
            target = await self._upkeep.rollback_target(generation)
            kept = await self._upkeep.generations()
        current = next((each for each in kept if each.current), None)

        async def roll_back(press: discord.Interaction[Any]) -> None:
            locale = press.locale
            await press.edit_original_response(view=upkeep_panels.checking_first(target.name, locale))
            with explained():
                name = await self._upkeep.rollback(target.name)
            _log.warning("%s rolled the archive back to generation %s", name_of(press.user), name)
            self._bot.dispatch("rolled_back", name)
            await self._bot.asking.refresh()
            title = text("Generation {generation} is asked now", locale, generation=name)
            lines = [text("The next `/reindex` brings it up to date again.", locale)]
            await press.edit_original_response(view=panel(title, lines, GREEN))

        key = self._confirmations.ask(interaction.user.id, roll_back)
        await interaction.edit_original_response(
            view=upkeep_panels.rolling_back(key, current, target, interaction.locale)
        )

    async def _offered(self, interaction: Interaction, generation: str, _detail: str) -> None:
        """Ask whether to roll back, where a message about damage offers it."""
        await require_manager(interaction, self._bot.store, self._homes)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self.ask_to_roll_back(interaction, generation)

    async def _confirm(self, interaction: Interaction, key: str, _detail: str) -> None:
        await require_manager(interaction, self._bot.store, self._homes)  # the right may be gone meanwhile
        action = self._confirmations.take(key, interaction.user.id)
        await interaction.response.defer()
        try:
            await action(interaction)
        except Refusal as refused:
            title = text("Nothing was changed", interaction.locale)
            await interaction.edit_original_response(view=panel(title, [refused.told(interaction.locale)], RED))

    async def _decline(self, interaction: Interaction, key: str, _detail: str) -> None:
        self._confirmations.take(key, interaction.user.id)
        await interaction.response.edit_message(view=upkeep_panels.left_alone(interaction.locale))


def name_of(user: discord.abc.User) -> str:
    """Return how somebody stands in a log: by name, and by the id that outlasts it."""
    return f"{user.name} ({user.id})"
