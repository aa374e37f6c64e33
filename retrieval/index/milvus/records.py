"""The records of a generation on a server: texts of any length under a key, in as many parts as they take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from retrieval.errors import DamagedError
from retrieval.index.milvus.layout import key, parts, quoted
from retrieval.index.milvus.server import Server

_KEYS = 2_000  # asked for at once
_LONG = 200  # of kinds whose values are long
_SHORT = frozenset({"term", "author", "lastname", "same", "story"})


def entered(kind: str, name: str | int, value: str) -> list[dict[str, Any]]:
    """Return the rows that hold a value; the first begins with how many there are."""
    found = parts(value)
    return [
        {"key": key(kind, name, i), "value": f"{len(found)}\n{part}" if i == 0 else part, "nothing": [1.0, 0.0]}
        for i, part in enumerate(found)
    ]


class Records:
    """Reads the records in `collection`."""

    def __init__(self, server: Server, collection: str) -> None:
        self._server = server
        self._collection = collection

    def get(self, kind: str, names: Iterable[str | int], *, strong: bool = False) -> dict[str | int, str]:
        """Return the values of those names that there are; raises DamagedError where a part of one is missing."""
        wanted = {key(kind, name): name for name in names}
        heads = self._fetch(list(wanted), kind, strong)
        found: dict[str | int, str] = {}
        for first, text in heads.items():
            name = wanted[first]
            count, _, value = text.partition("\n")
            if int(count) > 1:
                rest = [key(kind, name, part) for part in range(1, int(count))]
                more = self._fetch(rest, kind, strong)
                if len(more) != len(rest):
                    raise DamagedError(
                        f"{self._collection} lacks parts of {first}", "Run `archivist index --full`, which loads anew"
                    )
                value += "".join(more[part] for part in rest)
            found[name] = value
        return found

    def one(self, kind: str, name: str | int, *, strong: bool = False) -> str | None:
        """Return one value, None where there is none."""
        return self.get(kind, [name], strong=strong).get(name)

    def need(self, kind: str, name: str | int) -> str:
        """Return one value that has to be there; raises DamagedError where it is not."""
        value = self.one(kind, name)
        if value is None:
            raise DamagedError(
                f"{self._collection} has no {kind} {name}", "Run `archivist index --full`, which loads it anew"
            )
        return value

    def loaded(self, kind: str, names: Iterable[str | int]) -> dict[str | int, Any]:
        """Return the values, which are JSON, of those names that there are."""
        return {name: json.loads(value) for name, value in self.get(kind, names).items()}

    def _fetch(self, keys: Sequence[str], kind: str, strong: bool) -> dict[str, str]:
        found: dict[str, str] = {}
        step = _KEYS if kind in _SHORT else _LONG
        for at in range(0, len(keys), step):
            named = ", ".join(quoted(each) for each in keys[at : at + step])
            rows = self._server.query(self._collection, f"key in [{named}]", ["key", "value"], strong=strong)
            found |= {row["key"]: row["value"] for row in rows}
        return found
