"""The card that shows and sets what one server has set; pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord import SelectDefaultValue, SelectDefaultValueType, ui

from bot.picks import Pick, pick_id
from bot.records import GuildSettings
from bot.words import Language, text

ACTION = "settings"
_CHANNELS_MOST = 25
_K = (1, 2, 3, 5, 8, 10)
_SURE = (0.3, 0.5, 0.7, 0.85)
_DEFAULT = "default"
_COLOUR = 0x2F81F7
_PLACES = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.forum,
]
_LOGS = [discord.ChannelType.text, discord.ChannelType.news]


def settings_card(settings: GuildSettings, locale: Language, *, home: bool) -> ui.LayoutView:
    """Return the card. Only a home server, which the archive is run from, has a role for that."""
    private = {"false": text("Everybody sees an answer", locale), "true": text("Only who asked sees it", locale)}
    ks = {_DEFAULT: text("As many as the bot is set to", locale)} | {str(k): str(k) for k in _K}
    sures = {_DEFAULT: text("As the archive is set", locale)} | dict(
        zip(
            map(str, _SURE),
            (
                text("Show much, even if unsure", locale),
                text("Balanced", locale),
                text("Only what is fairly sure", locale),
                text("Only what is very sure", locale),
            ),
            strict=True,
        )
    )
    rows: list[tuple[str, ui.Item[Any]]] = [
        (
            text("Channels I answer in (none chosen: all)", locale),
            _channels("channels", settings.channels, _CHANNELS_MOST, _PLACES),
        ),
        (text("Who sees answers", locale), _menu("private", private, str(settings.private).lower())),
        (text("Passages of an answer", locale), _menu("k", ks, str(settings.k or _DEFAULT))),
        (text("How sure an answer must be", locale), _menu("sure", sures, str(settings.sure or _DEFAULT))),
        (
            text("Log channel, which hears of failures", locale),
            _channels("log_channel", _some(settings.log_channel), 1, _LOGS),
        ),
    ]
    if home:
        rows.append((text("Role that may run the archive", locale), _role(settings.manager_role)))
    parts: list[ui.Item[Any]] = [ui.TextDisplay(f"### {text('Settings of this server', locale)}")]
    for title, menu in rows:
        row: ui.ActionRow[Any] = ui.ActionRow()
        row.add_item(menu)
        parts += [ui.TextDisplay(title), row]
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*parts, accent_colour=_COLOUR))
    return view


def changed(settings: GuildSettings, field: str, values: list[str]) -> GuildSettings:
    """Return the settings after a choice in the menu of a field; raises ValueError for one that there is not."""
    first = values[0] if values else ""
    match field:
        case "channels":
            return replace(settings, channels=tuple(int(value) for value in values[:_CHANNELS_MOST]))
        case "private" if first in ("true", "false"):
            return replace(settings, private=first == "true")
        case "k" if first == _DEFAULT or first in map(str, _K):
            return replace(settings, k=None if first == _DEFAULT else int(first))
        case "sure" if first == _DEFAULT or first in map(str, _SURE):
            return replace(settings, sure=None if first == _DEFAULT else float(first))
        case "log_channel":
            return replace(settings, log_channel=int(first) if first else None)
        case "manager_role":
            return replace(settings, manager_role=int(first) if first else None)
    raise ValueError(f"{field} cannot be set to {values}")


def _menu(field: str, options: dict[str, str], value: str) -> Pick:
    menu: ui.Select[Any] = ui.Select(custom_id=pick_id(ACTION, field))
    if value not in options:  # set by an older version, or by hand
        options = {value: value} | options
    for each, shown in options.items():
        menu.add_option(label=shown, value=each, default=each == value)
    return Pick(menu, ACTION, field)


def _channels(field: str, ids: tuple[int, ...], most: int, types: list[discord.ChannelType]) -> Pick:
    known = [SelectDefaultValue(id=each, type=SelectDefaultValueType.channel) for each in ids]
    menu: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id=pick_id(ACTION, field), channel_types=types, min_values=0, max_values=most, default_values=known
    )
    return Pick(menu, ACTION, field)


def _role(role: int | None) -> Pick:
    known = [SelectDefaultValue(id=each, type=SelectDefaultValueType.role) for each in _some(role)]
    menu: ui.RoleSelect[Any] = ui.RoleSelect(
        custom_id=pick_id(ACTION, "manager_role"), min_values=0, max_values=1, default_values=known
    )
    return Pick(menu, ACTION, "manager_role")


def _some(value: int | None) -> tuple[int, ...]:
    return () if value is None else (value,)
