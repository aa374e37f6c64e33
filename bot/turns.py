"""Turns that the processes of one bot take: each waits until the one before it has had its seconds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from bot.schema import StoreError
from bot.store import Store

_log = logging.getLogger(__name__)
_APART_S = 5.0  # https://discord.com/developers/docs/events/gateway#session-start-limit-object
_FAR_S = 600.0


async def take_turn(
    store: Store,
    name: str,
    *,
    apart_s: float = _APART_S,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> None:
    """Wait until at least `apart_s` seconds after the last turn of a name, whichever process took it.

    A turn noted for a time that is far ahead is that of a clock that goes wrong, and is passed over. Where the database
    is away, it waits as long as one turn and goes on: Discord refuses whoever comes too early, and is then asked again.
    """
    try:
        while True:
            noted = await store.fact(name)
            now = clock()
            last = float(noted) if noted else 0.0
            turn = max(now, last + apart_s) if last - now < _FAR_S else now
            if await store.replace_fact(name, noted, repr(turn)):
                break
    except StoreError as error:
        _log.warning("no turn could be taken: %s", error)
        turn = clock() + apart_s
    await sleep(max(0.0, turn - clock()))
