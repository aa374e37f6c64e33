"""An invented archive whose publishers, authors and dates are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import press
from fakes import HashEncoder

from retrieval.archive import Archive

_SEALS = "Grey seals came back to the shoals of Varn. Wardens counted forty of them at low tide."
ARTICLES: list[dict[str, Any]] = [
    {"_id": "seals", "title": "Seals return", "text": _SEALS, "authors": ["Jane Writer"], "publisher": "Tech Times",
     "published": "2021-03-04"},
    {"_id": "copy", "title": "Seals return", "text": _SEALS, "authors": ["Jane Writer"], "publisher": "Coast Gazette",
     "published": "2021-03-05"},
    {"_id": "net", "title": "Nets and seals", "text": "Fishermen blame seals for torn nets. The council will meet.",
     "authors": ["Kofi Mensah", "Ada Lindqvist"], "publisher": "Coast Gazette", "published": "2019"},
    {"_id": "pups", "title": "Pups on the beach", "text": "Two seals were born on the beach of Holm last night.",
     "publisher": "Coast Gazette"},
    {"_id": "phone", "title": "A phone that folds", "text": "The Lumo phone folds twice. Its battery lasts two days.",
     "authors": ["Jane Writer"], "publisher": "Tech Times", "published": "2022-06"},
    {"_id": "radio", "title": "The radio mast", "text": "The radio mast on the hill of Quay was painted in colour.",
     "authors": ["Ada Lindqvist"], "publisher": "The Ridge Post", "published": "2020-11-30"},
    {"_id": "rocket", "title": "The launch", "text": "Chief engineer Dmitri Rogozin watched the launch of the rocket.",
     "authors": ["José Marín"], "publisher": "The Ridge Post", "published": "2018"},
    {"_id": "mail", "title": "Post by wire", "text": "The town hall answers e-mail within a week. Mice ate the cables.",
     "publisher": "The Ridge Post", "published": "2017-05"},
]  # fmt: skip


def write(folder: Path) -> Path:
    """Write the archive into `folder`."""
    path = folder / "gazette.jsonl"
    press.write_lines(path, [{"language": "en", **article} for article in ARTICLES])
    return path


def opened(folder: Path) -> Archive:
    """Index the archive below `folder`, and open it."""
    press.build(folder / "data", write(folder), HashEncoder())
    return Archive.open(folder / "data", encoder=HashEncoder())
