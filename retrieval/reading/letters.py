"""A message as an article: the richer of its texts, without what a mailing adds to it, and what its headers say.

Sender and day are taken as they are written; a newsletter's name is its publisher. Quoted replies are kept, since what
they quote may be nowhere else; what follows a signature's dashes is kept too, but for a mailing list's own footer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from email.utils import getaddresses
from typing import Any

from retrieval.errors import ReadError
from retrieval.reading.armour import without_armour, without_uuencoded
from retrieval.reading.blocks import Block, Facts, Limits, check_length
from retrieval.reading.dates import partial_date
from retrieval.reading.languages import language_code
from retrieval.reading.mailings import is_noise, is_online_link
from retrieval.reading.mime import Part, alternatives, decoded_words, leaves
from retrieval.reading.normalise import normalised, one_line
from retrieval.reading.paragraphs import paragraphs
from retrieval.reading.people import is_name, is_organisation, recased
from retrieval.reading.richtext import html_root, is_html, tree_blocks

_LIST_FOOTER = re.compile(r"^_{20,}\s*$", re.M)
_LIST_END = re.compile(r"^-{2,} ?\n(?=To unsubscribe from this list:|To unsubscribe, )", re.M)
_SEALED = "application/pgp-encrypted"
_CODE = re.compile(r"(?<!\w)(?=\w*\d)[0-9A-Za-z]{16,}(?!\w)")  # a mailing service's own name for a list
_PREFIX = re.compile(r"^(?:\s*\[[^\]\n]{1,60}\]\s*|\s*(?:fwd?|wg|tr)\s*:\s*)+(?=\S)", re.I)
_LONGEST_FOOTER = 1000
_FLOWED_QUOTE = re.compile(r"^(?:> ?)+")


def letter_text(part: Part, limits: Limits) -> tuple[list[Block], list[Part], str | None]:
    """The text of a message as blocks, the parts attached to it, and the link to it on the web that it gives.

    Raises ReadError where a text in it is longer than the longest article.
    """
    texts: list[Part] = []
    attached: list[Part] = []
    _sort(part, texts, attached, limits, 0)
    blocks: list[Block] = []
    url = None
    for text in texts:
        found, link = _blocks(text, limits, attached)
        blocks += found
        url = url or link
    return [block for block in blocks if not is_noise(block.text)], attached, url


def letter_facts(part: Part, url: str | None) -> Facts:
    """What a message's headers say: subject, sender, list, day, link."""
    title = part.header("subject")
    name, address = _sender(part)
    list_name = _list_name(part)
    mailing = bool(list_name or part.raw_header("list-unsubscribe") or part.raw_header("list-id"))
    person = name if name and not is_organisation(name) and (is_name(name) or not mailing) else ""
    publisher = list_name if person else (name or list_name)
    archived = re.search(r"https?://[^\s<>]+", part.raw_header("archived-at"))
    facts = Facts(
        title=_PREFIX.sub("", title) or title,
        authors=(recased(person),) if person else (),
        publisher=publisher or (None if person else _domain(address)) or None,
        published=partial_date(part.header("date")),
        url=archived[0] if archived else url,
        language=language_code(part.header("content-language").split(",")[0]),
    )
    origins = {
        "title": "the header Subject",
        "authors": "the header From",
        "publisher": "the list's headers" if publisher and publisher == list_name else "the header From",
        "published": "the header Date",
        "url": "the header Archived-At" if archived else "a link to it on the web",
        "language": "the header Content-Language",
    }
    return replace(facts, origins=tuple((name, found) for name, found in origins.items() if getattr(facts, name)))


def _sort(part: Part, texts: list[Part], attached: list[Part], limits: Limits, depth: int) -> None:
    if part.type == "multipart/alternative" and depth < 8:
        choices = [choice for choice in alternatives(part) if not _is_attached(choice)]
        best = _richest(choices, limits)
        if best is not None:
            _sort(best, texts, attached, limits, depth + 1)
        return
    if part.type.startswith("multipart/") and part.type != "multipart/digest" and depth < 8:
        for inner in alternatives(part):
            _sort(inner, texts, attached, limits, depth + 1)
        return
    for leaf in leaves(part):
        if leaf.type in ("text/plain", "text/html", "application/xhtml+xml", "text/enriched") and not _is_attached(
            leaf
        ):
            texts.append(leaf)
        else:
            attached.append(leaf)


