"""`/healthz` and `/metrics` over HTTP, for whatever watches the bot on its own machine; nobody else can reach them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from types import TracebackType

from aiohttp import web

from bot.metrics import CONTENT_TYPE, Metrics, watch_loop
from retrieval.errors import ArchivistError

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"


class HealthError(ArchivistError):
    """The health server cannot be started."""

    kind = "health"


class Health:
    """Serves the bot's health while it is entered (`async with`).

    `problems` is asked at each visit for what keeps the bot from answering, in words; nothing means well. `measure` is
    called before the metrics are read, for those that are looked up and not counted. `port` 0 takes any that is free;
    `Health.port` is the one that was taken.
    """

    def __init__(
        self,
        metrics: Metrics,
        problems: Callable[[], Sequence[str]],
        port: int,
        measure: Callable[[], None] = lambda: None,
    ) -> None:
        self._metrics = metrics
        self._problems = problems
        self._wanted_port = port
        self._measure = measure
        self._runner: web.AppRunner | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; raises HealthError outside of `async with`."""
        if self._runner is None:
            raise HealthError("the health server is not running", "Enter it with `async with`")
        port: int = self._runner.addresses[0][1]
        return port

    async def __aenter__(self) -> Health:
        """Start; raises HealthError where the port cannot be had."""
        app = web.Application()
        app.add_routes([web.get("/healthz", self._healthz), web.get("/metrics", self._serve_metrics)])
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, _HOST, self._wanted_port).start()
        except OSError as error:
            await runner.cleanup()
            raise HealthError(
                f"cannot serve the bot's health on {_HOST}:{self._wanted_port}: {error.strerror or error}",
                "Set another ARCHIVIST_DISCORD__HEALTH_PORT, or none",
            ) from error
        self._runner = runner
        self._watch = asyncio.create_task(watch_loop(self._metrics), name="event-loop-lag")
        self._watch.add_done_callback(_tell_if_failed)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _healthz(self, request: web.Request) -> web.Response:
        problems = list(self._problems())
        body = {"status": "unwell" if problems else "ok", "problems": problems}
        return web.json_response(body, status=503 if problems else 200)

    async def _serve_metrics(self, request: web.Request) -> web.Response:
        self._measure()
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def _tell_if_failed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("the event loop's lag is no longer measured", exc_info=error)
