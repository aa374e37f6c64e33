"""This program's own command line as child processes: behind the questions, on one thread, never left running."""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence

_log = logging.getLogger(__name__)
_GRACE_S = 5.0
ONE_THREAD: Mapping[str, str] = {
    "ARCHIVIST_ENCODER__THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


async def start(command: Sequence[str], environment: Mapping[str, str], *, nice: int) -> Process:
    """Start a process that gives way to others by `nice`, with pipes for what it says; raises OSError."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=dict(environment),
        start_new_session=True,  # Ctrl-C is for the bot, which then stops this in its own time
    )
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, nice)
    except OSError as error:  # it has ended already, or may not be niced
        _log.info("%s runs at normal priority: %s", command[0], error)
    return process


async def stop(process: Process) -> None:
    """End a process: politely, then not."""
    if process.returncode is not None:
        return
    try:
        process.terminate()
        await asyncio.wait_for(process.wait(), _GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
    except ProcessLookupError:  # it ended just now
        await process.wait()
