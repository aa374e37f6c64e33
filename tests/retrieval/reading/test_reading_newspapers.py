"""Digitised newspapers: pages by themselves, and issues put together from them."""

from __future__ import annotations

from pathlib import Path

import newsroom
import pytest

from retrieval.reading import Limits, Siblings, issue_parts, read_articles
from retrieval.types import Article, Skipped

ISSUE = {"1921/mets.xml": newsroom.METS, "1921/alto/1.xml": newsroom.PAGE_1, "1921/alto/2.xml": newsroom.PAGE_2}


def write(folder: Path, files: dict[str, str]) -> dict[str, Path]:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(data, encoding="utf-8")
    return {name: folder / name for name in files}


def issue(folder: Path, files: dict[str, str], name: str) -> tuple[list[Article], list[tuple[str, str]]]:
    paths = write(folder, files)
    items = list(read_articles(paths[name], name, Limits(), Siblings(name, paths)))
    return (
        [item for item in items if isinstance(item, Article)],
        [(item.path, item.reason) for item in items if isinstance(item, Skipped)],
    )


def page(folder: Path, data: str, name: str = "page.xml") -> Article:
    (item,) = read_articles(write(folder, {name: data})[name], name)
    assert isinstance(item, Article), item
    return item


@pytest.mark.parametrize(
    "version", ["", "http://www.loc.gov/standards/alto/ns-v2#", "http://www.loc.gov/standards/alto/ns-v4#"]
)
def test_a_page_by_itself_is_an_article_with_its_divided_words_whole(tmp_path: Path, version: str) -> None:
    item = page(
        tmp_path,
        newsroom.alto(("A1", ("MARKET DAY TODAY",)), ("A2", ("The mar-", "ket was full.")), page="7", version=version),
    )
    assert item.text == "MARKET DAY TODAY\n\nThe market was full."
    assert (item.title, item.pages, item.format) == ("MARKET DAY TODAY", ((0, "7"),), "alto")


def test_a_words_halves_at_the_ends_of_blocks_and_of_lines_without_a_mark_are_joined(tmp_path: Path) -> None:
    line = '<TextLine><String CONTENT="{}"/>{}</TextLine>'
    data = (
        "<alto><Layout><Page><PrintSpace><TextBlock>"
        + line.format("A har", '<HYP CONTENT="-"/>') + line.format("bour and a mar-", "") + line.format("ket, a ¬", "")
        + line.format("Tarn", "") + "</TextBlock></PrintSpace></Page></Layout></alto>"
    )  # fmt: skip
    assert page(tmp_path, data).text == "A harbour and a market, a ¬ Tarn"


def test_a_page_without_text_says_so(tmp_path: Path) -> None:
    paths = write(tmp_path, {"p.xml": "<alto><Layout><Page><PrintSpace/></Page></Layout></alto>"})
    assert list(read_articles(paths["p.xml"], "p.xml")) == [
        Skipped("p.xml", "the page has no text: nothing was recognised on it")
    ]


def test_an_issue_gives_its_articles_across_its_pages(tmp_path: Path) -> None:
    found, skipped = issue(tmp_path, ISSUE, "1921/mets.xml")
    market, storm = found
    assert market.text == "The market of Holm was full, and the fair went on until dark."
    assert (market.title, market.record, market.pages) == ("Market Day", "D1", ((0, "3"),))
    assert (storm.title, storm.text, storm.pages) == ("STORM", "A storm came in.", ((0, "4"),))
    for item in found:
        assert (item.publisher, item.published, item.language) == ("Holm Courier", "1921-08-01", "en")
        assert item.format == "mets-alto"
    assert skipped == [
        ("1921/mets.xml at its pages", "1 blocks (mastheads, running titles and the like) are in no article")
    ]


