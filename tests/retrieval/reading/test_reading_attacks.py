"""What is made to take forever, or all memory, takes time in proportion to its size, and leaves what is beside it."""

from __future__ import annotations

import gzip
import io
import re
import struct
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

import pytest
import zstandard
from documents import BODY, LEAD
from web_archives import Capture, page, story, web_archive

from retrieval.reading import Limits, Siblings, read_articles
from retrieval.reading.articles import read_stream
from retrieval.reading.paging import titled_number
from retrieval.reading.warc_bytes import Broken, Bytes
from retrieval.types import Article, Skipped

GOOD = web_archive([Capture("http://holm.example/a", page("A lamp", story("lamp")))], packed=True)
PAGE = f"<h1>A Lamp</h1><p>{LEAD}</p><p>{BODY}</p>"
MAIL = "From: a@b.example\nSubject: s\nMIME-Version: 1.0\nContent-Type: text/plain{}\n\n"
SPACES = " " * 300_000


def read(data: bytes, name: str, limits: Limits = Limits()) -> list[Article | Skipped]:  # noqa: B008 - frozen
    began = time.process_time()
    found = list(read_stream(io.BytesIO(data), name, limits))
    took = time.process_time() - began
    assert took < 10, f"{took:.1f} s"  # of what takes one at most; what is not linear takes minutes
    return found


