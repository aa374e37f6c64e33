from __future__ import annotations

import io
import sys
import textwrap
import time
from pathlib import Path

import pytest
from documents import BODY, LEAD, column, pdf

from retrieval.errors import ReadError
from retrieval.reading import Limits, pdf_pages, read_articles
from retrieval.reading import pdf as reader
from retrieval.types import Article, Skipped

WRAPPED = textwrap.wrap(LEAD, 60)


def read(tmp_path: Path, data: bytes, name: str = "a.pdf") -> list[Article | Skipped]:
    (tmp_path / name).write_bytes(data)
    return list(read_articles(tmp_path / name, name))


def one(tmp_path: Path, data: bytes) -> Article:
    (item,) = read(tmp_path, data)
    assert isinstance(item, Article), item
    return item


def test_lines_become_paragraphs_and_the_largest_words_the_title(tmp_path: Path) -> None:
    lines = [(72.0, 780.0, 20.0, "A Lamp Is Lit"), *column(72, 740, WRAPPED), *column(72, 680, textwrap.wrap(BODY, 60))]
    article = one(tmp_path, pdf([lines]))
    assert article.title == "A Lamp Is Lit"
    assert article.text == f"{LEAD}\n\n{BODY}"
    assert (article.format, article.pages) == ("pdf", ((0, "1"),))


def test_two_columns_are_read_one_after_the_other_below_what_goes_over_both(tmp_path: Path) -> None:
    left = textwrap.wrap("Left one goes on. " + LEAD + " " + BODY, 44)
    right = textwrap.wrap("Right two goes on. " + BODY + " " + LEAD, 44)
    # The lines of both columns are painted in turn, as some programs do.
    columns = [line for pair in zip(column(50, 700, left), column(320, 700, right), strict=False) for line in pair]
    article = one(tmp_path, pdf([[(50, 780, 20, "A Lamp Is Lit"), *columns]]))
    assert article.text.startswith("Left one goes on. The lighthouse")
    assert article.text.index("an hour to light") < article.text.index("Right two goes on.")
    assert BODY in article.text
    assert LEAD in article.text


def test_running_heads_and_page_numbers_are_left_out_and_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    pages = [
        [(72, 800, 8, f"Coast Courier {number}"), *column(72, 700, lines), (290, 40, 9, str(number))]
        for number, lines in enumerate([WRAPPED[:1], WRAPPED[1:], ["The end came late, and nobody saw it."]], start=1)
    ]
    article = one(tmp_path, pdf(pages))
    assert article.text == f"{LEAD}\n\nThe end came late, and nobody saw it."
    assert article.pages == ((0, "1"), (len(LEAD) + 2, "3"))


def test_pages_are_called_what_is_printed_on_them(tmp_path: Path) -> None:
    labels = "/PageLabels << /Nums [0 << /S /D /P (A) /St 7 >>] >>"
    article = one(tmp_path, pdf([column(72, 700, WRAPPED)], labels=labels))
    assert article.pages == ((0, "A7"),)


def test_broken_words_are_mended_and_compounds_keep_their_hyphen(tmp_path: Path) -> None:
    lines = ["The keeper of the light-", "house has a well-", "known lamp, well-known on all the coast, she said."]
    assert "the lighthouse has a well-known lamp" in one(tmp_path, pdf([column(72, 700, lines)])).text


def test_cells_side_by_side_are_a_table(tmp_path: Path) -> None:
    rows = [("Port", "Ships"), ("Saltmarsh", "12"), ("Northhaven", "31")]
    table = [
        (x, 600.0 - 14 * n, 10.0, cell)
        for n, row in enumerate(rows)
        for x, cell in zip((72.0, 250.0), row, strict=True)
    ]
    article = one(tmp_path, pdf([[*column(72, 700, WRAPPED), *table]]))
    assert article.text.endswith("Port | Ships\nSaltmarsh | 12\nNorthhaven | 31")


