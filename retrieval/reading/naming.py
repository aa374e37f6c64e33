"""The names of an archive's members: which of them are looked into."""

from __future__ import annotations

from pathlib import PurePosixPath

_SYSTEM = {"__macosx", "thumbs.db", "desktop.ini"}


def tidy(name: str) -> str:
    """A member's path as it is shown: with slashes, and none at its beginning."""
    path = name.replace("\\", "/")
    while path.startswith(("/", "./")):
        path = path.removeprefix("/").removeprefix("./")
    return "".join(char if char.isprintable() else "\ufffd" for char in path)


def passed_over(path: str) -> str | None:
    """Why a member of this (tidy) path is not looked into, None where it is."""
    parts = PurePosixPath(path).parts
    if not parts:
        return "it has no name"
    if ".." in parts:
        return "its path leads out of the archive"
    if any(part.lower() in _SYSTEM or part.startswith(".") for part in parts):
        return "hidden, or kept by the system beside the files"
    return None
