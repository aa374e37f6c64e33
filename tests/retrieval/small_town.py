"""A dataset of four invented articles, and an encoder that is small, and real: for the tests of evaluation."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.encoders import Progress, Vectors

ARTICLES = [
    (
        "ferry",
        "The ferry returns",
        "The ferry to Holm sails again. It carries ninety passengers. Tickets cost four crowns.",
    ),
    (
        "bridge",
        "A bridge too low",
        "The new bridge over the Lune is too low for barges. Engineers will raise it by two metres.",
    ),
    (
        "orchard",
        "Frost in the orchards",
        "Late frost has killed the pear blossom. Growers expect half of last year's harvest.",
    ),
    ("library", "Library stays open", "The library in Tarn keeps its reading room. A baker paid for the new roof."),
]
QUERIES: list[dict[str, Any]] = [
    {
        "_id": "q1",
        "text": "How many passengers does the ferry carry?",
        "answerable": True,
        "answers": ["ninety passengers"],
    },
    {"_id": "q2", "text": "Who paid for the library roof?", "answers": ["A baker!"]},
    {"_id": "q3", "text": "Which zeppelin landed on Mars?", "answerable": False, "answers": []},
    {"_id": "q4", "text": "What about pears?", "answerable": None},
    {"_id": "q5", "text": "Why is the bridge too low for barges?"},
]
QRELS = [("q1", "ferry", 1), ("q2", "library", 1), ("q4", "orchard", 1)]


class HashedWords:
    """A real, small encoder: a text's vector counts its words, each in the place that its hash says."""

    name = "hashed-words"
    fingerprint = hashlib.sha256(b"hashed-words/1").hexdigest()
    prompts = ("", "")
    dimension = 256
    max_tokens = 256
    languages: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.method = {"backend": "hashed words"}
        self.questions: list[str] = []
        self.passages: list[str] = []

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.questions.extend(texts)
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.passages.extend(texts)
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
                row[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % self.dimension] += 1
        normalised: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return normalised


def corpus_lines(articles: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [{"_id": i, "title": title, "text": text, "lang": "en"} for i, title, text in articles]


def write_lines(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def write_dataset(
    folder: Path,
    corpus: Sequence[dict[str, Any]] | None = None,
    queries: Sequence[dict[str, Any]] = QUERIES,
    qrels: Sequence[tuple[str, str, int]] = QRELS,
) -> Path:
    folder.mkdir()
    write_lines(folder / "corpus.jsonl", corpus_lines(ARTICLES) if corpus is None else corpus)
    write_lines(folder / "queries.jsonl", queries)
    rows = "".join(f"{q}\t{d}\t{s}\n" for q, d, s in qrels)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + rows, encoding="utf-8")
    return folder


def read_answers(path: Path) -> dict[str, Any]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({row["query_id"] for row in rows}) == len(rows)
    return {row["query_id"]: row for row in rows}


def read_run(path: Path) -> dict[str, list[tuple[str, int, float]]]:
    found: dict[str, list[tuple[str, int, float]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        query_id, zero, corpus_id, rank, score, tag = line.split(" ")
        assert (zero, tag) == ("Q0", "archivist")
        found.setdefault(query_id, []).append((corpus_id, int(rank), float(score)))
    return found


def folder_of_articles(folder: Path) -> Path:
    """A dataset whose articles are files: one text in a folder, and two records of one file."""
    (folder / "articles" / "north").mkdir(parents=True)
    title, text = ARTICLES[0][1:]
    (folder / "articles" / "north" / "ferry.txt").write_text(f"{title}\n\n{text}\n", encoding="utf-8")
    write_lines(folder / "articles" / "wire.jsonl", corpus_lines(ARTICLES[1:3]))
    write_lines(folder / "queries.jsonl", [QUERIES[0], {"_id": "q5", "text": "Which blossom has the frost killed?"}])
    qrels = "query-id\tcorpus-id\tscore\nq1\tnorth/ferry.txt\t1\nq5\twire.jsonl#orchard\t1\n"
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder
