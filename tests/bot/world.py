"""A small Discord around the real bot: a server with members, the real index, a memory of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.asking import ArchiveFolder, Asking
from bot.client import ArchivistBot
from bot.errors import Refusal
from bot.gate import Gate
from bot.store import Store
from config.discord import DiscordSettings
from retrieval.archive import Archive
from retrieval.encoders import Encoder
from retrieval.errors import QuestionError


def user_installed_by(member: Any) -> dict[str, Any]:
    """Return what an interaction says where only a user has installed the bot."""
    return {"authorizing_integration_owners": {"1": str(member.id)}, "context": 2}


@dataclass
class World:
    """What a test acts with. `env` is SimCord's; `alice` asks, `bob` looks on, `mod` may delete messages."""

    env: simcord.Env
    bot: ArchivistBot
    store: Store
    asking: Asking
    guild: Any
    channel: Any
    alice: Any
    bob: Any
    mod: Any
    make: Callable[[], ArchivistBot] = field(repr=False)
    altered: dict[str, Any] = field(default_factory=dict)

    def alter_interactions(self) -> None:
        """Put `altered` over what SimCord says of every interaction, which is always in English and a server's own."""
        emit = self.env.backend.emit

        def altered(event: str, payload: Any) -> None:
            emit(event, {**payload, **self.altered} if event == "INTERACTION_CREATE" else payload)

        self.env.backend.emit = altered  # type: ignore[method-assign]

    async def restart(self) -> None:
        """Stop the bot and start another on the same memory and the same Discord."""
        await self.bot.close()
        self.bot = self.make()
        await self.env.restart_bot(self.bot)

    def last(self) -> discord.Message:
        """Return the last message of the channel."""
        message: discord.Message | None = self.channel.last_message
        assert message is not None
        return message


@asynccontextmanager
async def world(data: Path, memory: Path, encoder: Encoder, **settings: Any) -> AsyncIterator[World]:
    """Yield a running bot over the archive in `data`, which keeps what it remembers in `memory`."""
    chosen = DiscordSettings(**settings)
    opener = ArchiveFolder(data, lambda name: Archive.open(data, generation=name, encoder=encoder))
    async with (
        Store(memory / "bot.sqlite") as store,
        Asking(opener, queue=chosen.queue, searches=chosen.max_searches, timeout_s=chosen.timeout_s) as asking,
    ):

        def make() -> ArchivistBot:
            return ArchivistBot(chosen, asking, store, Gate(chosen), shard_count=1)

        bot = make()
        env = simcord.Env(bot, settle_timeout=30.0)  # simcord.run ties itself to the task, which a fixture has two of
        await env.start()
        try:
            guild = env.create_guild()
            channel = guild.create_text_channel("archive")
            moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_messages=True))
            alice, bob = (guild.add_member(env.create_user(name)) for name in ("alice", "bob"))
            mod = guild.add_member(env.create_user("mod"), roles=[moderators])
            found = World(env, bot, store, asking, guild, channel, alice, bob, mod, make)
            found.alter_interactions()
            yield found
            await found.bot.close()
        finally:
            await env.shutdown()
        # SimCord notes what commands raise even where the bot has told it; these are what it is there to tell.
        new = env.errors_since(env._errors_acknowledged)
        unforeseen = [error for error in new if not isinstance(error.__cause__ or error, Refusal | QuestionError)]
        if unforeseen:
            raise ExceptionGroup("the bot failed", [error for error in unforeseen if isinstance(error, Exception)])


def parts(message: Any) -> Iterator[dict[str, Any]]:
    """Yield every component of a message, at any depth, in order."""
    raw = message.components
    waiting = [part if isinstance(part, dict) else part.to_dict() for part in raw][::-1]
    while waiting:
        part = waiting.pop()
        yield part
        inner = [*part.get("components", ()), *([part["accessory"]] if part.get("accessory") else [])]
        waiting += inner[::-1]


def words(message: Any) -> str:
    """Return all the text that a message shows."""
    return "\n".join([message.content, *(part["content"] for part in parts(message) if "content" in part)]).strip()


def labels(message: Any) -> list[str]:
    """Return the labels of a message's buttons, or their emoji."""
    buttons = [part for part in parts(message) if part["type"] == discord.ComponentType.button.value]
    return [part.get("label") or part["emoji"]["name"] for part in buttons]


def button(message: Any, action: str, detail: str = "") -> str:
    """Return the `custom_id` of a message's button that does `action`; fails where there is not exactly one."""
    ids = [part["custom_id"] for part in parts(message) if part.get("custom_id", "").split(":")[1:2] == [action]]
    found = [each for each in ids if not detail or each.endswith(f":{detail}")]
    assert len(found) == 1, ids
    return str(found[0])
