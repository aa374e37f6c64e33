"""Datasets to measure on, in the layout of BEIR (Thakur et al. 2021, arXiv 2104.08663): articles, queries, judgements.

Read strictly, since a dataset that is misread gives numbers that look right. The articles themselves are left to the
indexer; what is read of them here are their ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from retrieval.errors import DatasetError
from retrieval.reading.fields import stated

CORPUS, ARTICLES, QUERIES, QRELS = "corpus.jsonl", "articles", "queries.jsonl", "qrels.tsv"
_LAYOUT = f"A dataset is a folder with {CORPUS} (or a folder {ARTICLES}), {QUERIES} and {QRELS}"


@dataclass(frozen=True, slots=True)
class Query:
    """A question of a dataset. `answers` may be empty.

    `answerable` is None where the dataset does not say; where it says nothing at all of it (null is something), a
    judged query is answerable. `asked` is the question's today; `history` are the questions before it, oldest first,
    without what they were answered. `implied` is whether it is only answerable for being judged.
    """

    id: str
    text: str
    answerable: bool | None
    answers: tuple[str, ...]
    asked: date | None = None
    history: tuple[str, ...] = ()
    implied: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that was read and checked.

    `queries` are in the file's order, at least one. `qrels` holds the judged queries: query id -> corpus id ->
    relevance. `records` leads from an article's name as the reader of JSON Lines understands it to its corpus id; it is
    None where the articles lie in a folder, whose corpus ids are known only after reading, or are elsewhere.
    """

    folder: Path
    queries: tuple[Query, ...]
    qrels: dict[str, dict[str, int]]
    records: dict[str, str] | None

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    def check_judged(self, corpus_ids: frozenset[str]) -> None:
        """Raise DatasetError, naming it, for a judged article that is not among `corpus_ids`."""
        for query_id, judged in self.qrels.items():
            for corpus_id in judged:
                if corpus_id not in corpus_ids:
                    raise DatasetError(
                        f"{self.folder / QRELS} judges the article {corpus_id!r} for the query {query_id!r}, "
                        "but there is no such article",
                        "Take the row out, or put the article in; ids are compared letter by letter",
                    )


def has_articles(folder: Path) -> bool:
    """Whether the dataset in `folder` brings its own articles."""
    folder = folder.expanduser()
    return (folder / CORPUS).is_file() or (folder / ARTICLES).is_dir()