def _richest(choices: Sequence[Part], limits: Limits) -> Part | None:
    """The last alternative that has text; HTML, unless the plain one says twice as much."""
    sized = [(choice, _size(choice, limits)) for choice in choices]
    known = [(choice, size) for choice, size in sized if size > 0]
    if not known:
        return choices[-1] if choices else None
    html = [(choice, size) for choice, size in known if choice.type != "text/plain"]
    longest = max(size for _, size in known)
    if html and html[-1][1] * 2 >= longest:
        return html[-1][0]
    return max(known, key=lambda item: item[1])[0]


def _size(part: Part, limits: Limits) -> int:
    """How many letters of text a part has."""
    total = 0
    for leaf in leaves(part):
        if leaf.type.startswith("text/") or leaf.type == "application/xhtml+xml":
            try:
                total += sum(len(block.text) for block in _blocks(leaf, limits)[0])
            except ReadError:
                continue
    return total


def _is_attached(part: Part) -> bool:
    return part.raw_header("content-disposition").strip().lower().startswith("attachment")


def _blocks(part: Part, limits: Limits, attached: list[Part] | None = None) -> tuple[list[Block], str | None]:
    """A part's text, and the link to it on the web; the files that it holds as text go to those `attached`."""
    text = part.text()
    check_length(text, limits, times=4)
    if part.type != "text/plain" or (is_html(text[:2000]) and "</" in text):
        root = html_root(text)
        return tree_blocks(root), _online(root)
    check_length(text, limits, times=2)
    if part.parameter("format").lower() == "flowed":
        text = _unflowed(text, part.parameter("delsp").lower() == "yes")
    text, files = without_uuencoded(text.replace("\r\n", "\n"))
    text, sealed = without_armour(text)
    if attached is not None:
        attached += [Part((("content-disposition", f'attachment; filename="{name}"'),), data) for name, data in files]
        attached += [Part((("content-type", _SEALED),), b"")] if sealed else []
    text = _without_footer(normalised(text))
    return [Block(found.text) for found in paragraphs(text)], None


def _online(root: Any) -> str | None:
    """Where a newsletter says that it can be read on the web."""
    if root is None:
        return None
    for link in root.iter("a"):
        text = one_line("".join(link.itertext()))
        url = (link.get("href") or "").strip()
        if is_online_link(text) and re.fullmatch(r"https?://\S{4,2000}", url):
            return str(url)
    return None


def _unflowed(text: str, delsp: bool) -> str:
    """RFC 3676: a line that ends in a space goes on in the next of the same quoting; `-- ` never does."""
    lines: list[list[str]] = []
    goes_on = False
    depth = 0
    for raw in text.replace("\r\n", "\n").split("\n"):
        quote = _FLOWED_QUOTE.match(raw)
        level = quote[0].count(">") if quote else 0
        line = raw[quote.end() :] if quote else raw
        line = line.removeprefix(" ")
        soft = line.endswith(" ") and line != "-- "
        body = line[:-1] if soft and delsp else line
        if goes_on and level == depth:
            lines[-1].append(body)
        else:
            lines.append(["> " * level, body])
        goes_on, depth = soft, level
    return "\n".join(map("".join, lines))


def _without_footer(text: str) -> str:
    """The text without what mailing-list programs put under it: a long rule and a few lines about the list."""
    for rule in _LIST_FOOTER.finditer(text):
        if len(text) - rule.end() > _LONGEST_FOOTER:
            continue
        if re.search(r"mailing list|https?://|unsubscribe", text[rule.end() :], re.I):
            return text[: rule.start()]
    ends = [match.start() for match in _LIST_END.finditer(text)]
    return text[: ends[-1]] if ends and len(text) - ends[-1] <= 1000 else text


def _sender(part: Part) -> tuple[str, str]:
    value = part.raw_header("from") or part.raw_header("sender") or part.raw_header("reply-to")
    try:
        found = [(decoded_words(name), address) for name, address in getaddresses([value[:2000]])]
    except (ValueError, IndexError):
        found = []
    name, address = found[0] if found else ("", "")
    name = re.sub(r"\s*(?:\(.*\)|<.*|via .*)$", "", name).strip(" \"'")
    return ("" if "@" in name or "?" in name else name), address


def _list_name(part: Part) -> str:
    """The words that a List-Id gives before its address: `Coast Courier Daily <daily.courier.example>`."""
    name = decoded_words(part.raw_header("list-id").partition("<")[0]).strip(" \"'")
    name = re.sub(r"\\(.)", r"\1", name)
    return name if re.search(r"[^\W\d_]{2}", name) and "." not in name and not _CODE.search(name) else ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip(" >").lower() if "@" in address else ""
