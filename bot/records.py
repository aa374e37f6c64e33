"""What the bot remembers, as values: a server's settings, the answers it posted, votes, uploads.

Times are Unix seconds, UTC; ids are Discord's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass
from datetime import date

from bot.additions import Additions
from retrieval.types import Filters, Hit, Span, Status, Understood


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What one server has set. Without `channels` the bot answers in all of them; None is the bot's own default.

    `sure` (0 to 1) is the confidence from which an answer counts as one. Members with `manager_role` run the archive,
    besides those with the permission Manage Server. `log_channel` hears of reindexes and failures.
    """

    channels: tuple[int, ...] = ()
    private: bool = False
    k: int | None = None
    sure: float | None = None
    log_channel: int | None = None
    manager_role: int | None = None


@dataclass(frozen=True, slots=True)
class HitRef:
    """Which passage was quoted, and a hash of its text, to tell later whether it still says the same.

    `start` and `end` are its span in the article; `highlights` are spans of the passage. `also_in` holds the ids of
    other articles that carry it.
    """

    passage_id: str
    article_id: str
    digest: str
    start: int = 0
    end: int = 0
    highlights: tuple[Span, ...] = ()
    also_in: tuple[str, ...] = ()

    @classmethod
    def of(cls, hit: Hit) -> HitRef:
        """Return the reference to a hit."""
        passage = hit.passage
        also_in = tuple(copy.id for copy in hit.also_in)
        digest = digest_of(passage.text)
        return cls(passage.id, passage.article_id, digest, passage.start, passage.end, hit.highlights, also_in)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of a question's words for time: the same as in `Answer`.

    `literally` are those that the asker wants taken as they stand.
    """

    understood: tuple[Understood, ...] = ()
    outside: bool = False
    literally: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return it as it is stored."""
        if self == Heard():
            return "{}"
        understood = [
            (u.text, u.start, u.end, *(day and day.isoformat() for day in (u.after, u.before)), u.order, u.written)
            for u in self.understood
        ]
        return json.dumps({"understood": understood, "outside": self.outside, "literally": self.literally})

    @classmethod
    def from_json(cls, text: str) -> Heard:
        """Return what `to_json` wrote."""
        raw = json.loads(text)
        understood = tuple(
            Understood(said, start, end, _day(after), _day(before), order, written)
            for said, start, end, after, before, order, written in raw.get("understood", ())
        )
        return cls(understood, raw.get("outside", False), tuple(raw.get("literally", ())))


@dataclass(frozen=True, slots=True)
class PostedAnswer:
    """An answer that was posted: all that its buttons need. `id` is 0 until it is stored.

    `message_id` is None until it was sent; `guild_id` is None in direct messages. `previous` is the question that this
    one follows up, empty if none. `undated` is how many undated articles a date range left out.
    """

    question: str
    asker_id: int
    channel_id: int
    guild_id: int | None
    status: Status
    confidence: float
    generation: str
    hits: tuple[HitRef, ...] = ()
    filters: Filters = Filters()
    k: int = 5
    private: bool = False
    message_id: int | None = None
    id: int = 0
    created_at: int = 0
    previous: str = ""
    undated: int = 0
    heard: Heard = Heard()
    additions: Additions = Additions()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that found nothing: as it was last put, how often, and when last. Nobody's name."""

    question: str
    times: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one member thought of one article as an answer to one question: `vote` is 1 or -1."""

    question: str
    article_id: str
    vote: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came into the archive through Discord. `name` is its name in the archive's upload folder.

    `user_id` and `guild_id` are None once the uploader asked to be forgotten or the bot left the server.
    """

    name: str
    original_name: str
    size_bytes: int
    sha256: str
    user_id: int | None
    guild_id: int | None
    added_at: int = 0


@dataclass(frozen=True, slots=True)
class UserData:
    """All that is kept of one user: questions asked (with the time), how many votes and uploads."""

    questions: tuple[tuple[str, int], ...]
    votes: int
    uploads: tuple[str, ...]


def digest_of(text: str) -> str:
    """Return a 16-byte BLAKE2b hash of a passage's text, in hexadecimal."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def question_key(question: str) -> str:
    """Return what two spellings of a question have in common: neither case, space nor end marks count."""
    return " ".join(question.casefold().split()).rstrip(" ?!.…")


def filters_to_json(filters: Filters) -> str:
    """Return filters as they are stored."""
    return json.dumps(
        {
            "after": filters.after.isoformat() if filters.after else None,
            "before": filters.before.isoformat() if filters.before else None,
            "publishers": filters.publishers,
            "authors": filters.authors,
            "articles": filters.articles,
            "undated": filters.undated,
        }
    )


def filters_from_json(text: str) -> Filters:
    """Return the filters that `filters_to_json` wrote."""
    raw = json.loads(text)
    return Filters(
        _day(raw["after"]),
        _day(raw["before"]),
        tuple(raw["publishers"]),
        tuple(raw["authors"]),
        tuple(raw["articles"]),
        raw["undated"],
    )


def hits_to_json(hits: tuple[HitRef, ...]) -> str:
    """Return references as they are stored."""
    return json.dumps([astuple(hit) for hit in hits])


def hits_from_json(text: str) -> tuple[HitRef, ...]:
    """Return the references that `hits_to_json` wrote."""
    hits = []
    for passage_id, article_id, digest, start, end, highlights, also_in in json.loads(text):
        spans = tuple((a, b) for a, b in highlights)
        hits.append(HitRef(passage_id, article_id, digest, start, end, spans, tuple(also_in)))
    return tuple(hits)


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None
