"""The tables of the bot's database, and how a database of an older version becomes one of this.

They are the same in SQLite and in PostgreSQL; only their types are called otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.database import Database, DatabaseError, Run
from retrieval.errors import ArchivistError

# Step n brings a database of version n to version n + 1. Steps that were released are never changed.
STEPS: tuple[str, ...] = (
    """
    CREATE TABLE guild_settings(guild_id INTEGER PRIMARY KEY, channels TEXT NOT NULL, private INTEGER NOT NULL,
      k INTEGER, sure REAL, log_channel INTEGER, manager_role INTEGER);
    CREATE TABLE answers(id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER, channel_id INTEGER NOT NULL,
      guild_id INTEGER, asker_id INTEGER NOT NULL, question TEXT NOT NULL, question_key TEXT NOT NULL,
      filters TEXT NOT NULL, k INTEGER NOT NULL, private INTEGER NOT NULL, status TEXT NOT NULL,
      confidence REAL NOT NULL, generation TEXT NOT NULL, hits TEXT NOT NULL, created_at INTEGER NOT NULL,
      previous TEXT NOT NULL, undated INTEGER NOT NULL);
    CREATE UNIQUE INDEX answers_message ON answers(message_id);
    CREATE INDEX answers_guild ON answers(guild_id, status);
    CREATE INDEX answers_asker ON answers(asker_id);
    CREATE INDEX answers_created ON answers(created_at);
    CREATE TABLE votes(answer_id INTEGER NOT NULL REFERENCES answers(id) ON DELETE CASCADE, user_id INTEGER NOT NULL,
      article_id TEXT NOT NULL, vote INTEGER NOT NULL, PRIMARY KEY(answer_id, user_id, article_id)) WITHOUT ROWID;
    CREATE INDEX votes_user ON votes(user_id);
    CREATE TABLE uploads(name TEXT PRIMARY KEY, original_name TEXT NOT NULL, size_bytes INTEGER NOT NULL,
      sha256 TEXT NOT NULL, user_id INTEGER, guild_id INTEGER, added_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE answers ADD COLUMN heard TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE answers ADD COLUMN additions TEXT NOT NULL DEFAULT '{}';
    """,
)


# Named in the order in which they are replaced. Both types of SQLite that are meant here have 64 bits.
_IN_POSTGRES = (
    ("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    ("INTEGER", "BIGINT"),
    ("REAL", "DOUBLE PRECISION"),
    (" WITHOUT ROWID", ""),
)
_ONE_AT_A_TIME = 0x41726368  # names a lock of PostgreSQL's; any number that others do not use


class StoreError(ArchivistError):
    """The bot's database cannot be used."""

    kind = "store"


def open_database(url: str, steps: Sequence[str] = STEPS) -> Database:
    """Open the database at `url`, made or brought up to date first; a file may only be read by its user.

    Each step is done wholly or not at all, and by one process where several begin at once. Raises StoreError for a
    database of a newer version, for a file that is no database, and for a server that cannot be reached.
    """
    try:
        database = Database(url)
        try:
            while _step(database, steps):
                pass
        except BaseException:
            database.close()
            raise
    except DatabaseError as error:
        raise StoreError(error.message, error.hint) from error
    return database


def _step(database: Database, steps: Sequence[str]) -> bool:
    """Take the step that is due; return whether there was one."""
    with database.transaction() as run:
        version = _version(database, run)
        if version > len(steps):
            raise StoreError(
                f"{database.name} has version {version}, this program knows versions up to {len(steps)}",
                "Update Archivist",
            )
        if version == len(steps):
            return False
        for statement in filter(None, map(str.strip, _in_words_of(database, steps[version]).split(";"))):
            run(statement, {})
        if database.dialect == "sqlite":
            run(f"PRAGMA user_version = {version + 1}", {})
        else:
            run("UPDATE bot_version SET version = :version", {"version": version + 1})
    return True


def _version(database: Database, run: Run) -> int:
    if database.dialect == "sqlite":
        return int(run("PRAGMA user_version", {})[0][0])
    run("SELECT pg_advisory_xact_lock(:key)", {"key": _ONE_AT_A_TIME})
    run("CREATE TABLE IF NOT EXISTS bot_version(version BIGINT NOT NULL)", {})
    run("INSERT INTO bot_version SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM bot_version)", {})
    return int(run("SELECT version FROM bot_version", {})[0][0])


def _in_words_of(database: Database, step: str) -> str:
    if database.dialect == "postgresql":
        for ours, theirs in _IN_POSTGRES:
            step = step.replace(ours, theirs)
    return step
