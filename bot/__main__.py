"""`archivist bot`: where settings become the bot. Nothing below sees them but the group that is the bot's own."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from config import ConfigError, load_settings
from retrieval import console
from retrieval.errors import ArchivistError, EncoderMismatch, ServerError

if TYPE_CHECKING:
    from bot.asking import Asking
    from bot.client import ArchivistBot
    from bot.indexing import Indexer
    from config import Settings
    from retrieval.archive import Archive
    from retrieval.encoders import Encoder
    from retrieval.rerankers import Reranking

# Whoever stops a program kills it after ten seconds, as a rule.
_CLOSE_S, _END_S = 8.5, 9.7
_WARMING = 4  # questions, so that each of the encoder's threads has met one before the first that is asked


class TokenMissing(ConfigError):
    """There is no token to log in with."""

    kind = "token"


def main() -> int:
    """Run the bot until SIGTERM or Ctrl-C; return the exit code."""
    try:
        settings = load_settings()
        _set_up_logging(settings.log_level)
        if not settings.discord.token.get_secret_value():
            raise TokenMissing(
                "there is no token to log in to Discord with",
                "Set ARCHIVIST_DISCORD__TOKEN to your bot's; Discord's developer portal has it on the bot's page",
            )
        asyncio.run(_run(settings))
    except KeyboardInterrupt:
        return 130
    except (ArchivistError, ConfigError, OSError) as error:
        return console.tell_failure(console.failure_of(error), as_json=False)
    except Exception as error:  # the last place that can tell it in one line
        logging.getLogger("bot").exception("the bot has ended")
        return console.tell_failure(console.failure_of(error), as_json=False)
    return 0


async def _run(settings: Settings) -> None:
    from bot.addresses import use_addresses
    from bot.asking import ArchiveFolder, Asking
    from bot.checking import Checker
    from bot.client import ArchivistBot
    from bot.gate import Gate
    from bot.health import Health
    from bot.indexing import Indexer
    from bot.keeping import Keeping
    from bot.metrics import Metrics
    from bot.running import end_process_within, run_until_stopped
    from bot.store import Store
    from bot.upkeep import Upkeep
    from bot.uploads import UploadFolder
    from retrieval import build

    discord = settings.discord
    metrics = Metrics()
    indexer = Indexer(settings.data_dir, gauge=metrics)
    opener = _Opener(settings)
    keeper = build.keeper_of(settings)
    asking = Asking(
        ArchiveFolder(settings.data_dir, opener.open, keeper),
        searches=discord.max_searches,
        queue=discord.queue,
        timeout_s=discord.timeout_s,
        gauge=metrics,
    )
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(
            Store(
                settings.data_dir / "bot.sqlite",
                url=settings.database.url.get_secret_value(),
                keep_days=discord.keep_questions_days,
            )
        )
        opened.push_async_callback(asking.close)
        opened.push_async_callback(indexer.close)
        uploads = UploadFolder(discord.uploads, discord.max_upload_mb * 1024 * 1024)
        upkeep = Upkeep(settings.data_dir, build.right_of(settings), keeper)
        opened.push_async_callback(upkeep.close)
        keeping = Keeping(indexer, upkeep, uploads, settings.index.every, Checker(settings.data_dir), _place(settings))
        bot = ArchivistBot(discord, asking, store, Gate(discord), keeping, k=settings.search.k, metrics=metrics)
        use_addresses(bot, discord.api_url, discord.gateway_url)
        if discord.health_port:
            health = Health(
                metrics,
                lambda: _problems(bot, asking),
                discord.health_port,
                lambda: metrics.set_searches(asking.running, asking.waiting),
            )
            await opened.enter_async_context(health)

        async def prepare() -> None:
            # Loading a model holds up the event loop, and takes longer than a question may.
            await asyncio.to_thread(opener.get_ready)
            await asking.start()
            if asking.generation is None and not asking.problem and not build.is_indexed(settings):
                first = asyncio.create_task(_build_first_index(settings, indexer, asking), name="first index")
                opened.push_async_callback(_cancelled, first)

        await run_until_stopped(
            bot,
            discord.token.get_secret_value(),
            prepare,
            close_s=_CLOSE_S,
            on_signal=lambda: end_process_within(_END_S),
        )


class _Opener:
    """Opens the archive, with an encoder that is loaded once for all generations that it made."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._encoder: Encoder | None = None
        self._reranking: Reranking | None = None

    def get_ready(self) -> None:
        """Load the encoder of the current generation, or the one that is set, and the reranker.

        Raises EncoderError where one cannot be loaded. Where what made that generation is gone, no encoder is: who
        opens it tells what to do.
        """
        from retrieval import build

        self._reranking = build.reranking_of(self._settings)
        if self._reranking:
            self._reranking.reranker.prepare()
        try:
            made = build.maker_of(self._settings)
        except ServerError as error:  # it is told to whoever asks, until the server is there
            logging.getLogger("bot").error("%s", error)
            made = None
        try:
            encoder = self._encoder_of(made) if made else build.encoder_of(self._settings)
        except EncoderMismatch:
            return
        self._encoder = encoder
        for _ in range(_WARMING):
            encoder.encode_queries(["ready"])

    def open(self, generation: str | None = None) -> Archive:
        """Open a generation, the current one if None; the same errors as `Archive.open`."""
        from retrieval import build

        return build.open_archive(self._settings, generation, self._encoder_of, self._reranking)

    def _encoder_of(self, made: Mapping[str, Any]) -> Encoder:
        from retrieval import build

        if self._encoder is None or self._encoder.fingerprint != made["fingerprint"]:
            self._encoder = build.encoder_for(self._settings, made)
        return self._encoder


