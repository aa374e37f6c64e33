"""Web archives: each page once, by its newest capture; what is no page is counted; what is damaged is named."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from dataclasses import replace

import brotli
import pytest
import zstandard
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from web_archives import Capture, page, record, story, web_archive

from retrieval.reading import Limits
from retrieval.reading.articles import read_stream
from retrieval.reading.urls import same_page
from retrieval.types import Article, Skipped

URL = "http://holm.example/bridge"
BRIDGE = Capture(URL, page("The bridge", story("bridge")), "2020-02-03T10:00:00Z")
FERRY = Capture("http://holm.example/ferry", page("The ferry", story("ferry")), "2020-02-04T10:00:00Z")
MILL = Capture("http://holm.example/mill", page("The mill", story("mill")), "2020-02-05T10:00:00Z")


def read(data: bytes, name: str = "web.warc", limits: Limits = Limits()) -> list[Article | Skipped]:  # noqa: B008 - frozen
    return list(read_stream(io.BytesIO(data), name, limits))


def articles(items: list[Article | Skipped]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


def skips(items: list[Article | Skipped]) -> dict[str, str]:
    return {item.path: item.reason for item in items if isinstance(item, Skipped)}


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_is_an_article_with_the_day_of_its_capture(packed: bool) -> None:
    dated = replace(BRIDGE, body=page("The bridge", story("bridge"), "<meta name='date' content='2019-11-30'>"))
    (article,) = articles(read(web_archive([dated], packed)))
    assert (article.title, article.url, article.record, article.format) == ("The bridge", URL, URL, "html")
    assert (article.published, article.first_seen, article.last_seen) == ("2019-11-30", "2020-02-03", "2020-02-03")
    assert article.text == story("bridge")


def test_the_day_of_a_capture_is_not_taken_for_the_day_of_publication() -> None:
    (article,) = articles(read(web_archive([BRIDGE])))
    assert article.published is None


def test_one_gzip_member_for_all_records_and_members_that_end_anywhere_are_read() -> None:
    data = web_archive([BRIDGE, FERRY, MILL])
    for packed in (
        gzip.compress(data),
        b"".join(gzip.compress(data[start : start + 777]) for start in range(0, len(data), 777)),
        zstandard.compress(data),
        b"".join(zstandard.compress(record(capture)) for capture in (BRIDGE, FERRY, MILL)),
    ):
        assert [article.title for article in articles(read(packed, "w.warc.gz"))] == [
            "The bridge",
            "The ferry",
            "The mill",
        ]
        assert skips(read(packed)) == {}


@pytest.mark.parametrize("packed", [False, True])
def test_a_zstd_archive_with_its_dictionary_in_front_is_read(packed: bool) -> None:
    samples: list[bytes | bytearray | memoryview] = [
        record(replace(BRIDGE, body=page(f"Story {n}", story(f"mill number {n}")))) for n in range(300)
    ]
    dictionary = zstandard.train_dictionary(4096, samples)
    packer = zstandard.ZstdCompressor(dict_data=dictionary)
    held = zstandard.compress(dictionary.as_bytes()) if packed else dictionary.as_bytes()
    frame = b"\x5d\x2a\x4d\x18" + len(held).to_bytes(4, "little") + held
    data = frame + b"".join(packer.compress(record(capture)) for capture in (BRIDGE, FERRY))
    assert [article.title for article in articles(read(data, "web.warc.zst"))] == ["The bridge", "The ferry"]


def test_the_newest_capture_of_a_page_is_read() -> None:
    newer = replace(BRIDGE, body=page("The bridge again", story("bridge", "today")), date="2021-06-07T00:00:00Z")
    oldest = replace(BRIDGE, url="https://www.holm.example/bridge/?utm_source=x#top", date="2018-01-01T00:00:00Z")
    for captures in ([oldest, BRIDGE, newer], [newer, BRIDGE, oldest], [BRIDGE, newer, oldest]):
        (article,) = articles(read(web_archive(captures)))
        assert (article.title, article.url) == ("The bridge again", URL)
        assert (article.first_seen, article.last_seen) == ("2018-01-01", "2021-06-07")


def test_where_the_newest_capture_holds_nothing_an_older_one_is_read() -> None:
    empty = replace(BRIDGE, body=b"<html><body></body></html>", date="2022-01-01T00:00:00Z")
    found = read(web_archive([BRIDGE, empty]))
    (article,) = articles(found)
    assert article.text == story("bridge")
    assert (article.first_seen, article.last_seen) == ("2020-02-03", "2022-01-01")
    assert [reason for path, reason in skips(found).items() if URL in path] == ["the page has no text of its own"]


def test_a_revisit_is_another_day_of_its_page() -> None:
    again = Capture(URL, b"", "2021-01-01T00:00:00Z", kind="revisit")
    (article,) = articles(read(web_archive([again, BRIDGE])))
    assert (article.first_seen, article.last_seen) == ("2020-02-03", "2021-01-01")


def test_a_revisit_of_the_same_bytes_at_another_address_is_resolved_within_the_file() -> None:
    digest = {"WARC-Payload-Digest": "sha1:AAAA"}
    by_digest = Capture("http://holm.example/copy", b"", "2021-01-01T00:00:00Z", kind="revisit", fields=digest)
    by_url = replace(by_digest, url="http://holm.example/other", fields={"WARC-Refers-To-Target-URI": URL})
    alone = Capture("http://holm.example/alone", b"", "2021-01-01T00:00:00Z", kind="revisit")
    found = read(web_archive([replace(BRIDGE, fields=digest), by_digest, by_url, alone]))
    assert {article.url: article.first_seen for article in articles(found)} == {
        URL: "2020-02-03", by_digest.url: "2021-01-01", by_url.url: "2021-01-01",
    }  # fmt: skip
    assert "1 × a revisit" in skips(found)["web.warc: other records"]


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("gzip", lambda data: data),
        ("identity", lambda data: data),
        ("nonsense", lambda data: data),
    ],
)
def test_content_is_unpacked_as_its_headers_say_or_taken_as_it_is(coding: str, pack: object) -> None:
    packed = pack(BRIDGE.body)  # type: ignore[operator]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:50], packed[50:])) + b"0\r\n\r\n"
    for body, http in (
        (packed, [("Content-Encoding", coding)]),
        (chunks, [("Content-Encoding", coding), ("Transfer-Encoding", "chunked")]),
        (packed, [("Content-Encoding", coding), ("Transfer-Encoding", "chunked")]),
    ):
        (article,) = articles(read(web_archive([replace(BRIDGE, body=body, http=http)])))
        assert article.text == story("bridge")


def test_the_charset_that_the_server_states_is_used() -> None:
    text = story("Brücke").encode("cp1251", "ignore").decode("cp1251") + " Пристань открыта для пассажиров с утра."
    body = f"<html><head><title>Мост</title></head><body><p>{text}</p></body></html>".encode("koi8-r", "ignore")
    (article,) = articles(read(web_archive([replace(BRIDGE, body=body, mime="text/html; charset=koi8-r")])))
    assert "Пристань открыта" in article.text


def test_what_is_no_page_is_counted_in_one_line() -> None:
    others = [
        *(Capture(f"http://holm.example/{n}.png", b"\x89PNG", mime="image/png") for n in range(30)),
        Capture("http://holm.example/a.css", b"a {}", mime="text/css"),
        Capture("http://holm.example/old", b"", status="301 Moved"),
        Capture("http://holm.example/gone", page("Gone", story("page")), status="404 Not Found"),
        Capture("http://holm.example/robots.txt", b"User-agent: *", mime="text/plain"),
        Capture("metadata://gnu.org/wget.log", b"log", mime="text/plain", kind="resource"),
        Capture("dns:holm.example", b"127.0.0.1", mime="text/dns"),
        Capture("", b"about the crawl", kind="metadata", mime="text/plain"),
        Capture("http://holm.example/ferry", b"GET /ferry", kind="request"),
    ]
    found = read(web_archive([BRIDGE, *others]))
    assert len(articles(found)) == 1
    ((path, reason),) = skips(found).items()
    assert path == "web.warc: other records"
    assert reason.startswith("not read: 30 × image/png; ")
    for part in ("1 × text/css", "1 × a redirect", "1 × an answer with status 404", "1 × a file for robots",
                 "1 × a record that the crawler keeps", "1 × dns record"):  # fmt: skip
        assert part in reason


def test_resources_and_texts_made_of_pages_are_articles() -> None:
    resource = replace(BRIDGE, kind="resource", mime="text/html")
    text = Capture(
        "http://holm.example/x", f"The old crane\n\n{story('crane')}".encode(), kind="conversion", mime="text/plain"
    )
    found = articles(read(web_archive([resource, text])))
    assert [(article.title, article.url) for article in found] == [
        ("The bridge", URL), ("The old crane", "http://holm.example/x"),
    ]  # fmt: skip
    both = [BRIDGE, replace(text, url=URL, date=BRIDGE.date)]
    assert [article.format for article in articles(read(web_archive(both)))] == ["html"]


def test_what_is_no_html_goes_to_the_reader_of_its_kind() -> None:
    lines = "".join(json.dumps({"_id": n, "text": story(f"crane {n}")}) + "\n" for n in "ab").encode()
    found = read(web_archive([Capture("http://holm.example/l.json", lines, mime="application/json")]))
    assert [(article.record, article.url) for article in articles(found)] == [
        ("http://holm.example/l.json#a", "http://holm.example/l.json"),
        ("http://holm.example/l.json#b", "http://holm.example/l.json"),
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_old_archives_of_the_internet_archive_are_read(packed: bool) -> None:
    def arc(url: str, date: str, mime: str, body: bytes, extra: str = "") -> bytes:
        data = f"{url} 127.0.0.1 {date} {mime} {extra}{len(body)}\n".encode() + body + b"\n"
        return gzip.compress(data) if packed else data

    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    data = (
        arc("filedesc://made.arc", "19990102030405", "text/plain", b"1 0 Made\nURL IP Date Type Length\n")
        + arc("http://holm.example/a b?c=d e", "19990102030405", "text/html", http + BRIDGE.body)
        + arc("http://holm.example/v2", "20010203040506", "text/html", http + FERRY.body, "200 - - 0 made.arc ")
    )
    found = articles(read(data, "made.arc.gz"))
    assert [(article.url, article.first_seen) for article in found] == [
        ("http://holm.example/a b?c=d e", "1999-01-02"), ("http://holm.example/v2", "2001-02-03"),
    ]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_cut_off_archive_what_comes_before_is_read(packed: bool) -> None:
    data = web_archive([BRIDGE, FERRY], packed)
    found = read(data[:-300])
    assert articles(found)[0].text == story("bridge")
    assert any(re.fullmatch(r"web\.warc at [\d,]+", path) and "cut off" in why for path, why in skips(found).items())


def test_reading_goes_on_behind_a_damaged_member() -> None:
    parts = [gzip.compress(record(capture), mtime=0) for capture in (BRIDGE, FERRY, MILL)]
    broken = bytearray(parts[1])
    broken[60:90] = b"\xff" * 30
    found = read(parts[0] + bytes(broken) + parts[2])
    titles = [article.title for article in articles(found)]
    assert (titles[0], titles[-1]) == ("The bridge", "The mill")
    assert "damaged" in skips(found)[f"web.warc at {len(parts[0]):,}"]
    found = read(parts[0] + b"garbage that is no gzip member" + parts[2])
    assert [article.title for article in articles(found)] == ["The bridge", "The mill"]
    assert "not packed" in skips(found)[f"web.warc at {len(parts[0]):,}"]


@pytest.mark.parametrize("length", [10, 100, None])
def test_reading_goes_on_behind_a_record_whose_length_is_wrong(length: int | None) -> None:
    broken = record(FERRY, length) if length else record(FERRY).replace(b"Content-Length: ", b"Content-Length: x")
    found = read(record(BRIDGE) + broken + record(MILL))
    assert [article.title for article in articles(found) if article.url != FERRY.url] == ["The bridge", "The mill"]
    assert any(path.startswith("web.warc at ") for path in skips(found))


def test_a_record_that_claims_to_be_endless_does_not_swallow_the_next_member() -> None:
    parts = [gzip.compress(data) for data in (record(FERRY, 10**15), record(MILL))]
    found = read(b"".join(parts))
    assert "The mill" in [article.title for article in articles(found)]


def test_a_page_larger_than_is_read_is_named() -> None:
    large = replace(FERRY, body=page("The ferry", story("ferry") * 50))
    packed = replace(MILL, body=gzip.compress(page("The mill", "word " * 20_000)), http=[("Content-Encoding", "gzip")])
    found = read(web_archive([BRIDGE, large, packed]), limits=Limits(file_bytes=5000))
    assert [article.title for article in articles(found)] == ["The bridge"]
    assert sum("more than the 5,000" in reason for reason in skips(found).values()) == 2


def test_an_archive_without_a_page_is_named_once() -> None:
    assert skips(read(web_archive([]))) == {"web.warc": "it holds no pages, only what a crawler notes about them"}
    ((path, reason),) = skips(read(web_archive([Capture("http://x.example/a.png", b"", mime="image/png")]))).items()
    assert (path, "1 × image/png" in reason) == ("web.warc", True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.example/x", "https://www.A.example:443/x/", True),
        ("http://a.example/x?b=1&a=2", "http://a.example/x?a=2&b=1&utm_source=q&fbclid=z#part", True),
        ("http://a.example/x;jsessionid=ABC?a=1", "http://a.example/x?a=1", True),
        ("http://a.example/caf%c3%a9", "http://a.example/café", True),
        ("http://a.example/", "http://a.example", True),
        ("http://a.example/x", "http://a.example/X", False),
        ("http://a.example/x?id=1", "http://a.example/x?id=2", False),
        ("http://a.example/x", "http://b.a.example/x", False),
        ("http://a.example/#!one", "http://a.example/#!two", False),
        ("http://a.example:8080/", "http://a.example/", False),
        ("urn:text:http://a.example/", "http://a.example/", False),
        ("http://www.example/", "http://example/", False),
    ],
)
def test_two_addresses_are_of_one_page_or_not(one: str, other: str, same: bool) -> None:
    assert (same_page(one) == same_page(other)) is same


def test_an_address_that_cannot_be_taken_apart_is_shown_as_it_is() -> None:
    (article,) = articles(read(web_archive([replace(BRIDGE, url="http://[holm.example/bridge")])))
    assert (article.url, article.text) == ("http://[holm.example/bridge", story("bridge"))


def test_where_each_thing_was_found_is_told() -> None:
    (article,) = articles(read(web_archive([BRIDGE])))
    assert dict(article.origins) == {
        "title": "the heading", "language": "the lang attribute", "url": "the address that was captured",
        "first_seen": "the first capture", "last_seen": "the last capture",
    }  # fmt: skip


@given(st.text(max_size=60) | st.text(max_size=40).map("http://a.example/".__add__))
def test_no_address_breaks_the_comparison(url: str) -> None:
    assert same_page(url) == same_page(url)
    key = same_page(url)
    assert isinstance(key, str)


SAMPLES = [
    web_archive([BRIDGE, FERRY, Capture(URL, b"", kind="revisit")]),
    web_archive([BRIDGE, FERRY], packed=True),
    gzip.compress(web_archive([BRIDGE, FERRY])),
    zstandard.compress(web_archive([BRIDGE, FERRY])),
    web_archive([replace(BRIDGE, body=gzip.compress(BRIDGE.body), http=[("Content-Encoding", "gzip")])]),
    web_archive([replace(BRIDGE, body=brotli.compress(BRIDGE.body), http=[("Content-Encoding", "br")])]),
    b"filedesc://a 0.0.0.0 19990102030405 text/plain 5\n1 0 x\n"
    b"http://a.example/ 1.1.1.1 19990102030405 text/html 99\n<p>",
]
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=6)


@settings(max_examples=150, deadline=5000, derandomize=True)
@given(data=st.sampled_from(SAMPLES), changes=CHANGES, cut=st.floats(0, 1) | st.none())
def test_no_damage_to_a_web_archive_raises(data: bytes, changes: list[tuple[float, bytes]], cut: float | None) -> None:
    found = read(damaged(data, changes, cut))
    assert found
    assert not any("reading it failed" in reason for reason in skips(found).values())
