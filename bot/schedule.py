"""The index run every so many hours, which nobody has to ask for; what fails is told in the log channels."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection

import discord
from discord.ext import commands, tasks

from bot import panels
from bot.announcing import announce
from bot.indexing import Indexer, IndexerBusy
from bot.reports import IndexFailed, RunCancelled
from bot.schema import StoreError
from bot.store import Store

_log = logging.getLogger(__name__)
_FACT = "scheduled reindex"
_LOOK_EVERY_S = 60.0
_HOUR_S = 3600


class Schedule(commands.Cog):
    """Runs `indexer` every `every_h` hours (0 for never), counted from the last such run, also over restarts."""

    def __init__(
        self, indexer: Indexer, store: Store, client: discord.Client, homes: Collection[int], every_h: int
    ) -> None:
        self._indexer = indexer
        self._store = store
        self._client = client
        self._homes = homes
        self._every_s = every_h * _HOUR_S
        self._loop = tasks.loop(seconds=_LOOK_EVERY_S)(self._look)
        self._loop.add_exception_type(StoreError)  # tried again; any other would end it for good

    async def cog_load(self) -> None:
        """Begin to look at the clock, if there is anything to do by it."""
        if self._every_s:
            self._loop.start()

    async def cog_unload(self) -> None:
        """Look no more; a run that goes on is stopped."""
        self._loop.cancel()

    async def _look(self) -> None:
        if not self._client.is_ready():
            return
        last = await self._store.fact(_FACT)
        now = int(time.time())
        due = last is not None and now - int(last) >= self._every_s
        # Of several processes one runs: the one that notes it.
        if (last is None or due) and await self._store.replace_fact(_FACT, last, str(now)) and due:
            await self.run()

    async def run(self) -> None:
        """Bring the archive up to date, and tell in the log channels if that fails; never raises."""
        try:
            report = await self._indexer.run(by="the schedule").finish()
        except IndexerBusy:
            _log.info("no scheduled reindex: another run goes on")
        except RunCancelled:
            _log.info("the scheduled reindex was cancelled")
        except IndexFailed as error:
            _log.error("the scheduled reindex failed: %s", error)
            await self._tell(error)
        else:
            _log.info("scheduled reindex: +%d ~%d -%d", report.added, report.changed, report.removed)

    async def _tell(self, error: IndexFailed) -> None:
        await announce(
            self._client, self._store, self._homes, lambda locale: panels.stopped(locale, error.message, error.hint)
        )
