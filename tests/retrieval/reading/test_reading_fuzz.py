"""Every parser against broken documents: whatever comes, items come back, soon and without an error."""

from __future__ import annotations

import io
import logging
import plistlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from documents import BODY, LEAD, column, docx, epub, odt, pdf, word
from fuzz_parts import PARTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soaking import for_two_minutes

from retrieval.errors import ReadError
from retrieval.reading import Limits, articles, pdf_pages
from retrieval.types import Article, Skipped

LIMITS = Limits(file_bytes=2_000_000, article_chars=500_000)
MESSAGE = (
    "From: Jane <jane@coast.example>\nSubject: =?utf-8?Q?A_Lamp?=\nDate: 3 Mar 2004 10:00:00 +0000\nMIME-Version: 1.0\n"
    'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8; format=flowed\n'
    f"Content-Transfer-Encoding: quoted-printable\n\n{LEAD}=\n\n--b\nContent-Type: text/html\n\n<table><tr><td>"
    f"{BODY}<ul><li>x</ul>"
    "</table>\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--b--\n"
)
SEEDS: dict[str, bytes] = {
    "a.eml": MESSAGE.encode(),
    "a.mbox": ("From a@b Wed Mar  3 23:30:00 2004\n" + MESSAGE + "\n").encode() * 2,
    "a.mhtml": MESSAGE.replace("mixed", "related").replace("From: Jane", "From: <Saved by Blink>\nX: ").encode(),
    "a.epub": epub({"a.xhtml": f"<body><h1>A</h1><p>{LEAD}</p></body>"}, "<dc:title>B</dc:title>", {"a.xhtml": "A"}),
    "a.docx": docx(word("A", "Title") + word(LEAD) + f"<w:tbl><w:tr><w:tc>{word('x')}</w:tc></w:tr></w:tbl>"),
    "a.odt": odt(f"<text:h>A</text:h><text:p>{LEAD}</text:p><text:list><text:list-item><text:p>x</text:p><"
    "/text:list-item></text:list>"),
    "a.rtf": (r"{\rtf1\ansi{\info{\title A}}\f0 Caf\'e9 \u8222? {\*\x y}" + LEAD + r"\par " + BODY + "}").encode(),
    "a.csv": f'title;text;date\nA;"{LEAD}\n""x""";2004\nB;{BODY};\n'.encode(),
    "a.json": (b'{"publisher": "C", "articles": [{"title": "A", "text": '
    b'"' + LEAD.encode() + b'", "x": [1.5, {"y": null}]}, {"content": "<p>x</p>"}]}'),
    "a.jsonl": (f'{{"title": "A", "text": "{LEAD}", "date": 1078272000}}\n{{"body": ["{BODY}", "x"]}}\n').encode(),
    "a.tsv": f"title\ttext\nA\t{LEAD}\nB\t{BODY}\n".encode("utf-16"),
    "a.md": f"---\ntitle: A\nauthors: [B C]\n---\n# A\n\n{LEAD}\n\n- x\n- y\n\n> {BODY}\n".encode(),
    "a.rst": (
        f".. title: A\n.. date: 2004-03-02\n\nA\n=====\n\n:a: b\n\n{LEAD}\n\n.. note:: `x <y>`_\n\n   |z|\n::\n"
    ).encode(),
    "b.eml": (
        f"From: a@b\nTo: c@d\nSubject: A\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\n{LEAD}\n- -- \nx\n"
        "-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n\nbegin 644 a.txt\n#0V%T\n`\nend\n"
    ).encode(),
    "a.txt": f"A Lamp\n\nBy John Roe\n\n{LEAD}\n\f\n{BODY}\n\n(c) 2004 Coast Press\n".encode(),
    "a.webarchive": plistlib.dumps(
        {"WebMainResource": {"WebResourceMIMEType": "text/html", "WebResourceData": b"<h1>A</h1><p>" + LEAD.encode()}},
        fmt=plistlib.FMT_BINARY,
    ),
    "a.html": (
        '<html><head><script type="application/ld+json">{"@graph": [{"@type": "Article", "headline": "A", '
        '"author": [{"name": "B C"}]}]}'
        f"</script><title>A - B</title></head><body><h1>A</h1><p>{LEAD}</p><p>{BODY}</p></body></html>"
    ).encode(),
}  # fmt: skip
SEEDS |= {
    "list.eml": (
        "From: Jane Doe via Coast <list@coast.example>\nList-Id: Coast Courier <daily.courier.example>\n"
        "Subject: Fwd: [coast] A Lamp\nArchived-At: <https://courier.example/1>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/alternative; boundary="b"\n\n--b\n'
        "Content-Type: text/plain; format=flowed; delsp=yes\n\n"
        f"View this email in your browser\n\n> quoted \n> on\n{LEAD} \n{BODY}\n\nUnsubscribe | Manage preferences\n"
        "_____________________________\ncoast mailing list\n--b\nContent-Type: text/html\n\n"
        f'<p><a href="https://courier.example/1">View online</a></p><p>{LEAD}</p><p>Follow us on Twitter</p>\n--b--\n'
    ).encode(),
    "named.json": (
        '{"publisher": "C", "a1": {"title": "A", "content": "' + LEAD + '"}, "a2": {"title": "B", "body": ["x", {}]}}'
    ).encode(),
    "ghost.json": (
        '{"db": [{"meta": {"v": 1}, "data": {"posts": [{"title": "A", "html": "<p>' + LEAD + '</p>"}], "tags": [{}]}}]}'
    ).encode(),
    "pages.txt": "\f".join(
        f"THE COURIER {number}\n\nA Lamp\n\n{LEAD} {number}\n{BODY}\n\nThe Courier, {number}" for number in range(5)
    ).encode(),
    "paged.html": (
        "<!DOCTYPE html><!-- saved from url=(0030)https://coast.example/lamp?page=2 --><html><head>"
        '<title>A Lamp | page 2 of 3 - Coast</title><link rel="canonical" href="https://coast.example/lamp?page=2">'
        '<link rel="next" href="/lamp/3/"><link rel="alternate" media="print" href="?print=1"></head><body>'
        "<!-- Mirrored from coast.example/x by HTTrack Website Copier, Mon, 3 Mar 2004 -->"
        f'<h1>A Lamp</h1><p>{LEAD}</p><p>{BODY}</p><a rel="prev" href="lamp_1.html">1</a></body></html>'
    ).encode(),
    "a.fodt": (
        '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'office:mimetype="application/vnd.oasis.opendocument.text">'
        f"<office:body><office:text><text:h>A</text:h><text:p>{LEAD}<text:s text:c='3'/></text:p></office:text>"
        "</office:body></office:document>"
    ).encode(),
}  # fmt: skip
PDF = pdf([[(72, 780, 20, "A Lamp"), *column(72, 700, [LEAD[:60], BODY[:60]])]], "/Title (A (lamp)) /Author (Jane Doe)")


