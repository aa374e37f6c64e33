"""What a web page says about its article: in JSON-LD, in its meta tags, in its headings and its address."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import chain, islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from retrieval.reading.blocks import Facts
from retrieval.reading.dates import partial_date
from retrieval.reading.guessed_dates import guessed_date
from retrieval.reading.guesses import Guesses
from retrieval.reading.languages import language_code
from retrieval.reading.linked_data import article_node, named, words
from retrieval.reading.metas import Metas
from retrieval.reading.microdata import marked_authors
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.people import is_name, is_organisation, stated_authors
from retrieval.reading.saved import saved_note

# Where pages state when they were published, the surest first; "LD" stands for the article's JSON-LD.
_Metas = tuple[tuple[str, ...], tuple[str, ...]]  # names, properties
_DATES: tuple[str | _Metas, ...] = (
    (("article:published_time",), ("article:published_time",)),
    "LD",
    "//*[@itemprop='datePublished']/@datetime",
    "//*[@itemprop='datePublished']/@content",
    (("citation_publication_date", "parsely-pub-date", "sailthru.date"), ()),
    (("article.published", "article_date_original"), ("article:published",)),
    (("DC.date.issued", "dcterms.issued", "DC.date", "dc.date"), ()),
    (("dcterms.created", "dcterms.date", "DC.Date", "citation_date"), ()),
    (("pubdate", "publish-date", "publish_date", "publishdate"), ()),
    (("publication_date", "date", "Date", "pdate"), ()),
    "//*[@itemprop='datePublished']/text()",
    "//*[@itemprop='dateCreated']/@datetime | //*[@itemprop='dateCreated']/@content",
    "//time[@pubdate]/@datetime",
    "//article//header//time/@datetime | //header//time[ancestor::article]/@datetime",
    "//time[contains(@class, 'publish') or contains(@class, 'entry-date') or contains(@class, 'posted')]/@datetime",
    "//abbr[contains(@class, 'published')]/@title | //*[contains(@class, 'dt-published')]/@datetime",
)
_CANONICAL = "//link[translate(@rel, 'CANOIL', 'canoil')='canonical']/@href"
_AUTHOR_METAS: _Metas = (
    ("author", "parsely-author", "sailthru.author", "byl", "citation_author", "dc.creator", "DC.creator"),
    ("author",),
)
_PUBLISHER_METAS = (
    "application-name",
    "article_publication_name",
    "citation_journal_title",
    "dc.publisher",
    "DC.publisher",
)
_MOST_HEADINGS = 20
_ADDRESS = re.compile(r"https?://[^\s/]+(?:/\S*)?")
_IN_PATH = re.compile(
    r"/(?P<year>(?:19|20)\d\d)[/-]?(?P<month>0[1-9]|1[0-2])[/-]?(?P<day>0[1-9]|[12]\d|3[01])(?=[/_.-]|$|[a-zA-Z])"
)
_MONTH_IN_PATH = re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>0[1-9]|1[0-2])(?=/[^/]*[^/\d])")
_DIVIDER = re.compile(r"\s+[|–—•·:»«-]+\s+|\s*\|\s*")
_NO_PUBLISHER = re.compile(r"(?:copyright|©|all rights|home ?page|wordpress|untitled)\b.*|@.*|https?:.*", re.I)


def page_facts(tree: Any, guesses: Guesses | None, markup: str) -> Facts:
    """The facts of a page (its lxml tree, trafilatura's guesses, if any, its source)."""
    metas = Metas(tree.getroottree().getroot())
    headings = [_text(heading.text_content()) for heading in islice(tree.iter("h1"), _MOST_HEADINGS)]
    whole = _text(tree.findtext(".//title"))
    node = article_node(tree, " / ".join((whole, _meta(metas, "og:title"), *headings)))
    saved_from, saved_on = saved_note(markup)
    publisher, named_in = _publisher(metas, whole, guesses, node)
    url, linked_in = _url(tree, metas, guesses, node, saved_from)
    title, titled_in = _title(metas, whole, list(filter(None, headings)), guesses, node, publisher)
    authors, signed_in = _authors(tree, metas, guesses, node, publisher)
    published, dated_in = _published(tree, metas, guesses, node, url, markup)
    own = language_code(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang"))
    origins = {
        "title": titled_in,
        "authors": signed_in,
        "publisher": named_in,
        "published": dated_in,
        "url": linked_in,
        "language": "the lang attribute" if own else "inLanguage in JSON-LD",
        "first_seen": "the note of the browser that saved it",
        "last_seen": "the note of the browser that saved it",
    }
    facts = Facts(
        title=title,
        authors=authors,
        publisher=publisher,
        published=published,
        url=url,
        language=own or language_code(words(node.get("inLanguage"))),
        first_seen=saved_on,
        last_seen=saved_on,
    )
    return replace(facts, origins=tuple((name, found) for name, found in origins.items() if getattr(facts, name)))


@cache
def _finder(path: str) -> Any:
    from lxml import etree

    return etree.XPath(path)


def _text(value: object) -> str:
    # Behind the headings of manuals stands a sign that links to them.
    return one_line(normalised(value)).rstrip("¶ ") if isinstance(value, str) else ""


def _meta(metas: Metas, *names: str) -> str:
    for name in names:
        for value in metas.said((name,), (name,)):
            if text := _text(value):
                return text
    return ""


def _title(
    metas: Metas, whole: str, headings: list[str], guesses: Guesses | None, node: dict[str, Any], site: str | None
) -> tuple[str, str]:
    """The headline, and where it is: that of the page's headings which its titles hold, else the surest of those."""
    stated = [title for title in (words(node.get("headline")), _meta(metas, "og:title", "twitter:title")) if title]
    # A guess takes time, so it is made where nothing stated will do.
    for title in chain(stated, map(_guessed_title, (guesses,)), (whole,)) if headings else ():
        held = [heading for heading in headings if _holds(title, heading) and _plain(heading) != _plain(site or "")]
        if held:
            return max(held, key=len), "the heading"
    if stated:
        origin = "headline in JSON-LD" if words(node.get("headline")) else "og:title or twitter:title"
        return _without_site(stated[0], site), origin
    found = _guessed_title(guesses)
    # trafilatura cuts a title at every dash, of which only the site's own name is known not to be part; and what it
    # finds elsewhere in the page is as often the site's name.
    found = "" if _plain(found) == _plain(site or "") else found
    within = found and _plain(found) in _plain(whole) and not whole.startswith(found)
    chosen = found if within else whole or found
    return _without_site(chosen, site), "the title tag" if whole else "the page's text"


def _guessed_title(guesses: Guesses | None) -> str:
    return _text(guesses.title) if guesses else ""


def _marked_authors(tree: Any) -> tuple[list[str], bool, str]:
    return marked_authors(tree), False, "an itemprop"


def _guessed_authors(guesses: Guesses | None) -> tuple[list[str], bool, str]:
    return ([_text(guesses.author)] if guesses else []), False, "the byline that trafilatura found"


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


def _holds(title: str, heading: str) -> bool:
    """Whether a title is this heading, or has it between the names of section and site."""
    inner, outer = _plain(heading), _plain(title)
    if not inner or inner not in outer:
        return False
    return inner == outer or (len(inner) >= 12 and len(inner) >= 0.35 * len(outer)) or len(inner) >= 0.6 * len(outer)


def _without_site(title: str, site: str | None) -> str:
    """A title without " | Site" or " - Site" at its end, where that is the site's known name."""
    if not site:
        return title
    name = re.escape(site)
    bare = re.sub(rf"(?<=\S)\s+[|–—•·:-]+\s+(?:the )?{name}(?:\.\w{{2,4}})?$", "", title, flags=re.I)
    return re.sub(rf"^{name}\s*[|–—•·:-]+\s+(?=\S)", "", bare, flags=re.I)


def _authors(
    tree: Any, metas: Metas, guesses: Guesses | None, node: dict[str, Any], site: str | None
) -> tuple[tuple[str, ...], str]:
    stated = named(node.get("author") or node.get("creator"))
    tagged = [_text(value) for value in metas.said(*_AUTHOR_METAS)[:20]]
    known = ((stated, True, "author in JSON-LD"), (tagged, True, "a meta tag"))
    for names, sure, origin in chain(known, map(_marked_authors, (tree,)), map(_guessed_authors, (guesses,))):
        listed = [author for name in names for author in stated_authors(name)]
        kept = [name for name in listed if sure or is_name(name, words=1) or is_organisation(name)]
        if site and (len(kept) > 1 or not sure):
            kept = [name for name in kept if _plain(name) != _plain(site)]
        if kept:
            return tuple(dict.fromkeys(kept)), origin
    return (), ""


def _guessed_site(guesses: Guesses | None) -> tuple[str, str]:
    return _text(guesses.sitename) if guesses else "", "the site's name that trafilatura found"


def _publisher(metas: Metas, whole: str, guesses: Guesses | None, node: dict[str, Any]) -> tuple[str | None, str]:
    stated = [
        (_meta(metas, "og:site_name"), "og:site_name"),
        *((name, "publisher in JSON-LD") for name in named(node.get("publisher"))),
        (_meta(metas, *_PUBLISHER_METAS), "a meta tag"),
    ]
    headline = _plain(words(node.get("headline")) or _meta(metas, "og:title"))
    for name, origin in chain(stated, map(_guessed_site, (guesses,))):
        if not name or len(name) > 100 or _NO_PUBLISHER.fullmatch(name) or _plain(name) == headline:
            continue
        if (
            len(name) > 30
            and _plain(whole).startswith(_plain(name))
            and _plain(name) != _plain(whole)
            and name == _guessed_site(guesses)[0]
        ):
            continue  # the page's own title, cut
        return re.split(r"\s+\|\s+", name)[0], origin
    return None, ""


def _url(
    tree: Any, metas: Metas, guesses: Guesses | None, node: dict[str, Any], saved_from: str | None
) -> tuple[str | None, str]:
    canonical = next(iter(_finder(_CANONICAL)(tree)), "")
    main = node.get("mainEntityOfPage")
    linked = [main.get("@id") if isinstance(main, dict) else main, node.get("url")]
    shared = _meta(metas, "og:url")
    base = saved_from or (shared if shared.startswith("http") else "")
    stated = [(str(canonical).strip(), "the canonical link"), (shared, "og:url")]
    stated += [(words(value), "JSON-LD") for value in linked]
    urls = [(_joined(base, url), origin) for url, origin in stated if url]
    urls.append((saved_from or "", "the note of the browser that saved it"))
    first: tuple[str | None, str] = (None, "")
    for url, origin in chain(urls, map(_guessed_url, (guesses,))):
        if _ADDRESS.fullmatch(url):
            if _leads_somewhere(url):
                return url, origin
            # A site's front page is given for every page of it by some; whatever leads further is better.
            first = first if first[0] else (url, origin)
    return first


def _guessed_url(guesses: Guesses | None) -> tuple[str, str]:
    return _text(guesses.url) if guesses else "", "the address that trafilatura found"


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url) if base and url.startswith("/") else url
    except ValueError:  # `http://[`
        return url


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return len(parts.path) > 1 or bool(parts.query)


def _published(
    tree: Any, metas: Metas, guesses: Guesses | None, node: dict[str, Any], url: str | None, markup: str
) -> tuple[str | None, str]:
    for place in _DATES:
        values: list[Any]
        if isinstance(place, tuple):
            values = [*metas.said(*place)]
        else:
            values = [node.get("datePublished")] if place == "LD" else _finder(place)(tree)
        for stated in values[:20]:
            written = partial_date(str(stated).strip()) if isinstance(stated, str) else None
            if written and (len(written) > 4 or len(str(stated).strip()) == 4):
                return written, _origin_of(place)
    path = urlsplit(url).path if url and _leads_somewhere(url) else ""
    in_path = _IN_PATH.search(path)
    if in_path:
        return partial_date("-".join(in_path.group("year", "month", "day"))), "the address"
    found = guesses.date if guesses else ""
    month = "-".join(in_month.group("year", "month")) if (in_month := _MONTH_IN_PATH.search(path)) else ""
    if month and not found.startswith(month):
        return month, "the address"
    return guessed_date(tree, found, markup)


def _origin_of(path: str | _Metas) -> str:
    """Where one of `_DATES` looks, in words."""
    if isinstance(path, tuple):
        return "a meta tag"
    if path == "LD":
        return "datePublished in JSON-LD"
    if "itemprop" in path:
        return "an itemprop"
    return "a time tag" if "//time" in path else "a date's class"
