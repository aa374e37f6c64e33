"""Each reader says where it found what it knows of an article."""

from __future__ import annotations

from pathlib import Path

import documents
import newsroom
import pytest
from fakes import HashEncoder

from retrieval.inspecting import Inspected, inspect
from retrieval.issues import beside
from retrieval.reading import Limits, read_articles
from retrieval.types import Article, Skipped

_PAGE = [(60.0, 760.0, 24.0, "The Lamp of Varn"), *documents.column(60, 700, [documents.LEAD, documents.BODY])]
_PACKAGE = (
    "<dc:title>Coast Quarterly</dc:title><dc:creator>Doe, Jane</dc:creator><dc:publisher>Coast Press</dc:publisher>"
)
_RECORDS = (
    '<?xml version="1.0"?><export><item><headline>Lamp lit</headline><author>Ada Lind</author><origin>HPA</origin>'
    "<date>2014-05-29</date><body>The lamp of Holm was lit again.</body></item></export>"
)


def origins(folder: Path, name: str, data: str | bytes) -> dict[str, str]:
    """What the first article of a file says of where it was found; every fact has its place, and nothing else has."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return _first(path)


def _first(path: Path) -> dict[str, str]:
    limits = Limits()
    article = next(item for item in read_articles(path, path.name, limits, beside(path, limits)))
    assert isinstance(article, Article), article
    fields = ("title", "authors", "publisher", "published", "url", "language")
    assert {name for name, _ in article.origins} == {name for name in fields if getattr(article, name)}
    return dict(article.origins)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.nitf", newsroom.NITF, {
            "title": "the element hl1", "authors": "the element byline", "publisher": "the element doc.copyright",
            "published": "the element date.issue", "language": "the language of the element nitf",
        }),
        ("a.xml", newsroom.message(newsroom.news_item()), {
            "title": "the headline in contentMeta", "authors": "by or creator in contentMeta",
            "publisher": "the provider, the information source or the copyright holder",
            "published": "the dates in itemMeta and contentMeta",
            "language": "the language in contentMeta or of the item",
        }),
        ("a.newsml", newsroom.NEWSML_1, {
            "title": "the element HeadLine", "authors": "the element ByLine", "language": "the element Language",
            "publisher": "the element Provider or Source", "published": "the dates of the item",
        }),
        ("a.json", newsroom.NINJS, {
            "title": "the field headline", "authors": "the field byline, authors or people",
            "publisher": "the field source", "published": "the field firstcreated", "language": "the field language",
        }),
        ("a.txt", newsroom.WIRE, {
            "title": "the headline", "authors": "the byline", "publisher": "the byline",
            "published": "the message's header or foot",
        }),
        ("a.sgm", newsroom.REUTERS, {
            "title": "the tag TITLE", "authors": "the tag AUTHOR", "publisher": "the collection",
            "published": "the tag DATE",
        }),
        ("feed.json", newsroom.JSON_FEED, {
            "title": "the entry's title", "authors": "the entry's authors", "publisher": "the feed's title",
            "published": "the entry's date_published", "url": "the entry's address",
            "language": "the feed's language",
        }),
        ("a.xml", _RECORDS, {
            "title": "the element headline", "authors": "the element author", "publisher": "the element origin",
            "published": "the element date",
        }),
        ("a.pdf", documents.pdf([_PAGE], "/Title (A Harbour of Light) /Author (Jane Doe)"), {
            "title": "the document's properties", "authors": "the document's properties",
        }),
        ("b.pdf", documents.pdf([_PAGE]), {"title": "its heading in the largest letters"}),
        ("a.docx", documents.docx(
            documents.word("A Lamp", "Title") + documents.word("By John Roe") + documents.word(documents.LEAD),
            "<dc:title>Lamps and Lights</dc:title><dc:language>en-GB</dc:language>",
        ), {"authors": "the byline", "language": "the document's properties"}),
        ("a.epub", documents.epub({"a.xhtml": f"<body><h1>A Lamp</h1><p>{documents.LEAD}</p></body>"}, _PACKAGE), {
            "title": "its heading", "authors": "the package document", "publisher": "the package document",
        }),
    ],
)  # fmt: skip
def test_what_is_known_of_an_article_has_its_place(
    tmp_path: Path, name: str, data: str | bytes, expected: dict[str, str]
) -> None:
    found = origins(tmp_path, name, data)
    assert found | expected == found


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    """The METS file of an issue of two pages."""
    pages = {"mets.xml": newsroom.METS, "alto/1.xml": newsroom.PAGE_1, "alto/2.xml": newsroom.PAGE_2}
    for name, data in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(data, encoding="utf-8")
    return tmp_path / "mets.xml"


def test_an_issues_articles_say_that_the_issue_is_described_in_mets(issue: Path) -> None:
    found = _first(issue)
    assert found["publisher"] == "the newspaper's title in METS"
    assert found["published"] == "its description in MODS or Dublin Core"


def test_an_issue_is_inspected_by_its_folder_as_by_its_file_and_its_pages_are_no_skipped_files(issue: Path) -> None:
    by_file, by_folder = list(inspect(issue, HashEncoder())), list(inspect(issue.parent, HashEncoder()))
    assert by_folder == by_file
    assert any(isinstance(item, Inspected) for item in by_folder)
    assert not any("alto" in item.path for item in by_folder if isinstance(item, Skipped))
