"""Files that are either wholly there or not at all, and documents that know when they were damaged."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any


def sync(path: Path) -> None:
    """Wait until a file, or which files a folder holds, is on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_new(path: Path, text: str) -> None:
    """Write a file that every user may read, and wait until it is on the disk."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    sync(path)


def replace(path: Path, text: str) -> None:
    """Put `text` in the place of what is at `path` in one step that a crash cannot halve."""
    temporary = path.with_name(path.name + ".new")
    write_new(temporary, text)
    temporary.replace(path)
    sync(path.parent)


def sha256_of(path: Path) -> str:
    """Return a file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed(document: dict[str, Any]) -> str:
    """Return `document` as JSON with a `seal`: the sha256 of all the rest of it."""
    return _canonical(document | {"seal": _seal(document)})


def is_whole(text: str, document: dict[str, Any]) -> bool:
    """Whether `text`, which was read as `document`, is to the letter what `sealed` returned."""
    return document.get("seal") == _seal(document) and _canonical(document) == text


def _seal(document: dict[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "seal"}
    return hashlib.sha256(_canonical(rest).encode()).hexdigest()


def _canonical(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True) + "\n"
