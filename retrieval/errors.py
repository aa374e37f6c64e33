"""The errors of `retrieval`, one tree.

ArchivistError
├── QuestionError        a question or filter that cannot be asked
├── ReadError            a file or record that a reader cannot use (it is skipped and listed)
├── SourceError          a source folder or file that is missing, unreadable or empty
│   └── RemovalRefused   more would leave the index than happens by accident
├── EncoderError         a model that cannot be found or loaded
│   ├── EncoderMismatch  an index that another encoder made
│   └── RerankerError    a reranker that cannot be found, loaded or used
├── GenerationError      a generation that cannot be used
│   ├── NoGeneration     no index has been built yet
│   └── DamagedError     a generation that is not what was published
├── WriterBusy           another process is writing the index
├── ServerError          a server that keeps the archive and does not do what it is asked
│   └── Unreachable      one that does not answer: it is away, or too slow
├── SettingsDamaged      a file of fitted numbers in the data folder that cannot be read
└── DatasetError         a dataset for evaluation that cannot be read

A message names what failed and on what; `hint` says what to do next. `kind` is a stable name for programs.
"""

from __future__ import annotations


class ArchivistError(Exception):
    """The base of every error that Archivist raises on purpose."""

    kind = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class QuestionError(ArchivistError):
    """A question, date or filter that cannot be asked as it stands."""

    kind = "question"


class ReadError(ArchivistError):
    """A file, or one record of it, that a reader cannot turn into an article."""

    kind = "unreadable"


class SourceError(ArchivistError):
    """A source that is missing, unreadable or empty."""

    kind = "source"


class RemovalRefused(SourceError):
    """An index run that would remove more articles than happens by accident."""

    kind = "removals"


class EncoderError(ArchivistError):
    """A model that cannot be found, loaded or used."""

    kind = "encoder"


class EncoderMismatch(EncoderError):
    """An index made by another encoder than the one that is set."""

    kind = "encoder_mismatch"


class RerankerError(EncoderError):
    """A reranker that cannot be found, loaded or used."""

    kind = "reranker"


class GenerationError(ArchivistError):
    """A generation that cannot be used."""

    kind = "generation"


class NoGeneration(GenerationError):
    """No index has been built in this data folder yet."""

    kind = "no_index"


class DamagedError(GenerationError):
    """A generation whose files are not what was published."""

    kind = "damaged"


class WriterBusy(ArchivistError):
    """Another process is writing the index."""

    kind = "busy"


class ServerError(ArchivistError):
    """A server that keeps the archive and refuses: the token, the version, the room that is left."""

    kind = "server"


class Unreachable(ServerError):
    """A server that keeps the archive and cannot be reached, or does not answer in time."""

    kind = "unreachable"


class SettingsDamaged(ArchivistError):
    """A file of fitted numbers in the data folder that is not what was written there."""

    kind = "settings_damaged"


class DatasetError(ArchivistError):
    """A dataset for evaluation that cannot be read."""

    kind = "dataset"