def articles(items: list[Article | Skipped]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


def reasons(items: list[Article | Skipped]) -> str:
    return " / ".join(f"{item.path}: {item.reason}" for item in items if isinstance(item, Skipped))


def web_page(extra: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{PAGE}{extra}</body></html>".encode()


def message(text: str, parameters: str = "") -> bytes:
    return (MAIL.format(parameters) + text).encode()


SLOW: dict[str, bytes] = {
    "header.wire": b"".join(
        b"\x01" + header + b"\r\n\x02" + LEAD.encode() + b"\r\n\x03 01-02-99 1200GMT\x04"
        for header in (b"A123 r-A lamp-lit 01-02", b"A--a" + b"o" * 40_000)
    ),
    "spaces.eml": message(f"<p>{LEAD}{SPACES}x</p>").replace(b"text/plain", b"text/html"),
    "spaces.xml": f"<nitf><body><body.content><p>\n{LEAD}{SPACES}x</p></body.content></body></nitf>".encode(),
    "title.html": web_page("", f"<title>A Lamp{' ' * 20_000}x</title><link rel=next href=b>"),
    "script.html": web_page("", f"<script type='application/ld+json'>{{}}-->{SPACES}x</script>"),
    "saved.html": web_page(f"<!-- Mirrored from a.example/x by HTTrack, {' ' * 18_000}y> -->"),
    "saved2.html": web_page(f"<!-- Saved from https://a.example/x on {' ' * 18_000}y> -->"),
    "noise.eml": message(("!?" * 390 + "\n\n") * 3000 + LEAD),
    "rules.eml": message(LEAD + "\n" + ("_" * 21 + "\n") * 200_000 + "word " * 300),
    "flowed.eml": message("a \n" * 1_000_000 + LEAD, "; format=flowed"),
    "numbers.rtf": rb"{\rtf1{\info{\author " + rb"\u17" * 400 + rb"\b x}}" + LEAD.encode() + b"}",
    "word.txt": (
        "A Lamp\n\n" + f"{BODY[:70]}\n{LEAD[:66]}\n" * 300 + "a" * 100_000 + "\n" + f"{BODY[:60]}\n" * 99
    ).encode(),
    "pages.txt": (f"{LEAD} " * 20_000 + "\n" + "\fRead also: x\n" * 60_000).encode(),
    "links.xml": (
        f"<mediawiki><page><title>A</title><ns>0</ns><revision><text>{LEAD} [[{' ' * 20_000}]]</text></revision></page>"
        "</mediawiki>"
    ).encode(),
    "hyphen.xml": (
        f'<alto><Layout><Page><PrintSpace><TextBlock><TextLine><String CONTENT="{"a" * 60_000}"/></TextLine><TextLine>'
        f'<String CONTENT="{LEAD}"/></TextLine></TextBlock></PrintSpace></Page></Layout></alto>'
    ).encode(),
}


@pytest.mark.parametrize("name", SLOW)
def test_what_a_regular_expression_or_a_list_could_take_forever_on_is_read_in_seconds(name: str) -> None:
    assert articles(read(SLOW[name], name))


def test_comments_that_never_end_in_a_document_type_are_looked_at_once() -> None:
    from retrieval.errors import ReadError
    from retrieval.reading.richtext import xml_root

    began = time.process_time()
    with pytest.raises(ReadError, match="never ends"):
        xml_root("<!DOCTYPE x " + "<!--" * 200_000)
    assert time.process_time() - began < 5


def test_the_number_of_a_page_is_found_behind_any_signs() -> None:
    assert titled_number("A Lamp - | Page 2 of 3") == 2
    assert titled_number("A Lamp (page 12)") == 12
    assert titled_number("A homepage 2") is None


def test_a_web_archive_of_bombs_is_read_up_to_them_and_told() -> None:
    large = zstandard.ZstdCompressor(level=1).compress(
        b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://holm.example/z\r\nContent-Length: 90000000\r\n\r\n"
        + bytes(90_000_000)
    )
    good = zstandard.compress(web_archive([Capture("http://holm.example/a", page("A lamp", story("lamp")))]))
    found = read(good + large * 5, "web.warc.zst")
    assert len(articles(found)) == 1
    assert re.search(r"at [\d,]+: unpacked it has more than the [\d,]+ bytes", reasons(found))


@pytest.mark.parametrize(
    "beginning", [b"\x1f\x8b\x08", b"\x1f\x8b\x08\x00\0\0\0\0\0\x03\x00\xff\xff\x00\x00zzzzz"], ids=["names", "blocks"]
)
def test_false_beginnings_without_end_do_not_take_time_without_end(beginning: bytes) -> None:
    found = read(GOOD + beginning * (900_000 // len(beginning)), "web.warc.gz")
    assert len(articles(found)) == 1
    assert "what comes before that was read" in reasons(found)


def test_the_end_that_unpacking_too_much_makes_is_the_last() -> None:
    source = Bytes(io.BytesIO(gzip.compress(bytes(300_000_000), 1)))
    with pytest.raises(Broken) as raised:
        _read_to_the_end(source)
    assert raised.value.final
    assert source.read(100) == b""


def _read_to_the_end(source: Bytes) -> None:
    while source.read(1 << 20):
        pass


def test_a_page_that_says_it_is_packed_thousands_of_times_over_is_refused() -> None:
    body = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: " + b"chunked, " * 5000 + b"\r\n\r\n<html>"
    )
    body += b"a" * 1_000_000
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://holm.example/z\r\nContent-Length: %d\r\n\r\n"
    assert "packed 5,000 times over" in reasons(read(head % len(body) + body, "web.warc"))


def test_addresses_and_digests_of_any_length_are_not_kept() -> None:
    record = (
        "WARC/1.0\r\nWARC-Type: revisit\r\nWARC-Target-URI: http://holm.example/{}\r\n"
        "WARC-Payload-Digest: {}\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    )
    data = "".join(record.format(f"{number}{'u' * 20_000}", "d" * 20_000) for number in range(50)).encode()
    assert "50 × a record whose address has more than 8,192 characters" in reasons(read(data, "web.warc"))


def test_a_bomb_in_a_zip_leaves_the_others_readable() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("bomb.txt", b"a line of words\n" * 20_000_000)
        archive.writestr("good.txt", f"A Lamp\n\n{LEAD}\n")
    found = read(out.getvalue(), "box.zip")
    assert [item.record for item in articles(found)] == ["good.txt"]
    assert re.search(r"bomb.txt: unpacked it has more than|bomb.txt: it has", reasons(found))


def test_fields_without_end_beside_a_zips_names_are_passed_over_once() -> None:
    text, name, extra = LEAD.encode(), b"a.txt", bytes(64_000)
    fixed = (zlib.crc32(text), len(text), len(text), len(name))
    head = b"PK\x03\x04" + struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 0, *fixed, 0) + name + text
    entry = b"PK\x01\x02" + struct.pack("<HHHHHHLLLHHHHHLL", 20, 20, 0, 0, 0, 0, *fixed, len(extra), 0, 0, 0, 0, 0)
    listed = (entry + name + extra) * 150
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 150, 150, len(listed), len(head), 0)
    assert len(articles(read(head + listed + end, "box.zip"))) == 150


def pax(body: bytes) -> bytes:
    head, file = tarfile.TarInfo("x"), tarfile.TarInfo("good.txt")
    head.type, head.size, file.size = b"x", len(body), len(LEAD)
    return head.tobuf() + body + bytes(-len(body) % 512) + file.tobuf() + LEAD.encode() + bytes(-len(LEAD) % 512)


def test_attributes_of_a_tar_without_end_are_read_once() -> None:
    assert len(articles(read(pax(b"4 =\n" * 250_000) * 3 + bytes(1024), "box.tar"))) == 3


def test_a_tar_whose_member_has_a_size_of_thousands_of_digits_is_read_by_its_header() -> None:
    value = b" size=" + b"9" * 6000 + b"\n"
    (article,) = read(pax(b"%d%s" % (len(value) + 4, value)) + bytes(1024), "box.tar")
    assert isinstance(article, Article)
    assert article.record == "good.txt"


def test_a_mail_of_very_many_lines_is_refused_before_it_is_taken_apart() -> None:
    data = b"From a@b.example Wed Mar  3 23:30:00 2004\nFrom: a@b.example\n\n" + b"a\n" * 600_000
    found = read(data, "a.mbox", Limits(article_chars=500_000))
    assert "its text has 1,200,000 characters, more than the 500,000 of the longest article" in reasons(found)


@pytest.mark.parametrize(
    ("name", "opening", "closing"),
    [
        ("a.jsonl", '{"title": "a", "text": "b c d", "x": [', '[]]}\n{"text": "the lamp is lit"}\n'),
        ("a.json", '{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [', "[]]}"),
        ("b.json", '{"guid": "1", "pubstatus": "usable", "headline": "x", "body_text": "b c d", "x": [', "[]]}"),
    ],
)
def test_json_of_millions_of_empty_lists_is_refused(name: str, opening: str, closing: str) -> None:
    found = read((opening + "[]," * 5_000_000 + closing).encode(), name)
    assert "lists and objects, more than the" in reasons(found)
    assert len(articles(found)) == (name == "a.jsonl")


def test_records_in_records_do_not_each_hold_all_that_lie_in_them() -> None:
    data = "<?xml version='1.0'?><x>" + "<body><title>a</title>" * 100 + "word " * 50_000 + "</body>" * 100 + "</x>"
    found = read(data.encode(), "a.xml")
    assert len(articles(found)) == 3
    assert "it lies in 3 records and is not read by itself" in reasons(found)


def test_a_pdf_of_pages_that_cannot_be_read_is_left_after_a_while() -> None:
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 100000 >>"]
    out, places = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += (
        b"xref\n0 3\n0000000000 65535 f \n"
        + table
        + b"trailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(out))
    )
    found = read(out, "a.pdf")
    assert len(found) < 25
    assert "100 in a row cannot be read" in reasons(found)


def test_an_issue_of_pages_that_are_not_there_names_some_and_counts_the_others(tmp_path: Path) -> None:
    data = (
        '<?xml version="1.0"?><mets:mets xmlns:mets="http://www.loc.gov/METS/" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><mets:fileSec><mets:fileGrp>'
        + "".join(f'<mets:file ID="f{n}"><mets:FLocat xlink:href="p{n}.xml"/></mets:file>' for n in range(1000))
        + "</mets:fileGrp></mets:fileSec><mets:structMap><mets:div>"
        + "".join(f'<mets:div TYPE="page"><mets:fptr FILEID="f{n}"/></mets:div>' for n in range(1000))
        + "</mets:div></mets:structMap></mets:mets>"
    )
    path = tmp_path / "mets.xml"
    path.write_text(data)
    siblings = Siblings("mets.xml", {"mets.xml": path})
    found = list(read_articles(path, "mets.xml", siblings=siblings))
    assert len(found) < 30
    assert "its page p7.xml: it is not in the source" in reasons(found)
    assert "980 more of its pages are not there or cannot be read" in reasons(found)
