"""The lines around an article that are about it, not of it: bylines, rights, dates, links to other articles.

`Credits.take` looks at one paragraph at a time and keeps what it says; `Credits.facts` weighs what was kept. A date
that is stated as the publication's wins over a dateline's, and that over the year of a rights line; a name that is
written out wins over a web address.
"""

from __future__ import annotations

import re
from enum import IntEnum

from retrieval.reading import releases, wording
from retrieval.reading.blocks import Facts
from retrieval.reading.dates import month_and_day, partial_date, with_year
from retrieval.reading.languages import language_code
from retrieval.reading.people import byline_names, is_organisation, listed_authors

_LONGEST = 400  # a paragraph longer than this is the article's own
_WORD = re.compile(r"[^\W\d_]{3,}")
_DATE_ALONE = re.compile(r"[\w.,:/ +-]{6,50}")


class _Rank(IntEnum):
    """How much a statement is worth: the highest wins, and among equals the first."""

    DOMAIN = 1
    AGENCY = 2
    RIGHTS = 3
    DATELINE = 4
    LOOSE = 5
    STATED = 6
    HEADER = 7


_FOUND = {
    _Rank.DOMAIN: "the web address in a line that names the publisher",
    _Rank.AGENCY: "the agency in the dateline",
    _Rank.RIGHTS: "the rights line",
    _Rank.DATELINE: "the dateline",
    _Rank.LOOSE: "a date beside the title or the byline",
    _Rank.STATED: "a line that states it",
    _Rank.HEADER: "a field at the top",
}


