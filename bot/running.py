"""A bot's life as a process: it logs in, runs until it is told to stop, and lets nobody wait for nothing then."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import aiohttp
import discord

from retrieval.errors import ArchivistError

_log = logging.getLogger(__name__)
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class LoginError(ArchivistError):
    """The bot cannot log in to Discord."""

    kind = "login"


async def run_until_stopped(
    bot: discord.Client,
    token: str,
    prepare: Callable[[], Awaitable[None]],
    *,
    close_s: float = 9.0,
    on_signal: Callable[[], object] | None = None,
) -> None:
    """Run `bot` until SIGTERM or SIGINT, and close it within `close_s` seconds; a second signal does not wait.

    `prepare` is awaited between the login, which tells at once whether Discord lets the bot in, and the connection,
    from which on it is asked. `on_signal` is called once a signal has come, before anything is closed.

    Raises LoginError where Discord cannot be reached or does not let the bot in, and what ended the bot otherwise.
    """
    stopped = asyncio.Event()
    with _told_by_signals(stopped.set):
        living = asyncio.create_task(_live(bot, token, prepare), name="bot")
        waiting = asyncio.create_task(stopped.wait(), name="stop")
        await asyncio.wait({living, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if stopped.is_set() and not living.done():
            _log.info("stopping: no new questions are taken")
            if on_signal is not None:
                on_signal()
        try:
            await asyncio.wait_for(bot.close(), close_s)
        except TimeoutError:
            _log.warning("Discord could not be left properly within %g seconds", close_s)
        living.cancel()  # closed as the bot is, this ends what `prepare` still does
        await asyncio.wait({living})
        if not living.cancelled() and (error := living.exception()):
            raise _explained(error) from error


async def _live(bot: discord.Client, token: str, prepare: Callable[[], Awaitable[None]]) -> None:
    await bot.login(token)
    await prepare()
    await bot.connect()


def end_process_within(seconds: float) -> None:
    """End the process with exit code 0 after `seconds` if it has not ended by then, whatever it still does.

    A thread cannot be stopped, and Python waits for all of them at its end: a search that hangs would keep the process.
    """

    def end() -> None:
        _log.warning("a search did not end in time, and is cut off")
        logging.shutdown()
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


@contextmanager
def _told_by_signals(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` at the first signal that stops programs; a second one does what it always does."""
    loop = asyncio.get_running_loop()

    def leave() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    def stop() -> None:
        leave()
        tell()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        leave()


def _explained(error: BaseException) -> BaseException:
    """Return how an error that ended the bot is told; one that nobody foresaw stays as it is."""
    match error:
        case discord.LoginFailure():
            return LoginError(
                "Discord does not know this token",
                "Copy the bot's token from Discord's developer portal into ARCHIVIST_DISCORD__TOKEN",
            )
        case discord.PrivilegedIntentsRequired():
            return LoginError(
                "Discord does not grant the intents that the bot asks for",
                "Allow them in Discord's developer portal, on the bot's page",
            )
        case discord.ConnectionClosed():
            return LoginError(f"Discord closed the connection for good (code {error.code})", "")
        case discord.GatewayNotFound() | discord.HTTPException() | aiohttp.ClientError() | OSError():
            return LoginError(f"Discord cannot be reached: {error}", "Look at the network, and try it again")
    return error