def mutated(seed: bytes) -> st.SearchStrategy[bytes]:
    """The seed with bytes changed, pieces repeated, moved and cut off."""
    place = st.integers(0, len(seed))
    change = st.one_of(
        st.tuples(st.just("set"), place, st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("put"), place, st.binary(min_size=1, max_size=40)),
        st.tuples(st.just("cut"), place, place),
        st.tuples(st.just("again"), place, place),
        st.tuples(st.just("end"), place, place),
    )
    return st.lists(change, min_size=1, max_size=6).map(lambda changes: _changed(seed, changes))


def _changed(data: bytes, changes: Sequence[tuple[str, int, int | bytes]]) -> bytes:
    for kind, start, what in changes:
        if isinstance(what, bytes):
            data = data[:start] + what + data[start + (len(what) if kind == "set" else 0) :]
        elif kind == "cut":
            data = data[: min(start, what)] + data[max(start, what) :]
        elif kind == "again":
            data = data[:start] + data[min(start, what) : max(start, what)] * 3 + data[start:]
        else:
            data = data[:start]
    return data


def check(name: str, data: bytes) -> None:
    began = time.monotonic()
    if not data:
        return
    reader = next(
        (reader for reader in articles.READERS if reader.matches(data[:16384], "." + name.rpartition(".")[2])), None
    )
    if reader is None:
        return
    with suppress(ReadError):
        for item in reader.read(io.BytesIO(data), name, LIMITS):
            assert isinstance(item, Article | Skipped)
            if isinstance(item, Article):
                assert item.text.strip()
                assert all(0 <= start < end <= len(item.text) for start, end in (*item.headings, *item.captions))
                item.text.encode()
                f"{item.title}{item.authors}{item.publisher}{item.url}{item.record}".encode()
    assert time.monotonic() - began < 10


