"""The command that fits how sure answers are to an archive of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retrieval import console
from retrieval.shell import Data, Json, settings_for


def calibrate(
    datasets: Annotated[
        list[Path], typer.Argument(metavar="DATASET...", help="Folders with corpus.jsonl, queries.jsonl and qrels.tsv.")
    ],
    data: Data = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure, and leave the data folder as it is.")] = False,
    as_json: Json = False,
) -> None:
    """Fit how sure answers are to questions with judgements, for the archive in the data folder."""
    settings = settings_for(data)
    from retrieval import build
    from retrieval.calibrating import calibrate as fitted
    from retrieval.calibrating import gather, keep
    from retrieval.progress import showing

    encoder = build.encoder_of(settings)
    with showing(False) as shown:
        examples = [
            gather(
                dataset,
                encoder,
                options=build.options_of(settings),
                ranking=build.ranking_of(settings),
                progress=shown,
            )
            for dataset in datasets
        ]
    result = fitted(examples)
    written = None if dry_run else keep(settings.data_dir, result)
    if as_json:
        console.write_document(result.to_dict() | {"written": str(written) if written else None})
        return
    console.write(
        f"{result.queries:,} queries, {result.right:,} answered right\n"
        f"expected calibration error: {_shown(result.ece_before)} before, {_shown(result.ece_after)} after\n"
        f"AUROC, answerable or not: {_shown(result.auroc_before)} before, {_shown(result.auroc_after)} after\n"
        "(after: each fifth of the queries by a fit to the others)\n"
    )
    if result.skipped:
        console.note(f"{len(result.skipped):,} queries could not be asked: --json names them")
    console.note(
        f"written to {written}: used from the next start on. Delete it to go back"
        if written
        else "nothing was written: this was a dry run"
    )


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
