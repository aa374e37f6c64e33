"""What the bot remembers between starts, in one database: never part of the index, and easily forgotten.

That is a SQLite file, or a PostgreSQL server that several processes share. Nothing of it is kept in memory, so that
each sees what another has written. Every call hops to the store's one thread, which alone touches the database: calls
are done one after another, and the event loop never waits for a disk. Questions are kept for as long as the buttons
below their answers need them.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from bot.records import GuildSettings, Judgement, PostedAnswer, Unanswered, Upload, UserData
from bot.rows import ANSWER, answer_from, values_of
from bot.schema import StoreError, open_database
from retrieval.database import Conflict, Database, DatabaseError, Rows, Statement, sqlite_url
from retrieval.leases import Holder, holder

P = ParamSpec("P")
T = TypeVar("T")

_DAY_S = 86_400
_SETTINGS = ("channels", "private", "k", "sure", "log_channel", "manager_role")
_UPLOAD = ("name", "original_name", "size_bytes", "sha256", "user_id", "guild_id", "added_at")


class Store:
    """The bot's memory in the file at `path`, or in the database at `url` where one is given.

    Questions are kept for `keep_days` days. Use it as `async with Store(path) as store`, or call `open` and `close`.
    Any call may raise StoreError.
    """

    def __init__(
        self, path: Path, *, url: str = "", keep_days: int = 30, clock: Callable[[], float] = time.time
    ) -> None:
        self._url = url or sqlite_url(path)
        self._shared = bool(url)
        self._keep_s = keep_days * _DAY_S
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "store")
        self._database: Database | None = None

    async def __aenter__(self) -> Store:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the database, made or brought up to this version first, and purge what is too old."""
        self._database = await self._hop(open_database, self._url)
        await self.purge()

    async def close(self) -> None:
        """Finish what was begun and close the database; a second call does nothing."""
        database, self._database = self._database, None
        if database is not None:
            await self._hop(database.close)
        self._thread.shutdown(wait=False)

    # Servers

    async def settings(self, guild_id: int | None) -> GuildSettings:
        """Return what a server has set; the defaults for one that set nothing, and for direct messages."""
        if guild_id is None:
            return GuildSettings()
        rows = await self._query(
            f"SELECT {', '.join(_SETTINGS)} FROM guild_settings WHERE guild_id = :guild",  # noqa: S608
            guild=guild_id,
        )
        if not rows:
            return GuildSettings()
        channels, private, *others = rows[0]
        return GuildSettings(tuple(json.loads(channels)), bool(private), *others)

    async def set_settings(self, guild_id: int, settings: GuildSettings) -> None:
        """Keep a server's settings in place of those it had."""
        values = {"guild_id": guild_id} | {name: getattr(settings, name) for name in _SETTINGS}
        values["channels"] = json.dumps(settings.channels)
        await self._put("guild_settings", "guild_id", values)

    async def log_channels(self) -> dict[int, int]:
        """Return the log channel of every server that has set one, by server."""
        rows = await self._query("SELECT guild_id, log_channel FROM guild_settings WHERE log_channel IS NOT NULL")
        return dict(rows)

    async def forget_guild(self, guild_id: int) -> None:
        """Remove all of a server's rows, as when the bot was removed from it; uploads stay, without saying whose."""
        guild = {"guild": guild_id}
        await self._together(
            ("DELETE FROM guild_settings WHERE guild_id = :guild", guild),
            ("DELETE FROM answers WHERE guild_id = :guild", guild),
            ("UPDATE uploads SET guild_id = NULL, user_id = NULL WHERE guild_id = :guild", guild),
        )

    async def keep_guilds(self, guild_ids: set[int], among: Callable[[int], bool] = lambda guild_id: True) -> list[int]:
        """Remove the rows of all servers but these, which the bot left while it was down; return those removed.

        Only servers are looked at that are `among` those that this process serves: others know about theirs.
        """
        known = await self._query(
            "SELECT guild_id FROM guild_settings UNION SELECT guild_id FROM answers WHERE guild_id IS NOT NULL"
        )
        gone = sorted(guild_id for guild_id in {each for (each,) in known} - guild_ids if among(guild_id))
        for guild_id in gone:
            await self.forget_guild(guild_id)
        return gone

    # Answers

    async def add_answer(self, answer: PostedAnswer) -> int:
        """Remember an answer that is about to be posted; return its id, by which its buttons know it."""
        values = values_of(answer, self._now())
        rows = await self._query(f"{_insert('answers', values)} RETURNING id", **values)
        return int(rows[0][0])

    async def set_message(self, answer_id: int, channel_id: int, message_id: int) -> None:
        """Remember which message an answer was posted as."""
        await self._query(
            "UPDATE answers SET channel_id = :channel, message_id = :message WHERE id = :answer",
            channel=channel_id, message=message_id, answer=answer_id,
        )  # fmt: skip

    async def answer(self, answer_id: int) -> PostedAnswer | None:
        """Return a posted answer, None where it is too old or was deleted."""
        rows = await self._query(f"SELECT {ANSWER} FROM answers WHERE id = :answer", answer=answer_id)  # noqa: S608
        return answer_from(rows[0]) if rows else None

    async def answer_in(self, message_id: int) -> PostedAnswer | None:
        """Return the answer that was posted as a message, None where that message holds none that is known."""
        rows = await self._query(f"SELECT {ANSWER} FROM answers WHERE message_id = :message", message=message_id)  # noqa: S608
        return answer_from(rows[0]) if rows else None

    async def forget_answer(self, answer_id: int) -> None:
        """Remove an answer and the votes on it, as when its message is deleted."""
        await self._query("DELETE FROM answers WHERE id = :answer", answer=answer_id)

    async def forget_messages(self, message_ids: set[int]) -> None:
        """Remove the answers that were posted as these messages, which have been deleted."""
        sql = "DELETE FROM answers WHERE message_id = :message"
        await self._together(*((sql, {"message": each}) for each in sorted(message_ids)))

    async def unanswered(self, guild_id: int) -> list[Unanswered]:
        """Return a server's questions that found nothing, most frequent first; spellings are counted together."""
        rows = await self._query(
            "SELECT question, times, created_at FROM (SELECT question, created_at, "
            "count(*) OVER (PARTITION BY question_key) AS times, "
            "row_number() OVER (PARTITION BY question_key ORDER BY created_at DESC, id DESC) AS place "
            "FROM answers WHERE guild_id = :guild AND status = 'not_found') AS asked "
            "WHERE place = 1",
            guild=guild_id,
        )
        # Sorted here, as below: each database has its own idea of the order of letters.
        return sorted((Unanswered(*row) for row in rows), key=lambda each: (-each.times, -each.last_at, each.question))

    async def vote(self, answer_id: int, user_id: int, article_id: str, vote: int) -> bool:
        """Remember what a user thinks of an article as an answer (1 or -1), in place of what they thought before.

        Return whether the answer is still known.
        """
        values = {"answer_id": answer_id, "user_id": user_id, "article_id": article_id, "vote": 1 if vote > 0 else -1}
        try:
            await self._put("votes", "answer_id, user_id, article_id", values)
        except StoreError as error:
            if isinstance(error.__cause__, Conflict):
                return False
            raise
        return True

    async def judgements(self, guild_id: int) -> list[Judgement]:
        """Return the votes on a server's answers, by question and article; nobody's name."""
        rows = await self._query(
            "SELECT question, question_key, answers.id, article_id, user_id, vote "
            "FROM votes JOIN answers ON answers.id = answer_id WHERE guild_id = :guild",
            guild=guild_id,
        )
        rows.sort(key=lambda row: row[1:5])
        return [Judgement(question, article_id, vote) for question, _, _, article_id, _, vote in rows]

    async def purge(self) -> int:
        """Remove answers that are older than they are kept; return how many."""
        before = self._now() - self._keep_s
        return len(await self._query("DELETE FROM answers WHERE created_at < :before RETURNING id", before=before))

    # Users

    async def user_data(self, user_id: int) -> UserData:
        """Return all that is kept of a user, questions newest first."""
        user = {"user": user_id}
        questions, votes, uploads = await self._together(
            ("SELECT question, created_at FROM answers WHERE asker_id = :user ORDER BY id DESC", user),
            ("SELECT count(*) FROM votes WHERE user_id = :user", user),
            ("SELECT original_name FROM uploads WHERE user_id = :user ORDER BY added_at", user),
        )
        asked = tuple((question, at) for question, at in questions)
        return UserData(asked, int(votes[0][0]), tuple(name for (name,) in uploads))

    async def forget_user(self, user_id: int) -> None:
        """Remove a user's questions and votes; their uploads stay in the archive, without their name."""
        user = {"user": user_id}
        await self._together(
            ("DELETE FROM answers WHERE asker_id = :user", user),
            ("DELETE FROM votes WHERE user_id = :user", user),
            ("UPDATE uploads SET user_id = NULL WHERE user_id = :user", user),
        )

    # Uploads

    async def add_upload(self, upload: Upload) -> None:
        """Remember who brought a file into the archive, and when."""
        values = {name: getattr(upload, name) for name in _UPLOAD} | {"added_at": self._now()}
        await self._put("uploads", "name", values)

    async def uploads(self) -> list[Upload]:
        """Return the files that came through Discord, newest first."""
        rows = await self._query(f"SELECT {', '.join(_UPLOAD)} FROM uploads")  # noqa: S608
        return sorted((Upload(*row) for row in rows), key=lambda each: (-each.added_at, each.name))

    async def forget_upload(self, name: str) -> None:
        """Remove the record of an upload whose file was removed."""
        await self._query("DELETE FROM uploads WHERE name = :name", name=name)

    # Facts

    async def fact(self, name: str) -> str | None:
        """Return what was noted under a name, such as a hash of the commands that were synced; None if nothing was."""
        rows = await self._query("SELECT value FROM facts WHERE name = :name", name=name)
        return rows[0][0] if rows else None

    async def set_fact(self, name: str, value: str | None) -> None:
        """Note something under a name; None removes it."""
        if value is None:
            await self._query("DELETE FROM facts WHERE name = :name", name=name)
        else:
            await self._put("facts", "name", {"name": name, "value": value})

    async def replace_fact(self, name: str, before: str | None, value: str) -> bool:
        """Note something in place of `before` (None for nothing); return whether that still stood there.

        Of several processes that want to do something once, the one that is told True does it.
        """
        if before is None:
            noted = {"name": name, "value": value}
            rows = await self._query(f"{_insert('facts', noted)} ON CONFLICT(name) DO NOTHING RETURNING name", **noted)
        else:
            sql = "UPDATE facts SET value = :value WHERE name = :name AND value = :before RETURNING name"
            rows = await self._query(sql, name=name, value=value, before=before)
        return bool(rows)

    async def writer(self) -> Holder | None:
        """Return who writes the index now, if the right to is shared through this database; None if nobody does."""
        return await self._hop(holder, self._opened()) if self._shared else None

    def _now(self) -> int:
        return int(self._clock())

    async def _put(self, table: str, key: str, values: Mapping[str, Any]) -> None:
        """Insert a row, or change the one that has the same `key`."""
        changed = ", ".join(f"{name} = excluded.{name}" for name in values if name not in key.split(", "))
        await self._query(f"{_insert(table, values)} ON CONFLICT({key}) DO UPDATE SET {changed}", **values)

    async def _query(self, sql: str, **values: Any) -> Rows:
        return (await self._together((sql, values)))[0]

    async def _together(self, *statements: Statement) -> list[Rows]:
        """Carry out statements as one transaction, wholly or not at all; return the rows of each."""
        return await self._hop(self._opened().run, *statements)

    def _opened(self) -> Database:
        if self._database is None:
            raise StoreError("the bot's database is not open", "Start the bot anew")
        return self._database

    async def _hop(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))
        except DatabaseError as error:
            raise StoreError(error.message, error.hint) from error


def _insert(table: str, values: Mapping[str, Any]) -> str:
    named = ", ".join(f":{name}" for name in values)
    return f"INSERT INTO {table}({', '.join(values)}) VALUES({named})"