def test_an_issue_names_the_files_that_are_read_with_it(tmp_path: Path) -> None:
    paths = write(tmp_path, ISSUE)
    parts = issue_parts(paths["1921/mets.xml"], Limits(), Siblings("1921/mets.xml", paths))
    assert parts == {"file://./alto/1.xml": "1921/alto/1.xml", "file://./alto/2.xml": "1921/alto/2.xml"}
    assert issue_parts(paths["1921/alto/1.xml"], Limits(), Siblings("1921/alto/1.xml", paths)) == {}


def test_a_missing_page_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    files = {name: data for name, data in ISSUE.items() if name != "1921/alto/1.xml"}
    found, skipped = issue(tmp_path, files, "1921/mets.xml")
    assert [item.record for item in found] == ["D1", "D2"]
    assert found[0].text == "fair went on until dark."
    assert ("1921/mets.xml", "its page file://./alto/1.xml: it is not in the source") in skipped


def test_an_issue_whose_articles_are_not_marked_gives_its_pages(tmp_path: Path) -> None:
    bare = newsroom.METS.replace('TYPE="ARTICLE"', 'TYPE="SECTION"')
    found, skipped = issue(tmp_path, {**ISSUE, "1921/mets.xml": bare}, "1921/mets.xml")
    assert [(item.title, item.record) for item in found] == [
        ("Holm Courier, page 3", "page 3"), ("Holm Courier, page 4", "page 4")
    ]  # fmt: skip
    assert {item.published for item in found} == {"1921-08-01"}
    assert not skipped


def test_a_page_of_which_no_article_knows_is_read_as_a_page(tmp_path: Path) -> None:
    start = newsroom.METS.index('<mets:div TYPE="ARTICLE" ID="D2"')
    end = newsroom.METS.index("</mets:div></mets:structMap>", start)
    alone = newsroom.METS[:start] + newsroom.METS[end:]
    alone = alone.replace('<mets:fptr><mets:area FILEID="F2" BEGIN="B1"/></mets:fptr>', "")
    found, _ = issue(tmp_path, {**ISSUE, "1921/mets.xml": alone}, "1921/mets.xml")
    assert [item.record for item in found] == ["D1", "page 4"]
    assert "A storm came in." in found[1].text


@pytest.mark.parametrize(
    "reference", ["../../secret.xml", "/etc/secret.xml", "file:///../secret.xml", "..\\..\\secret.xml"]
)
def test_no_reference_leads_out_of_the_source(tmp_path: Path, reference: str) -> None:
    write(tmp_path, {"secret.xml": newsroom.PAGE_1})
    source = tmp_path / "source"
    paths = write(source, {"1921/mets.xml": newsroom.METS.replace("file://./alto/1.xml", reference)})
    items = list(read_articles(paths["1921/mets.xml"], "1921/mets.xml", Limits(), Siblings("1921/mets.xml", paths)))
    assert not [item for item in items if isinstance(item, Article)]
    assert Skipped("1921/mets.xml", f"its page {reference}: it is not in the source") in items


def test_a_reference_made_elsewhere_means_the_one_file_of_its_name_below_the_issue(tmp_path: Path) -> None:
    paths = write(tmp_path, {"a/mets.xml": "", "a/ocr/1.xml": "", "b/ocr/2.xml": "", "a/x/3.xml": "", "a/y/3.xml": ""})
    siblings = Siblings("a/mets.xml", paths)
    assert siblings.find("https://library.example/files/1.xml?download") == "a/ocr/1.xml"
    assert siblings.find("D:\\scans\\1.xml") == "a/ocr/1.xml"
    assert siblings.find("2.xml") is None
    assert siblings.find("3.xml") is None
    assert siblings.find("x/3.xml") == "a/x/3.xml"


def test_an_issue_without_the_files_beside_it_says_so(tmp_path: Path) -> None:
    paths = write(tmp_path, {"mets.xml": newsroom.METS})
    (item,) = read_articles(paths["mets.xml"], "mets.xml")
    assert isinstance(item, Skipped)
    assert "pages lie beside it" in item.reason


