"""What is skipped of a file that holds others, in as many lines as an owner reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from retrieval.types import Article, Skipped

_SHOWN = 3
_KINDS = 200  # reasons beyond that are told as one
_NUMBER = re.compile(r"\d[\d,.]*")


@dataclass(slots=True)
class _Kind:
    reason: str
    count: int = 0
    first: list[Skipped] = field(default_factory=list)


def grouped(
    items: Iterable[Article | Skipped], name: str, empty: str = "it holds no files"
) -> Iterator[Article | Skipped]:
    """The articles of the file `name`, and for each reason the first that are skipped, then how many more.

    Where no article comes of it, the file is named once, with the reasons, or as `empty`. Memory does not grow with
    the items.
    """
    kinds: dict[str, _Kind] = {}
    found = False
    for item in items:
        if isinstance(item, Article):
            if not found:
                found = True
                yield from (skipped for kind in kinds.values() for skipped in kind.first)
            yield item
            continue
        key = _NUMBER.sub("0", item.reason)
        kind = kinds.setdefault(key if key in kinds or len(kinds) < _KINDS else "", _Kind(item.reason))
        kind.count += 1
        if kind.count <= _SHOWN:
            kind.first.append(item)
            if found:
                yield item
    if found:
        for key, kind in kinds.items():
            if kind.count > _SHOWN:
                yield Skipped(f"{name}: {kind.count - _SHOWN:,} more", kind.reason if key else "for other reasons")
    else:
        yield Skipped(name, _nothing(list(kinds.values()), name) if kinds else empty)


def _nothing(kinds: list[_Kind], name: str) -> str:
    kinds.sort(key=lambda kind: -kind.count)
    told = [
        f"{kind.count:,} × {kind.reason}" if kind.count > 1 else f"{_inner(kind.first[0].path, name)}{kind.reason}"
        for kind in kinds[:5]
    ]
    if len(kinds) > 5:
        told.append(f"and {len(kinds) - 5} reasons more")
    return "nothing in it can be read: " + "; ".join(told)


def _inner(path: str, name: str) -> str:
    inner = path.removeprefix(name).removeprefix(":").strip()
    return f"{inner}: " if inner else ""