class Credits:
    """What the lines around one article say about it."""

    def __init__(self) -> None:
        self._authors: list[str] = []
        self._reporters: list[str] = []
        self._publishers: list[tuple[int, str]] = []
        self._dates: list[tuple[int, str]] = []
        self._day: tuple[int, int] | None = None
        self._url: str | None = None
        self._language: str | None = None
        self._release = False
        self.title = ""

    def take(self, line: str, top: bool = False, last: bool = False) -> bool:
        """Whether a paragraph is about the article and not of it; what it says is kept.

        A date alone on its line counts at the article's `top` only, a name after a dash only as the `last` paragraph.
        """
        if len(line) > _LONGEST:
            return False
        if wording.is_furniture(line) or wording.ADDRESS.fullmatch(line) or (last and releases.is_end(line)):
            return True
        return (
            (top and self._take_release(line))
            or self._take_url(line)
            or self._take_people(line, top or last, last)
            or self._take_date(line, top)
            or self._take_rights(line)
            or self._take_publisher(line)
        )

    def take_field(self, key: str, value: str) -> bool:
        """Whether a `Key: value` line of a header is one that is known; its value is kept."""
        key = key.lower().strip()
        if key in ("title", "headline", "titel", "titre"):
            self.title = self.title or value
        elif key in ("author", "authors", "byline", "by", "writer", "creator", "autor", "auteur"):
            self._authors += byline_names(value) or listed_authors(value)
        elif key in ("date", "published", "publication date", "pubdate", "posted", "issued", "datum", "fecha"):
            self._add_date(_Rank.HEADER, value)
        elif key in ("url", "link", "permalink", "canonical"):
            self._url = self._url or value
        elif key in ("source", "publisher", "publication", "newspaper", "outlet", "site", "quelle"):
            if re.match(r"https?://", value):
                self._url = self._url or value
            else:
                self._add_publisher(_Rank.HEADER, value)
        elif key in ("language", "lang", "sprache"):
            self._language = language_code(value)
        elif key in ("copyright", "rights"):
            self._take_rights("© " + value)
        else:
            return False
        return True

    def read_dateline(self, paragraph: str) -> int:
        """Keep what a dateline ("LONDON, March 3 (Reuters) - ") says, and return its length; it stays in the text."""
        match = wording.DATELINE.match(paragraph[:120])
        agency = match and (match["agency"] or match["service"])
        if not match or not (agency or match["when"] or match["place"].isupper()):
            return 0
        if agency:
            self._add_publisher(_Rank.AGENCY, agency)
        if match["when"]:
            written = partial_date(match["when"])
            if written and len(written) > 4:
                self._dates.append((_Rank.DATELINE, written))
            elif self._day is None:
                self._day = month_and_day(match["when"])
        return match.end()

    def facts(self) -> Facts:
        """All that was said, weighed."""
        rank, publisher = max(self._publishers, key=lambda item: item[0], default=(0, None))
        dated, published = self._published()
        authors = tuple(dict.fromkeys(self._authors or self._reporters))
        origins = {
            "title": self.title and _FOUND[_Rank.HEADER],
            "authors": authors and ("the byline" if self._authors else "the line that names the reporters"),
            "publisher": _FOUND.get(_Rank(rank)) if rank else None,
            "published": _FOUND.get(_Rank(dated)) if dated else None,
            "url": self._url and "a line that gives it",
            "language": self._language and _FOUND[_Rank.HEADER],
        }
        found = tuple((name, origin) for name, origin in origins.items() if origin)
        return Facts(self.title, authors, publisher, published, self._url, self._language, origins=found)

    def _published(self) -> tuple[int, str | None]:
        """The date with the rank of the statement that it was decided by."""
        rank, best = max(self._dates, key=lambda item: item[0], default=(0, None))
        if best is None:
            return 0, None
        # What another statement adds to the winner is kept, if they agree as far as both go.
        fuller = [written for _, written in self._dates if written.startswith(best)]
        best = max(fuller, key=len)
        if len(best) == 4 and self._day:
            return rank, with_year(best, *self._day) or best
        return rank, best

    def _take_release(self, line: str) -> bool:
        """A line that says that a press release follows, with its date or none, or behind one whom to ask."""
        opens, when = releases.opening(line)
        if opens and when:
            opens = wording.is_only_date(when) and self._add_date(_Rank.STATED, when)
        self._release = self._release or opens
        return opens or (self._release and releases.is_contact(line))

    def _take_url(self, line: str) -> bool:
        match = wording.URL.fullmatch(line)
        if match:
            self._url = self._url or match["url"]
        return bool(match)

    def _take_date(self, line: str, top: bool) -> bool:
        bare = _without_update(line).strip(" ()|,;·•-")
        if not bare:
            return True
        if match := wording.POSTED_BY.fullmatch(bare):
            names, written = byline_names(match["who"]), partial_date(match["when"])
            if names and written:
                self._authors += names
                self._dates.append((_Rank.STATED, written))
                return True
        match = wording.PUBLISHED.fullmatch(bare)
        if match and wording.is_only_date(match["when"]):
            return self._add_date(_Rank.STATED, match["when"])
        paper = wording.PAPER.fullmatch(match["when"]) if match else wording.MASTHEAD.fullmatch(bare) if top else None
        if paper and wording.is_only_date(paper["when"]) and self._add_date(_Rank.STATED, paper["when"]):
            self._add_publisher(_Rank.STATED, paper["who"])
            return True
        if top and _DATE_ALONE.fullmatch(bare) and wording.is_only_date(bare):
            written = partial_date(bare)
            return bool(written and len(written) > 4) and self._add_date(_Rank.LOOSE, bare)
        return False

    def _take_people(self, line: str, near: bool, last: bool) -> bool:
        match = wording.REPORTERS.fullmatch(line)
        if match and (names := byline_names(match["who"].strip(" ."))):
            self._reporters += () if match["additional"] else names
            return True
        match = wording.EDITORS.fullmatch(line)
        if match and byline_names(match["who"]):
            return True
        match = wording.BYLINE.fullmatch(line)
        if match and (names := byline_names(match["who"])):
            if not near and all(" " not in name for name in names):
                return False  # "By Candlelight", over a part of the text
            self._authors += names
            if written := _byline_date(match["who"]):
                self._dates.append((_Rank.LOOSE, written))
            return True
        return last and self._take_signature(line)

    def _take_signature(self, line: str) -> bool:
        """An office that signs, whose name need not look like one, or a person's name after a dash."""
        match = wording.WRITTEN.fullmatch(line)
        if match and is_organisation(match["who"]):
            self._authors += (match["who"],)
            return True
        match = wording.DASHED.fullmatch(line)
        if match and (names := byline_names(match["who"])):
            self._authors += names
            return True
        return False

    def _take_rights(self, line: str) -> bool:
        match = wording.RIGHTS.fullmatch(line)
        if not match:
            return False
        rest = match["rest"] if match["rest"] is not None else match["all"]
        years = list(wording.YEARS.finditer(rest))
        if not years and line.startswith("(c)") and match["all"] is None:
            return False  # the third point of a list
        if len(years) == 1 and not years[0]["last"]:
            self._dates.append((_Rank.RIGHTS, years[0]["first"]))
        holder = wording.RIGHTS_TAIL.sub("", wording.YEARS.sub(" ", rest, count=1))
        holder = re.sub(r"^(?:\W|by\b|copyright\b|ⓒ|©)+|[\s.,;:|–—-]+$", "", holder.split(". ")[0], flags=re.I)
        self._add_publisher(_Rank.RIGHTS, " ".join(holder.split()))
        return True

    def _take_publisher(self, line: str) -> bool:
        match = wording.OWNER.fullmatch(line) or wording.SOURCE.fullmatch(line) or wording.FIRST_IN.fullmatch(line)
        if not match or len(line) > 150:
            return False
        groups = match.groupdict()
        if groups.get("when"):
            self._add_date(_Rank.STATED, groups["when"] or "")
        self._add_publisher(_Rank.STATED, match["who"])
        return True

    def _add_date(self, rank: _Rank, text: str) -> bool:
        written = partial_date(_without_update(text))
        if written:
            self._dates.append((rank, written))
        return bool(written)

    def _add_publisher(self, rank: _Rank, name: str) -> None:
        name = name.strip(' .,;:"“”')
        if 1 < len(name) <= 80 and _WORD.search(name):
            self._publishers.append((_Rank.DOMAIN if wording.DOMAIN.fullmatch(name) else rank, name))


def _without_update(text: str) -> str:
    """A line without the date of a later change, which is not the publication's; nothing may be left."""
    match = wording.UPDATED.fullmatch(text)
    return (
        match["before"] if match and (not match["when"] or wording.is_only_date(match["when"].strip(" ).|"))) else text
    )


def _byline_date(who: str) -> str | None:
    """The date at a byline's end, if there is one that says more than a year."""
    written = partial_date(who)
    return written if written and len(written) > 4 else None
