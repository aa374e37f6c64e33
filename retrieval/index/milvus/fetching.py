"""Brings a generation home from a server, so that the next one can be built from it on any machine.

The catalogue and the vectors come as they were; columns and full text are made of them anew. What stands in it is what
was published, though its files may differ in their bytes.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedError
from retrieval.index import generation as generations
from retrieval.index.catalogue import SCHEMA
from retrieval.index.dense import write_dense
from retrieval.index.derived import write_columns_of, write_texts_of
from retrieval.index.generation import Manifest
from retrieval.index.local import LocalIndex
from retrieval.index.milvus.contents import COLUMNS, Contents
from retrieval.index.milvus.ledger import unpack
from retrieval.index.recaptures import CAPTURES
from retrieval.index.verifying import check_rows

Progress = Callable[[str, int, int], None]  # phase, done, total
_SOME = 200  # articles with their texts
_VECTORS = 4_096


def fetch(contents: Contents, data: Path, progress: Progress) -> Manifest:
    """Make the generation of `contents` the current one of the data folder `data`; return its manifest there.

    Raises DamagedError where it is not whole, and whatever the server raises; the folder is then as it was.
    """
    building = generations.new_folder(data)
    made = replace(contents.manifest, files={}, seal="", dense={})
    try:
        _write_catalogue(contents, building / "catalogue.sqlite", made, progress)
        write_dense(building / "dense.faiss", _vectors(contents, made.passages, progress), made.encoder["dimension"])
        with closing(sqlite3.connect(building / "catalogue.sqlite")) as database:
            write_columns_of(database, building / "columns", made.articles, made.passages)
            write_texts_of(database, building, made.articles, progress)
        finished = LocalIndex(building, made)
        try:
            check_rows(finished)
        finally:
            finished.close()
        other = generations.folder_of(data, made.generation)
        if other.exists():  # of the same name and not the same: another machine published first
            other.rename(other.with_name(f".retired-{other.name}"))
            shutil.rmtree(other.with_name(f".retired-{other.name}"), ignore_errors=True)
        return generations.publish(data, building, made)
    finally:
        generations.clear(building)


def _write_catalogue(contents: Contents, path: Path, made: Manifest, progress: Progress) -> None:
    database = sqlite3.connect(path)
    try:
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + SCHEMA + CAPTURES)
        for some in contents.ledger():
            unpack(database, some)
        for start in range(0, made.articles, _SOME):
            rows = range(start, min(start + _SOME, made.articles))
            whole = contents.whole(rows)
            database.executemany(
                f"INSERT INTO articles VALUES ({', '.join('?' * len(COLUMNS))})",  # noqa: S608 - question marks only
                [tuple(whole[row].values()) for row in rows],
            )
            progress("fetch", rows.stop, made.articles)
        database.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", _passages(contents, made.passages))
        database.commit()
    except sqlite3.DatabaseError as error:
        raise DamagedError(
            f"{contents.stem} cannot be put together: {error}", "Run `archivist index --full`"
        ) from error
    finally:
        database.close()


def _passages(contents: Contents, count: int) -> Iterator[tuple[int, int, int, int, str | None, str | None, bytes]]:
    fields = ("article", "start", "end", "place", "hash")
    for row in contents.scan(contents.stem.passages, count, fields, step=_VECTORS):
        heading, page = json.loads(row["place"])
        yield row["row"], row["article"], row["start"], row["end"], heading, page, bytes.fromhex(row["hash"])


def _vectors(contents: Contents, count: int, progress: Progress) -> Iterator[NDArray[np.float32]]:
    for start in range(0, count, _VECTORS):
        rows = range(start, min(start + _VECTORS, count))
        progress("fetch", rows.stop, count)
        yield np.array([each["vector"] for each in contents.passages(rows, ("vector",))], np.float32)