def test_a_delpher_issue_gives_its_texts_their_newspaper_date_page_and_link(tmp_path: Path) -> None:
    files = {"i/didl.xml": newsroom.DIDL, "i/a1_articletext.xml": newsroom.ARTICLE_TEXT, "i/1.xml": newsroom.PAGE_1}
    ((item,), skipped) = issue(tmp_path, files, "i/didl.xml")
    assert not skipped
    assert (item.title, item.publisher, item.published) == ("Herring sold", "Holm Courier", "1813-11-16")
    assert (item.url, item.record, item.language) == ("http://r.example/?urn=h:1:a1", "h:1:a1", "en")
    assert (item.text, item.pages) == ("Herring sold well.\n\nIt was salted.", ((0, "5"),))


def test_a_delpher_text_that_is_missing_is_taken_from_the_page(tmp_path: Path) -> None:
    ((item,), _) = issue(tmp_path, {"i/didl.xml": newsroom.DIDL, "i/1.xml": newsroom.PAGE_1}, "i/didl.xml")
    assert item.text == "The market of Holm was full, and the"


def test_a_delpher_text_by_itself_is_an_article(tmp_path: Path) -> None:
    item = page(tmp_path, newsroom.ARTICLE_TEXT)
    assert (item.title, item.text, item.format) == (
        "Herring sold well",
        "Herring sold well.\n\nIt was salted.",
        "delpher",
    )


def test_page_xml_is_read_in_its_reading_order(tmp_path: Path) -> None:
    item = page(tmp_path, newsroom.PAGE_XML)
    assert item.text == "A hard winter\n\nThe harbour froze."
    assert [item.text[a:b] for a, b in item.headings] == ["A hard winter"]
    assert (item.title, item.pages, item.format) == ("A hard winter", ((0, "12"),), "page-xml")


def test_hocr_is_read_by_its_lines(tmp_path: Path) -> None:
    item = page(tmp_path, newsroom.HOCR, "page.html")
    assert (item.text, item.pages, item.language, item.format) == ("Snow felling trees.", ((0, "4"),), "en", "hocr")


def test_a_text_with_form_feeds_knows_its_pages_and_loses_its_running_titles(tmp_path: Path) -> None:
    pages = [
        f"{n}   THE HOLM COURIER\n\nOn day {n} the ferry sailed to the north with {n} crates of herring.\n\n"
        f"The lamp of day {n} burned until dawn and was put out by hand.\n"
        for n in range(1, 5)
    ]
    item = page(tmp_path, "\f".join(pages), "paper.txt")
    assert "COURIER" not in item.text
    assert [(item.text[start : start + 8], label) for start, label in item.pages] == [
        (f"On day {n}", str(n)) for n in range(1, 5)
    ]


def test_articles_that_structural_links_lead_to_their_blocks_are_read(tmp_path: Path) -> None:
    linked = (
        '<mets xmlns:xlink="http://www.w3.org/1999/xlink"><fileSec><fileGrp><file ID="F1" MIMETYPE="text/xml">'
        '<FLocat xlink:href="1.xml"/></file></fileGrp></fileSec><structMap TYPE="LOGICAL"><div TYPE="ISSUE">'
        '<div TYPE="ARTICLE" ID="L1" LABEL="Market"/></div></structMap><structMap TYPE="PHYSICAL"><div TYPE="PAGE" '
        'ORDER="9"><fptr FILEID="F1"/><div ID="P1"><fptr><area FILEID="F1" BEGIN="A1"/></fptr></div><div ID="P2">'
        '<fptr><area FILEID="F1" BEGIN="A2"/></fptr></div></div></structMap>'
        '<structLink><smLink xlink:from="L1" xlink:to="P2"/></structLink></mets>'
    )
    ((item,), _) = issue(tmp_path, {"mets.xml": linked, "1.xml": newsroom.PAGE_1}, "mets.xml")
    assert (item.title, item.text) == ("Market", "The market of Holm was full, and the")
    assert item.pages == ((0, "9"),)
