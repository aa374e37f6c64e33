"""What an answer says beside its passages: what the catalogue knows, what else was searched, what was understood.

Articles are stored by their ids alone and read anew for each drawing of the card: what is withdrawn is not named again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from retrieval.types import Answer

CITED = 3  # articles: a card has to hold the passages, too


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What the catalogue says, as `CatalogueAnswer` has it, with the ids of the articles that a card cites."""

    topic: str
    count: int
    first: str | None
    last: str | None
    articles: tuple[str, ...]
    with_copies: int = 0


@dataclass(frozen=True, slots=True)
class Additions:
    """What of an answer a card says beside its passages.

    `said` are the question's words for whose articles it asks, `whose` that name, `kept` whether only theirs were
    searched; all as `NameScope` has it. `literally` are words that the asker wants taken as they stand.
    """

    catalogue: Catalogued | None = None
    also_searched: tuple[tuple[str, str], ...] = ()
    said: str = ""
    whose: str = ""
    kept: bool = True
    literally: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer, literally: tuple[str, ...] = ()) -> Additions:
        """Return what of an answer is said beside its passages."""
        about, scope = answer.about, answer.scope
        catalogue = None
        if about is not None:
            ids = tuple(article.id for article in about.articles[:CITED])
            catalogue = Catalogued(about.topic, about.count, about.first, about.last, ids, about.with_copies)
        if scope is None:
            return cls(catalogue, answer.also_searched, literally=literally)
        whose = scope.publisher or scope.author or ""
        return cls(catalogue, answer.also_searched, scope.text, whose, scope.kept, literally)

    @property
    def from_others(self) -> str:
        """The name of whom nothing answers, where the passages are of others for that; empty elsewhere."""
        return "" if self.kept else self.whose

    @property
    def counted(self) -> bool:
        """Whether the catalogue has what was asked for."""
        return self.catalogue is not None and self.catalogue.count > 0

    def to_json(self) -> str:
        """Return them as they are stored."""
        if self == Additions():
            return "{}"
        about = self.catalogue
        return json.dumps(
            {
                "catalogue": about
                and [about.topic, about.count, about.first, about.last, about.articles, about.with_copies],
                "also_searched": self.also_searched,
                "scope": [self.said, self.whose, self.kept],
                "literally": self.literally,
            }
        )

    @classmethod
    def from_json(cls, stored: str) -> Additions:
        """Return what `to_json` wrote."""
        raw: dict[str, Any] = json.loads(stored)
        if not raw:
            return cls()
        catalogue = None
        if raw["catalogue"]:
            topic, count, first, last, articles, *copies = raw["catalogue"]  # cards of before have no copies
            catalogue = Catalogued(topic, count, first, last, tuple(articles), *copies)
        pairs = tuple((word, searched) for word, searched in raw["also_searched"])
        said, whose, kept = raw["scope"]
        return cls(catalogue, pairs, said, whose, kept, tuple(raw["literally"]))

    def without(self, name: str) -> tuple[str, ...]:
        """Return what is taken literally once the label called `name` is dropped."""
        return (*self.literally, self.said) if name == "whose" and self.said else self.literally
