"""The folder of the files that came through Discord: checked, under safe names, written durably."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.errors import Refusal
from bot.words import marked

_STEM_CHARS = 60
_SUFFIX_CHARS = 10
_MIB = 1024 * 1024


class UploadRefused(Refusal):
    """A file that is not taken into the archive."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the folder; `fresh` is False where the same one was there already."""

    name: str
    sha256: str
    size_bytes: int
    fresh: bool


class UploadFolder:
    """The folder at `path`, which takes files of up to `max_bytes`. All calls touch the disk: make them on a thread."""

    def __init__(self, path: Path, max_bytes: int = 8 * _MIB) -> None:
        self.path = path
        self.max_bytes = max_bytes

    def check_size(self, name: str, size_bytes: int) -> None:
        """Raise UploadRefused for a file that is empty or too large."""
        if size_bytes == 0:
            raise UploadRefused(marked("`{name}` is empty."), name=_shown(name))
        if size_bytes > self.max_bytes:
            raise UploadRefused(
                marked("`{name}` is larger than the {most} MB that a file may have."),
                name=_shown(name),
                most=self.max_bytes // _MIB,
            )

    def put(self, original_name: str, content: bytes) -> Stored:
        """Store a file under a safe name that its content decides, wholly or not at all.

        Raises UploadRefused for one that is empty or too large, OSError where the disk does not take it.
        """
        self.check_size(original_name, len(content))
        digest = hashlib.sha256(content).hexdigest()
        name = safe_name(original_name, digest)
        path = self.path / name
        if path.exists() and path.read_bytes() == content:
            return Stored(name, digest, len(content), False)
        self.path.mkdir(parents=True, exist_ok=True)
        temporary = self.path / f".{name}.new"  # readers pass over hidden files
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        self._sync()
        return Stored(name, digest, len(content), True)

    def remove(self, name: str) -> bool:
        """Remove a file; return whether it was there. Raises UploadRefused for a name that leads elsewhere."""
        if PurePosixPath(name).name != name or name in ("", ".", ".."):
            raise UploadRefused(marked("There is no file of that name."))
        try:
            (self.path / name).unlink()
        except FileNotFoundError:
            return False
        self._sync()
        return True

    def _sync(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def safe_name(original: str, digest: str) -> str:
    """Return a file name made of letters, digits and hyphens, the first 12 digits of the hash, and a plain suffix.

    It leads nowhere else, is not hidden, and is the same for the same file.
    """
    original = unicodedata.normalize("NFC", original.replace("\\", "/").rsplit("/", maxsplit=1)[-1])
    stem, dot, suffix = original.rpartition(".")
    if not dot or not stem or not suffix.isascii() or not suffix.isalnum() or len(suffix) > _SUFFIX_CHARS:
        stem, suffix = original, ""
    words = "".join(char if char.isalnum() else " " for char in stem).split()
    base = "-".join(words)[:_STEM_CHARS].strip("-") or "file"
    while len(base.encode("utf-8", "replace")) > 3 * _STEM_CHARS:
        base = base[:-1]
    ending = f".{suffix.lower()}" if suffix else ""
    return f"{base}-{digest[:12]}{ending}"


def _shown(name: str) -> str:
    """Return a name that cannot leave the code marks it stands in."""
    return " ".join(name.replace("`", "'").split())[:100]
