"""A generation checked to the last bit while questions go on: `archivist verify` as a child process, behind them all.

A child, because a broken file can bring down the library that reads it, and because no thread here is held by it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.children import ONE_THREAD, start, stop
from retrieval.errors import ArchivistError

_log = logging.getLogger(__name__)
_NICE = 19


class CheckFailed(ArchivistError):
    """A check that came to no result: neither that the generation is whole nor that it is not."""

    kind = "check"


class Checker:
    """Runs `command verify …` for the data folder `data`, one at a time. `environment` is put over this process's."""

    def __init__(
        self,
        data: Path,
        *,
        command: Sequence[str] = (sys.executable, "-m", "retrieval"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._data = data
        self._command = tuple(command)
        self._environment = dict(environment or {})

    async def damage(self, generation: str) -> list[str]:
        """Return the files of a generation that are not what was published, each once; none where it is whole.

        Raises CheckFailed where that cannot be told, as where the generation is gone meanwhile. Whoever cancels it
        leaves no child behind.
        """
        arguments = [*self._command, "verify", generation, "--data", str(self._data), "--json"]
        try:
            process = await start(arguments, {**os.environ, **ONE_THREAD, **self._environment}, nice=_NICE)
        except OSError as error:
            raise CheckFailed(f"{arguments[0]} cannot be started: {error.strerror}") from error
        try:
            said, complained = await process.communicate()
        finally:
            await stop(process)
        return _damage_in(said, complained, process)


def _damage_in(said: bytes, complained: bytes, process: Process) -> list[str]:
    try:
        document: dict[str, Any] = json.loads(said)
        if "error" in document:
            raise CheckFailed(document["error"]["message"], document["error"]["hint"])
        return list(dict.fromkeys(str(problem["file"]) for problem in document["problems"]))
    except (ValueError, KeyError, TypeError) as error:
        last = complained.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise CheckFailed(
            f"the check ended with code {process.returncode}: {''.join(last) or 'it said nothing'}",
            "The log may say more",
        ) from error