def run(
    examples: int, strategy: st.SearchStrategy[bytes], name: str, call: Callable[[str, bytes], None] = check
) -> None:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def every(data: bytes) -> None:
        call(name, data)

    every()


@pytest.mark.parametrize("name", SEEDS)
def test_a_broken_document_gives_what_can_be_read_or_a_reason(name: str) -> None:
    run(40, mutated(SEEDS[name]), name)


@pytest.mark.parametrize("name", [*SEEDS, "a.pdf"])
def test_a_seed_is_read(name: str) -> None:
    data = PDF if name == "a.pdf" else SEEDS[name]
    reader = next(reader for reader in articles.READERS if reader.matches(data[:16384], "." + name.rpartition(".")[2]))
    assert any(isinstance(item, Article) for item in reader.read(io.BytesIO(data), name, LIMITS))


@pytest.mark.parametrize("name", SEEDS)
def test_bytes_under_any_name_are_no_hindrance(name: str) -> None:
    run(15, st.binary(max_size=400).map(lambda tail: SEEDS[name][:8] + tail), name)


def test_a_broken_pdf_gives_what_can_be_read_or_a_reason() -> None:
    run(8, mutated(PDF), "a.pdf")


@pytest.mark.soak
@pytest.mark.parametrize("name", SEEDS)
def test_very_many_broken_documents_give_what_can_be_read_or_a_reason(name: str) -> None:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    for_two_minutes(mutated(SEEDS[name]), lambda data: check(name, data))


@pytest.mark.soak
def test_very_many_broken_pdfs_give_what_can_be_read_or_a_reason() -> None:
    for_two_minutes(mutated(PDF), lambda data: check("a.pdf", data))


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_a_reader_takes_whatever_comes(name: str) -> None:
    seed, call = PARTS[name]
    call(seed)
    run(60, mutated(seed), name, lambda _, data: call(data))


@pytest.mark.soak
@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_a_reader_takes_whatever_comes_for_two_minutes(name: str) -> None:
    seed, call = PARTS[name]
    for_two_minutes(mutated(seed), call)


HOSTILE: dict[str, bytes] = {
    "parts.eml": b'MIME-Version: 1.0\nFrom: a\nContent-Type: multipart/mixed; boundary="b"\n\n'
    + b"--b\n\nx\n" * 200_000,
    "deep.eml": b"".join(
        b'MIME-Version: 1.0\nFrom: a\nContent-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n)
        for n in range(3000)
    ),
    "words.eml": b"MIME-Version: 1.0\nFrom: a\nSubject: " + b"=?utf-8?q?a?= " * 1400 + b"\n\nx",
    "params.eml": b"MIME-Version: 1.0\nFrom: a\nContent-Type: text/plain; " + b"a=b; " * 3000 + b"\n\nx",
    "deep.html": b"<html><body>" + b"<div>" * 100_000 + LEAD.encode(),
    "unclosed.html": b"<html><body>" + b"<!--" * 200_000,
    "doctype.fodt": b"<?xml version='1.0'?><!DOCTYPE x [" + b"<!ENTITY a '" * 100_000,
    "quotes.csv": b"title,text\n" + b'a,"\n' * 60_001,
    "commas.csv": b"title,text\n" + b"," * 1_900_000,
    "deep.json": b'{"a":' * 100_000,
    "keys.json": b"{" + b",".join(b'"k%d":1' % n for n in range(150_000)) + b"}",
    "items.json": b"[" + b"{}," * 100_000 + b"{}]",
    "deep.rtf": rb"{\rtf1 " + b"{" * 400_000,
    "dots.rtf": rb"{\rtf1 " + rb"{\info{\title " * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_take_forever_does_not(name: str) -> None:
    check(name, HOSTILE[name])


def test_a_pdf_of_very_many_lines_is_set_in_order_in_time() -> None:
    from retrieval.reading.pdf_lines import Line, Page, without_margins
    from retrieval.reading.pdf_text import document_blocks

    lines = tuple(
        Line(
            f"word {n}",
            20.0 + 53 * (n % 10),
            800 - 0.19 * (n // 10),
            60.0 + 53 * (n % 10),
            800.15 - 0.19 * (n // 10),
            0.15,
            400,
        )
        for n in range(40_000)
    )
    began = time.monotonic()
    pages, _ = without_margins([Page("1", 842, lines)])
    blocks, _ = document_blocks(pages)
    assert blocks
    assert time.monotonic() - began < 10
    assert pdf_pages.Document().pages == []
