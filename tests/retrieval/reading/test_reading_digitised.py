"""Digitised newspapers as Olive, ABBYY FineReader and PDFlib's TET write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from scans import ABBYY, block, olive, paragraph, tetml

from retrieval.reading import read_articles
from retrieval.types import Article, Skipped


def read(folder: Path, data: str, name: str = "a.xml") -> list[Article | Skipped]:
    path = folder / name
    path.write_bytes(data.encode("cp1252" if "windows-1252" in data else "utf-8"))
    return list(read_articles(path, name))


def one(folder: Path, data: str) -> Article:
    (item,) = read(folder, data)
    assert isinstance(item, Article), item
    return item


def test_an_article_of_olive_is_read_with_its_divided_words_whole_and_its_punctuation_in_place(tmp_path: Path) -> None:
    item = one(tmp_path, olive())
    assert item.text == "The lamp, long dark, burns again.\n\nIts keeper l'Ami, who rowed here alone."
    assert (item.title, item.publisher, item.published, item.language, item.format) == (
        "The Lamp Burns", "Coast Gazette", "1901-09-03", "en", "olive",
    )  # fmt: skip
    assert item.pages == ((0, "3"),)


def test_an_article_of_olive_without_a_headline_has_its_name_unless_that_says_that_it_has_none(tmp_path: Path) -> None:
    assert one(tmp_path, olive(name="Harbour Notes", headline="")).title == "Harbour Notes"
    assert one(tmp_path, olive(headline="")).title == "The lamp, long dark, burns again"


@pytest.mark.parametrize(
    ("issued", "published"), [("03/09/1901", "1901"), ("23/09/1901", "1901-09-23"), ("09/23/1901", "1901-09-23"),
                              ("05/05/1901", "1901-05-05"), ("31/31/1901", "1901"), ("", None)],
)  # fmt: skip
def test_the_day_of_olives_issue_is_as_precise_as_its_order_is_known(
    tmp_path: Path, issued: str, published: str | None
) -> None:
    assert one(tmp_path, olive(place="x", issued=issued)).published == published


def test_olives_layout_of_a_page_says_where_its_texts_are(tmp_path: Path) -> None:
    (item,) = read(tmp_path, '<XMD-PAGE REPOSITORY_FORMAT="1.0"><Meta/><Entity><Name>A</Name></Entity></XMD-PAGE>')
    assert isinstance(item, Skipped)
    assert "files of their own" in item.reason


def test_abbyys_pages_are_articles_each_with_its_paragraphs_and_its_language(tmp_path: Path) -> None:
    first = block(paragraph("LE PHARE", size="20."), paragraph("La lampe du phare brû¬", "le encore."))
    second = block(paragraph("Das Licht brennt.", language="OldGerman", apart=False))
    data = f'<document xmlns="{ABBYY}" version="1.0"><page>{first}</page><page/><page>{second}</page></document>'
    one_, two = read(tmp_path, data)
    assert isinstance(one_, Article)
    assert isinstance(two, Article)
    assert (one_.text, one_.title, one_.language, one_.format) == (
        "LE PHARE\n\nLa lampe du phare brûle encore.", "La lampe du phare brûle encore", "fr", "abbyy",
    )  # fmt: skip
    assert one_.headings == ((0, 8),)
    assert (one_.record, one_.pages, two.record, two.pages) == ("page 1", ((0, "1"),), "page 3", ((0, "3"),))
    assert (two.text, two.language) == ("Das Licht brennt.", "de")


def test_a_page_of_abbyys_in_a_file_of_its_own_is_read_without_its_pictures(tmp_path: Path) -> None:
    picture = block(paragraph("IlIl"), kind="Picture")
    item = one(tmp_path, f'  <page width="9" originalCoords="1">{picture}{block(paragraph("Une lampe."))}</page>')
    assert (item.text, item.record, item.pages) == ("Une lampe.", "", ())


def test_abbyys_pages_without_a_text_say_so_and_a_file_cut_off_gives_those_before(tmp_path: Path) -> None:
    (item,) = read(tmp_path, f'<document xmlns="{ABBYY}"><page/></document>')
    assert isinstance(item, Skipped)
    assert "nothing was recognised" in item.reason
    whole = f"<page>{block(paragraph('Une lampe.'))}</page>"
    kept, *_, said = read(tmp_path, f'<document xmlns="{ABBYY}">{whole}{whole[:-90]}')
    assert isinstance(kept, Article)
    assert kept.text == "Une lampe."
    assert isinstance(said, Skipped)
    assert "what could be read of it was" in said.reason


def test_the_text_of_a_pdf_that_tet_took_out_is_an_article_with_its_pages(tmp_path: Path) -> None:
    item = one(tmp_path, tetml("It burns again.", "So they say."))
    assert (item.text, item.title, item.authors) == ("It burns again.\n\nSo they say.", "The Lamp", ("Ann Reed",))
    assert (item.published, item.format, item.pages) == (None, "tetml", ((0, "1"), (17, "2")))
