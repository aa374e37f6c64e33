"""What Discord sends, as far as discord.py reads it: plain dictionaries for users, servers, messages, interactions."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Payload = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
# Text channels: view, send, embed, attach, read history, application commands, public threads, send in threads.
PERMISSIONS = str(1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 31 | 1 << 35 | 1 << 38)

_count: Iterator[int] = itertools.count(1)


def snowflake() -> int:
    """Return a new id, which carries the time as Discord's do."""
    return (int(time.time() * 1000) - EPOCH_MS) << 22 | next(_count) % 4096


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    name: str
    id: int = field(default_factory=snowflake)
    bot: bool = False

    def to_payload(self) -> Payload:
        return {
            "id": str(self.id), "username": self.name, "global_name": self.name, "discriminator": "0",
            "avatar": None, "bot": self.bot, "public_flags": 0,
        }  # fmt: skip

    def to_member(self) -> Payload:
        return {"roles": [], "joined_at": now(), "deaf": False, "mute": False, "flags": 0, "nick": None}


@dataclass(frozen=True, slots=True)
class Room:
    """A text channel of a server, with the server."""

    guild_name: str = "Reading room"
    guild_id: int = field(default_factory=snowflake)
    id: int = field(default_factory=snowflake)

    def to_channel(self) -> Payload:
        return {
            "id": str(self.id), "type": 0, "guild_id": str(self.guild_id), "name": "questions", "position": 0,
            "permission_overwrites": [], "nsfw": False, "parent_id": None, "topic": None, "rate_limit_per_user": 0,
        }  # fmt: skip

    def to_guild(self, owner: Person, me: Person) -> Payload:
        everyone = {
            "id": str(self.guild_id), "name": "@everyone", "color": 0, "colors": {"primary_color": 0}, "hoist": False,
            "position": 0, "permissions": PERMISSIONS, "managed": False, "mentionable": False, "flags": 0,
        }  # fmt: skip
        return {
            "id": str(self.guild_id), "name": self.guild_name, "owner_id": str(owner.id), "member_count": 2,
            "roles": [everyone], "channels": [self.to_channel()], "threads": [], "emojis": [], "stickers": [],
            "features": [], "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0,
            "mfa_level": 0, "premium_tier": 0, "preferred_locale": "en-US", "nsfw_level": 0, "afk_timeout": 0,
            "members": [me.to_member() | {"user": me.to_payload()}], "unavailable": False,
        }  # fmt: skip


def now() -> str:
    """Return the time as Discord writes it."""
    return datetime.now(UTC).isoformat()


def message(room: Room, author: Person, content: str = "", **more: Any) -> Payload:
    """Return a message of a server's channel; `more` overrides and adds fields."""
    return {
        "id": str(snowflake()), "channel_id": str(room.id), "guild_id": str(room.guild_id), "type": 0,
        "author": author.to_payload(), "member": author.to_member(), "content": content, "timestamp": now(),
        "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "components": [], "pinned": False, "flags": 0,
    } | more  # fmt: skip


def interaction(room: Room, asker: Person, application_id: int, kind: int, data: Payload) -> Payload:
    """Return an interaction of `kind` (2 command, 3 component, 4 autocomplete, 5 modal) with its `data`."""
    return {
        "id": str(snowflake()), "application_id": str(application_id), "type": kind, "data": data, "version": 1,
        "token": f"interaction-{snowflake()}", "guild_id": str(room.guild_id), "channel_id": str(room.id),
        "guild": {"id": str(room.guild_id), "features": [], "locale": "en-US"}, "channel": room.to_channel(),
        "member": asker.to_member() | {"user": asker.to_payload(), "permissions": PERMISSIONS},
        "app_permissions": PERMISSIONS, "locale": "en-US", "guild_locale": "en-US", "entitlements": [],
        "authorizing_integration_owners": {"0": str(room.guild_id)}, "context": 0, "attachment_size_limit": 10_485_760,
    }  # fmt: skip


def texts(payload: Payload) -> str:
    """Return all text that a message shows, its components' included, in order."""
    return "\n".join(part for part in [payload.get("content") or "", *_texts(payload.get("components") or [])] if part)


def buttons(payload: Payload) -> list[Payload]:
    """Return a message's buttons, in order."""
    return [part for part in _walk(payload.get("components") or []) if part["type"] == 2]


def _texts(components: list[Payload]) -> Iterator[str]:
    return (part["content"] for part in _walk(components) if part["type"] == 10)


def _walk(components: list[Payload]) -> Iterator[Payload]:
    for part in components:
        yield part
        yield from _walk(part.get("components") or [])
        if accessory := part.get("accessory"):
            yield from _walk([accessory])
