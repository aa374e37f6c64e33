"""A bot that is started, asked once as soon as it can be, and stopped."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from bot_process import BotProcess
from discord_payloads import texts
from discord_server import DiscordServer

_ANSWERS = ("answered", "unsure", "not_found")


class FirstAnswer(NamedTuple):
    """What the first answer took: from the start of the process, and of the processor; and the process's peak."""

    text: str
    seconds: float
    cpu_s: float
    peak_mb: float


async def first_answer(data: Path, question: str) -> FirstAnswer:
    """Ask a bot of the data folder `data`, in a process of its own, once it has connected; it leaves its file there."""
    async with DiscordServer() as server:
        began = time.perf_counter()
        async with BotProcess(server, data) as bot:
            await bot.connected()
            sent = await server.answer_to(await server.mention(question), lambda sent: bool(texts(sent)))
            seconds = time.perf_counter() - began
            about = Path("/proc") / str(bot.process.pid)
            ticks = (about / "stat").read_text().rsplit(")", 1)[1].split()[11:13]  # user and system: proc(5)
            peak = next(line for line in (about / "status").read_text().splitlines() if line.startswith("VmHWM"))
            counted = await bot.measured()
            assert sum(counted.get(("archivist_questions_total", kind), 0) for kind in _ANSWERS) == 1, texts(sent)
            await bot.stop()
    cpu_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return FirstAnswer(texts(sent), seconds, cpu_s, int(peak.split()[1]) / 1000)
