"""Every generation that comes to be asked is checked in the background; a damaged one is not asked any longer.

What is damaged is remembered, told once in the home servers' log channels with a button that rolls back, and checked
again at the next start, since somebody may have mended it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Collection

import discord
from discord import ui
from discord.ext import commands, tasks

from bot.announcing import announce
from bot.asking import Asking
from bot.checking import Checker, CheckFailed
from bot.schema import StoreError
from bot.store import Store
from bot.upkeep_panels import damaged
from bot.words import Language

_log = logging.getLogger(__name__)
_FACT = "damaged generations"
_LOOK_EVERY_S = 5.0


class Guard(commands.Cog):
    """Checks what `asking` asks with `checker`, and tells the servers `homes` of damage.

    Of several processes that ask one data folder, which is at `place`, the first that finds damage tells it.
    """

    def __init__(
        self,
        checker: Checker,
        asking: Asking,
        store: Store,
        client: discord.Client,
        homes: Collection[int],
        place: str = "",
    ) -> None:
        self._fact = f"{_FACT} in {place}" if place else _FACT
        self._checker = checker
        self._asking = asking
        self._store = store
        self._client = client
        self._homes = homes
        self._damaged: dict[str, list[str]] = {}
        self._checked: set[str] = set()
        self._looked_again = False
        self._loop = tasks.loop(seconds=_LOOK_EVERY_S)(self._look)
        self._loop.add_exception_type(StoreError)  # tried again; any other would end it for good

    async def cog_load(self) -> None:
        """Pass over what was damaged when the bot was last here, and begin to look."""
        self._damaged = json.loads(await self._store.fact(self._fact) or "{}")
        await self._avoid()
        self._loop.start()

    async def cog_unload(self) -> None:
        """End a check that goes on."""
        self._loop.cancel()
        if (working := self._loop.get_task()) is not None:
            await asyncio.gather(working, return_exceptions=True)

    @commands.Cog.listener()
    async def on_rolled_back(self, name: str) -> None:
        """Ask a generation again that was gone back to, and so was checked."""
        if self._damaged.pop(name, None) is not None:
            await self._remember()
            await self._avoid()

    async def _look(self) -> None:
        if not self._client.is_ready():
            return
        if not self._looked_again:
            self._looked_again = True
            await self._look_again()
        asked = self._asking.generation
        if self._asking.doubted and asked is not None:
            self._asking.doubted = False
            self._checked.discard(asked)
        for name in dict.fromkeys((asked, self._asking.wanted)):
            if name is not None and name not in self._damaged and name not in self._checked:
                self._checked.add(name)
                await self._check(name)

    async def _look_again(self) -> None:
        """Check anew what was damaged before the bot was started: somebody may have mended it."""
        for name in sorted(self._damaged):
            try:
                files = await self._checker.damage(name)
            except CheckFailed as error:  # no longer kept, most likely
                _log.info("generation %s, which was damaged, cannot be checked: %s", name, error)
                continue
            if not files:
                del self._damaged[name]
                _log.info("generation %s was damaged and is whole again", name)
        await self._remember()
        await self._avoid()

    async def _check(self, name: str) -> None:
        try:
            files = await self._checker.damage(name)
        except CheckFailed as error:
            _log.error("generation %s could not be checked: %s", name, error)
            return
        if not files:
            _log.info("generation %s is whole: every file is what was published", name)
            return
        _log.error("generation %s is damaged: %s", name, ", ".join(files))
        self._damaged[name] = files
        first = await self._note(name, files)
        await self._avoid()
        if not first:
            return
        instead = self._asking.generation
        whole = instead if instead not in self._damaged else None

        def told(locale: Language) -> ui.LayoutView:
            return damaged(name, files, whole, locale)

        await announce(self._client, self._store, self._homes, told)

    async def _avoid(self) -> None:
        await self._asking.avoid({name: ", ".join(files) for name, files in self._damaged.items()})

    async def _remember(self) -> None:
        await self._store.set_fact(self._fact, json.dumps(self._damaged, sort_keys=True) if self._damaged else None)

    async def _note(self, name: str, files: list[str]) -> bool:
        """Remember that a generation is damaged; return whether no other process had noted it before."""
        while True:
            before = await self._store.fact(self._fact)
            known = json.loads(before or "{}")
            first = name not in known
            if await self._store.replace_fact(self._fact, before, json.dumps(known | {name: files}, sort_keys=True)):
                return first
