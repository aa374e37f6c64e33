"""Menus that outlive a restart: what a choice in one is about stands in its `custom_id`, as with buttons."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import ui

_TEMPLATE = r"archivist-pick:(?P<action>[a-z_]+):(?P<target>[0-9a-zA-Z_-]*)"


class Pick(ui.DynamicItem[ui.Item[Any]], template=_TEMPLATE):
    """A menu of any kind; a choice is handled by `ArchivistBot.presses[action]`, with the menu's target."""

    def __init__(self, menu: ui.Item[Any], action: str, target: str) -> None:
        self.action, self.target = action, target
        super().__init__(menu)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Pick:
        """Make the menu anew that was chosen from."""
        return cls(item, match["action"], match["target"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Have the choice handled; discord.py would only log what goes wrong with it."""
        await interaction.client.handle(interaction, interaction.client.presses, self.action, self.target, "")


def pick_id(action: str, target: str) -> str:
    """Return the `custom_id` of a menu."""
    return f"archivist-pick:{action}:{target}"


def chosen(interaction: discord.Interaction[Any]) -> list[str]:
    """Return the values that were chosen: those of the options, or the ids of channels or roles."""
    values = dict(interaction.data or {}).get("values", [])
    return [str(value) for value in values] if isinstance(values, list) else []
