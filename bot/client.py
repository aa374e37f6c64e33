"""The bot itself: which parts it has, when its commands are synced, and how it is closed.

What it talks to (the archive, its memory, the indexer) is handed in; `bot/__main__.py` puts it together.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import Closing, Refusal, tell
from bot.turns import take_turn
from bot.views import Handler, Press, parse
from bot.words import CatalogueTranslator, marked

if TYPE_CHECKING:
    from bot.asking import Asking
    from bot.cogs.asking import AskingCog
    from bot.gate import Gate
    from bot.keeping import Keeping
    from bot.metrics import Metrics
    from bot.store import Store
    from config.discord import DiscordSettings

Interaction = discord.Interaction["ArchivistBot"]

_log = logging.getLogger(__name__)
_DRAIN_S = 8.0  # of the ten seconds that most things which stop programs allow


class ArchivistBot(commands.AutoShardedBot):
    """The archive in Discord. Needs no privileged intent.

    `asking` and `store` are open already and stay open when the bot is closed. Without `keeping`, the archive cannot be
    run from Discord.
    """

    def __init__(
        self,
        settings: DiscordSettings,
        asking: Asking,
        store: Store,
        gate: Gate,
        keeping: Keeping | None = None,
        *,
        k: int = 5,
        metrics: Metrics | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,  # there are no such commands; this one needs no intent
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=settings.user_installs),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=settings.direct_messages, private_channel=settings.user_installs
            ),
            tree_cls=ArchivistTree,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            **_shards(settings),
            **options,
        )
        self.settings = settings
        self.asking = asking
        self.store = store
        self.gate = gate
        self.keeping = keeping
        self.k = k
        self.metrics = metrics
        self.presses: dict[str, Handler] = {}
        self.modals: dict[str, Handler] = {}
        self._closing = False
        self._at_work = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def draining(self) -> bool:
        """Whether no more questions are taken."""
        return self._closing

    def serves(self, guild_id: int) -> bool:
        """Whether a server belongs to this process, and not to one that holds other shards."""
        mine, of = self.settings.shard_ids, self.settings.shard_count
        return not mine or (guild_id >> 22) % of in mine

    def own(self, fact: str) -> str:
        """Return the name of a fact that is this process's own affair, where several share a database."""
        shards = ", ".join(map(str, self.settings.shard_ids))
        return f"{fact} of shards {shards}" if shards else fact

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for a shard's turn: Discord takes one in five seconds, from all processes of a bot together."""
        if self.settings.shard_ids:
            await take_turn(self.store, self._fact("identified"))
        else:
            await super().before_identify_hook(shard_id, initial=initial)

    async def setup_hook(self) -> None:
        """Load the commands and buttons, and sync the commands where their definition has changed."""
        from bot.cogs.articles import ArticleCog
        from bot.cogs.asking import AskingCog
        from bot.cogs.settings import SettingsCog
        from bot.cogs.timeline import TimelineCog

        await self.tree.set_translator(CatalogueTranslator())
        self.add_dynamic_items(Press)
        asking = AskingCog(self)
        for cog in (asking, ArticleCog(self, asking), TimelineCog(self, asking), SettingsCog(self)):
            await self.add_cog(cog)
        if self.keeping is not None:
            await self._add_keeping(self.keeping, asking)
        await self.sync_commands()

    async def sync_commands(self) -> None:
        """Tell Discord the commands, for everybody and for the home servers, each where it differs from the last time.

        A server that is no home any more loses its commands.
        """
        homes = {discord.Object(guild_id) for guild_id in self.settings.home_guilds}
        known = json.loads(await self.store.fact(self._fact("homes")) or "[]")
        await self._sync(None)
        for home in sorted(homes | {discord.Object(guild_id) for guild_id in known}, key=lambda home: home.id):
            await self._sync(home)
        await self.store.set_fact(self._fact("homes"), json.dumps(sorted(self.settings.home_guilds)))

    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing: there are no commands with a prefix, and mentions are the cogs' business."""

    async def on_interaction(self, interaction: Interaction) -> None:
        """Have a modal's answer handled, which discord.py itself forgets at a restart."""
        if interaction.type is discord.InteractionType.modal_submit:
            data: Mapping[str, Any] = interaction.data or {}
            known = parse(str(data.get("custom_id", "")))
            if known is not None and known[0] in self.modals:
                await self.handle(interaction, self.modals, *known)

    async def handle(
        self, interaction: Interaction, handlers: dict[str, Handler], action: str, target: str, detail: str
    ) -> None:
        """Have a press or a modal's answer handled where the bot may be used, and tell what goes wrong with it."""
        try:
            self.gate.check_place(interaction)
            if self._closing:
                raise Closing
            if action not in handlers:
                raise Refusal(marked("That button is of an older version of me. Ask again."))
            await handlers[action](interaction, target, detail)
        except Exception as error:  # the last place that can tell it
            await self.tell(interaction, error)

    async def tell(self, interaction: Interaction, error: BaseException) -> None:
        """Reply with what went wrong, and count it."""
        if self.metrics is not None and not isinstance(error, Refusal):
            self.metrics.count_error()
        await tell(interaction, error)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        """Log what a listener raised."""
        _log.exception("%s failed", event_method)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[None]:
        """Hold the bot open while a question is answered; raises Closing where it takes no more."""
        if self._closing:
            raise Closing
        self._at_work += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._idle.set()

    async def drain(self, timeout_s: float = _DRAIN_S) -> bool:
        """Take no more questions and wait for the running ones; return whether they all ended in time."""
        self._closing = True
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_s)
        except TimeoutError:
            _log.warning("%d questions were still being answered when the bot had to stop", self._at_work)
            return False
        return True

    async def close(self) -> None:
        """Drain, and leave Discord."""
        if not self.is_closed():
            await self.drain()
        await super().close()

    async def _add_keeping(self, keeping: Keeping, asking: AskingCog) -> None:
        """Load what runs the archive: its commands exist in the home servers only."""
        from bot.cogs.archive import ArchiveCog
        from bot.cogs.reindex import ReindexCog
        from bot.guarding import Guard
        from bot.schedule import Schedule

        indexer, homes = keeping.indexer, self.settings.home_guilds
        await self.add_cog(Schedule(indexer, self.store, self, homes, keeping.every_h))
        if keeping.checker is not None:
            await self.add_cog(Guard(keeping.checker, self.asking, self.store, self, homes, keeping.place))
        if homes:
            guilds = [discord.Object(home) for home in homes]
            await self.add_cog(ReindexCog(self, indexer), guilds=guilds)
            await self.add_cog(ArchiveCog(self, asking, indexer, keeping.upkeep, keeping.uploads), guilds=guilds)

    async def _sync(self, guild: discord.Object | None) -> None:
        translator = self.tree.translator
        payload = [
            await command.get_translated_payload(self.tree, translator) if translator else command.to_dict(self.tree)
            for command in self.tree.get_commands(guild=guild)
        ]
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        name = self._fact(f"commands of {guild.id if guild else 'all'}")
        if await self.store.fact(name) == digest:
            return
        try:
            await self.tree.sync(guild=guild)
        except discord.Forbidden:
            _log.error(
                "the commands of the home server %s cannot be set: add the bot there, with the scope "
                "applications.commands, or take it out of discord.home_guilds",
                guild.id if guild else "",
            )
            return
        await self.store.set_fact(name, digest)
        _log.info("synced %d commands for %s", len(payload), guild.id if guild else "everybody")

    def _fact(self, name: str) -> str:
        """Return the name of a fact about this application; another token means another one."""
        return f"{self.application_id}: {name}"


def _shards(settings: DiscordSettings) -> dict[str, Any]:
    """Return what discord.py is told of shards: nothing where Discord is to say how many there are."""
    if not settings.shard_count:
        return {}
    ids = list(settings.shard_ids) or None
    return {"shard_count": settings.shard_count, "shard_ids": ids}


class ArchivistTree(app_commands.CommandTree[ArchivistBot]):
    """The commands; checks what holds for all of them, and tells what went wrong with any."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Refuse where the bot may not be used."""
        self.client.gate.check_place(interaction)
        return True

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Reply with what went wrong."""
        await self.client.tell(interaction, error)
