"""Buttons and modals that outlive a restart: what they do, and on what, stands in their `custom_id` and nowhere else.

A `custom_id` is `archivist:<action>:<target>:<detail>`; the target is an id. Whoever handles an action is
known to the bot by its name (`ArchivistBot.presses`, `ArchivistBot.modals`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.limits import LABEL_CHARS, MODAL_TITLE_CHARS, clip, label

if TYPE_CHECKING:
    from bot.client import ArchivistBot

Handler = Callable[[discord.Interaction["ArchivistBot"], str, str], Awaitable[None]]  # and the target, the detail

_TEMPLATE = r"archivist:(?P<action>[a-z_]+):(?P<target>[0-9a-zA-Z_-]*):(?P<detail>[0-9a-zA-Z_-]*)"


class Press(ui.DynamicItem[ui.Button[Any]], template=_TEMPLATE):
    """A button that does `action` on `target`."""

    def __init__(
        self,
        action: str,
        target: object,
        detail: object = "",
        *,
        text: str = "",
        emoji: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        self.action, self.target, self.detail = action, str(target), str(detail)
        button: ui.Button[Any] = ui.Button(
            label=label(text) if text or not emoji else None,
            emoji=emoji,
            style=style,
            disabled=disabled,
            custom_id=custom_id(action, target, detail),
        )
        super().__init__(button)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Press:
        """Make the button anew that was pressed."""
        return cls(match["action"], match["target"], match["detail"], text="-")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Have the press handled; discord.py would only log what goes wrong with it."""
        await interaction.client.handle(interaction, interaction.client.presses, self.action, self.target, self.detail)


class Form(ui.Modal):
    """A modal whose answer is handled by `ArchivistBot.modals[action]`, also after a restart; see `fields`."""

    def __init__(self, action: str, target: object, detail: object = "", *, title: str) -> None:
        super().__init__(
            title=clip(title, MODAL_TITLE_CHARS), custom_id=custom_id(action, target, detail), timeout=3600
        )

    def add_text(self, name: str, text: str, *, paragraph: bool = False, longest: int = 1000, value: str = "") -> None:
        """Add a field to write in."""
        style = discord.TextStyle.paragraph if paragraph else discord.TextStyle.short
        entry: ui.TextInput[Any] = ui.TextInput(
            custom_id=name, style=style, max_length=longest, default=value or None, required=True
        )
        self.add_item(ui.Label(text=clip(text, MODAL_TITLE_CHARS), component=entry))


def custom_id(action: str, target: object, detail: object = "") -> str:
    """Return the `custom_id` of a button or modal."""
    return f"archivist:{action}:{target}:{detail}"


def parse(identifier: str) -> tuple[str, str, str] | None:
    """Return (action, target, detail) of a `custom_id` of ours, None for any other."""
    match = re.fullmatch(_TEMPLATE, identifier)
    return (match["action"], match["target"], match["detail"]) if match else None


def fields(interaction: discord.Interaction[Any]) -> dict[str, Any]:
    """Return what was put into a modal, by field: a text, or a list of values."""
    found: dict[str, Any] = {}
    data: Mapping[str, Any] = interaction.data or {}
    waiting: list[Any] = list(data.get("components", ()))
    while waiting:
        part = waiting.pop()
        waiting += part.get("components", ())
        if "component" in part:
            waiting.append(part["component"])
        if "custom_id" in part and ("value" in part or "values" in part):
            found[part["custom_id"]] = part.get("value", part.get("values"))
    return found


def link(text: str, url: str) -> ui.Button[Any]:
    """Return a button that opens a page."""
    return ui.Button(label=clip(text, LABEL_CHARS), url=url)
