"""Where settings become the parts that they set; below this, nothing of `retrieval` sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval import console
from retrieval.encoders import Encoder
from retrieval.encoders.choosing import Recipe, choose, made_by
from retrieval.encoders.cluster import ClusterEncoder
from retrieval.errors import GenerationError, SourceError
from retrieval.keeper import Keeper, LocalKeeper, Opened
from retrieval.leases import ALONE, Right, SharedRight
from retrieval.reading import Limits
from retrieval.reports import Away, Options
from retrieval.rerankers import CrossEncoderReranker, Reranking

if TYPE_CHECKING:
    from config import Settings
    from retrieval.answer import Thresholds
    from retrieval.archive import Archive
    from retrieval.index.milvus.keeper import MilvusKeeper
    from retrieval.ranking import Ranking

_MIB = 1024 * 1024
_MILLION = 1_000_000  # an article is measured in characters


def encoder_of(settings: Settings) -> Encoder:
    """Return the encoder that is set; whoever runs the program is told where a model is converted for it first.

    Raises EncoderError where the model's files cannot be found or used.
    """
    chosen = settings.encoder
    return choose(
        chosen.model,
        backend=chosen.backend,
        precision=chosen.precision,
        query_prompt=chosen.query_prompt,
        passage_prompt=chosen.passage_prompt,
        threads=chosen.threads,
        languages=chosen.languages,
        tell=console.note,
    )


def encoder_for(settings: Settings, made: Mapping[str, Any]) -> Encoder:
    """Return the encoder to ask an index with that says in its manifest that `made` made it.

    That is what made it, if its model and prompts are those that are set: what runs the model may change from one index
    to the next. Else it is the encoder that is set. Raises EncoderError as `encoder_of` does, EncoderMismatch where
    what made the index is gone.
    """
    chosen = settings.encoder
    if (made["name"], made["query_prompt"], made["passage_prompt"]) == (
        chosen.model, chosen.query_prompt, chosen.passage_prompt,
    ):  # fmt: skip
        return made_by(made, threads=chosen.threads, languages=chosen.languages, tell=console.note)
    return encoder_of(settings)


def maker_of(settings: Settings) -> dict[str, Any] | None:
    """Return what the current generation's manifest says of its encoder, None where there is none or none is read.

    What is wrong with one that cannot be read is told by whoever opens it.
    """
    try:
        return keeper_of(settings).maker()
    except GenerationError:
        return None


def encoder_to_index(settings: Settings) -> Encoder:
    """Return the encoder that is set, and tell where another made the index, so that everything is encoded anew."""
    encoder = encoder_of(settings)
    made = maker_of(settings)
    if made and made["fingerprint"] != encoder.fingerprint:
        before, now = described(made["name"], made), described(encoder.name, encoder.method)
        how = f"by {before}, and is made by {now} now" if before != now else f"by another version of {now}"
        console.note(f"the index was made {how}: every passage is encoded anew")
    return encoder


def spread_over(settings: Settings, encoder: Encoder, scheduler: str) -> Encoder:
    """Return an encoder like the one that is set, whose passages the workers of a Dask scheduler encode.

    Raises ClusterError where they cannot, EncoderMismatch where they have another encoder.
    """
    chosen = settings.encoder
    recipe = Recipe(
        chosen.model, chosen.backend, chosen.precision, chosen.query_prompt, chosen.passage_prompt, chosen.languages
    )
    spread = ClusterEncoder(encoder, scheduler, recipe)
    workers = spread.check()
    console.note(f"passages are encoded by {workers:,} worker{'s' if workers > 1 else ''} of {scheduler}")
    return spread


def described(name: str, method: Mapping[str, Any]) -> str:
    """Return an encoder's name with what runs it, for people; an older index does not say, and it was PyTorch."""
    return f"{name} ({method.get('backend', 'torch')}, {method.get('precision', 'float32')})"


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
        exact_below=settings.index.exact_below,
        away=away_of(settings),
    )


def right_of(settings: Settings) -> Right:
    """Return the right to write the index: one process has it among all who share a database, if one is set."""
    url = settings.database.url.get_secret_value()
    return SharedRight(url) if url else ALONE


def ranking_of(settings: Settings) -> Ranking:
    """Return how passages are ranked."""
    from retrieval.ranking import Ranking  # here and below: whoever indexes needs nothing of what answers

    return Ranking(
        candidates=settings.search.candidates,
        per_article=settings.search.per_article,
        prefer_recent_days=settings.search.prefer_recent_days,
    )


def reranking_of(settings: Settings) -> Reranking | None:
    """Return how the best passages are read again, None where no reranker is set; raises RerankerError."""
    chosen = settings.search
    if not chosen.reranker:
        return None
    reranker = CrossEncoderReranker(chosen.reranker, threads=settings.encoder.threads)
    return Reranking(reranker, chosen.rerank_candidates, chosen.rerank_ms)


def thresholds_of(settings: Settings) -> Thresholds:
    """Return from which confidence an answer counts as one."""
    from retrieval.answer import Thresholds

    return Thresholds(settings.answer.answered, settings.answer.unsure)


@cache
def _milvus(uri: str, token: str, prefix: str, replicas: int, timeout_s: float) -> MilvusKeeper:
    """One keeper, and with it one connection, for each server and archive."""
    from retrieval.index.milvus.keeper import MilvusKeeper
    from retrieval.index.milvus.server import Server

    return MilvusKeeper(lambda: Server(uri, token, replicas=replicas, timeout_s=timeout_s), uri, prefix)


def keeper_of(settings: Settings) -> Keeper:
    """Return what keeps the archive's generations: the data folder, or the server that is set."""
    if settings.index.backend == "local":
        return LocalKeeper(settings.data_dir)
    return _milvus_of(settings)


def away_of(settings: Settings) -> Away | None:
    """Return where generations are published; None where they stay in the data folder."""
    if settings.index.backend == "local":
        return None
    from retrieval.index.milvus.publishing import Publishing

    chosen = settings.index.milvus
    return Publishing(_milvus_of(settings), chosen.archive, shards=chosen.shards, vectors=chosen.vectors)


def _milvus_of(settings: Settings) -> MilvusKeeper:
    chosen = settings.index.milvus
    return _milvus(
        chosen.uri, chosen.token.get_secret_value(), chosen.archive, chosen.replicas, float(chosen.timeout_s)
    )


def open_archive(
    settings: Settings,
    generation: str | None = None,
    make_encoder: Callable[[Mapping[str, Any]], Encoder] | None = None,
    reranking: Reranking | None = None,
) -> Archive:
    """Open a generation of the archive in the data folder that is set, the current one if None.

    Encoder and reranker are those that are set, where none are given. The same errors as `Archive.open`.
    """
    from retrieval.archive import Archive

    return Archive.open(
        settings.data_dir,
        keeper=keeper_of(settings),
        generation=generation,
        make_encoder=make_encoder or partial(encoder_for, settings),
        ranking=ranking_of(settings),
        thresholds=thresholds_of(settings),
        now=None if settings.search.now == "today" else settings.search.now,
        times=settings.search.understand_time,
        reranking=reranking or reranking_of(settings),
    )


def open_index(settings: Settings) -> Opened:
    """Open the current generation without an encoder, to tell what is in it; the same errors as `Archive.open`."""
    return keeper_of(settings).open()


def is_indexed(settings: Settings) -> bool:
    """Whether there is an index where it is kept, be it damaged; raises DamagedError where nobody can tell."""
    keeper = keeper_of(settings)
    return keeper.current() is not None or bool(keeper.names())


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
