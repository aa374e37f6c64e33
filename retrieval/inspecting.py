"""What a reader makes of one file: its articles, where each thing known of them was found, and their passages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from retrieval.encoders import Encoder
from retrieval.errors import SourceError
from retrieval.issues import Issues, beside
from retrieval.language import detect_language
from retrieval.passages import split
from retrieval.reading import Found, Limits, find_files, read_articles
from retrieval.reports import Options
from retrieval.types import Article, Passage, Skipped

FIELDS = ("title", "authors", "publisher", "published", "url", "language", "first_seen", "last_seen")


@dataclass(frozen=True, slots=True)
class Inspected:
    """An article as a reader understood it, divided into the passages that would be indexed.

    The lines that its publisher repeats are still in: they are only known of a whole archive.
    """

    article: Article
    passages: tuple[Passage, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as `archivist inspect --json` prints it; `origins` says where each thing was found."""
        article = self.article
        known = {name: getattr(article, name) for name in FIELDS}
        return known | {
            "format": article.format,
            "record": article.record,
            "origins": dict(article.origins),
            "pages": [page for _, page in article.pages],
            "text": article.text,
            "passages": [
                {key: value for key, value in asdict(passage).items() if key not in ("id", "article_id")}
                for passage in self.passages
            ],
        }


def inspect(path: Path, encoder: Encoder, options: Options = Options()) -> Iterator[Inspected | Skipped]:
    """Read one file as `index` would, and change nothing; yields what it holds and what of it is skipped, in order.

    A newspaper's issue is read with the files beside it and below that it describes; so is the folder of one.
    Raises SourceError where `path` is no file that can be read, and no folder of an issue.
    """
    if path.is_file():
        found = read_articles(path, path.name, options.limits, beside(path, options.limits))
        return _inspected(found, path.name, encoder, options)
    if not path.is_dir():
        why = "it is neither a regular file nor a folder" if path.exists() else "there is no such file"
        raise SourceError(f"cannot inspect {path}: {why}", "Name a file")
    items = _issues(path, options.limits)
    if items is None:
        hint = "`archivist index --dry-run PATH` tells what a folder holds"
        raise SourceError(f"cannot inspect {path}: it is a folder, and no newspaper's issue", hint)
    return _inspected(items, path.name, encoder, options)


def _issues(folder: Path, limits: Limits) -> Iterator[Article | Skipped] | None:
    """What the issues in a folder hold; None where there is none. What else lies there is left to `index`."""
    found = [item for item in find_files(folder) if isinstance(item, Found)]
    issues = Issues(found, {}, {}, limits)
    whole = [file for file in found if file.name in issues.parts and file.name not in issues.consumed]
    if not whole:
        return None
    return chain.from_iterable(read_articles(file.path, file.name, limits, issues.siblings(file)) for file in whole)


def _inspected(
    items: Iterator[Article | Skipped], name: str, encoder: Encoder, options: Options
) -> Iterator[Inspected | Skipped]:
    for item in items:
        if isinstance(item, Skipped):
            yield item
            continue
        article = item
        if not article.language and (language := detect_language(article.text)):
            article = replace(article, language=language, origins=(*article.origins, ("language", "the text's words")))
        passages = split(article, article.record or name, encoder, max_tokens=encoder.max_tokens, words=options.words)
        yield Inspected(article, tuple(passages))
