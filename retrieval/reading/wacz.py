"""WACZ: a zip of web archives with a list of their pages, checked against the digests that it states of itself.

Webrecorder's "Web Archive Collection Zipped" 1.1.1. A file that is not what its digest says is not read. Every page of
the web archives is an article, not only those that are listed: the list names what somebody began at, and gives its
titles to pages that have none. Signatures are not checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.captures import key_of
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.streams import Forward, Window, buffered
from retrieval.reading.tally import grouped
from retrieval.reading.titles import untitled
from retrieval.reading.within import Within, within
from retrieval.reading.zip_entries import Entry, entries
from retrieval.reading.zips import member, opened_entry
from retrieval.types import Article, Skipped

_PACKAGE, _DIGEST = "datapackage.json", "datapackage-digest.json"
_WEB_ARCHIVES = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz", ".wacz")
_OWN = ("indexes/", "logs/", "pages/", "webarchive.yaml", "fuzzy.json", _PACKAGE, _DIGEST)
_MOST_TITLES, _LONGEST_TITLE = 500_000, 500
_MOST_PARTS = 100_000
_LIST_BYTES = 8 * 1024 * 1024  # of its lists: what JSON says takes twenty times as much memory
_HASHES = ("sha256", "sha224", "sha384", "sha512", "sha1", "md5")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a zip that is called so; the reader of zips knows one by its contents too."""
    return suffix == ".wacz" and head.startswith(b"PK\x03\x04")