@pytest.mark.parametrize(
    ("info", "title", "authors"),
    [
        ("/Title (A Lamp in the Marsh) /Author (Jane Doe; John Roe)", "A Lamp in the Marsh", ("Jane Doe", "John Roe")),
        ("/Title (Microsoft Word - lamp_v3.doc) /Author (jdoe)", "A Lamp Is Lit", ()),
        ("/Title (untitled) /Author (Windows User)", "A Lamp Is Lit", ()),
        ("/Title (lamp-final2.indd) /CreationDate (D:20040303120000Z)", "A Lamp Is Lit", ()),
    ],
)
def test_properties_are_believed_where_they_can_be_true(
    tmp_path: Path, info: str, title: str, authors: tuple[str, ...]
) -> None:
    article = one(tmp_path, pdf([[(72, 780, 20, "A Lamp Is Lit"), *column(72, 740, WRAPPED)]], info=info))
    assert (article.title, article.authors, article.published) == (title, authors, None)


def test_bylines_dates_and_a_browsers_footer_say_whose_and_whence_it_is(tmp_path: Path) -> None:
    top = [(72, 780, 20, "A Lamp Is Lit"), (72, 750, 10, "By Jane Doe"), (72, 730, 10, "Published: March 3, 2004")]
    foot = (72, 20, 8, "https://coast.example/2004/lamp")
    article = one(tmp_path, pdf([[*top, *column(72, 690, WRAPPED), foot], [*column(72, 700, ["More of it."]), foot]]))
    assert (article.authors, article.published) == (("Jane Doe",), "2004-03-03")
    assert article.url == "https://coast.example/2004/lamp"
    assert "https://" not in article.text


def test_what_xmp_says_of_the_publication_is_kept(tmp_path: Path) -> None:
    packet = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r"><rdf:Description
      xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
      <dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li>The Lamp</rdf:li></rdf:Alt></dc:title>
      <dc:creator><rdf:Seq><rdf:li>Jane Doe</rdf:li></rdf:Seq></dc:creator><prism:coverDate>2004-03</prism:coverDate>
      <prism:publicationName>Coast Courier</prism:publicationName></rdf:Description></rdf:RDF></x:xmpmeta>"""
    article = one(tmp_path, pdf([column(72, 700, WRAPPED)]) + packet)
    assert (article.title, article.authors) == ("The Lamp", ("Jane Doe",))
    assert (article.publisher, article.published) == ("Coast Courier", "2004-03")


def test_a_pdf_without_text_says_what_to_do(tmp_path: Path) -> None:
    picture = pdf([[]]).replace(b"stream\n\nendstream", b"stream\n0 0 9 9 re f\nendstream")
    picture = picture.replace(b"/Length 0", b"/Length 12")
    (item,) = read(tmp_path, picture)
    assert isinstance(item, Skipped)
    assert "ocrmypdf" in item.reason
    (item,) = read(tmp_path, pdf([[]]))
    assert isinstance(item, Skipped)
    assert "empty" in item.reason


def test_a_damaged_cross_reference_is_no_hindrance_and_half_a_file_gives_a_reason(tmp_path: Path) -> None:
    whole = pdf([column(72, 700, WRAPPED)])
    assert one(tmp_path, whole.replace(b"startxref\n", b"startxref\n9")).text == LEAD
    (item,) = read(tmp_path, whole[:200])
    assert isinstance(item, Skipped)
    assert "damaged" in item.reason


def test_a_pdf_that_is_encrypted_is_named(tmp_path: Path) -> None:
    key = (
        "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + "12" * 32 + "> /U <" + "34" * 32 + "> >> "
        "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
    )
    (item,) = read(tmp_path, pdf([column(72, 700, WRAPPED)], extra=key))
    assert isinstance(item, Skipped)
    assert "password" in item.reason


def test_a_pdf_out_of_an_archive_needs_no_path(tmp_path: Path) -> None:
    (item,) = reader.read(io.BytesIO(pdf([column(72, 700, WRAPPED)])), "a.pdf", Limits())
    assert isinstance(item, Article)
    assert item.text == LEAD


def test_more_text_than_an_article_has_is_refused_while_it_is_read() -> None:
    pages = [column(72, 700, WRAPPED)] * 5
    with pytest.raises(ReadError, match="split it into articles"):
        list(reader.read(io.BytesIO(pdf(pages)), "a.pdf", Limits(article_chars=100)))


CHILD = """
import json, sys, time, os
first = int(sys.argv[1])
print(json.dumps({"pages": 3, "info": {}, "outline": [], "attachments": 0}), flush=True)
for page in range(first, 3):
    if page == 1:
        %s
    line = ["Page %%d is read." %% page, 72, 700, 200, 710, 9, 400, False]
    print(json.dumps({"page": page, "label": "", "size": [595, 842], "lines": [line], "objects": 1}), flush=True)
