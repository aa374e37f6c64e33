"""How often, from where and in which channels may be asked."""

from __future__ import annotations

import pytest

from bot.errors import Cooling, NotAllowed
from bot.gate import Gate
from bot.records import GuildSettings
from config.discord import DiscordSettings


class Clock:
    """Stands still unless it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_user_may_ask_so_often_in_a_minute_and_then_waits_for_the_rest_of_it() -> None:
    clock = Clock()
    gate = Gate(DiscordSettings(user_questions_per_minute=2, guild_questions_per_minute=100), clock)
    gate.count(1, 9)
    clock.now += 20
    gate.count(1, 9)
    with pytest.raises(Cooling) as refused:
        gate.count(1, 9)
    assert refused.value.seconds == 41
    gate.count(2, 9)
    clock.now += refused.value.seconds
    gate.count(1, 9)


def test_a_server_has_a_limit_of_its_own() -> None:
    gate = Gate(DiscordSettings(user_questions_per_minute=100, guild_questions_per_minute=3), Clock())
    for user in range(3):
        gate.count(user, 9)
    with pytest.raises(Cooling):
        gate.count(4, 9)
    gate.count(4, 10)
    gate.count(4, None)


def test_cooldowns_of_those_who_are_idle_are_cleared_out() -> None:
    clock = Clock()
    gate = Gate(DiscordSettings(), clock)
    for user in range(10_001):
        gate.count(user, None)
    clock.now += 61
    gate.count(20_000, None)
    assert len(gate._users) == 1


def test_servers_and_direct_messages_are_let_in_as_set() -> None:
    Gate(DiscordSettings()).check_guild(5)
    Gate(DiscordSettings(allowed_guilds=(5,))).check_guild(5)
    Gate(DiscordSettings(direct_messages=True)).check_guild(None)
    for settings, guild in ((DiscordSettings(allowed_guilds=(5,)), 6), (DiscordSettings(), None)):
        with pytest.raises(NotAllowed):
            Gate(settings).check_guild(guild)


def test_a_thread_counts_as_its_channel() -> None:
    gate, only = Gate(DiscordSettings()), GuildSettings(channels=(1, 2))
    gate.check_channel(only, 1, None)
    gate.check_channel(only, 77, 2)
    gate.check_channel(GuildSettings(), 77)
    with pytest.raises(NotAllowed) as refused:
        gate.check_channel(only, 77, 78)
    assert refused.value.told("de") == "Ich antworte nur in <#1> <#2>."