def is_collection(paths: list[str]) -> bool:
    """Whether a zip with these entries is a WACZ."""
    return _PACKAGE in paths and any(path.startswith("archive/") and path.endswith(_WEB_ARCHIVES) for path in paths)


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The pages of every web archive in the collection, and what of it is not as it is stated."""
    yield from grouped(_collection(file, name, within(file, limits)), name, "it holds no web archive")


def _collection(file: BinaryIO, name: str, inside: Within) -> Iterator[Article | Skipped]:
    parts: dict[str, Entry] = {}
    yield from _listed(file, name, parts)
    package = _json(file, parts.get(_PACKAGE), inside)
    stated = _digests(package)
    if not stated:
        yield Skipped(f"{name}: {_PACKAGE}", "it states no digests, so nothing could be checked")
    yield from _self_check(file, name, parts, inside)
    titles = _titles(file, parts, stated, inside)
    for path, entry in parts.items():
        if not path.endswith(_WEB_ARCHIVES):
            continue
        why = _mismatch(file, entry, stated.get(path), inside)
        if why:
            yield Skipped(f"{name}: {path}", why)
            continue
        if stated and path not in stated:
            yield Skipped(f"{name}: {path}", f"{_PACKAGE} does not list it; it was read without a check")
        for item in member(file, name, entry, inside):
            yield _titled(item, titles) if isinstance(item, Article) else item
    for path in stated:
        if path not in parts and path.endswith(_WEB_ARCHIVES):
            yield Skipped(f"{name}: {path}", f"{_PACKAGE} lists it, but it is not there")


def _listed(file: BinaryIO, name: str, parts: dict[str, Entry]) -> Iterator[Skipped]:
    """Note the parts that are needed; what is no part of a WACZ comes back."""
    for entry in entries(file):
        if _is_needed(entry.path):
            parts[entry.path] = entry
            if len(parts) > _MOST_PARTS:
                raise ReadError(f"it lists more than {_MOST_PARTS:,} web archives and lists of pages")
        elif not entry.path.startswith(_OWN) and not entry.path.endswith("/"):
            yield Skipped(f"{name}: {entry.path}", "no part that a WACZ has")


def _is_needed(path: str) -> bool:
    return path.endswith(_WEB_ARCHIVES) or path in (_PACKAGE, _DIGEST) or _is_page_list(path)


def _is_page_list(path: str) -> bool:
    return path.startswith("pages/") and path.endswith(".jsonl")


def _json(file: BinaryIO, entry: Entry | None, inside: Within) -> Any:
    if entry is None:
        return None
    try:
        return json.loads(_bytes(file, entry, inside))
    except (ReadError, ValueError, RecursionError):
        return None  # as its reader says: there is nothing to check by


def _bytes(file: BinaryIO, entry: Entry, inside: Within) -> bytes:
    raw = opened_entry(file, entry, inside)
    with buffered(raw) as stream:
        data = stream.read(_LIST_BYTES + 1)
    if len(data) > _LIST_BYTES:
        raise ReadError(f"it has more than {_LIST_BYTES:,} bytes")
    return data


def _digests(package: Any) -> dict[str, tuple[str, str]]:
    """The stated digests: path to algorithm and hexadecimal digits, of WACZ 1 and of the drafts before it."""
    found: dict[str, tuple[str, str]] = {}
    resources = package.get("resources") if isinstance(package, dict) else None
    for resource in resources if isinstance(resources, list) else ():
        if not isinstance(resource, dict) or not isinstance(resource.get("path"), str):
            continue
        stats = resource.get("stats")
        digest = resource.get("hash") or (stats.get("hash") if isinstance(stats, dict) else None)
        if isinstance(digest, str):
            algorithm, colon, digits = digest.rpartition(":")
            found[resource["path"]] = (algorithm if colon else str(resource.get("hashing", "sha256")), digits)
    return found


def _self_check(file: BinaryIO, name: str, parts: dict[str, Entry], inside: Within) -> Iterator[Skipped]:
    digest = _json(file, parts.get(_DIGEST), inside)
    if not isinstance(digest, dict) or not isinstance(digest.get("hash"), str) or _PACKAGE not in parts:
        return
    algorithm, _, digits = digest["hash"].rpartition(":")
    if _mismatch(file, parts[_PACKAGE], (algorithm or "sha256", digits), inside):
        yield Skipped(
            f"{name}: {_PACKAGE}", f"it is not what {_DIGEST} says: it was changed, and the digests in it prove little"
        )


def _mismatch(file: BinaryIO, entry: Entry, stated: tuple[str, str] | None, inside: Within) -> str | None:
    """Why a part is not what was stated of it, None where it is, or where nothing is."""
    if stated is None:
        return None
    algorithm, digits = stated[0].lower().replace("-", ""), stated[1].strip().lower()
    if algorithm not in _HASHES:
        return f"its digest is of a kind that is not known ({stated[0][:20]})"
    digest = hashlib.new(algorithm, usedforsecurity=False)
    try:
        raw = opened_entry(file, entry, inside)
        with buffered(raw) as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    except ReadError as error:
        return error.message
    damaged = isinstance(raw, Forward) and raw.damage
    if damaged or digest.hexdigest() != digits:
        return f"its digest is not the one that {_PACKAGE} states: it was changed or damaged, and is not read"
    return None


def _titles(
    file: BinaryIO, parts: dict[str, Entry], stated: dict[str, tuple[str, str]], inside: Within
) -> dict[bytes, str]:
    """The titles of the listed pages, by the page's key."""
    found: dict[bytes, str] = {}
    for path in sorted(parts):
        if not _is_page_list(path) or _mismatch(file, parts[path], stated.get(path), inside):
            continue
        try:
            raw: Forward | Window = opened_entry(file, parts[path], inside)
        except ReadError:
            continue
        with buffered(raw) as stream:
            while len(found) < _MOST_TITLES and (line := stream.readline(1 << 20)):
                _note_title(line, found)
    return found


def _note_title(line: bytes, found: dict[bytes, str]) -> None:
    try:
        page = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(page, dict) and isinstance(page.get("url"), str) and isinstance(page.get("title"), str):
        title = one_line(normalised(page["title"][:_LONGEST_TITLE]))
        if title and title != page["url"]:
            found.setdefault(key_of(page["url"]), title)


def _titled(item: Article, titles: dict[bytes, str]) -> Article:
    """The article with its page's listed title, where it has none but its first words."""
    opening = item.text.partition("\n\n")[0]
    listed = titles.get(key_of(item.url)) if item.url else None
    if not listed or item.title not in ("", untitled(opening)):
        return item
    return replace(item, title=listed, origins=(*item.origins, ("title", "the list of pages")))
