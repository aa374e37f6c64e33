"""An index kept up to date step by step is the index that is built at once."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import press
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.archive import Archive
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex

NAMES = ["a.txt", "b.txt", "sub/c.txt", "sub/d.txt", "e.jsonl"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "delete", "move"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES[:4]),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=4,
)


def act(source: Path, kind: str, name: str, other: str, seed: int) -> None:
    path = source / name
    if kind == "write" and path.suffix == ".jsonl":
        press.write_lines(path, map(press.record, range(seed, seed + 3)))
    elif kind == "write":
        press.write_story(source, name, press.record(seed)["text"])
    elif kind == "delete":
        path.unlink(missing_ok=True)
    elif path.exists() and path.suffix == ".txt" and name != other:
        (source / other).parent.mkdir(exist_ok=True)
        path.replace(source / other)


def contents(data: Path) -> dict[str, Any]:
    """Return all that can be asked of an index, but for when it was built and under which number."""
    index = LocalIndex(generations.folder_of(data, generations.require_current(data)))
    rows = np.arange(index.manifest.passages)
    with Archive(index, HashEncoder()) as archive:
        questions = ("Who sold the ferry of Holm?", "lighthouse number 7", '"of Tarn" bridge', "before noon")
        return {
            "articles": [(asdict(citation), count) for citation, count in archive.articles()],
            "texts": [archive.article(citation.id) for citation, _ in archive.articles()],
            "passages": index.passages(rows.tolist()),
            "vectors": index.dense.vectors(rows).tobytes(),
            "columns": (index.columns.articles.tobytes(), index.columns.article_of.tobytes()),
            "answers": [archive.ask(question, k=8).hits for question in questions],
            "ranks": [archive.rank_articles(question, k=8) for question in questions],
            "languages": index.manifest.languages,
        }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(runs=st.lists(STEPS, min_size=2, max_size=3))
def test_step_by_step_is_the_same_as_at_once(runs: list[list[tuple[str, str, str, int]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = press.write_story(Path(folder) / "news", "first.txt", press.record(40)["text"]).parent
        before: set[str] = set()
        for steps in runs:
            for step in steps:
                act(source, *step)
            encoder = HashEncoder()
            press.build(Path(folder) / "steps", source, encoder, allow_removals=True)
            assert not before & set(encoder.encoded), "what the last index held is not encoded again"
            with Archive.open(Path(folder) / "steps", encoder=encoder) as archive:
                before = {p.passage.text for p in archive.search("anything", k=10_000)}
        press.build(Path(folder) / "once", source, HashEncoder())
        assert contents(Path(folder) / "steps") == contents(Path(folder) / "once")
