from __future__ import annotations

import codecs
import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.errors import ReadError
from retrieval.reading import Limits, jsonl
from retrieval.types import Article, Skipped


def read(data: bytes, limits: Limits = Limits()) -> list[Article | Skipped]:  # noqa: B008 - frozen
    return list(jsonl.read(io.BytesIO(data), "a.jsonl", limits))


def one(**fields: object) -> Article:
    (article,) = read(json.dumps(fields).encode())
    assert isinstance(article, Article)
    return article


def test_the_fields_of_a_record_become_an_article_word_for_word() -> None:
    text = "By Jane Doe\n\n  The lamp\u2019s lit.  \n\u00a9 2016 Nobody\n"
    article = one(_id="x1", title="A Lamp", text=text, author="Jane Doe and John Roe", source="Coast Courier",
                  published="2004-03", url="https://coast.example/1", lang="en")  # fmt: skip
    assert article == Article(
        text=text,
        title="A Lamp",
        authors=("Jane Doe", "John Roe"),
        publisher="Coast Courier",
        published="2004-03",
        url="https://coast.example/1",
        language="en",
        format="jsonl",
        record="x1",
    )


def test_fields_are_known_by_other_names_too() -> None:
    article = one(guid=7, headline="A Lamp", maintext="Lit.", byline=["Jane Doe", {"name": "John Roe"}],
                  sitename="Coast Courier", datePublished="3 March 2004",
                  canonical_url="https://coast.example/1")  # fmt: skip
    assert (article.record, article.title, article.text) == ("7", "A Lamp", "Lit.")
    assert (article.authors, article.publisher) == (("Jane Doe", "John Roe"), "Coast Courier")
    assert (article.published, article.url) == ("2004-03-03", "https://coast.example/1")


def test_seconds_since_1970_and_years_are_dates() -> None:
    assert one(text="Lit.", date=1078315200).published == "2004-03-03"
    assert one(text="Lit.", date=1078315200000).published == "2004-03-03"
    assert one(text="Lit.", date=2004).published == "2004"


def test_a_bad_line_is_named_and_the_others_are_read() -> None:
    good = b'{"text": "Lit."}'
    lines = [
        codecs.BOM_UTF8 + good,
        b"",
        b"{not json",
        b'{"text": ""}',
        b"[1]",
        b'{"text": "caf\xe9"}',
        b"[" * 9999,
        good,
    ]
    items = read(b"\r\n".join(lines))
    assert [item.record for item in items if isinstance(item, Article)] == ["line 1", "line 8"]
    reasons = {item.path: item.reason for item in items if isinstance(item, Skipped)}
    assert list(reasons) == [f"a.jsonl at line {number}" for number in (3, 4, 5, 6, 7)]
    assert "not valid JSON" in reasons["a.jsonl at line 3"]
    assert "no text" in reasons["a.jsonl at line 4"]
    assert "not a JSON object" in reasons["a.jsonl at line 5"]
    assert "UTF-8" in reasons["a.jsonl at line 6"]
    assert "deeply" in reasons["a.jsonl at line 7"]


def test_an_id_that_stands_twice_is_named() -> None:
    _, second = read(b'{"id": "x", "text": "One."}\n{"id": "x", "text": "Two."}\n')
    assert second == Skipped("a.jsonl at line 2", "its id 'x' is that of line 1; give each article its own")


def test_a_line_too_long_to_hold_is_skipped_and_the_next_is_read() -> None:
    long, short = read(b'{"text": "' + b"a" * 5000 + b'"}\n{"text": "Lit."}', Limits(file_bytes=1000))
    assert isinstance(long, Skipped)
    assert long.path == "a.jsonl at line 1"
    assert isinstance(short, Article)
    assert short.record == "line 2"


def test_an_article_that_is_too_long_is_skipped() -> None:
    (item,) = read(json.dumps({"text": "a" * 101}).encode(), Limits(article_chars=100))
    assert isinstance(item, Skipped)
    assert "101 characters" in item.reason


@pytest.mark.parametrize("indent", [1, 4])
@pytest.mark.parametrize("value", [{"text": "Lit."}, [{"text": "Lit."}]])
def test_one_json_document_is_refused_once(value: object, indent: int) -> None:
    with pytest.raises(ReadError, match="one article a line"):
        read(json.dumps(value, indent=indent).encode())


def test_utf16_is_read() -> None:
    (article,) = read('{"text": "Lit."}\n'.encode("utf-16"))
    assert isinstance(article, Article)
    assert article.text == "Lit."


def test_half_a_surrogate_pair_cannot_reach_the_index() -> None:
    (article,) = read(rb'{"text": "a\ud800b", "title": "\udc00"}')
    assert isinstance(article, Article)
    assert article.text == "a\ufffdb"
    article.title.encode()


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=3)
FIELDS = st.sampled_from(["_id", "id", "title", "text", "body", "author", "date", "published", "url", "lang", "source"])


@example([{"text": "A lamp was lit at Holm.", "date": float("inf")}])
@given(st.lists(st.dictionaries(FIELDS, JSON), min_size=1, max_size=4))
def test_whatever_the_fields_hold_each_line_is_an_article_or_named(records: list[dict[str, object]]) -> None:
    items = read("\n".join(json.dumps(record) for record in records).encode())
    assert len(items) == len(records)
