"""What a process that reads files and the one that asks it to say to each other: pickles, each behind its length.

Pickles are only ever read from a process that this program started, or that started it.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

from retrieval.reading.blocks import Limits
from retrieval.types import Article, Skipped

_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read: where it lies, and the name that it has in its source."""

    path: Path
    name: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Ready:
    """All is loaded, files may come."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The next file is being read."""


@dataclass(frozen=True, slots=True)
class Done:
    """All of a file has been said."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something other than the file's contents is in the way, and would be for every file."""

    reason: str


@dataclass(frozen=True, slots=True)
class Logged:
    """What a logger said meanwhile."""

    logger: str
    level: int
    text: str


Message = Job | Ready | Begun | Done | Failed | Logged | Article | Skipped


def send(stream: RawIOBase, message: Message) -> None:
    """Write a message to an unbuffered stream, whole. Raises OSError where nobody reads it any more."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    left = memoryview(len(body).to_bytes(_LENGTH_BYTES) + body)
    while left:
        left = left[stream.write(left) or 0 :]


def receive(stream: RawIOBase) -> Message | None:
    """Read the next message from an unbuffered stream; None at its end, even within a message."""
    head = _exactly(stream, _LENGTH_BYTES)
    body = _exactly(stream, int.from_bytes(head)) if head else None
    if body is None:
        return None
    message: Message = pickle.loads(body)  # noqa: S301 - from a process of ours, see above
    return message


def _exactly(stream: RawIOBase, count: int) -> bytearray | None:
    data = bytearray(count)
    left = memoryview(data)
    while left:
        read = stream.readinto(left)
        if not read:
            return None
        left = left[read:]
    return data
