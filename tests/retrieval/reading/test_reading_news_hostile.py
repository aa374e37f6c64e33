"""Whatever bytes come as news: no error, no endless work, bounded memory, nothing opened but the file itself."""

from __future__ import annotations

import os
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import newsroom
import pytest
import scans
import test_reading_telex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from soaking import for_two_minutes

from retrieval.reading import Limits, Siblings, issue_parts, read_articles
from retrieval.types import Article, Skipped

FILES = newsroom.FILES | scans.FILES | {"telex.txt": test_reading_telex.TELEX.encode()}
LIMITS = Limits(file_bytes=2_000_000, article_chars=100_000)
SPLICES = st.lists(
    st.tuples(
        st.sampled_from(["cut", "put", "twice", "end", "flip"]),
        st.floats(0, 1),
        st.integers(1, 60),
        st.one_of(
            st.binary(max_size=12), st.sampled_from([b"<", b"]]>", b"&lol;", b"<!--", b'"', b"\x00", b"\x01", b"\x02"])
        ),
    ),
    min_size=1,
    max_size=5,
)


def read(name: str, data: bytes, limits: Limits = LIMITS) -> list[Article | Skipped]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        siblings = Siblings(name, {name: path})
        parts = issue_parts(path, limits, siblings)
        return list(read_articles(path, name, limits, siblings if parts else None))


def spliced(data: bytes, splices: Sequence[tuple[str, float, int, bytes]]) -> bytes:
    for kind, place, length, other in splices:
        at = int(place * len(data))
        if kind == "cut":
            data = data[:at] + data[at + length :]
        elif kind == "put":
            data = data[:at] + other + data[at:]
        elif kind == "twice":
            data = data[: at + length] + data[at:]
        elif kind == "end":
            data = data[: max(1, at)]
        elif at < len(data):
            data = data[:at] + bytes([data[at] ^ (length & 255)]) + data[at + 1 :]
    return data


def check(items: list[Article | Skipped]) -> None:
    assert items
    for item in items:
        if isinstance(item, Skipped):
            assert "failed" not in item.reason, item.reason
        else:
            assert item.text.strip()
            assert len(item.text) <= LIMITS.article_chars
            item.text.encode("utf-8")
            item.title.encode("utf-8")


@pytest.mark.parametrize("name", sorted(FILES))
@settings(max_examples=25, deadline=2000, suppress_health_check=list(HealthCheck))
@given(splices=SPLICES)
def test_a_damaged_file_gives_what_can_be_read_and_never_an_error(
    name: str, splices: list[tuple[str, float, int, bytes]]
) -> None:
    check(read(name, spliced(FILES[name], splices)))


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_of_any_kind_gives_no_error_for_long(name: str) -> None:
    for_two_minutes(SPLICES, lambda splices: check(read(name, spliced(FILES[name], splices))))


@pytest.mark.parametrize(
    "opening", [b"<nitf>", b"<newsItem>", b"\x01x 1\x02", b"<rss>", b"<alto>", b"<mets>", b"<REUTERS "]
)
@settings(max_examples=15, deadline=2000, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=400))
def test_random_bytes_behind_an_opening_give_a_reason_or_an_article(opening: bytes, data: bytes) -> None:
    check(read("a.xml", opening + data))


def test_no_other_file_is_read_for_an_entity_and_one_of_a_few_characters_is_known(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret of the mill")
    document = (
        f'<!DOCTYPE nitf [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt"><!ENTITY dash "-">'
        f'<!ENTITY % p SYSTEM "{tmp_path}/secret.txt"> %p;]>'
        "<nitf><body><body.content><p>Before &x; after&dash;wards.</p></body.content></body></nitf>"
    )
    (item,) = read("a.xml", document.encode())
    assert isinstance(item, Article)
    assert item.text == "Before after-wards."


@pytest.mark.parametrize("name", ["nitf.xml", "feed.rss", "alto.xml", "records.xml", "text.xml"])
def test_entities_of_a_bomb_do_not_grow_in_any_reader(name: str) -> None:
    bomb = (
        b"<!DOCTYPE x ["
        + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(12))
        + b"]>"
    )
    data = FILES[name]
    start = data.index(b"?>") + 2
    data = data[:start] + bomb + data[start:].replace(b"<p>", b"<p>&l11;").replace(b"<title>", b"<title>&l11;")
    tracemalloc.start()
    items = read(name, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    check(items)
    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("deep.xml", b"<nitf>" + b"<p>" * 200_000),
        ("deep.rss", b'<rss version="2.0"><channel><item><description>' + b"<b>" * 100_000),
        ("deep.json", b'{"pubstatus": "usable", "headline": "x", "body_html": ' + b"[" * 200_000),
        (
            "html.json",
            b'{"guid": "1", "pubstatus": "usable", "headline": "x", "body_html": "' + b"<div>" * 100_000 + b'y"}',
        ),
        ("comments.xml", b"<!--a-->" * 2_000 + b"x"),
        ("line.txt", b"\x01abc0001 3\x02" + b"a " * 900_000),
        ("long.sgm", b"<REUTERS NEWID='1'><BODY>" + b"a" * 1_500_000),
        ("tags.sgm", b"<REUTERS NEWID='1'>" + b"<BODY" * 100_000),
        ("page.xml", b"<alto><Layout><Page>" + b"<TextBlock>" * 60_000),
        ("carets.txt", b"\x01abc0001 3\x02" + b"^=<\r\n" * 100_000),
    ],
)
def test_what_is_deep_long_or_endless_is_done_with_in_seconds(name: str, data: bytes) -> None:
    start = time.process_time()
    check(read(name, data))
    assert time.process_time() - start < 10  # of what takes 2 alone; what is quadratic takes minutes


def test_a_large_message_needs_no_more_memory_than_its_largest_item(tmp_path: Path) -> None:
    path = tmp_path / "many.xml"
    text = "<p>" + "The mill of Tarn burned down. " * 100 + "</p>"
    with path.open("w") as file:
        file.write(newsroom.message().split("</itemSet>")[0])
        for number in range(6000):
            file.write(newsroom.news_item(f"urn:{number}", text=text))
        file.write("</itemSet></newsMessage>")
    assert path.stat().st_size > 20_000_000
    before = _peak_kilobytes()
    count = sum(isinstance(item, Article) for item in read_articles(path, "many.xml", Limits(file_bytes=1_000_000)))
    assert count == 6000
    assert _peak_kilobytes() - before < 60_000


def test_one_item_that_is_larger_than_is_held_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    path.write_text(newsroom.message(newsroom.news_item(text="<p>word word word</p>" * 200_000)))
    items = list(read_articles(path, "one.xml", Limits(file_bytes=1_000_000)))
    assert [item.reason for item in items if isinstance(item, Skipped)] == [
        "one of its items has more than the 1,000,000 bytes that are read at once"
    ]


def _peak_kilobytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_a_feed_that_is_called_like_a_file_opens_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    feed = newsroom.rss(newsroom.rss_item(1))
    name = "<rss>"
    if os.name == "posix":
        (tmp_path / name).write_text(feed)
    items = read("a.rss", b"<rss>")
    assert all(isinstance(item, Skipped) for item in items)
