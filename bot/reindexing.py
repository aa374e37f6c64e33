"""A reindex as Discord sees it: one ordinary message that tells what would change, asks where much would go, shows how
far the run is, and ends with what it did.

The message belongs to the bot, not to the interaction, whose token dies after 15 minutes. Whatever happens to the
message, the run goes on.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot import panels
from bot.errors import NotAllowed, Refusal
from bot.indexing import Indexer, IndexerBusy, Run
from bot.limits import escaped_line
from bot.reports import IndexFailed, IndexReport, RunCancelled
from bot.store import Store
from bot.words import Language, marked, text

_log = logging.getLogger(__name__)
_NAME_CHARS = 100
_GUARDS = ("removals", "source")
_GONE = (discord.NotFound, discord.Forbidden)


class Underway(Refusal):
    """A reindex while another run goes on."""


@dataclass(slots=True)
class _Job:
    message: discord.Message
    by: str
    locale: Language
    full: bool
    key: str
    run: Run | None
    changes: IndexReport | None = None
    confirmable: bool = False
    share: float = 0.0
    left_s: float | None = None
    lost: bool = False


class Reindexing:
    """Reindexes, one at a time, each with its message; edits it no more than every `edit_every_s` seconds.

    The run that goes on is noted as the fact `noted`, so that it can be told of if it is cut off.
    """

    def __init__(self, indexer: Indexer, store: Store, *, edit_every_s: float = 5.0, noted: str = "reindex") -> None:
        self._noted = noted
        self._indexer = indexer
        self._store = store
        self._edit_every_s = edit_every_s
        self._job: _Job | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, channel: Any, by: str, locale: Language, *, full: bool) -> discord.Message:
        """Post the message in `channel` and go on in the background; return the message. `by` mentions who wanted it.

        Raises Underway, which names the run that goes on, and whatever Discord answers to the message.
        """
        if (other := await self._store.writer()) is not None:
            raise _underway(escaped_line(other.owner, _NAME_CHARS), other.since)
        run = self._reserve(by, full=full, dry_run=True, allow_removals=True)
        try:
            key = secrets.token_hex(4)
            message = await channel.send(view=panels.looking(locale, key), **_SILENT)
        except BaseException:
            await run.cancel()
            raise
        self._job = job = _Job(message, by, locale, full, key, run)
        await self._store.set_fact(self._noted, json.dumps([channel.id, job.message.id]))
        self._keep(self._rehearse(job, run))
        return job.message

    async def confirm(self, key: str, by: str) -> None:
        """Go on with the run `key`, though many articles leave the index; raises NotAllowed where it is not waiting."""
        job = self._job
        if job is None or job.key != key or not job.confirmable:
            raise NotAllowed(marked("That question is out of date. Run `/reindex` again."))
        run = self._reserve(by, full=job.full, allow_removals=True)
        job.confirmable, job.run, job.by = False, run, by
        self._keep(self._build(job, run))

    async def cancel(self, key: str) -> None:
        """Stop the run `key`, or leave its question at that; raises NotAllowed where it has ended."""
        job = self._job
        if job is None or job.key != key:
            raise NotAllowed(marked("That run has ended already."))
        if job.run is not None:
            await job.run.cancel()
        if job.confirmable:
            job.confirmable = False
            await self._end(job, panels.stopped(job.locale, text("It was cancelled.", job.locale)))

    async def interrupted(self, client: discord.Client) -> None:
        """Tell below a run that the bot's last end cut off that it was."""
        noted = await self._store.fact(self._noted)
        if noted is None or self._job is not None:
            return
        await self._store.set_fact(self._noted, None)
        channel_id, message_id = json.loads(noted)
        try:
            channel = client.get_channel(channel_id) or await client.fetch_channel(channel_id)
            if isinstance(channel, discord.TextChannel | discord.Thread | discord.VoiceChannel):
                locale = channel.guild.preferred_locale
                view = panels.stopped(locale, text("The bot was restarted meanwhile. Run `/reindex` again.", locale))
                await channel.get_partial_message(message_id).edit(view=view)
        except discord.HTTPException as error:
            _log.info("the message of the run that was interrupted cannot be edited: %s", error)

    async def close(self) -> None:
        """Cancel the run that goes on, if one does, and tell so."""
        if self._job is not None:
            if self._job.run is not None:
                await self._job.run.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=2)
        for task in self._tasks:
            task.cancel()

    def _reserve(self, by: str, *, full: bool, dry_run: bool = False, allow_removals: bool = False) -> Run:
        try:
            return self._indexer.run(by=by, full=full, dry_run=dry_run, allow_removals=allow_removals)
        except IndexerBusy as busy:
            where = f" {self._job.message.jump_url}" if self._job else ""
            raise _underway(busy.run.by or "–", busy.run.started, where) from busy

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work, name="reindexing")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a reindex went wrong", exc_info=task.exception())

    async def _rehearse(self, job: _Job, run: Run) -> None:
        try:
            job.changes = changes = await run.finish()
        except (IndexFailed, RunCancelled) as error:
            await self._end(job, _stopped(error, job.locale))
            return
        if changes.removed * 10 > changes.before:
            await self._ask(job, None)
            return
        try:
            job.run = self._reserve(job.by, full=job.full)
        except Underway as error:  # somebody was quicker
            await self._end(job, _told(error, job.locale))
            return
        await self._build(job, job.run)

    async def _ask(self, job: _Job, reason: str | None) -> None:
        job.run, job.confirmable = None, True
        assert job.changes is not None  # noqa: S101 - it was rehearsed before
        await self._show(job, panels.removals(job.locale, job.key, job.changes, reason))

    async def _build(self, job: _Job, run: Run) -> None:
        job.share, job.left_s = 0.0, None
        began = time.monotonic()
        shown = asyncio.create_task(self._keep_showing(job))
        try:
            async for progress in run:
                job.share = max(job.share, panels.share_of(progress))
                job.left_s = progress.seconds_left if progress.phase == "encode" else None
        except IndexFailed as error:
            if error.kind in _GUARDS and not run.allows_removals and job.changes and job.changes.removed:
                await _ended(shown)
                await self._ask(job, error.message)
                return
            _log.error("the reindex that %s began failed: %s", job.by, error)
            view = _stopped(error, job.locale)
        except RunCancelled as error:
            view = _stopped(error, job.locale)
        else:
            _log_skipped(run.report)
            view = panels.done(job.locale, run.report, job.by, time.monotonic() - began)
        finally:
            await _ended(shown)
        await self._end(job, view)

    async def _keep_showing(self, job: _Job) -> None:
        assert job.changes is not None  # noqa: S101 - it was rehearsed before
        while not job.lost:
            await self._show(job, panels.running(job.locale, job.key, job.changes, job.share, job.left_s))
            await asyncio.sleep(self._edit_every_s)

    async def _end(self, job: _Job, view: ui.LayoutView) -> None:
        if self._job is job:
            self._job = None
        await self._store.set_fact(self._noted, None)
        await self._show(job, view)

    async def _show(self, job: _Job, view: ui.LayoutView) -> None:
        """Edit a run's message; what Discord answers to that never stops the run."""
        if job.lost:
            return
        try:
            await job.message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
        except _GONE as error:
            job.lost = True
            _log.info("the message of a reindex is gone; the run goes on: %s", error)
        except discord.HTTPException as error:
            _log.warning("the message of a reindex could not be edited: %s", error)


_SILENT: dict[str, Any] = {"allowed_mentions": discord.AllowedMentions.none(), "silent": True}


def _underway(by: str, since: float, where: str = "") -> Underway:
    told = marked("The archive is being indexed already: {by} began <t:{since}:R>.{where}")
    return Underway(told, by=by, since=int(since), where=where)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _stopped(error: IndexFailed | RunCancelled, locale: Language) -> ui.LayoutView:
    if isinstance(error, RunCancelled):
        return panels.stopped(locale, text("It was cancelled.", locale))
    return panels.stopped(locale, error.message, error.hint)


def _told(error: Refusal, locale: Language) -> ui.LayoutView:
    return panels.panel(text("The archive was not indexed", locale), [error.told(locale)], panels.RED)


def _log_skipped(report: IndexReport) -> None:
    for skipped in report.skipped:
        _log.info("skipped %s: %s", skipped.path, skipped.reason)
