"""What a text says of itself at its top, in the forms that blogs and their programs write it.

YAML between `---`, TOML between `+++`, JSON, Pandoc's title block, MultiMarkdown's `Key: value`, and Nikola's comments.
Front matter that is not valid YAML (a colon in an unquoted title is enough) is read line by line as `key: value`; the
article is read either way. A `---` at the top that fences no such lines is a rule, and what follows it is text.
"""

from __future__ import annotations

import json
import re
from datetime import date

from retrieval.reading.blocks import Facts
from retrieval.reading.dates import partial_date
from retrieval.reading.fields import facts_of

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mkdn")
"""The suffixes of files whose text may begin with front matter in JSON, and which are therefore no JSON."""
_FRONT = re.compile(
    r"\s{0,10}---[ \t]*\n(?P<yaml>(?:(?!---[ \t]*$|\.\.\.[ \t]*$).*\n){1,500})(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.M
)
_PANDOC = re.compile(r"(?P<lines>% \S.*\n(?:%.*\n){1,2})\s*\n")
_TOML = re.compile(r"\s{0,10}\+\+\+[ \t]*\n(?P<toml>(?:(?!\+\+\+[ \t]*$).*\n){1,500})\+\+\+[ \t]*(?:\n|\Z)", re.M)
_SIMPLE = re.compile(r"(?P<key>[A-Za-z][\w-]{0,40}) ?: +(?P<value>\S.*)")
_LONGEST_FRONT = 64 * 1024
_NIKOLA = re.compile(
    r"\s{0,10}(?:<!--[ \t]*\n)?(?P<lines>(?:\.\. [a-z][\w-]{0,30}:(?!:)[^\n]{0,2000}\n){2,60})(?:[ \t]*-->)?"
)
_MULTI = re.compile(
    r"(?P<lines>(?:title|date|authors?|category|tags|slug|status|summary|modified|template|series|lang):[^\n]{0,2000}\n"
    r"(?:(?:[A-Za-z][\w-]{0,30}:|[ ]{4})[^\n]{0,2000}\n){0,60})[ \t]*\n",
    re.I,
)
_ARTICLES = {"title", "date", "author", "authors"}  # of these a top has one to be that of an article


def front_matter(text: str) -> tuple[Facts, str]:
    """What the top of a normalised text says, and the text behind it; no facts and all of it where it says nothing."""
    known = _paired(text) or _json(text)
    if known:
        return facts_of(known[0]), known[1]
    toml = _TOML.match(text)
    if toml and len(toml["toml"]) <= _LONGEST_FRONT:
        fields = _toml(toml["toml"])
        return (facts_of(fields), text[toml.end() :]) if fields else (Facts(), text)
    lines = _PANDOC.match(text)
    if lines:
        said = [line[1:].strip() for line in lines["lines"].rstrip("\n").split("\n")]
        return facts_of(dict(zip(("title", "author", "date"), said, strict=False))), text[lines.end() :]
    match = _FRONT.match(text)
    if not match or len(match["yaml"]) > _LONGEST_FRONT:
        return Facts(), text
    fields = _mapping(match["yaml"])
    if not fields:
        return Facts(), text
    return facts_of(fields), text[match.end() :]


def has_front_matter(text: str) -> bool:
    """Whether a text begins with YAML that is fenced, or with Nikola's comments."""
    front = _FRONT.match(text)
    return bool((front and _SIMPLE.search(front["yaml"])) or (_NIKOLA.match(text) and ".. title:" in text[:2000]))


def _paired(text: str) -> tuple[dict[str, object], str] | None:
    """The fields of the lines at the top that are nothing but fields, and what follows them."""
    for form in (_NIKOLA, _MULTI):
        top = form.match(text)
        if top and (fields := _pairs(top["lines"])):
            return fields, text[top.end() :]
    return None


def _pairs(lines: str) -> dict[str, object]:
    """The fields of lines of `key: value`, of which one has to be an article's; nothing where none is."""
    found: dict[str, object] = {}
    for line in lines.split("\n"):
        match = None if line.startswith("    ") else _SIMPLE.fullmatch(line.strip().removeprefix("..").strip())
        if match:
            found.setdefault(match["key"].lower(), match["value"].strip())
    return found if _ARTICLES & set(found) else {}


def _json(text: str) -> tuple[dict[str, object], str] | None:
    """The object that a text begins with, where it is an article's, and what follows it."""
    if not text.lstrip().startswith("{"):
        return None
    start = text.index("{")
    try:
        loaded, end = json.JSONDecoder().raw_decode(text[: start + _LONGEST_FRONT], start)
    except (ValueError, RecursionError):
        return None
    rest = text[end:]
    known = isinstance(loaded, dict) and "title" in loaded and rest.startswith("\n") and rest.strip()
    return ({str(key).lower(): value for key, value in loaded.items()}, rest) if known else None


def _mapping(source: str) -> dict[str, object]:
    import yaml

    try:
        loaded = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):  # ValueError: `date: 2004-02-31`
        lines = (_SIMPLE.fullmatch(line.strip()) for line in source.split("\n"))
        return {match["key"].lower(): match["value"].strip("\"' ") for match in lines if match}
    if not isinstance(loaded, dict):
        return {}
    return {str(key).lower(): _written(value) for key, value in loaded.items()}


def _toml(source: str) -> dict[str, object]:
    import tomllib

    try:
        loaded = tomllib.loads(source)
    except (ValueError, RecursionError):
        return {}
    return {key.lower(): _written(value) for key, value in loaded.items()}


def _written(value: object) -> object:
    """A value of YAML as it was written: it turns dates into objects."""
    if isinstance(value, date):
        return partial_date(value.isoformat())
    return value