def _place(settings: Settings) -> str:
    """Return what tells this machine's data folder from others', where processes on several share a database."""
    shared = settings.database.url.get_secret_value()
    return f"{socket.gethostname()}:{settings.data_dir.resolve()}" if shared else ""


async def _build_first_index(settings: Settings, indexer: Indexer, asking: Asking) -> None:
    """Index the sources that are set, or the sample archive, so that there is something to ask."""
    from retrieval import build

    if settings.sources:
        paths, of = list(settings.sources), "the sources that are set"
    else:
        paths, of = [build.sample_archive()], "the sample archive that comes with Archivist"
    console.note(f"there is no index in {settings.data_dir} yet: building one from {of}")
    try:
        report = await indexer.run(paths).finish()
    except ArchivistError as error:
        console.note(f"the first index could not be built: {error}")
        return
    console.note(f"the index is built: {report.articles:,} articles, {len(report.skipped):,} skipped")
    await asking.refresh()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _problems(bot: ArchivistBot, asking: Asking) -> Sequence[str]:
    """Return what keeps the bot from answering."""
    problems = []
    if bot.draining:
        problems.append("the bot is being stopped")
    elif not bot.is_ready():
        problems.append("the bot is not connected to Discord yet")
    problems += [f"shard {number} is not connected" for number, shard in bot.shards.items() if shard.is_closed()]
    if asking.problem:
        problems.append(asking.problem)
    elif asking.generation is None:
        problems.append("there is no index yet")
    return problems


def _set_up_logging(level: str) -> None:
    """Log to stderr with the time and with tracebacks: what somebody was told an id of is looked up here."""
    console.set_up_logging(level)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    levels = dict.fromkeys(("config", "retrieval", "bot"), level)
    levels["discord"] = "info" if level == "debug" else "warning"  # more would hold what people wrote
    levels["discord.client"] = "error"  # it warns of libraries for speech, which nobody misses here
    for name, least in levels.items():
        logger = logging.getLogger(name)
        logger.setLevel(least.upper())
        logger.handlers = [handler]
        logger.propagate = False


if __name__ == "__main__":
    sys.exit(main())
