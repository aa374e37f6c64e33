"""What of a generation follows from its catalogue: the columns that filters read, the full text, the vocabulary."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from retrieval.index.catalogue import ARTICLE, article_from_row
from retrieval.index.columns import ARTICLES, days, name_key, write_columns
from retrieval.index.entries import entries
from retrieval.index.lexical import lexical_writer
from retrieval.index.vocabulary import WordCounts
from retrieval.types import Article

Progress = Callable[[str, int, int], None]  # phase, done, total


def articles_of(database: sqlite3.Connection) -> Iterator[tuple[int, str, bytes, str, Article]]:
    """Yield (row, id, hash, boilerplate, article) in row order, a few at a time."""
    row = -1
    while True:
        found = database.execute(
            f"SELECT row, id, hash, boilerplate, {ARTICLE} FROM articles WHERE row > ? ORDER BY row LIMIT 64",  # noqa: S608
            (row,),
        ).fetchall()
        if not found:
            return
        for row, article_id, digest, boilerplate, *rest in found:
            yield row, article_id, digest, boilerplate, article_from_row(rest)


def write_columns_of(database: sqlite3.Connection, folder: Path, articles: int, passages: int) -> None:
    """Write the columns of a catalogue that counts `articles` and `passages`."""
    folder.mkdir()
    table = np.zeros(articles, ARTICLES)
    numbers = dict(database.execute("SELECT key, number FROM publishers"))
    for row, publisher, published, story in database.execute("SELECT row, publisher, published, story FROM articles"):
        table[row] = (*days(published), numbers[name_key(publisher)] if publisher else -1, story)
    of = np.fromiter((a for (a,) in database.execute("SELECT article FROM passages ORDER BY row")), "<i4", passages)
    write_columns(folder, table, of)


def write_texts_of(database: sqlite3.Connection, folder: Path, articles: int, progress: Progress) -> None:
    """Write the full text and the vocabulary of a catalogue into the generation's folder."""
    at = 0
    spelt = WordCounts()
    texts = folder / "lexical"
    with lexical_writer(texts / "passages") as add_passage, lexical_writer(texts / "articles") as add_article:
        for row, _, _, _, article in articles_of(database):
            spans = database.execute(
                "SELECT start, end FROM passages WHERE article = ? ORDER BY row", (row,)
            ).fetchall()
            found, whole, words = entries(row, at, article, spans)
            at += len(found)
            for each in words:
                spelt.add(each)
            for entry in found:
                add_passage(entry)
            add_article(whole)
            progress("write", row + 1, articles)
    spelt.write(folder / "vocabulary")
