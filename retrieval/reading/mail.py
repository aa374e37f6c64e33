"""E-mail: a message (`.eml`, a file of a Maildir) or a mailbox of them (mbox), each message an article.

A mailbox is read message by message. What is attached is read by whichever reader it calls for, as an article of its
own; pictures and the like are counted.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from retrieval.errors import ReadError
from retrieval.reading.blocks import Facts, Limits, article
from retrieval.reading.encodings import head_text
from retrieval.reading.letters import letter_facts, letter_text
from retrieval.reading.mime import Part, is_cut_off, parsed
from retrieval.reading.opening import credited
from retrieval.reading.titles import untitled
from retrieval.reading.whole import read_whole
from retrieval.reading.within import Within, within
from retrieval.types import Article, Skipped

FORMAT = "email"
_SUFFIXES = (".eml", ".mbox", ".mbx", ".emlx")
_FROM = re.compile(
    rb"From \S{1,300}.{0,200}\b[12][0-9]{3}\b.{0,60}\r?\n|From \S{1,300} .{0,100}[0-9]{1,2}:[0-9]{2}.{0,60}\r?\n|"
    rb"From -[ \t]*\r?\n"
)
_ENCODED_AS = re.compile(
    r"(?:MIME-Version:[^\n]{1,40}\n)?(?:Content-[A-Za-z-]{1,40}:[^\n]{0,300}\n(?:[ \t][^\n]{0,300}\n){0,4}){0,3}?"
    r"Content-(?:Type:\s{0,3}(?:multipart/|text/\w{1,20};)|Transfer-Encoding:\s{0,3}(?:base64|quoted-printable|[78]bit))",
    re.I,
)
_SENT_BY = re.compile(r"^From:[ \t][^\n]{0,200}[\w.]@[\w-]", re.M | re.I)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?(.*)")
_ONLY_MAIL = frozenset((
    "received", "return-path", "delivered-to", "message-id", "mime-version", "x-mailer", "dkim-signature", "newsgroups",
    "x-received", "list-id", "list-unsubscribe", "x-mozilla-status", "envelope-to", "content-transfer-encoding",
    "content-disposition", "content-id", "content-description", "bcc",
    "x-gmail-labels", "x-gm-thrid", "x-account-key", "thread-topic", "x-original-to", "references", "in-reply-to",
))  # fmt: skip
_ANY_MAIL = frozenset(("from", "to", "subject", "date", "reply-to", "cc", "sender", "content-type"))
_PASSED_OVER = re.compile(
    r"(?:image|audio|video|font|model)/.*|text/(?:css|javascript|calendar|vcard|x-vcard|x-amp-html)|"
    r"application/(?:pgp-\w+|pkcs7-\w+|x-pkcs7-\w+|ics|ms-tnef|javascript|x-font\S*|vnd\.ms-fontobject)|"
    r"message/(?:delivery-status|disposition-notification|external-body|partial)|text/rfc822-headers"
)
_DEEPEST = 4  # messages in messages


def matches(head: bytes, suffix: str) -> bool:
    """Whether a file is a message or a mailbox: it begins with a mailbox's "From " line, or with a mail's headers."""
    if _FROM.match(head):
        return True
    text = head_text(head)
    names = _names(text)
    if _addressed(names, text):
        return True
    known = [name for name in names if name in _ANY_MAIL or name in _ONLY_MAIL]
    if suffix in _SUFFIXES and len(known) >= 2:
        return True
    return len(known) >= 3 and any(name in _ONLY_MAIL for name in names) and len(known) * 3 >= len(names[:12])


def _addressed(names: list[str], text: str) -> bool:
    """Whether the few fields at the top are a message's all the same: sender and addressee, or how it is encoded."""
    if not names or any(name not in _ANY_MAIL and name not in _ONLY_MAIL for name in names[:12]):
        return False
    if names[0].startswith(("content-", "mime-")):
        return bool(_ENCODED_AS.match(text.lstrip()[:2000]))
    return "from" in names and bool({"to", "subject", "date"} & set(names)) and bool(_SENT_BY.search(text[:4000]))


