"""The bot as a process of its own, as somebody would start it, against the small Discord of the tests."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from pathlib import Path
from time import monotonic
from types import TracebackType

import aiohttp
from discord_server import TOKEN, DiscordServer
from prometheus_client.parser import text_string_to_metric_families

START_S = 180  # the model is loaded by each process, on machines that may be busy
ROOT = Path(__file__).resolve().parents[2]


class BotProcess:
    """Runs while it is entered (`async with`); `lines` is what it has said on stderr so far.

    `settings` are put over those that point it at `server` and `data`; a None takes one of them away. Whatever is set
    around the tests does not reach it.
    """

    def __init__(self, server: DiscordServer, data: Path, **settings: str | None) -> None:
        self.lines: list[str] = []
        self.health_port = _free_port()
        given: dict[str, str | None] = {
            "DATA_DIR": str(data),
            "LOG_LEVEL": "info",
            "DISCORD__TOKEN": TOKEN,
            "DISCORD__API_URL": server.api_url,
            "DISCORD__GATEWAY_URL": server.gateway_url,
            "DISCORD__HEALTH_PORT": str(self.health_port),
        }
        around = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVIST_")}
        ours = {f"ARCHIVIST_{name}": value for name, value in (given | settings).items() if value is not None}
        self._environment = around | ours | {"PYTHONPATH": str(ROOT)}
        self._server = server
        self._folder = data.parent
        self._silent = False
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> BotProcess:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot",
            cwd=self._folder, env=self._environment, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._listening
        if error is not None:
            error.add_note("the bot said:\n" + "\n".join(self.lines[-40:]))

    def saying(self, pattern: str) -> list[str]:
        """Return the lines so far that have `pattern` in them."""
        return [line for line in self.lines if re.search(pattern, line)]

    async def until_said(self, pattern: str) -> str:
        """Wait for a line that has `pattern` in it; return the first."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self.saying(pattern)) or self._silent)
        assert self.saying(pattern), f"it ended without saying {pattern!r}: {self.lines}"
        return self.saying(pattern)[0]

    async def connected(self, times: int = 1) -> None:
        """Wait until it has identified `times` times, all bots of the server counted, and has a connection."""
        connected = asyncio.create_task(self._server.gateway.until(identified=times, connected=True))
        ended = asyncio.create_task(self.ended())
        done, waiting = await asyncio.wait({connected, ended}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        assert connected in done, "it has not connected to the gateway"

    async def ended(self) -> int:
        """Wait for its end; return the exit code."""
        code = await self.process.wait()
        await self._listening
        return code

    async def stop(self) -> tuple[int, float]:
        """Send SIGTERM; return the exit code and the seconds that the end took."""
        began = monotonic()
        self.process.terminate()
        return await self.ended(), monotonic() - began

    async def fetch(self, path: str) -> tuple[int, str]:
        """Return the status and body of a page of its health server; raises ClientError where there is none."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{self.health_port}{path}") as response,
        ):
            return response.status, await response.text()

    async def measured(self) -> dict[tuple[str, str], float]:
        """Return every sample of its metrics by its name and the value of its one label ("" where it has none)."""
        _, body = await self.fetch("/metrics")
        return {
            (sample.name, next(iter(sample.labels.values()), "")): sample.value
            for family in text_string_to_metric_families(body)
            for sample in family.samples
        }

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._changed:
                self.lines.append(line.decode().rstrip())
                self._changed.notify_all()
        async with self._changed:
            self._silent = True
            self._changed.notify_all()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
