"""A small Discord with a home server, which the archive is run from, and one that only asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import simcord
from fakes import HashEncoder
from simcord.backend import serializers
from simcord.enums import InteractionType

from bot.asking import ArchiveFolder, Asking
from bot.checking import Checker
from bot.client import ArchivistBot
from bot.gate import Gate
from bot.indexing import Indexer
from bot.keeping import Keeping
from bot.store import Store
from bot.upkeep import Upkeep
from bot.uploads import UploadFolder
from config.discord import DiscordSettings
from retrieval.archive import Archive
from retrieval.encoders import Encoder

HOME, AWAY = 4242, 4343


@dataclass
class Home:
    """What a test acts with: `ann` may manage the server, `role` may be set to, `ben` has it, `cid` has nothing."""

    env: simcord.Env
    bot: ArchivistBot
    store: Store
    asking: Asking
    uploads: Path
    guild: Any
    channel: Any
    role: Any
    ann: Any
    ben: Any
    cid: Any
    away: Any
    away_channel: Any
    dan: Any
    make: Callable[[], ArchivistBot] = field(repr=False)

    async def restart(self) -> None:
        """Stop the bot and start another on the same memory and the same Discord."""
        await self.bot.close()
        self.bot = self.make()
        await self.env.restart_bot(self.bot)

    def last(self) -> discord.Message:
        """Return the last message of the channel."""
        message = self.channel.last_message
        assert isinstance(message, discord.Message)
        return message

    async def menu(self, member: Any, name: str, message: discord.Message) -> Any:
        """Choose a command of the home server from a message's menu.

        SimCord's own verb leaves out which server the command is of, and discord.py then looks among all servers' own.
        """
        command = self.env.backend.find_command(name, HOME, type=3)
        assert command is not None
        stored = self.env.backend.get_message(self.channel.id, message.id)
        payload = dict(serializers.message_payload(self.env.backend, stored))
        data = {
            "id": command["id"],
            "name": name,
            "type": 3,
            "guild_id": str(HOME),
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): payload}},
        }
        return await member._dispatch_interaction(InteractionType.APPLICATION_COMMAND, self.channel, data)

    def open_to_all(self, name: str) -> None:
        """Let every member see a command of the home server, as its owner may in Discord's own settings."""
        command = self.env.backend.find_command(name, HOME, type=1)
        assert command is not None
        everyone = self.guild.default_role
        self.guild.set_command_permissions(int(command["id"]), {everyone: True})


@asynccontextmanager
async def home(
    folder: Path, indexer: Indexer, *, data: Path | None = None, encoder: Encoder | None = None, every_h: int = 0,
    settle_s: float = 4.0, checker: Checker | None = None, **settings: Any,
) -> AsyncIterator[Home]:  # fmt: skip
    """Yield a running bot; without `data` there is no index.

    SimCord waits for sleeps shorter than `settle_s`, which here is less than the time between two edits.
    """
    data, encoder = data or folder / "data", encoder or HashEncoder()
    chosen = DiscordSettings(**{"home_guilds": (HOME,), **settings})
    uploads = folder / "uploads"
    async with (
        Store(folder / "bot.sqlite") as store,
        Asking(ArchiveFolder(data, lambda name: Archive.open(data, generation=name, encoder=encoder))) as asking,
    ):

        def make() -> ArchivistBot:
            keeping = Keeping(indexer, Upkeep(data), UploadFolder(uploads, 1024 * 1024), every_h, checker)
            return ArchivistBot(chosen, asking, store, Gate(chosen), keeping, shard_count=1)

        bot = make()
        env = simcord.Env(bot, settle_timeout=settle_s)  # simcord.run wants one task, a fixture has two
        await env.start()
        try:
            guild, away = env.create_guild(id=HOME), env.create_guild(id=AWAY)
            keepers = guild.create_role("Keepers")
            managers, others = (
                each.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
                for each in (guild, away)
            )
            ann = guild.add_member(env.create_user("ann"), roles=[managers])
            ben = guild.add_member(env.create_user("ben"), roles=[keepers])
            cid = guild.add_member(env.create_user("cid"))
            dan = away.add_member(env.create_user("dan"), roles=[others])
            found = Home(
                env, bot, store, asking, uploads, guild, guild.create_text_channel("archive"), keepers, ann, ben, cid,
                away, away.create_text_channel("archive"), dan, make,
            )  # fmt: skip
            yield found
            await found.bot.close()
        finally:
            await env.shutdown()
        env._raise_errors_since(env._errors_acknowledged)  # those that the test did not look at
