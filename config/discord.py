"""What can be set of the Discord bot."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from config.kinds import Group, Ids, Place, Shards, SocketAddress, WebAddress, Whole


class DiscordSettings(Group):
    """Who may use the bot and where, how much at once, and how it reaches Discord."""

    token: SecretStr = Field(
        default=SecretStr(""),
        description="The bot's token from Discord's developer portal; best kept in the environment or `.env`.",
    )
    allowed_guilds: Ids = Field(
        default=(),
        description="Servers that may use the bot, by id; empty for all that added it. In the environment: JSON, "
        "or ids separated by commas.",
    )
    home_guilds: Ids = Field(
        default=(),
        description="Servers that the archive may be run from (`/reindex`, `/archive add` and the like), by id; empty "
        "for none, since there is one archive and any server has administrators.",
    )
    direct_messages: bool = Field(
        default=False, description="Whether it answers direct messages; off, since no server's rules hold there."
    )
    user_installs: bool = Field(
        default=False,
        description="Whether users may install it for themselves and ask in servers that did not add it; off, since "
        "any stranger could ask the archive then.",
    )
    max_searches: Whole = Field(
        default=2, ge=1, le=64, description="Questions that are looked up at once; two keep a small machine responsive."
    )
    queue: Whole = Field(
        default=24,
        ge=0,
        le=1000,
        description="Questions that may wait for that; a small machine answers so many within a few seconds.",
    )
    timeout_s: Whole = Field(
        default=10, ge=1, le=600, description="Seconds until a question is given up, waiting included."
    )
    user_questions_per_minute: Whole = Field(
        default=10,
        ge=1,
        le=10_000,
        description="Questions of one user in a minute; more than anybody reads.",
    )
    guild_questions_per_minute: Whole = Field(
        default=60,
        ge=1,
        le=100_000,
        description="Questions of one server in a minute; leaves room for others.",
    )
    uploads: Place = Field(
        default=Path("uploads"),
        description="Folder for files that are added from Discord, a source of its own; beside the data folder.",
    )
    max_upload_mb: Whole = Field(
        default=8, ge=1, le=500, description="Largest file that is taken from Discord, in MB; more than a long book."
    )
    keep_questions_days: Whole = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days that a question is kept, for the buttons below its answer; they stop working after.",
    )
    health_port: Whole = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port on 127.0.0.1 for `/healthz` and `/metrics`; 0 serves neither, as nobody may be watching.",
    )
    api_url: WebAddress = Field(
        default="",
        description="The address of Discord's API, with its version; empty for Discord's own.",
    )
    gateway_url: SocketAddress = Field(
        default="",
        description="The address of Discord's gateway; empty for the one that the API names.",
    )
    shard_count: Whole = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Connections that the bot's servers are divided among, in all its processes; 0 for as many as "
        "Discord wants, in one process. Discord asks for one per 2,500 servers.",
    )
    shard_ids: Shards = Field(
        default=(),
        description="Those of the `discord.shard_count` connections that this process holds, from 0 on; empty for all. "
        "Each has to be held by one process. In the environment: JSON, or numbers separated by commas.",
    )

    @field_validator("shard_ids")
    @classmethod
    def _of_those_there_are(cls, shard_ids: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        count = info.data.get("shard_count")  # missing where it was itself refused
        if len(set(shard_ids)) < len(shard_ids):
            raise ValueError("It must not name a connection twice")
        if shard_ids and count == 0:
            raise ValueError("It needs discord.shard_count, the connections of all processes together")
        if shard_ids and count is not None and max(shard_ids) >= count:
            raise ValueError(f"Each must be below discord.shard_count, which is {count}")
        return shard_ids
