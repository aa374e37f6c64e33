"""Questions whether something is really meant: asked of one member, for a few minutes, and answered once.

They live in memory alone: after a restart nobody's press carries out what was asked before it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot.errors import NotAllowed
from bot.words import marked

VALID_S = 300.0
Action = Callable[[discord.Interaction[Any]], Awaitable[None]]  # with the press that confirms it
_OVER = marked("That question is out of date. Nothing was changed; run the command again.")


@dataclass(frozen=True, slots=True)
class _Open:
    user_id: int
    until_s: float
    action: Action


class Confirmations:
    """What waits for a yes. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, _Open] = {}

    def ask(self, user_id: int, action: Action) -> str:
        """Keep `action` until this user confirms it or five minutes are over; return the key for the buttons."""
        now = self._clock()
        self._open = {key: each for key, each in self._open.items() if each.until_s > now}
        key = secrets.token_hex(8)
        self._open[key] = _Open(user_id, now + VALID_S, action)
        return key

    def take(self, key: str, user_id: int) -> Action:
        """Return what was asked under `key`, which is answered with that.

        Raises NotAllowed where it was answered already, is out of date, or was asked of somebody else, who may still
        answer it.
        """
        found = self._open.get(key)
        if found is None or found.until_s <= self._clock():
            raise NotAllowed(_OVER)
        if found.user_id != user_id:
            raise NotAllowed(marked("Only whoever ran the command can answer that."))
        del self._open[key]
        return found.action