"""


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("time.sleep(60)", "took longer"),
        ("os.abort()", "library fail"),
        ("sys.stdout.write('{\"pa'); sys.exit(3)", "fail"),
    ],
)
def test_a_page_on_which_the_library_hangs_or_dies_costs_that_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, reason: str
) -> None:
    child = tmp_path / "child.py"
    child.write_text(CHILD % what)
    monkeypatch.setattr(pdf_pages, "_CHILD", child)
    began = time.monotonic()
    document = pdf_pages.pdf_document(io.BytesIO(b"%PDF-1.4"), Limits(), page_s=1.0)
    assert time.monotonic() - began < 20
    assert [page.label for page in document.pages] == ["1", "3"]
    assert [damage.page for damage in document.damages] == [2]
    assert reason in document.damages[0].reason


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_child_may_not_take_more_memory_than_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "_MEMORY_BYTES", 20 * 1024 * 1024)
    (item,) = read(tmp_path, pdf([column(72, 700, WRAPPED)]))
    assert isinstance(item, Skipped)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("shown_upright", [True, False])
def test_a_page_that_is_written_sideways_is_read_as_it_is_written(
    tmp_path: Path, turn: int, shown_upright: bool
) -> None:
    lines = [(72.0, 540.0, 20.0, "A Lamp Is Lit"), *column(72, 500, WRAPPED), *column(72, 440, textwrap.wrap(BODY, 60))]
    page = f"/Rotate {-90 * turn % 360}" if shown_upright else ""
    article = one(tmp_path, pdf([lines], turn=turn, page=page))
    assert article.title == "A Lamp Is Lit"
    assert article.text == f"{LEAD}\n\n{BODY}"


def test_pages_of_one_line_each_are_no_running_headers(tmp_path: Path) -> None:
    article = one(tmp_path, pdf([[(72.0, 800.0, 12.0, f"Lamp {number} is lit")] for number in range(1, 5)]))
    assert "Lamp 3 is lit" in article.text


@pytest.mark.parametrize("stamps", [["Scanned by a lamp"] * 4, ["1", "2", "3", "4"]])
def test_a_stamp_on_pages_of_pictures_is_no_text(tmp_path: Path, stamps: list[str]) -> None:
    (item,) = read(tmp_path, pdf([[(72.0, 800.0, 12.0, stamp)] for stamp in stamps]))
    assert isinstance(item, Skipped)
    assert "run OCR over it first" in item.reason


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("A Lamp Is Lit Again - Coast Courier", "A Lamp Is Lit Again"),
        ("A Lamp - Lit Once More", "A Lamp - Lit Once More"),
        ("Coast Courier | A Lamp Is Lit Again", "Coast Courier | A Lamp Is Lit Again"),
    ],
)
def test_a_printed_pages_title_is_its_headline_without_the_site(tmp_path: Path, stated: str, title: str) -> None:
    lines = [(72.0, 760.0, 12.0, "A Lamp Is Lit Again"), *column(72, 700, WRAPPED)]
    assert one(tmp_path, pdf([lines], info=f"/Title ({stated})")).title == title
