"""The indexer as a child process: begun, followed, cancelled; one at a time.

The child is this program's own command line, niced and on one thread, so that questions go first. Its progress comes
as lines of JSON on stderr, what it did as one JSON document on stdout. Whatever happens to it, the generation that is
asked stays as it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from bot.children import ONE_THREAD, start, stop
from bot.reports import IndexFailed, IndexReport, Progress, RunCancelled, progress_of, report_of
from retrieval.errors import WriterBusy

_log = logging.getLogger(__name__)

_NICE = 10
_CHUNK_BYTES = 65_536
_LINE_BYTES = 1_048_576

Ending = Literal["done", "failed", "cancelled"]


class Gauge(Protocol):
    """Is told how the runs go; those that change nothing are left out."""

    def start_reindex(self) -> None:
        """Tell that a run has begun."""
        ...

    def end_reindex(self, outcome: Ending, seconds: float) -> None:
        """Tell how a run ended after `seconds`."""
        ...


class IndexerBusy(WriterBusy):
    """A run while another one goes on; `run` is the one that does."""

    def __init__(self, run: Run) -> None:
        super().__init__("the archive is being indexed already", "Wait until that is done, or cancel it")
        self.run = run


class Indexer:
    """Runs `command index …` for the data folder `data`, one at a time.

    `environment` is put over this process's own. Belongs to the event loop that it is used on.
    """

    def __init__(
        self,
        data: Path,
        *,
        command: Sequence[str] = (sys.executable, "-m", "retrieval"),
        environment: Mapping[str, str] | None = None,
        gauge: Gauge | None = None,
    ) -> None:
        self._data = data
        self._gauge = gauge
        self._command = tuple(command)
        self._environment = dict(environment or {})
        self._run: Run | None = None

    @property
    def running(self) -> Run | None:
        """The run that goes on, None if none does."""
        return None if self._run is None or self._run.ended.is_set() else self._run

    def run(
        self,
        paths: Sequence[Path] = (),
        *,
        full: bool = False,
        dry_run: bool = False,
        allow_removals: bool = False,
        by: str = "",
    ) -> Run:
        """Return a run over `paths` (all known sources if none), which begins when it is iterated over.

        It holds the indexer until it has ended. `by` is who wanted it. Raises IndexerBusy while another run goes on.
        """
        if self.running:
            raise IndexerBusy(self.running)
        chosen = {"--full": full, "--dry-run": dry_run, "--allow-removals": allow_removals}
        flags = [flag for flag, given in chosen.items() if given]
        # `--` so that no path is taken for an option
        arguments = ["index", "--data", str(self._data), "--progress", "json", "--json", *flags, "--", *map(str, paths)]
        environment = {**os.environ, **ONE_THREAD, **self._environment}
        gauge = None if dry_run else self._gauge
        self._run = Run([*self._command, *arguments], environment, by, allow_removals, gauge)
        return self._run

    async def idle(self) -> None:
        """Wait until no run goes on."""
        while self.running:
            await self.running.ended.wait()

    async def close(self) -> None:
        """Cancel the run that goes on, if one does, and wait for its end."""
        if self.running:
            await self.running.cancel()


class Run:
    """One run: iterate over it for its progress; then `report` says what it did.

    The iteration raises IndexFailed where the run failed and RunCancelled where it was cancelled. It has to be
    iterated over to its end, or be cancelled. `started` is in Unix seconds; `allows_removals` says whether the guard
    against accidental removals is off.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        by: str,
        allows_removals: bool,
        gauge: Gauge | None = None,
    ) -> None:
        self.by = by
        self._gauge = gauge
        self.allows_removals = allows_removals
        self.started = time.time()
        self.ended = asyncio.Event()
        self._command = command
        self._environment = environment
        self._process: Process | None = None
        self._report: IndexReport | None = None
        self._said: deque[str] = deque(maxlen=5)
        self._cancelled = False
        self._begun = False

    @property
    def report(self) -> IndexReport:
        """What the run did; only after it has ended well."""
        if self._report is None:
            raise IndexFailed("unfinished", "the run has not ended, or has failed", "Iterate over it first")
        return self._report

    def __aiter__(self) -> AsyncIterator[Progress]:
        return self._follow()

    async def finish(self) -> IndexReport:
        """Go through the whole run without looking at its progress; raises as the iteration does."""
        async for _ in self:
            pass
        return self.report

    async def cancel(self) -> None:
        """Stop the run and wait until it has ended; does nothing to one that has ended already."""
        self._cancelled = True
        if not self._begun:
            self.ended.set()
        if self._process is not None:
            await stop(self._process)
            await self.ended.wait()

    async def _follow(self) -> AsyncIterator[Progress]:
        if self._begun or self._cancelled:
            raise RunCancelled("the run was cancelled, or has been iterated over already")
        self._begun = True
        if self._gauge is not None:
            self._gauge.start_reindex()
        try:
            process = self._process = await self._start()
            if self._cancelled:  # while it was being started
                await stop(process)
            assert process.stdout is not None  # noqa: S101 - for the type checker: both are pipes
            assert process.stderr is not None  # noqa: S101
            output = asyncio.create_task(process.stdout.read())
            try:
                async for line in _lines(process.stderr):
                    progress = progress_of(line)
                    if progress:
                        yield progress
                    else:
                        self._said.append(line)
                        _log.info("indexer: %s", line)
                document = await output
                code = await process.wait()
            finally:
                output.cancel()
                await stop(process)  # where the iteration was given up half way
            self._report = self._result(document, code)
        finally:
            self.ended.set()
            if self._gauge is not None:
                outcome: Ending = "done" if self._report else "cancelled" if self._cancelled else "failed"
                self._gauge.end_reindex(outcome, time.time() - self.started)

    async def _start(self) -> Process:
        try:
            return await start(self._command, self._environment, nice=_NICE)
        except OSError as error:
            raise IndexFailed("system", f"{self._command[0]} cannot be started: {error.strerror}") from error

    def _result(self, document: bytes, code: int) -> IndexReport:
        if self._cancelled and code != 0:
            raise RunCancelled("the run was cancelled", "The archive is as it was before")
        try:
            result: dict[str, Any] = json.loads(document)
            if code == 0:
                return report_of(result)
            error = result["error"]
            raise IndexFailed(error["kind"], error["message"], error["hint"])
        except (ValueError, KeyError, TypeError) as error:
            last = self._said[-1] if self._said else "it said nothing"
            ending = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            raise IndexFailed("internal", f"the indexer {ending}: {last}", "The log may say more") from error


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield the lines of a stream; one that is longer than any that is meant to come is cut."""
    rest = b""
    while chunk := await reader.read(_CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace").strip()
        rest = rest[:_LINE_BYTES]
    if rest:
        yield rest.decode("utf-8", "replace").strip()
