"""What the bot remembers between starts, in one SQLite file: never part of the index, and easily forgotten.

Every call hops to the store's one thread, which alone touches the database: calls are done one after another, and the
event loop never waits for a disk. Questions are kept for as long as the buttons below their answers need them.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from bot.additions import Additions
from bot.records import (
    GuildSettings,
    Heard,
    Judgement,
    PostedAnswer,
    Unanswered,
    Upload,
    UserData,
    filters_from_json,
    filters_to_json,
    hits_from_json,
    hits_to_json,
    question_key,
)
from bot.schema import StoreError, open_database

P = ParamSpec("P")
T = TypeVar("T")

_DAY_S = 86_400
_SETTINGS = "channels, private, k, sure, log_channel, manager_role"
_ANSWER = (
    "question, asker_id, channel_id, guild_id, status, confidence, generation, hits, filters, k, private, message_id, "
    "id, created_at, previous, undated, heard, additions"
)
_UPLOAD = "name, original_name, size_bytes, sha256, user_id, guild_id, added_at"


class Store:
    """The bot's memory in the file at `path`. Questions are kept for `keep_days` days.

    Use it as `async with Store(path) as store`, or call `open` and `close`. Any call may raise StoreError.
    """

    def __init__(self, path: Path, *, keep_days: int = 30, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._keep_s = keep_days * _DAY_S
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "store")
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Store:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the database, made or brought up to this version first, and purge what is too old."""
        self._connection = await self._hop(open_database, self._path)
        await self.purge()

    async def close(self) -> None:
        """Finish what was begun and close the database; a second call does nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._hop(connection.close)
        self._thread.shutdown(wait=False)

    # Servers

    async def settings(self, guild_id: int | None) -> GuildSettings:
        """Return what a server has set; the defaults for one that set nothing, and for direct messages."""
        rows = await self._query(f"SELECT {_SETTINGS} FROM guild_settings WHERE guild_id = ?", guild_id)  # noqa: S608
        if not rows:
            return GuildSettings()
        channels, private, *others = rows[0]
        return GuildSettings(tuple(json.loads(channels)), bool(private), *others)

    async def set_settings(self, guild_id: int, settings: GuildSettings) -> None:
        """Keep a server's settings in place of those it had."""
        await self._query(
            f"INSERT OR REPLACE INTO guild_settings(guild_id, {_SETTINGS}) VALUES(?, ?, ?, ?, ?, ?, ?)",
            guild_id, json.dumps(settings.channels), settings.private, settings.k, settings.sure, settings.log_channel,
            settings.manager_role,
        )  # fmt: skip

    async def log_channels(self) -> dict[int, int]:
        """Return the log channel of every server that has set one, by server."""
        rows = await self._query("SELECT guild_id, log_channel FROM guild_settings WHERE log_channel IS NOT NULL")
        return dict(rows)

    async def forget_guild(self, guild_id: int) -> None:
        """Remove all of a server's rows, as when the bot was removed from it; uploads stay, without saying whose."""
        await self._together(
            ("DELETE FROM guild_settings WHERE guild_id = ?", (guild_id,)),
            ("DELETE FROM answers WHERE guild_id = ?", (guild_id,)),
            ("UPDATE uploads SET guild_id = NULL, user_id = NULL WHERE guild_id = ?", (guild_id,)),
        )

    async def keep_guilds(self, guild_ids: set[int]) -> list[int]:
        """Remove the rows of all servers but these, which the bot left while it was down; return those removed."""
        known = await self._query(
            "SELECT guild_id FROM guild_settings UNION SELECT guild_id FROM answers WHERE guild_id IS NOT NULL"
        )
        gone = sorted({guild_id for (guild_id,) in known} - guild_ids)
        for guild_id in gone:
            await self.forget_guild(guild_id)
        return gone

    # Answers

    async def add_answer(self, answer: PostedAnswer) -> int:
        """Remember an answer that is about to be posted; return its id, by which its buttons know it."""
        rows = await self._query(
            "INSERT INTO answers(question, question_key, asker_id, channel_id, guild_id, status, confidence, "
            "generation, hits, filters, k, private, message_id, created_at, previous, undated, heard, additions) "
            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            answer.question, question_key(answer.question), answer.asker_id, answer.channel_id, answer.guild_id,
            answer.status, answer.confidence, answer.generation, hits_to_json(answer.hits),
            filters_to_json(answer.filters), answer.k, answer.private, answer.message_id, self._now(),
            answer.previous, answer.undated, answer.heard.to_json(), answer.additions.to_json(),
        )  # fmt: skip
        return int(rows[0][0])

    async def set_message(self, answer_id: int, channel_id: int, message_id: int) -> None:
        """Remember which message an answer was posted as."""
        await self._query(
            "UPDATE answers SET channel_id = ?, message_id = ? WHERE id = ?", channel_id, message_id, answer_id
        )

    async def answer(self, answer_id: int) -> PostedAnswer | None:
        """Return a posted answer, None where it is too old or was deleted."""
        return _answer(await self._query(f"SELECT {_ANSWER} FROM answers WHERE id = ?", answer_id))  # noqa: S608

    async def answer_in(self, message_id: int) -> PostedAnswer | None:
        """Return the answer that was posted as a message, None where that message holds none that is known."""
        return _answer(await self._query(f"SELECT {_ANSWER} FROM answers WHERE message_id = ?", message_id))  # noqa: S608

    async def forget_answer(self, answer_id: int) -> None:
        """Remove an answer and the votes on it, as when its message is deleted."""
        await self._query("DELETE FROM answers WHERE id = ?", answer_id)

    async def forget_messages(self, message_ids: set[int]) -> None:
        """Remove the answers that were posted as these messages, which have been deleted."""
        await self._together(*(("DELETE FROM answers WHERE message_id = ?", (each,)) for each in sorted(message_ids)))

    async def unanswered(self, guild_id: int) -> list[Unanswered]:
        """Return a server's questions that found nothing, most frequent first; spellings are counted together."""
        rows = await self._query(
            "SELECT question, count(*) AS times, max(created_at) AS last FROM answers "  # max picks the row, too
            "WHERE guild_id = ? AND status = 'not_found' GROUP BY question_key "
            "ORDER BY times DESC, last DESC, question",
            guild_id,
        )
        return [Unanswered(*row) for row in rows]

    async def vote(self, answer_id: int, user_id: int, article_id: str, vote: int) -> bool:
        """Remember what a user thinks of an article as an answer (1 or -1), in place of what they thought before.

        Return whether the answer is still known.
        """
        try:
            await self._query(
                "INSERT OR REPLACE INTO votes VALUES(?, ?, ?, ?)", answer_id, user_id, article_id, 1 if vote > 0 else -1
            )
        except StoreError as error:
            if isinstance(error.__cause__, sqlite3.IntegrityError):
                return False
            raise
        return True

    async def judgements(self, guild_id: int) -> list[Judgement]:
        """Return the votes on a server's answers, by question and article; nobody's name."""
        rows = await self._query(
            "SELECT question, article_id, vote FROM votes JOIN answers ON answers.id = answer_id WHERE guild_id = ? "
            "ORDER BY question_key, answers.id, article_id, user_id",
            guild_id,
        )
        return [Judgement(*row) for row in rows]

    async def purge(self) -> int:
        """Remove answers that are older than they are kept; return how many."""
        rows = await self._query("DELETE FROM answers WHERE created_at < ? RETURNING id", self._now() - self._keep_s)
        return len(rows)

    # Users

    async def user_data(self, user_id: int) -> UserData:
        """Return all that is kept of a user, questions newest first."""
        questions = await self._query(
            "SELECT question, created_at FROM answers WHERE asker_id = ? ORDER BY id DESC", user_id
        )
        votes = await self._query("SELECT count(*) FROM votes WHERE user_id = ?", user_id)
        uploads = await self._query("SELECT original_name FROM uploads WHERE user_id = ? ORDER BY added_at", user_id)
        return UserData(tuple(questions), int(votes[0][0]), tuple(name for (name,) in uploads))

    async def forget_user(self, user_id: int) -> None:
        """Remove a user's questions and votes; their uploads stay in the archive, without their name."""
        await self._together(
            ("DELETE FROM answers WHERE asker_id = ?", (user_id,)),
            ("DELETE FROM votes WHERE user_id = ?", (user_id,)),
            ("UPDATE uploads SET user_id = NULL WHERE user_id = ?", (user_id,)),
        )

    # Uploads

    async def add_upload(self, upload: Upload) -> None:
        """Remember who brought a file into the archive, and when."""
        await self._query(
            f"INSERT OR REPLACE INTO uploads({_UPLOAD}) VALUES(?, ?, ?, ?, ?, ?, ?)",
            upload.name, upload.original_name, upload.size_bytes, upload.sha256, upload.user_id, upload.guild_id,
            self._now(),
        )  # fmt: skip

    async def uploads(self) -> list[Upload]:
        """Return the files that came through Discord, newest first."""
        rows = await self._query(f"SELECT {_UPLOAD} FROM uploads ORDER BY added_at DESC, name")  # noqa: S608
        return [Upload(*row) for row in rows]

    async def forget_upload(self, name: str) -> None:
        """Remove the record of an upload whose file was removed."""
        await self._query("DELETE FROM uploads WHERE name = ?", name)

    # Facts

    async def fact(self, name: str) -> str | None:
        """Return what was noted under a name, such as a hash of the commands that were synced; None if nothing was."""
        rows = await self._query("SELECT value FROM facts WHERE name = ?", name)
        return rows[0][0] if rows else None

    async def set_fact(self, name: str, value: str | None) -> None:
        """Note something under a name; None removes it."""
        if value is None:
            await self._query("DELETE FROM facts WHERE name = ?", name)
        else:
            await self._query("INSERT OR REPLACE INTO facts VALUES(?, ?)", name, value)

    def _now(self) -> int:
        return int(self._clock())

    async def _query(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        return (await self._together((sql, arguments)))[0]

    async def _together(self, *statements: tuple[str, tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
        """Carry out statements as one transaction, wholly or not at all; return the rows of each."""
        if self._connection is None:
            raise StoreError(f"{self._path} is not open", "Start the bot anew")
        return await self._hop(_execute, self._connection, self._path, statements)

    async def _hop(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))


def _execute(
    connection: sqlite3.Connection, path: Path, statements: tuple[tuple[str, tuple[Any, ...]], ...]
) -> list[list[tuple[Any, ...]]]:
    try:
        with connection:
            connection.execute("BEGIN")
            return [connection.execute(sql, arguments).fetchall() for sql, arguments in statements]
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be written or read: {error}", "Is its disk full, or read-only?") from error


def _answer(rows: list[tuple[Any, ...]]) -> PostedAnswer | None:
    if not rows:
        return None
    (
        question, asker_id, channel_id, guild_id, status, confidence, generation, hits, filters, k, private, message_id,
        answer_id, created_at, previous, undated, heard, additions,
    ) = rows[0]  # fmt: skip
    return PostedAnswer(
        question=question,
        asker_id=asker_id,
        channel_id=channel_id,
        guild_id=guild_id,
        status=status,
        confidence=confidence,
        generation=generation,
        hits=hits_from_json(hits),
        filters=filters_from_json(filters),
        k=k,
        private=bool(private),
        message_id=message_id,
        id=answer_id,
        created_at=created_at,
        previous=previous,
        undated=undated,
        heard=Heard.from_json(heard),
        additions=Additions.from_json(additions),
    )
