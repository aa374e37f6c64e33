"""Where settings become the parts that they set; below this, nothing of `retrieval` sees them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.answer import Thresholds
from retrieval.archive import Archive
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.errors import SourceError
from retrieval.index import generation as generations
from retrieval.index.local import LocalIndex, open_current
from retrieval.indexing import Options
from retrieval.reading import Limits
from retrieval.search import Ranking

if TYPE_CHECKING:
    from config import Settings

_MIB = 1024 * 1024
_MILLION = 1_000_000  # an article is measured in characters


def encoder_of(settings: Settings) -> SentenceTransformerEncoder:
    """Return the encoder that is set; raises EncoderError where its files cannot be found or used."""
    chosen = settings.encoder
    return SentenceTransformerEncoder(
        chosen.model,
        query_prompt=chosen.query_prompt,
        passage_prompt=chosen.passage_prompt,
        threads=chosen.threads,
        languages=chosen.languages,
    )


def options_of(settings: Settings) -> Options:
    """Return how an index is made."""
    reading = settings.reading
    return Options(
        words=settings.passages.words,
        keep=settings.index.keep,
        max_removed_share=settings.index.max_removed_share,
        max_removed=settings.index.max_removed,
        limits=Limits(reading.max_file_mb * _MIB, reading.max_article_mb * _MILLION),
        processes=reading.processes,
    )


def ranking_of(settings: Settings) -> Ranking:
    """Return how passages are ranked."""
    return Ranking(
        candidates=settings.search.candidates,
        per_article=settings.search.per_article,
        prefer_recent_days=settings.search.prefer_recent_days,
    )


def thresholds_of(settings: Settings) -> Thresholds:
    """Return from which confidence an answer counts as one."""
    return Thresholds(settings.answer.answered, settings.answer.unsure)


def open_archive(settings: Settings) -> Archive:
    """Open the archive in the data folder that is set; the same errors as `Archive.open`."""
    generations.require_current(settings.data_dir)  # before the encoder's files are read, which takes a while
    return Archive.open(
        settings.data_dir,
        encoder=encoder_of(settings),
        ranking=ranking_of(settings),
        thresholds=thresholds_of(settings),
        now=None if settings.search.now == "today" else settings.search.now,
        times=settings.search.understand_time,
    )


def open_index(settings: Settings) -> LocalIndex:
    """Open the current generation without an encoder, to tell what is in it; the same errors as `Archive.open`."""
    return open_current(settings.data_dir)


def is_indexed(settings: Settings) -> bool:
    """Whether the data folder that is set has an index, be it damaged; raises DamagedError where nobody can tell."""
    return generations.current(settings.data_dir) is not None or bool(generations.names(settings.data_dir))


def sample_archive() -> Path:
    """Return the folder of sample articles that ships with the program; raises SourceError where it is not there."""
    # Beside this package, in a checkout and in an installed wheel alike. `files("seeds")` would mix in any other folder
    # of that name on the path, such as one in the working folder, since it is no package of its own.
    folder = Path(str(files("retrieval"))).parent / "seeds" / "articles"
    if not folder.is_dir():
        raise SourceError(
            f"the sample archive is not installed: {folder} is missing",
            "Run `archivist index PATH` with your articles' folder",
        )
    return folder


def stand_in() -> Path | None:
    """Return the sample archive as a source that goes when another comes; None where it is not installed."""
    try:
        return sample_archive().resolve()
    except SourceError:
        return None
