"""RSS 0.9x, 1.0 and 2.0, RDF and Atom by feedparser: an article for each entry that has a text.

The full content counts where a feed gives it, else the summary. A large feed is taken in parts, so that neither memory
nor the time for one entry grows with it. Nothing that a feed links to is fetched.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import urljoin

from retrieval.errors import ReadError
from retrieval.reading.blocks import Block, Facts, Limits, article, check_length
from retrieval.reading.dates import partial_date
from retrieval.reading.encodings import decode, head_text, unicode_encoding
from retrieval.reading.feedentries import no_article, titles_only, without_shortcodes, wordpress_authors
from retrieval.reading.feedparts import feed_parts
from retrieval.reading.headlines import headed
from retrieval.reading.languages import language_code
from retrieval.reading.markup import plain_words, text_blocks
from retrieval.reading.normalise import one_line
from retrieval.reading.people import listed_authors
from retrieval.reading.xmltree import root_of
from retrieval.types import Article, Skipped

FORMAT = "feed"
_SUFFIXES = (".rss", ".atom", ".rdf", ".xml")
_RDF = re.compile(r"purl\.org/rss/|my\.netscape\.com/rdf|purl\.org/net/rss|channel\.netscape\.com")
_ROOT = re.compile(r"<(?:rss\s+version=|feed\s+(?:xmlns|version)=)", re.I)
_DATES = ("published", "issued", "created", "updated", "modified", "date")
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_ENTITIES = re.compile(r"(<!DOCTYPE[^\[<>]{0,1000})\[[^\]]{0,100000}\]", re.I)
_HEAD_BYTES = 256 * 1024
_LINK = re.compile(r"https?://\S+")


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a feed: its root element says so, or does behind what does not belong there."""
    name, _ = root_of(head)
    if name in ("rss", "feed") or (name.lower() == "channel" and b"<item" in head.lower()):
        return True
    text = head_text(head)
    if name.lower() == "rdf":
        return bool(_RDF.search(text))
    return suffix in _SUFFIXES and bool(_ROOT.search(text[:2000])) and not name.lower().startswith("html")


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """The articles of a feed, in its order, then in one line each what is broken and which entries are only titles.

    Raises ReadError where the file holds no entry, and OSError as reading does.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    people = wordpress_authors(head_text(head)) if b"<wp:author>" in head else {}
    plain = not unicode_encoding(head[:4096]) or _has_utf8_mark(file)
    bare: list[str] = []
    broken: str | None = None
    used: dict[str, int] = {}
    passed_over: Counter[str] = Counter()
    count = 0
    for part in feed_parts(file, limits, plain):
        try:
            parsed = _parsed(part)
        except ReadError as error:
            broken = broken or error.message
            continue
        broken = broken or _complaint(parsed)
        for entry in parsed["entries"]:
            count += 1
            why = no_article(entry)
            if why:
                passed_over[why] += 1
                continue
            try:
                made = _article(entry, parsed["feed"], limits)
            except ReadError as error:
                yield Skipped(f"{name} at entry {count}", error.message)
                continue
            if made is None:
                bare.append(plain_words(_stated(entry, "title")) or _stated(entry, "link") or _stated(entry, "id"))
                continue
            if people:
                made = replace(made, authors=tuple(people.get(author, author) for author in made.authors))
            times = used[made.record] = used.get(made.record, 0) + 1
            yield made if times == 1 else replace(made, record=f"{made.record} ({times})")
    if passed_over:
        kinds = "; ".join(f"{times:,} × {why}" for why, times in passed_over.most_common())
        yield Skipped(f"{name}: other entries", f"not read: {kinds}")
    if bare:
        yield titles_only(name, bare, count)
    if broken:
        yield Skipped(name, f"{broken}; what could be read of it was" if count else broken)
    elif not count:
        raise ReadError("it is a feed without entries")


def _has_utf8_mark(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(3) == b"\xef\xbb\xbf"


def _parsed(part: bytes) -> Mapping[str, Any]:
    """feedparser's result. Raises ReadError where it can make nothing of it.

    It is given UTF-8, since it takes whatever codec a feed names, and a stream, since it takes bytes for the name of a
    file to open.
    """
    import feedparser

    declared = _DECLARED.match(part[:400])
    named = declared[1].decode("ascii").lower() if declared else "utf-8"
    text = _DECLARATION.sub("", decode(part, named if named != "utf-8" else None))
    text = _ENTITIES.sub(r"\1", text, count=1)  # expat expands what a document type declares up to 8 MiB and more
    document = io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("utf-8", "replace"))
    try:
        parsed: Mapping[str, Any] = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # its parser for broken feeds fails in many ways
        raise ReadError(f"the feed is too broken to be read ({type(error).__name__}: {str(error)[:100]})") from error
    return parsed


def _complaint(parsed: Mapping[str, Any]) -> str | None:
    """What made the feed no XML, None where it is."""
    error = dict.get(parsed, "bozo_exception") if isinstance(parsed, dict) else None
    if error is None or type(error).__name__ in ("CharacterEncodingOverride", "NonXMLContentType"):
        return None
    return f"the feed is broken ({one_line(str(error))[:120] or type(error).__name__})"


def _article(entry: Any, feed: Any, limits: Limits) -> Article | None:
    blocks, language = _content(entry, limits)
    if not blocks:
        return None
    stated = plain_words(_stated(entry, "title"))
    title, blocks = headed(stated, blocks)
    own_authors = _authors(entry)
    dated, published = next(
        ((name, when) for name in _DATES if (when := partial_date(_stated(entry, name)))), ("", None)
    )
    own_language = language_code(language)
    facts = Facts(
        title=title,
        authors=own_authors or _authors(feed),
        publisher=_publisher(entry, feed),
        published=published,
        url=_url(entry, feed),
        language=own_language or language_code(_stated(feed, "language")),
    )
    origins = {
        "title": "the entry's title" if stated else "its first heading",
        "authors": "the entry's author" if own_authors else "the feed's author",
        "publisher": "the feed, or the source that the entry names",
        "published": f"the entry's date ({dated})",
        "url": "the entry's link",
        "language": "the entry's language" if own_language else "the feed's language",
    }
    known = tuple((name, found) for name, found in origins.items() if getattr(facts, name))
    made = article(blocks, replace(facts, origins=known), FORMAT, limits)
    return replace(made, record=one_line(_stated(entry, "id")) or facts.url or title)


def _content(entry: Any, limits: Limits) -> tuple[list[Block], str | None]:
    """The longest content of an entry, else its summary, and the language stated for it."""
    contents = [*(dict.get(entry, "content") or ())]
    contents.sort(key=lambda one: -len(_stated(one, "value")))
    summary = dict.get(entry, "summary_detail") or {"value": _stated(entry, "summary")}
    for one in (*contents, summary):
        text = without_shortcodes(entry, _stated(one, "value"))
        check_length(text, limits, times=4)
        if text.strip() and (blocks := text_blocks(text)):
            return blocks, _stated(one, "language")
    return [], None


def _stated(mapping: Any, name: str) -> str:
    """A text as the feed gives it; feedparser's own lookup would answer with another field, and a warning."""
    value = dict.get(mapping, name)
    return value if isinstance(value, str) else ""


def _authors(stated: Any) -> tuple[str, ...]:
    people = [_stated(one, "name") for one in dict.get(stated, "authors") or ()]
    found = (name for one in people or [_stated(stated, "author")] for name in listed_authors(plain_words(one)))
    return tuple(dict.fromkeys(name for name in found if "@" not in name))


def _publisher(entry: Any, feed: Any) -> str | None:
    source = dict.get(entry, "source") or {}
    names = (_stated(source, "title"), _stated(feed, "title"), _stated(entry, "publisher"), _stated(feed, "publisher"))
    return next((name for stated in names if (name := plain_words(stated))), None)


def _url(entry: Any, feed: Any) -> str | None:
    """Where the entry stands on the web; a relative link counts from the feed's own."""
    for stated in (_stated(entry, "link").strip(), _stated(entry, "id").strip()):
        if _LINK.fullmatch(stated):
            return stated
    link, base = _stated(entry, "link").strip(), _stated(feed, "link").strip()
    try:
        joined = urljoin(base, link) if link else ""
    except ValueError:
        return None
    return joined if _LINK.fullmatch(joined) else None
