"""Who may ask, where, and how often: what has to hold before anything is looked up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import discord
from discord.app_commands import Cooldown

from bot.errors import Cooling, NotAllowed
from bot.words import marked

if TYPE_CHECKING:
    from bot.records import GuildSettings
    from config.discord import DiscordSettings

_MINUTE_S = 60.0
_MANY = 10_000  # cooldowns kept before the idle ones are cleared out


class Gate:
    """Knows the rules of the place; raises NotAllowed or Cooling, in the words of the one who asked."""

    def __init__(self, settings: DiscordSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._users: dict[int, Cooldown] = {}
        self._guilds: dict[int, Cooldown] = {}

    def check_place(self, interaction: discord.Interaction[discord.Client]) -> None:
        """Refuse an interaction from where the bot may not be used."""
        if only_user_installed(interaction):
            if not self._settings.user_installs:
                raise NotAllowed(marked("I only work in servers that have added me."))
            return
        self.check_guild(interaction.guild_id)

    def check_guild(self, guild_id: int | None) -> None:
        """Refuse a server that may not use the bot, and direct messages (None) where they are off."""
        if guild_id is None:
            if not self._settings.direct_messages:
                raise NotAllowed(marked("I do not answer direct messages. Ask me in a server."))
        elif self._settings.allowed_guilds and guild_id not in self._settings.allowed_guilds:
            raise NotAllowed(marked("This server is not among those that may use this archive."))

    def check_channel(self, settings: GuildSettings, *channel_ids: int | None) -> None:
        """Refuse a channel (given with the one that it is a thread of) which a server has not set for questions."""
        if settings.channels and not set(settings.channels).intersection(channel_ids):
            channels = " ".join(f"<#{channel}>" for channel in settings.channels[:5])
            raise NotAllowed(marked("I answer in {channels} only."), channels=channels)

    def count(self, user_id: int, guild_id: int | None) -> None:
        """Count a question, and refuse it where there were too many within a minute."""
        now = self._clock()
        user = self._cooldown(self._users, user_id, self._settings.user_questions_per_minute, now)
        wait = user.update_rate_limit(now)
        if wait is None and guild_id is not None:
            guild = self._cooldown(self._guilds, guild_id, self._settings.guild_questions_per_minute, now)
            wait = guild.update_rate_limit(now)
        if wait is not None:
            raise Cooling(math.floor(wait) + 1)

    def _cooldown(self, kept: dict[int, Cooldown], key: int, rate: int, now: float) -> Cooldown:
        if len(kept) > _MANY:
            for idle in [key for key, cooldown in kept.items() if cooldown.get_tokens(now) == cooldown.rate]:
                del kept[idle]
        return kept.setdefault(key, Cooldown(rate, _MINUTE_S))


def only_user_installed(interaction: discord.Interaction[discord.Client]) -> bool:
    """Whether the bot is here only because the user has installed it: it sees no channel then, and posts nothing."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()
