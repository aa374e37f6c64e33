"""Many questions at once while the archive is indexed anew, asked of a real bot process over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import press
import pytest
from bot_process import ROOT, START_S, BotProcess
from discord_payloads import Person, texts
from discord_server import DiscordServer

from bot.indexing import Indexer
from bot.reports import RunCancelled

AT_A_TIME = 20
BUSY = "busy right now"
SWITCH = "generation .* is asked now"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a question got, and the seconds from its message to the reply's arrival."""

    text: str
    seconds: float


async def ask_all(server: DiscordServer, questions: Sequence[str]) -> list[Reply]:
    """Ask all questions, so many at a time, each by somebody else and spread over the servers."""
    free = asyncio.Semaphore(AT_A_TIME)

    async def ask(number: int, question: str) -> Reply:
        async with free:
            began = monotonic()
            asked = await server.mention(
                question, room=server.rooms[number % len(server.rooms)], asker=Person(f"Reader {number}")
            )
            answer = await server.answer_to(asked, lambda sent: bool(texts(sent)))
            return Reply(texts(answer), monotonic() - began)

    return await asyncio.gather(*(ask(number, question) for number, question in enumerate(questions)))


@asynccontextmanager
async def reindexing(data: Path) -> AsyncIterator[asyncio.Task[None]]:
    """Add a few articles, then index everything anew, again and again.

    What is entered tells its progress already, and never ends by itself.
    """
    indexer, begun = Indexer(data), asyncio.Event()
    added = data.parent / "added"
    for number in range(8):
        press.write_story(
            added, f"{number}.txt", f"The mill {number} by the weir closed in 19{number}0, after a flood."
        )

    async def run() -> None:
        async for _ in indexer.run([added]):
            begun.set()
        while True:
            async for _ in indexer.run(full=True):
                begun.set()

    running = asyncio.create_task(run())
    beginning = asyncio.create_task(begun.wait())
    try:
        await asyncio.wait({running, beginning}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        yield running
    finally:
        beginning.cancel()
        await indexer.close()
        with suppress(RunCancelled):
            await running


async def check_load(data: Path, count: int, latest: float) -> None:
    lines = (ROOT / "seeds" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    known = [json.loads(line)["text"] for line in lines]
    questions = [known[number % len(known)] for number in range(count)]
    limits = {"DISCORD__GUILD_QUESTIONS_PER_MINUTE": "10000"}
    async with DiscordServer(rooms=4) as server, BotProcess(server, data, **limits) as bot:
        async with asyncio.timeout(START_S):
            await bot.connected()
            await ask_all(server, questions[:2])
        async with reindexing(data) as run:
            before, switched = await bot.measured(), len(bot.saying(SWITCH))
            replies = await ask_all(server, questions)
            async with asyncio.timeout(START_S):
                while len(bot.saying(SWITCH)) == switched:  # the new generation takes over while it is asked
                    replies += await ask_all(server, questions[:AT_A_TIME])
            replies += await ask_all(server, questions[:AT_A_TIME])
            after = await bot.measured()
            assert not run.done()
        assert (await bot.stop())[0] == 0

    answered = sorted(reply.seconds for reply in replies if BUSY not in reply.text)
    lag = {name: after[name] - before[name] for name in after if name[0].startswith("archivist_event_loop_lag")}
    late = 1 - lag["archivist_event_loop_lag_seconds_bucket", "0.1"] / lag["archivist_event_loop_lag_seconds_count", ""]
    middle, most = answered[len(answered) // 2], answered[int(0.95 * len(answered))]
    count = len(replies)
    _log.info("answered %d of %d", len(answered), count)
    _log.info(
        "half within %.2f s, 95 %% within %.2f s; the loop was late %.2f %% of the time", middle, most, late * 100
    )

    assert len(answered) >= 0.95 * count
    assert most < 5, "95th percentile of an answer, in seconds"
    assert late <= latest, "share of the event loop's visits that came more than 100 ms late"

    told = [reply.text for reply in replies if BUSY in reply.text]
    counted = {name[1]: after[name] - before[name] for name in after if name[0] == "archivist_questions_total"}
    assert counted["busy"] == len(told)
    assert counted["too_slow"] == counted["failed"] == 0
    assert counted["answered"] + counted["unsure"] + counted["not_found"] == len(answered)
    assert not bot.saying("Traceback|ERROR|never retrieved")


async def test_questions_are_answered_while_the_archive_is_indexed(seeds_copy: Path) -> None:
    await check_load(seeds_copy, 40, latest=0.05)  # other tests run beside it


@pytest.mark.soak
async def test_two_hundred_questions_are_answered_while_the_archive_is_indexed(seeds_copy: Path) -> None:
    await check_load(seeds_copy, 200, latest=0.01)
