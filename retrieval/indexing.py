"""Bringing the index up to date: which files changed, what they hold now, and a new generation of it.

The generation that is asked stays as it is until the new one is whole; a run that finds nothing changed makes none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

from retrieval.encoders import Encoder
from retrieval.errors import DamagedError, EncoderMismatch, GenerationError
from retrieval.gathering import Progress
from retrieval.index import generation as generations
from retrieval.index.faults import told
from retrieval.index.local import LocalIndex, open_current
from retrieval.index.lock import writing
from retrieval.leases import ALONE, Right
from retrieval.one_run import Run
from retrieval.reading import Limits
from retrieval.reading.pool import Crew
from retrieval.reports import Options, Report

__all__ = ["Options", "Progress", "Report", "remove_source", "run_index"]


def run_index(
    data: Path,
    paths: Sequence[Path],
    encoder: Encoder,
    options: Options = Options(),
    *,
    full: bool = False,
    allow_removals: bool = False,
    dry_run: bool = False,
    stand_in: Path | None = None,
    progress: Progress = lambda phase, done, total: None,
    right: Right = ALONE,
    crew: Crew | None = None,
) -> Report:
    """Bring the sources at `paths` up to date, those known already where none are given; return what was done.

    `full` reads and encodes everything anew; `dry_run` reads and compares, and changes nothing. `stand_in` is a source
    that only held the place of others (the sample archive): it goes as soon as `paths` are given. `right` is held
    besides the data folder's lock, where machines with folders of their own must not write at once. The processes of
    `crew`, which are gone afterwards, read the files where those are many.

    Raises SourceError for a source that is missing, unreadable, suddenly empty or overlaps another, RemovalRefused
    where the guard stops the run (unless `allow_removals`), WriterBusy where another process writes. Whatever is
    raised, the generation that was current stays so.
    """
    started = time.perf_counter()
    away = options.away  # the data folder is only a workshop then, which a rehearsal may bring up to date as well
    with nullcontext(ALONE) if dry_run and not away else writing(data, right) as holding, told(data):
        if not dry_run or away:
            generations.settle(data)
        if away:
            away.fetch(data, holding.through(progress))
        previous = _previous(data, full)
        try:
            run = Run(data, encoder, options, previous, full, holding.through(progress), stand_in, crew)
            if dry_run:
                report = run.rehearse(paths, allow_removals)
            else:
                report = run.update(paths, allow_removals)
                if away:
                    away.publish(data, options.keep, holding.through(progress))
                generations.retire(data, options.keep)
        finally:
            if previous:
                previous.close()
    return replace(report, took_ms=round((time.perf_counter() - started) * 1000, 1))


def remove_source(
    data: Path,
    path: Path,
    encoder: Encoder,
    options: Options = Options(),
    *,
    progress: Progress = lambda phase, done, total: None,
    right: Right = ALONE,
) -> Report:
    """Let the source at `path` and its articles go, in a new generation; nothing is read or encoded for it.

    Raises SourceError where `path` is no source, EncoderMismatch where the index was made by another encoder, and
    otherwise as `run_index`. Passages stay cut as they were, whatever `options` say.
    """
    started = time.perf_counter()
    with writing(data, right) as holding, told(data):
        generations.settle(data)
        if options.away:
            options.away.fetch(data, holding.through(progress))
        with closing(open_current(data)) as previous:
            made = previous.manifest
            if made.encoder["fingerprint"] != encoder.fingerprint:
                raise EncoderMismatch(
                    f"the index in {data} was made by {made.encoder['name']}, the encoder here is {encoder.name}",
                    "Set the encoder that made it, or run `archivist index` first, which encodes the archive anew",
                )
            kept = replace(options, words=made.settings["words"], limits=Limits(**made.settings["limits"]))
            report = Run(data, encoder, kept, previous, False, holding.through(progress)).remove(path)
        if options.away:
            options.away.publish(data, options.keep, holding.through(progress))
        generations.retire(data, options.keep)
    return replace(report, took_ms=round((time.perf_counter() - started) * 1000, 1))


def _previous(data: Path, full: bool) -> LocalIndex | None:
    """Open the current generation; a damaged one only matters where something is to be taken over from it."""
    try:
        return open_current(data) if generations.current(data) else None
    except generations.OldFormat as error:
        logging.getLogger(__name__).warning("%s; all articles are read and encoded anew", error.message)
        return None
    except (DamagedError, GenerationError):
        if not full:
            raise
        return None
