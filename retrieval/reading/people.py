"""Names of people and publishers, out of the lines that state them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from retrieval.reading.dates import MONTHS, month_and_day, partial_date
from retrieval.reading.normalise import one_line

_PARTICLE = re.compile(r"d[aeiou]|d[ao]s|del(?:la)?|l[ae]|van|von|d[ae][rn]|te[rn]|zur?|[ae]l|bin|ibn|y|e|a[fv]", re.I)
_ELIDED = re.compile(r"(?:d|l|dell|dall)['’][^\W\d_a-z]")  # d'Emilio
_TITLE = re.compile(r"(?:dr|prof|mrs?|ms|rev)\.?|sir|dame|lord|lady", re.I)
_SUFFIXES = re.compile(r"(?:jr|sr|ph\.?d|m\.?d|ii|iii|iv|obe|mbe)\.?", re.I)
_ORGANISATION = re.compile(
    r"\b(?:times|post|news|newspapers?|guardian|press|journal|herald|tribune|telegraph|reuters|associated|agency|"
    r"agencies|magazine|gazette|chronicle|bbc|cnn|afp|upi|ap|dpa|xinhua|bloomberg|tass|media|network|company|inc|ltd|"
    r"corp|llc|gmbh|university|institute|council|committee|ministry|department|observer|independent|today|mail|star|"
    r"weekly|daily|service|staff|editors?|team|desk|newsroom|wire|wires|correspondents?|contributors?)\b",
    re.I,
)
_AGENCY = re.compile(r"(?:PA|AAP|CP|ANSA|EFE|ANP|NTB|STT|TT|ATS|APA|PTI|IANS|ANI|Belga|Ritzau|Kyodo|Lusa)(?= [A-Z]|$)")
ROLE = re.compile(
    r"\b(?:staff|writers?|reporters?|editors?|correspondents?|columnists?|contributors?|contributing|journalists?|"
    r"bureau|chief|senior|special|freelance|photographers?|critic|analyst|producer|author|redaktion|news|desk)\b",
    re.I,
)
_TOKEN = re.compile(r"(?:[^\W\d_](?:[^\W\d_]|['’.-](?=[^\W\d_]))*\.?)")
_NEVER = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|the|th[ia][st]|these|an?|and|or|but|it|s?he|they|we|now|then|today|"
    r"tomorrow|yesterday|christmas",
    re.I,
)
_SEASON = re.compile("easter|summer|winter|spring|autumn|eve|" + "|".join(MONTHS), re.I)  # but Jan Novak is a name
_BETWEEN = re.compile(r"\s*(?:;|\s(?:and|und|et|y|with)\s|&|,\s*and\s)\s*")
_EMAIL = re.compile(r"[<(\[]?\s?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\s?[>)\]]?")
_HANDLE = re.compile(r"(?<!\w)@\w{1,30}")
_BY = re.compile(r"^(?:(?:written|reported|story|words|text|posted) )?by[\s:]+", re.I)
_PLACE = re.compile(r"\s+(?:in|at|for|of|from)\s[^.!?]{1,40}$")
_AFTERWARDS = re.compile(r"\s[|•·/–—-]+\s|\s\(|,?\s(?=(?:published|posted|updated)\b)", re.I)
_BODY = re.compile(r"(?:The )?(?:[A-Z][\w.'’&-]*+ ?+){1,5}")
_NO_AUTHOR = re.compile(
    r"(?:admin|administrator|submitted|anonymous|staff|editor|webmaster|guest|unknown|none|null|n/?a|by|print|updated|"
    r"posted|published|share|comments?|on \w+|at [ap]m|.*\bwriters?|super ?user|redaktion|"
    r"(?:[\w-]{3,}\.)+(?-i:[a-z]{2,10}))",
    re.I,
)
_LONGEST = 300
_MOST_AUTHORS = 10_000  # a paper of a large experiment has 5,154


def is_name(text: str, words: int = 2) -> bool:
    """Whether a text can be the name of a person: `words` to five words, each as names are written."""
    tokens = text.split()
    if tokens and _TITLE.fullmatch(tokens[0]):
        tokens = tokens[1:]
    if not words <= len(tokens) <= 5 or any(not _TOKEN.fullmatch(token) for token in tokens):
        return False
    if any(_NEVER.fullmatch(token) for token in tokens) or all(_SEASON.fullmatch(token) for token in tokens):
        return False
    return all(not token[0].islower() or _PARTICLE.fullmatch(token) or _ELIDED.match(token) for token in tokens)


def is_organisation(text: str) -> bool:
    """Whether a name has a word that newspapers, agencies and offices are called by."""
    return bool(_ORGANISATION.search(text) or _AGENCY.match(text))


def byline_names(text: str) -> tuple[str, ...]:
    """The people of a byline, its "By" taken away, in order; empty where it is no byline.

    Every part has to be a name, but for what follows the last one: a role, a place, a newspaper, an address.
    """
    if len(text) > _LONGEST:
        return ()
    bare = _HANDLE.sub(" ", _EMAIL.sub(" ", text))
    bare = _AFTERWARDS.split(bare, maxsplit=1)[0].strip(" ,;|•·–—-/")
    if _BODY.fullmatch(bare) and is_organisation(bare):
        return (bare,)
    names: list[str] = []
    for part in _BETWEEN.split(bare):
        pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
        for place, piece in enumerate(pieces):
            name = _PLACE.sub("", piece)
            if place and _SUFFIXES.fullmatch(name):
                continue
            if is_name(name, words=2 if names or place else 1) and not (place and is_organisation(name)):
                names.append(recased(name))
            elif place and (
                ROLE.search(piece)
                or is_organisation(piece)
                or _starts_date(piece)
                or not re.search(r"[.!?]$|\d", piece)
            ):
                break  # what the writer is, or for whom
            else:
                return ()
    return tuple(dict.fromkeys(names))


def _starts_date(text: str) -> bool:
    return month_and_day(text) is not None or partial_date(text) is not None


def recased(name: str) -> str:
    """A name as it is spoken, where a byline shouts it: "JANE O'BRIEN" is Jane O'Brien."""
    if name != name.upper() or not any(len(word.strip(".")) > 1 for word in name.split()) or is_organisation(name):
        return name
    words = (word if "." in word else _capitalised(word) for word in name.split())
    return " ".join(word.lower() if _PARTICLE.fullmatch(word) else word for word in words)