def read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Article | Skipped]:
    """An article for each message that has text, and for each readable file that is attached to one.

    Raises ReadError for a single message that cannot be read, and OSError as reading does.
    """
    inner = within(file, limits)
    file.seek(0)
    if not _FROM.match(file.read(1024)):
        data = read_whole(file, limits)
        if name.endswith(".emlx"):  # Apple Mail writes the message's length on a line before it
            data = re.sub(rb"\A\s*[0-9]{1,12}\s*\n", b"", data)
        yield from _message(data, "", name, inner, 0)
        return
    seen: dict[str, int] = {}
    for number, found in enumerate(_messages(file, limits.file_bytes), start=1):
        place = f"{name} at message {number}"
        try:
            if found is None:
                raise ReadError(f"the message is longer than the {limits.file_bytes:,} bytes that are read at once")
            record = _record(found, number)
            first = seen.setdefault(record, number)
            if first != number:
                raise ReadError(f"its Message-ID is that of message {first}: it is stored twice")
            yield from _message(found, record, place, inner, 0)
        except ReadError as error:
            yield Skipped(place, error.message)


def _names(text: str) -> list[str]:
    """The names of the header's fields, in lower case."""
    names = []
    for line in text.lstrip().split("\n")[:200]:
        if not line.strip():
            break
        match = _FIELD.match(line)
        if match:
            names.append(match[1].lower())
        elif not line[0].isspace():
            break
    return names


def _record(data: bytes, number: int) -> str:
    try:
        identity = parsed(data).header("message-id").strip("<> ")
    except ReadError:
        identity = ""
    return identity[:500] or f"message {number}"


def _messages(file: BinaryIO, longest: int) -> Iterator[bytes | None]:
    """The messages of a mailbox; None for one that is too long to be held."""
    file.seek(0)
    held = bytearray()  # not the lines: a mail of empty ones would take twenty times its size
    size = 0
    blank = True
    started = False
    while line := file.readline(1 << 20):
        if blank and line.startswith(b"From ") and _FROM.match(line):
            if started:
                yield None if size > longest else bytes(held)
            held, size, started = bytearray(), 0, True
        else:
            size += len(line)
            if size <= longest:
                held += re.sub(rb"^>(>*From )", rb"\1", line) if line.startswith(b">") else line
            else:
                held = bytearray()
        blank = line in (b"\n", b"\r\n")
    if started:
        yield None if size > longest else bytes(held)


def _message(data: bytes, record: str, place: str, limits: Within, depth: int) -> Iterator[Article | Skipped]:
    part = parsed(data)
    blocks, attached, url = letter_text(part, limits)
    stated, blocks = credited(blocks) if blocks else (Facts(), blocks)
    facts = letter_facts(part, url)
    of_text = {name for name in ("authors", "published") if getattr(stated, name)}
    of_text -= {"published"} if facts.published else set()
    origins = [origin for origin in facts.origins if origin[0] not in of_text]
    origins += [origin for origin in stated.origins if origin[0] in of_text]
    facts = replace(
        facts,
        authors=stated.authors or facts.authors,
        published=facts.published or stated.published,
        origins=tuple(origins),
    )
    passed = Counter(inner.type for inner in attached if _PASSED_OVER.fullmatch(inner.type))
    readable = [inner for inner in attached if inner.type not in passed]
    if blocks:
        title = facts.title or untitled(blocks[0].text)
        yield replace(article(blocks, replace(facts, title=title), FORMAT, limits), record=record)
    elif not readable:
        raise ReadError("the message has no text" + (f", only {_counted(passed)}" if passed else ""))
    if is_cut_off(part):
        yield Skipped(place, "the message was cut off: it ends before its last part does")
    for number, inner in enumerate(readable, start=1):
        yield from _attachment(inner, number, record, place, limits, depth)
    if passed and blocks:
        yield Skipped(f"{place}: attachments", f"no articles: {_counted(passed)}")


def _counted(types: Counter[str]) -> str:
    return ", ".join(f"{count} of type {kind}" for kind, count in sorted(types.items()))


def _attachment(
    part: Part, number: int, record: str, place: str, limits: Within, depth: int
) -> Iterator[Article | Skipped]:
    from retrieval.reading.articles import read_member

    member = part.filename or f"part {number}"
    full = f"{record}#{member}" if record else member
    if part.type == "message/rfc822":
        inner_place = f"{place}: {member}"
        if depth >= _DEEPEST:
            yield Skipped(inner_place, f"the message lies more than {_DEEPEST} messages deep in others")
            return
        try:
            yield from _message(part.content(), full, inner_place, limits, depth + 1)
        except ReadError as error:
            yield Skipped(inner_place, error.message)
        return
    data = part.content()
    limits.allowance.spend(len(data))
    for item in read_member(io.BytesIO(data), member, place, limits):
        if isinstance(item, Article) and record:
            yield replace(item, record=f"{record}#{item.record}")
        else:
            yield item
