"""Does a Milvus rank as the folder does? The same questions asked of both, over datasets that are indexed already.

    python -m tests.benchmarks.milvus_quality FOLDER INDEXES [SET …] [--uri URI]

FOLDER holds datasets (queries.jsonl, qrels.tsv), INDEXES each one's work folder as `quality --work` leaves it, which is
only read. Each index is loaded into URI, or into a Milvus Lite in a temporary folder, and asked both there and here.
Printed is a Markdown table: nDCG@10 of both, how many questions have another ranking among the best ten, how many
passages were loaded in a second, and the median time of a question in both.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from retrieval.archive import Archive
from retrieval.dataset import Dataset, load_dataset
from retrieval.encoders.choosing import choose
from retrieval.encoders.remembering import Remembering
from retrieval.evaluate import Corpus
from retrieval.index.generation import current
from retrieval.index.local import open_current
from retrieval.index.milvus import layout
from retrieval.index.milvus.keeper import MilvusKeeper
from retrieval.index.milvus.layout import Stem
from retrieval.index.milvus.loading import Loader
from retrieval.index.milvus.server import Server
from retrieval.measures import ranking_values

Run = dict[str, dict[str, float]]


class Asked(NamedTuple):
    """What came of a set's questions: the run over corpus ids, and the median time of a ranking in ms."""

    run: Run
    median_ms: float


def ask(archive: Archive, loaded: Dataset, source: Path | None) -> Asked:
    """Rank ten articles for every judged query."""
    corpus = Corpus(loaded, source, archive)
    run: Run = {}
    times = []
    for query in loaded.queries:
        if query.id not in loaded.qrels:
            continue
        began = time.perf_counter()
        ranked = archive.rank_articles(query.text, k=10, previous=query.history, now=query.asked)
        times.append((time.perf_counter() - began) * 1000)
        run[query.id] = {corpus.rows[row]: float(score) for row, score in ranked}
    return Asked(run, statistics.median(times))


def measure(dataset: Path, work: Path, uri: str) -> str:
    """Load a set's index into the server at `uri`, ask both, and return the table's line."""
    loaded, data = load_dataset(dataset), work / "index"
    encoder = Remembering(choose(), 10_000)
    with closing(open_current(data)) as index, closing(Server(uri, timeout_s=60)) as server:
        source = Path(index.holdings()[0].path)
        stem = Stem(f"q{secrets.token_hex(5)}", index.manifest.generation, index.manifest.seal[:8])
        began = time.perf_counter()
        Loader(server, stem, index, 1, "auto").load(lambda phase, done, total: None)
        seconds = time.perf_counter() - began
        server.point(layout.current(stem.prefix), stem.records)
        passages = index.manifest.passages
    with closing(MilvusKeeper(lambda: Server(uri, timeout_s=60), uri, stem.prefix)) as keeper:
        with Archive.open(data, encoder=encoder) as here:
            ask(here, loaded, source)  # encodes the questions, which is neither's time
            local = ask(here, loaded, source)
        with Archive.open(data, keeper=keeper, encoder=encoder) as there:
            away = ask(there, loaded, source)
        for collection in stem.collections:
            keeper.server.drop(collection)
    ndcg = [
        statistics.fmean(ranking_values(loaded.qrels, run, 10)["ndcg_10"].values()) for run in (local.run, away.run)
    ]
    other = sum(list(local.run[query]) != list(away.run[query]) for query in local.run)
    return (
        f"| {dataset.name} | {passages:,} | {len(local.run):,} | {ndcg[0]:.4f} | {ndcg[1]:.4f} | {other} | "
        f"{passages / seconds:,.0f} | {local.median_ms:.1f} | {away.median_ms:.1f} |"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("indexes", type=Path)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--uri", default="")
    chosen = parser.parse_args(arguments)
    sys.stdout.write(
        "| set | passages | queries | nDCG@10 local | nDCG@10 Milvus | other top 10 | loaded/s | ms | ms |\n"
    )
    sys.stdout.write("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
    names = chosen.sets or sorted(path.name for path in chosen.indexes.iterdir() if current(path / "index"))
    for name in names:
        with TemporaryDirectory(prefix="archivist-milvus-") as folder:
            line = measure(chosen.folder / name, chosen.indexes / name, chosen.uri or str(Path(folder) / "lite.db"))
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