def _capitalised(word: str) -> str:
    return re.sub(r"(^|['’-])(MC)?(\w)(\w*)", _capital, word)


def _capital(match: re.Match[str]) -> str:
    return match[1] + (match[2] or "").capitalize() + match[3] + match[4].lower()


def listed_authors(value: object) -> tuple[str, ...]:
    """The authors in a field of metadata: a name, several in one string, a list of names, or of `{"name": …}`.

    A string is divided at semicolons and "and", and at commas only where every part is a full name: "Doe, Jane" is
    one author.
    """
    # One level deep only: a few bytes of YAML can stand for a list of lists without end.
    items = value[:_MOST_AUTHORS] if isinstance(value, list | tuple) else [value]
    names = (item.get("name") if isinstance(item, dict) else item for item in items)
    return tuple(dict.fromkeys(author for name in names if isinstance(name, str) for author in _divided(name)))


def _divided(value: str) -> list[str]:
    text = _BY.sub("", one_line(value[:10_000]))
    return _without_empty(author for part in _BETWEEN.split(text) for author in _commas(part))


def _commas(part: str) -> list[str]:
    pieces = part.split(",")
    if len(pieces) > 1 and all(len(piece.split()) >= 2 for piece in pieces):
        return pieces
    return [part]


def _without_empty(names: Iterable[str]) -> list[str]:
    bare = (_EMAIL.sub("", name).strip(" ,;|") for name in names)
    return [name for name in bare if name]


def stated_authors(stated: str) -> list[str]:
    """The authors that one field of a web page names, without what else bylines hold."""
    if re.match(r"https?:|www\.|@", stated):
        return []
    bare = re.sub(r"^(?:(?:written|text|story) )?(?:by|von|par|por)[\s:]+", "", stated, flags=re.I)
    names = (byline_names(bare) if " " in bare else ()) or listed_authors(bare)
    return [
        recased(name) if " " in name else name for name in names if not _NO_AUTHOR.fullmatch(name) and len(name) <= 100
    ]
