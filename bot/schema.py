"""The tables of the bot's database, and how a database of an older version becomes one of this."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

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


class StoreError(ArchivistError):
    """The bot's database cannot be used."""

    kind = "store"


def open_database(path: Path, steps: Sequence[str] = STEPS) -> sqlite3.Connection:
    """Open the database at `path`, made or brought up to date first; only its user may read it.

    Each step is done wholly or not at all. Raises StoreError for a database of a newer version, and for a file that
    is no database.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # it holds what people asked
        connection = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be opened: {error}", "Check the data folder's permissions") from error
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted must not stay readable in the file
        _migrate(connection, path, steps)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path} cannot be read: {error}", "Move it away; the bot then begins a new one") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[str]) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(steps):
        raise StoreError(
            f"{path} has version {version}, this program knows versions up to {len(steps)}", "Update Archivist"
        )
    for number, step in enumerate(steps[version:], version + 1):
        try:
            # executescript commits what is open before it begins, so the transaction is part of the script.
            connection.executescript(f"BEGIN IMMEDIATE;\n{step};\nPRAGMA user_version = {number};\nCOMMIT;")
        except BaseException:
            if connection.in_transaction:
                connection.rollback()
            raise
