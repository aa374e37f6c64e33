"""An indexer whose runs take as long as a test says, in SimCord's time: no process, and so nothing to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexing_scripts import REPORT

from bot.indexing import Indexer, IndexerBusy, Run
from bot.reports import IndexFailed, Progress, RunCancelled, report_of

Step = float | Progress | dict[str, Any] | IndexFailed  # seconds, progress, what the report differs in, a failure


@dataclass(frozen=True)
class Wanted:
    """What a run was begun with."""

    paths: tuple[Path, ...]
    full: bool
    dry_run: bool
    allow_removals: bool


class PacedRun(Run):
    """Goes through its steps."""

    def __init__(self, steps: Sequence[Step], by: str, allows_removals: bool) -> None:
        super().__init__([], {}, by, allows_removals)
        self._steps = steps
        self._sleep: asyncio.Future[None] | None = None

    async def cancel(self) -> None:
        self._cancelled = True
        if not self._begun:
            self.ended.set()
        if self._sleep is not None:
            self._sleep.cancel()

    async def _follow(self) -> AsyncIterator[Progress]:
        self._begun = True
        try:
            for step in self._steps:
                if isinstance(step, Progress):
                    yield step
                elif isinstance(step, IndexFailed):
                    raise step
                elif isinstance(step, dict):
                    self._report = report_of(REPORT | step)
                else:
                    await self._pause(step)
        finally:
            self.ended.set()

    async def _pause(self, seconds: float) -> None:
        self._sleep = asyncio.ensure_future(asyncio.sleep(seconds))
        try:
            await self._sleep
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            raise RunCancelled("the run was cancelled") from None


class PacedIndexer(Indexer):
    """Its runs go through `plans`, one after another; `wanted` is what they were begun with."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, command=["/nowhere"])
        self.plans: list[list[Step]] = []
        self.wanted: list[Wanted] = []

    def run(
        self,
        paths: Sequence[Path] = (),
        *,
        full: bool = False,
        dry_run: bool = False,
        allow_removals: bool = False,
        by: str = "",
    ) -> Run:
        if self.running:
            raise IndexerBusy(self.running)
        self.wanted.append(Wanted(tuple(paths), full, dry_run, allow_removals))
        self._run = PacedRun(self.plans.pop(0), by, allow_removals)
        return self._run
