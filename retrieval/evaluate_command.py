"""`archivist evaluate`: how well an archive answers a dataset's questions, and how two ways of answering differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retrieval import console
from retrieval.shell import Data, Json, Misuse, present, settings_for

if TYPE_CHECKING:
    from config import Settings
    from retrieval.comparing import Comparison

_Two = tuple[Path, Path]


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(
            help="A folder with corpus.jsonl, queries.jsonl and qrels.tsv; without corpus.jsonl, the archive in the "
            "data folder is asked, and qrels.tsv names its articles by their ids."
        ),
    ],
    data: Data = None,
    run: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a TREC run here.")] = None,
    answers: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the answers here, as JSON Lines.")] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with charts and the worst queries here, as HTML.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, metavar="N", help="How many articles a query.")] = 100,
    compare: Annotated[
        _Two | None, typer.Option(metavar="RUN_A RUN_B", help="Ask nothing: compare two runs by a paired test.")
    ] = None,
    compare_answers: Annotated[
        _Two | None, typer.Option(metavar="ANSWERS_A ANSWERS_B", help="With --compare: the answers beside the runs.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the search on a dataset in BEIR's layout."""
    named = [path.resolve() for path in (run, answers, report) if path]
    if len(set(named)) < len(named):
        names = [name for name, path in (("--run", run), ("--answers", answers), ("--report", report)) if path]
        raise Misuse(f"{' and '.join(names)} name the same file: give each one of its own")
    if compare_answers and not compare:
        raise Misuse("--compare-answers goes with --compare")
    if compare:
        if named:
            raise Misuse("--compare asks nothing: it does not go with --run, --answers or --report")
        _compare(dataset, compare, compare_answers, as_json)
        return
    settings = settings_for(data)
    from retrieval import build, show
    from retrieval import evaluate as evaluation
    from retrieval.progress import showing

    archive = _archive(dataset, data, settings)
    made = build.maker_of(settings) if archive else None
    encoder = build.encoder_for(settings, made) if made else build.encoder_of(settings)
    with showing(False) as shown:
        result = evaluation.evaluate(
            dataset,
            encoder,
            options=build.options_of(settings),
            ranking=build.ranking_of(settings),
            thresholds=build.thresholds_of(settings),
            reranking=build.reranking_of(settings),
            k=k,
            run=run,
            answers=answers,
            report=report,
            archive=archive,
            progress=shown,
        )
    if as_json:
        console.write_document(result.to_dict())
    else:
        present(lambda out: show.show_rows(out, result.rows()))


def _archive(dataset: Path, data: Path | None, settings: Settings) -> Path | None:
    """Return the data folder that a dataset without articles asks, None where it brings its own."""
    from retrieval import build
    from retrieval.dataset import QUERIES, has_articles

    if data is not None:
        return settings.data_dir  # a dataset with articles of its own is then refused
    if has_articles(dataset) or not (dataset / QUERIES).is_file() or not build.is_indexed(settings):
        return None
    console.note(f"{dataset} brings no articles: the archive in {settings.data_dir} is asked")
    return settings.data_dir


def _compare(dataset: Path, runs: _Two, answers: _Two | None, as_json: bool) -> None:
    from retrieval import comparing, show

    result = comparing.compare(dataset, *runs, *(answers or (None, None)))
    if as_json:
        console.write_document(result.to_dict())
    else:
        present(lambda out: show.show_rows(out, _rows(result)))


def _rows(result: Comparison) -> list[tuple[str, str]]:
    rows = [("A", result.a), ("B", result.b)]
    for name, each in result.measures.items():
        low, high = each.interval
        rows.append(
            (
                name.replace("_", " "),
                f"A {each.a:.4f}, B {each.b:.4f}: B - A {each.mean:+.4f} [{low:+.4f}, {high:+.4f}], p = {each.p:.4f}; "
                f"B higher in {each.better:,}, lower in {each.worse:,}, the same in {each.same:,} queries",
            )
        )
    return rows
