"""Every knob of Archivist: its name, default, bounds, unit, and a line that says why the default is what it is."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from config.discord import DiscordSettings
from config.kinds import Allowed, AnyCase, Code, Group, ModelName, Place, Share, Whole
from config.loading import LayeredSettings

_DATABASE = re.compile(r"(sqlite:///\S.*|postgres(ql)?(\+psycopg)?://\S+)?")


class EncoderSettings(Group):
    """The model that turns text into vectors."""

    model: ModelName = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="Model that encodes passages and questions; the default is small and needs neither a GPU nor "
        "a download.",
    )
    query_prompt: str = Field(
        default="",
        description="Put before every question; the default model was trained without, E5 models want `query: `.",
    )
    passage_prompt: str = Field(
        default="",
        description="Put before every passage; the default model was trained without, E5 models want `passage: `.",
    )
    backend: Annotated[Literal["auto", "openvino", "torch"], AnyCase] = Field(
        default="auto",
        description="What runs the model. `openvino` converts it once and is several times faster; `torch` runs any "
        "model as it was published; `auto` is `openvino` where the model can be converted.",
    )
    precision: Annotated[Literal["int8", "float32"], AnyCase] = Field(
        default="int8",
        description="What OpenVINO computes in; `int8` is more than twice as fast and finds as much. PyTorch always "
        "computes in `float32`.",
    )
    threads: Whole = Field(
        default=0,
        ge=0,
        le=1024,
        description="Processor threads that encode; 0 is one per core, which suits a machine that does nothing else.",
    )
    languages: Annotated[tuple[Code, ...], Allowed("a list of ISO 639-1 codes, such as `en`")] = Field(
        default=(),
        description="Languages that the model was trained for; empty because known models know theirs, and any other "
        "counts as able to read everything. In the environment: JSON, or codes separated by commas.",
    )


class PassageSettings(Group):
    """How articles are cut."""

    words: Whole = Field(
        default=150,
        ge=20,
        le=1000,
        description="Words of a passage, about; 150 is a few sentences and fits most encoders.",
    )


class SearchSettings(Group):
    """How many passages are looked for."""

    k: Whole = Field(default=5, ge=1, le=100, description="Passages of an answer; five fit on a screen.")
    per_article: Whole = Field(
        default=2,
        ge=1,
        le=100,
        description="Passages of one article in an answer, at most; two leave room for other articles.",
    )
    candidates: Whole = Field(
        default=100,
        ge=10,
        le=10000,
        description="Candidates taken from each engine before the two are fused; a hundred leave them enough to "
        "agree on.",
    )
    understand_time: bool = Field(
        default=True,
        description="Whether a question's own words set its time (`in March 2003`, `last week`, `the latest`); on, "
        "since what was understood is shown and can be taken back.",
    )
    now: Annotated[date | Literal["today"], Allowed("today, or a date, YYYY-MM-DD")] = Field(
        default="today",
        description="The day that `last week` in a question is relative to; a date asks an archive as of that day.",
    )
    prefer_recent_days: Whole = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days from the question's date at which the preference for articles near it is half as strong; 0 "
        "for none, since only an archive of news is better for it.",
    )
    reranker: ModelName = Field(
        default="",
        description="CrossEncoder that reads the best passages again and orders them anew; none, since it costs time "
        "and only pays where it suits the archive, which `archivist evaluate` tells.",
    )
    rerank_candidates: Whole = Field(
        default=30,
        ge=2,
        le=1000,
        description="Passages that `search.reranker` reads, at most; the answer is seldom further down than thirty.",
    )
    rerank_ms: Whole = Field(
        default=300,
        ge=0,
        le=60_000,
        description="Milliseconds that `search.reranker` may read for a question; what it has not read then keeps its "
        "place. 0 for no end, so that the same question always gives the same answer.",
    )


class ReadingSettings(Group):
    """Which files are too large to be articles, and how many are read at once."""

    max_file_mb: Whole = Field(
        default=64,
        ge=1,
        le=100_000,
        description="Largest file that is read, in MB; a guard against dumps and images of disks.",
    )
    max_article_mb: Whole = Field(
        default=5,
        ge=1,
        le=100_000,
        description="Largest text of one article, in MB; more than a long novel is a mistake in reading.",
    )
    processes: Whole = Field(
        default=0,
        ge=0,
        le=64,
        description="Processes that read files where there are many; 0 is one per core, up to eight, since files are "
        "read independently, and the index is the same with any number.",
    )


class MilvusSettings(Group):
    """The server that keeps the archive where `index.backend` is `milvus`."""

    uri: Annotated[
        str,
        Field(pattern=r"\A(https?://[^\s?#]+|[^\s:]+\.db)\z"),
        Allowed("an address that begins with http:// or https://, or a file's path that ends in .db"),
    ] = Field(
        default="http://127.0.0.1:19530",
        description="Address of the server, or a file ending in `.db` for Milvus Lite, which one process at a time may "
        "use; the default is a server on this machine at Milvus's own port.",
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        description="What the server lets in with, `user:password` or a key; best kept in the environment or `.env`.",
    )
    archive: Annotated[str, Field(pattern=r"\A[A-Za-z][A-Za-z0-9_]{0,63}\z"), Allowed("letters, digits and _")] = Field(
        default="archivist",
        description="What the archive's collections begin with, so that several archives can share a server.",
    )
    shards: Whole = Field(
        default=1,
        ge=1,
        le=64,
        description="Shards of a collection; one takes what a builder sends, more help several that load at once.",
    )
    replicas: Whole = Field(
        default=1,
        ge=1,
        le=64,
        description="Copies that answer questions, each in memory of its own; one, since more need more query nodes.",
    )
    timeout_s: Whole = Field(
        default=5,
        ge=1,
        le=600,
        description="Seconds until a question gives a server up that does not answer; less than `discord.timeout_s`, "
        "so that whoever asks is told why.",
    )
    vectors: Annotated[Literal["auto", "flat", "hnsw", "ivf_sq8", "diskann"], AnyCase] = Field(
        default="auto",
        description="Index over the vectors; `auto` is `flat`, which is exact, up to 200,000 passages, `hnsw` above.",
    )


class IndexSettings(Group):
    """What an index run keeps, and what it refuses to remove."""

    keep: Whole = Field(
        default=3, ge=1, le=1000, description="Generations kept on disk; three leave two to go back to with `rollback`."
    )
    max_removed_share: Share = Field(
        default=0.1,
        description="Share of the articles that one run may remove (0.1 is a tenth); a run stops when it would remove "
        "more than this and more than `index.max_removed`, as happens when a disk is not mounted.",
    )
    max_removed: Whole = Field(
        default=3,
        ge=0,
        description="Articles that one run may remove whatever their share, so that small archives can be tidied.",
    )
    exact_below: Whole = Field(
        default=50_000,
        ge=1,
        description="Passages below which every vector is compared with the question's; comparing takes 0.1 ms for "
        "each thousand, so that from about this many on, searching by lists is faster and finds nearly the same.",
    )
    backend: Annotated[Literal["local", "milvus"], AnyCase] = Field(
        default="local",
        description="Where generations are kept: `local` is the data folder, which serves millions of passages; "
        "`milvus` is a server, for more, or for several machines.",
    )
    milvus: MilvusSettings = Field(default_factory=MilvusSettings)
    every: Whole = Field(
        default=0,
        ge=0,
        le=8760,
        description="Hours between the bot's own index runs; 0 for none, so that only a person starts one.",
    )


class DatabaseSettings(Group):
    """Where the bot remembers what is no part of the index."""

    url: Annotated[SecretStr, Allowed("sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME")] = Field(
        default=SecretStr(""),
        description="Database that the bot's processes share: `postgresql://USER:PASSWORD@HOST/NAME` (needs "
        "`archivist[postgres]`), or `sqlite:///PATH` on one machine; empty for `bot.sqlite` in the data folder. Best "
        "kept in the environment or `.env`.",
    )

    @field_validator("url")
    @classmethod
    def _of_a_kind_that_is_known(cls, url: SecretStr) -> SecretStr:
        if not _DATABASE.fullmatch(url.get_secret_value()):
            raise ValueError("It takes sqlite:///PATH, or postgresql://USER:PASSWORD@HOST/NAME")
        return url


class AnswerSettings(Group):
    """From which confidence an answer counts as one."""

    answered: Share = Field(
        default=0.5,
        description="Confidence from which an answer counts as answered; the middle of the scale.",
    )
    unsure: Share = Field(
        default=0.25,
        validate_default=True,
        description="Confidence from which an answer counts as unsure, below it as not in the archive; at most "
        "`answer.answered`. Half of the other still is worth a look.",
    )

    @field_validator("unsure")
    @classmethod
    def _not_above_answered(cls, unsure: float, info: ValidationInfo) -> float:
        answered = info.data.get("answered")  # missing where it was itself refused
        if answered is not None and unsure > answered:
            raise ValueError(f"It must not be above answer.answered, which is {answered}")
        return unsure


class Settings(LayeredSettings):
    """All settings, frozen; making one reads what is set here and now, as `load_settings` says."""

    data_dir: Place = Field(
        default=Path("data"),
        description="Folder that holds the index; beside the articles, so that it is easily found.",
    )
    sources: Annotated[tuple[Place, ...], Allowed("a list of paths")] = Field(
        default=(),
        description="Folders and files to index where none are known yet; empty, so that nothing is read unasked. In "
        "the environment: JSON, or paths separated by `:` (`;` on Windows).",
    )
    encoder: EncoderSettings = Field(default_factory=EncoderSettings)
    passages: PassageSettings = Field(default_factory=PassageSettings)
    search: SearchSettings = Field(default_factory=SearchSettings)
    reading: ReadingSettings = Field(default_factory=ReadingSettings)
    index: IndexSettings = Field(default_factory=IndexSettings)
    answer: AnswerSettings = Field(default_factory=AnswerSettings)
    discord: DiscordSettings = Field(default_factory=DiscordSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    log_level: Annotated[Literal["debug", "info", "warning", "error"], AnyCase] = Field(
        default="warning",
        description="Least level that is logged, on stderr; the default keeps quiet while all goes well.",
    )


def load_settings(**overrides: Any) -> Settings:
    """The settings that hold here and now; the same as `Settings(**overrides)`.

    From the strongest: `overrides` (`search__k=3` or `search={"k": 3}`; None counts as not given), variables of the
    environment (`ARCHIVIST_SEARCH__K`), `.env` in the working folder, `archivist.toml` in the working folder or the
    file that `ARCHIVIST_CONFIG` names, defaults. An empty variable counts as unset, so a text can be set to nothing in
    `archivist.toml` only. Relative paths in `archivist.toml` start from its folder, all others from the working folder;
    `~` is the user's home.

    Raises `SettingsError`, with one line for each unknown name, refused value and unreadable file.
    """
    return Settings(**overrides)