def load_dataset(folder: Path, *, elsewhere: bool = False) -> Dataset:
    """Read the dataset in `folder`; where its articles are `elsewhere`, it has only queries and judgements.

    Raises DatasetError for a file that is missing or cannot be read, a line that is not as it should be (named by its
    number), an id that is there twice, no articles or no queries, and a judgement about an unknown query or article
    (with `articles/`, about an article only by `check_judged`).
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder", _LAYOUT)
    records = _records(folder / CORPUS) if (folder / CORPUS).is_file() else None
    if elsewhere and has_articles(folder):
        raise DatasetError(
            f"{folder} brings its own articles, and cannot be asked of another archive",
            f"Leave out the data folder, or keep {QUERIES} and {QRELS} in a folder without them",
        )
    if not elsewhere and not has_articles(folder):
        raise DatasetError(
            f"{folder} has neither {CORPUS} nor a folder {ARTICLES}",
            f"{_LAYOUT}. Without articles, `--data DIR` names the archive that they are in",
        )
    queries, unstated = _queries(folder / QUERIES)
    qrels = _qrels(folder / QRELS, queries)
    for query_id in unstated & qrels.keys():
        queries[query_id] = replace(queries[query_id], answerable=True, implied=True)
    dataset = Dataset(folder, tuple(queries.values()), qrels, records)
    if records is not None:
        dataset.check_judged(frozenset(records.values()))
    return dataset


def _records(path: Path) -> dict[str, str]:
    """Return the corpus ids, by the names that the reader gives the articles."""
    found: dict[str, str] = {}
    for number, line in _objects(path):
        corpus_id = _id(line, path, number)
        record = stated({"_id": corpus_id}, ("_id",))
        if record is None:
            raise DatasetError(f"line {number} of {path} has an _id without a letter", "Give every article an _id")
        if record in found:
            raise DatasetError(
                f"line {number} of {path} has the _id {corpus_id!r} again", "Give every article its own _id"
            )
        found[record] = corpus_id
    if not found:
        raise DatasetError(f"{path} holds no articles", _LAYOUT)
    return found


def _queries(path: Path) -> tuple[dict[str, Query], set[str]]:
    """Return the queries by id, and the ids of those that do not say whether they can be answered."""
    found: dict[str, Query] = {}
    unstated = set()
    for number, line in _objects(path):
        query_id = _id(line, path, number)
        if query_id in found:
            raise DatasetError(
                f"line {number} of {path} has the _id {query_id!r} again", "Give every query its own _id"
            )
        text, answerable = line.get("text"), line.get("answerable")
        if not isinstance(text, str):
            raise DatasetError(f"line {number} of {path} has no text", 'Write the question as a string in "text"')
        if not isinstance(answerable, bool | None):
            raise DatasetError(
                f"line {number} of {path} has {answerable!r} as answerable", "Write true or false, or leave it out"
            )
        if "answerable" not in line:
            unstated.add(query_id)
        found[query_id] = Query(
            query_id, text, answerable, _answers(line, path, number), _asked(line, path, number),
            _history(line, path, number),
        )  # fmt: skip
    if not found:
        raise DatasetError(f"{path} holds no queries", "Write one query a line, with _id and text")
    return found, unstated


def _answers(line: dict[str, Any], path: Path, number: int) -> tuple[str, ...]:
    answers = line.get("answers")
    if answers is None:
        return ()
    if isinstance(answers, list) and all(isinstance(answer, str) for answer in answers):
        return tuple(answers)
    raise DatasetError(
        f"line {number} of {path} has answers that are not a list of strings", "Write a list, [] for none"
    )


def _asked(line: dict[str, Any], path: Path, number: int) -> date | None:
    asked = line.get("asked")
    if asked is None:
        return None
    try:
        return date.fromisoformat(asked[:10])  # a time of day may follow
    except (TypeError, ValueError) as error:
        raise DatasetError(
            f"line {number} of {path} has {asked!r} as asked", "Write an ISO 8601 date, such as 2024-03-31"
        ) from error


def _history(line: dict[str, Any], path: Path, number: int) -> tuple[str, ...]:
    turns = line.get("history")
    if turns is None:
        return ()
    if isinstance(turns, list) and all(
        isinstance(turn, dict) and isinstance(turn.get("role"), str) and isinstance(turn.get("text"), str)
        for turn in turns
    ):
        return tuple(turn["text"] for turn in turns if turn["role"] == "user")
    raise DatasetError(
        f"line {number} of {path} has a history that is not a list of turns",
        'Write a list of {"role": "user", "text": "…"}, oldest first, [] for none',
    )


def _qrels(path: Path, queries: dict[str, Query]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    header = True
    for number, line in lines_of(path):
        columns = line.split("\t")
        if len(columns) != 3:
            raise DatasetError(
                f"line {number} of {path} has {len(columns)} columns, not 3",
                "Write query-id, corpus-id and score, divided by tabs, below a header",
            )
        query_id, corpus_id, score = columns
        relevance = _whole_number(score)
        if header:
            if relevance is not None:
                raise DatasetError(f"{path} has no header", "Let its first line be query-id, corpus-id, score")
            header = False
            continue
        if relevance is None:
            raise DatasetError(
                f"line {number} of {path} has the score {score!r}", "Write a whole number, 0 for not relevant"
            )
        if query_id not in queries:
            raise DatasetError(
                f"line {number} of {path} judges the query {query_id!r}, which {QUERIES} does not have",
                "Take the line out, or put the query in; ids are compared letter by letter",
            )
        if found.setdefault(query_id, {}).setdefault(corpus_id, relevance) != relevance:
            raise DatasetError(
                f"line {number} of {path} gives {corpus_id!r} another score for {query_id!r} than a line before",
                "Keep one of them",
            )
    if header:
        raise DatasetError(f"{path} is empty", "Let its first line be query-id, corpus-id, score")
    return found


def _whole_number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _id(line: dict[str, Any], path: Path, number: int) -> str:
    value = line.get("_id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise DatasetError(f"line {number} of {path} has no _id", "Give every line an _id, a string")
    return value


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in lines_of(path):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DatasetError(
                f"line {number} of {path} is not valid JSON: {str(error)[:100]}", "Write one JSON object a line"
            ) from error
        if not isinstance(value, dict):
            raise DatasetError(f"line {number} of {path} is not a JSON object", "Write one JSON object a line")
        yield number, value


def lines_of(path: Path, hint: str = _LAYOUT) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers from 1; they end at \\n alone, as the reader has it."""
    number = 0
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if line.strip():
                    yield number, line
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is not there", hint) from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}", "Check that this user may read it") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"line {number} of {path} is not UTF-8", "Save the file as UTF-8") from error
