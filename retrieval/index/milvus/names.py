"""The publishers and authors of a generation on a server, by name, and what filters know them by."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from retrieval.index.columns import name_key
from retrieval.index.milvus.contents import Contents
from retrieval.index.naming import PublisherNames, author_keys, is_last_name


class Names(PublisherNames):
    """The names in `contents`. Publishers are few and fetched at once, authors are looked up."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        listed: list[tuple[str, str, int]] = json.loads(contents.records.need("publishers", ""))
        super().__init__((key, name) for key, name, _ in listed)
        self._numbers = {key: number for key, _, number in listed}

    def author(self, text: str) -> str | None:
        """Return the author that `text` names, by the whole name, or by the last alone where one author has it."""
        key, plain = author_keys(text)
        for known in dict.fromkeys((key, plain)):
            if found := self._author(known):
                return str(found[1])
        value = self._contents.records.one("lastname", key) if is_last_name(key) else None
        names = json.loads(value)[1] if value else []
        return str(names[0]) if len(names) == 1 else None

    def publisher_number(self, name: str) -> int | None:
        """Return a publisher's number, None for none of that name."""
        return self._numbers.get(name_key(name))

    def authors_articles(self, name: str) -> tuple[int, list[int] | None] | None:
        """Return an author's number and, where they are few, article rows; None for none of that name."""
        found = self._author(name_key(name))
        return (int(found[2]), found[3]) if found else None

    def rows_of(self, article_ids: Sequence[str]) -> list[int]:
        """Return the rows of those articles that there are."""
        return self._contents.rows_of(article_ids)

    def _author(self, key: str) -> list[Any] | None:
        value = self._contents.records.one("author", key)
        found: list[Any] | None = json.loads(value) if value else None
        return found
