"""Which of an archive's web pages may be one article: its pages, its printed version, one address saved several times.

That two pages are of one article is never taken from a link alone, since a blog links from each post to the next: they
state one canonical address, or have one title, or addresses that differ in nothing but the number of a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urljoin

from retrieval.reading.paging import MOST_PAGES, Link, numbered, unnumbered_title, unprinted
from retrieval.reading.urls import same_page

MOST_TOGETHER = 2 * MOST_PAGES
"""Where more pages than this share an address, it says nothing about them: some sites give one for all they have."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A web page of an archive, known by `key`: what it says of itself and of others, and the `place` where it lies."""

    key: int
    url: str
    title: str
    authors: str
    published: str | None
    last_seen: str | None
    place: str
    links: tuple[Link, ...]

    def said(self, relation: str) -> list[str]:
        """The addresses that it gives for a relation, as it writes them."""
        return [target for kind, target in self.links if kind == relation]

    @property
    def own(self) -> str:
        """The address that it was read from: the captured one, before the one that it states."""
        return next(iter(self.said("self")), self.url)

    @property
    def canonical(self) -> str:
        """The address that it states for itself, as addresses are compared; empty for none."""
        stated = next(iter(self.said("canonical")), "" if self.said("self") else self.url)
        return same_page(stated) if stated else ""

    @property
    def addresses(self) -> list[str]:
        """Whatever it may be called by, itself or by another page."""
        known = {same_page(url): None for url in (self.url, self.own) if url}
        return [*known, self.place]

    @property
    def unprinted(self) -> str:
        """The address of which its own is the printed version's, as addresses are compared; empty for none."""
        without = unprinted(self.own)
        return same_page(without) if without else ""

    @property
    def tells(self) -> bool:
        """Whether it says of itself that it is one of several, or another's printed version."""
        return (
            any(kind in ("next", "prev", "print", "number") for kind, _ in self.links)
            or bool(self.unprinted)
            or (bool(self.canonical) and self.canonical != same_page(self.own))
        )

    def targets(self, relation: str) -> set[str]:
        """Where its links of a kind may lead: read from its address, and from its place among the files."""
        found: set[str] = set()
        for target in self.said(relation):
            found |= {same_page(_joined(base, target)) for base in (self.own, self.url) if base or "://" in target}
            if "://" not in target:
                found.add(normpath(join(dirname(self.place), unquote(target.partition("#")[0]))))
        return found

    @property
    def number(self) -> int | None:
        """Which page of its article it is, as far as its address, its title or its links tell."""
        found = numbered(self.own)
        if found and (self.said("next") or self.said("prev") or same_page(found[0]) == self.canonical):
            return found[1]
        stated = self.said("number")
        if stated:
            return int(stated[0])
        for relation, step in (("prev", 1), ("next", -1)):
            for target in self.said(relation):
                beside = numbered(_joined(self.own, target))
                if beside and beside[1] + step > 0:
                    return beside[1] + step
        return None

    @property
    def number_in_name(self) -> int | None:
        """Which page it is by its file's name, where it says no more itself."""
        found = None if self.said("self") else numbered(self.place)
        return found[1] if found else None


def connected(leaves: Sequence[Leaf]) -> Iterable[list[Leaf]]:
    """The groups of pages that may be one article, with two to MOST_TOGETHER pages each."""
    by_address: dict[str, list[int]] = {}
    for at, page in enumerate(leaves):
        for address in {*page.addresses, *([page.canonical] if page.canonical else [])}:
            by_address.setdefault(address, []).append(at)
    root = list(range(len(leaves)))
    for members in by_address.values():
        if len(members) <= MOST_TOGETHER:
            for at in members[1:]:
                _unite(root, members[0], at)
    for at, page in enumerate(leaves):
        printed = by_address.get(page.unprinted, [])[:MOST_TOGETHER]
        stated = [other for target in page.targets("print") for other in by_address.get(target, [])]
        beside = [
            other
            for relation in ("next", "prev")
            for target in page.targets(relation)
            for other in by_address.get(target, [])[:MOST_TOGETHER]
            if _one_series(page, leaves[other])
        ]
        for other in (*printed, *stated, *beside):
            _unite(root, at, other)
    groups: dict[int, list[Leaf]] = {}
    for at, page in enumerate(leaves):
        groups.setdefault(_root(root, at), []).append(page)
    return [group for group in groups.values() if 1 < len(group) <= MOST_TOGETHER]


def numbers(group: Sequence[Leaf]) -> Mapping[int, int]:
    """Which page each of a group is, by its key: as it tells itself, else one after the page that leads to it."""
    titles = {unnumbered_title(page.title) for page in group}
    found = {page.key: page.number or (page.number_in_name if len(titles) == 1 else None) for page in group}
    after: dict[int, set[int]] = {page.key: set() for page in group}
    called = {page.key: set(page.addresses) for page in group}
    for page in group:
        following, before = page.targets("next"), page.targets("prev")
        for other in group:
            if other.key == page.key:
                continue
            known = called[other.key] - called[page.key]
            if known & following:
                after[page.key].add(other.key)
            if known & before:
                after[other.key].add(page.key)
    led_to = {key for follows in after.values() for key in follows}
    waiting = sorted((number or 1, key) for key, number in found.items() if number or key not in led_to)
    told = {key: number for number, key in waiting}
    while waiting:
        number, key = waiting.pop(0)
        for following_key in after[key]:
            if following_key not in told and number < MOST_PAGES:
                told[following_key] = number + 1
                waiting.append((number + 1, following_key))
    return {page.key: told.get(page.key, 1) for page in group}


def _one_series(page: Leaf, other: Leaf) -> bool:
    """Whether two pages of which one links to the other are of one article."""
    if page.canonical and page.canonical == other.canonical:
        return True
    if page.published and other.published and page.published != other.published:
        return False
    title = unnumbered_title(page.title)
    if title and title == unnumbered_title(other.title):
        return not (page.authors and other.authors) or page.authors == other.authors
    one, two = (numbered(known.own) or (known.own, 1) for known in (page, other))
    spelt = any("page" in known.own.lower() or "seite" in known.own.lower() for known in (page, other))
    return spelt and bool(page.own) and same_page(one[0]) == same_page(two[0])


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:  # `http://[`
        return target


def _root(root: list[int], at: int) -> int:
    while root[at] != at:
        root[at] = root[root[at]]
        at = root[at]
    return at


def _unite(root: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(root, one), _root(root, other)))
    root[high] = low
