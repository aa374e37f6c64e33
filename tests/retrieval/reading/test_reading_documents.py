from __future__ import annotations

from pathlib import Path

import pytest
from documents import BODY, LEAD, docx, epub, odt, word, zipped

from retrieval.reading import Limits, read_articles
from retrieval.types import Article, Skipped


def read(tmp_path: Path, data: bytes, name: str, limits: Limits | None = None) -> list[Article | Skipped]:
    (tmp_path / name).write_bytes(data)
    return list(read_articles(tmp_path / name, name, limits or Limits()))


def one(tmp_path: Path, data: bytes, name: str) -> Article:
    (item,) = read(tmp_path, data, name)
    assert isinstance(item, Article), item
    return item


METADATA = (
    "<dc:title>Coast Quarterly 7</dc:title><dc:creator>Doe, Jane</dc:creator><dc:publisher>Coast Press</dc:publisher>"
    "<dc:date>2004-03</dc:date><dc:language>en-GB</dc:language>"
)


def test_each_titled_document_of_an_epub_is_an_article_and_front_matter_is_counted(tmp_path: Path) -> None:
    book = epub(
        {
            "cover.xhtml": "<body><img src='c.png'/></body>",
            "copyright.xhtml": "<body><p>© 2004 Coast Press. All rights reserved.</p></body>",
            "a.xhtml": f"<body><h1>A Lamp</h1><p>By John Roe</p><p>{LEAD}</p></body>",
            "a2.xhtml": f"<body><p>It goes on. {BODY}</p></body>",
            "b.xhtml": f"<body><p>{BODY}&nbsp;<a id='x'/>End.</p></body>",
        },
        METADATA,
        {"b.xhtml": "A Harbour"},
    )
    lamp, harbour, front = read(tmp_path, book, "a.epub")
    assert isinstance(lamp, Article)
    assert (lamp.title, lamp.text, lamp.record) == (
        "Coast Quarterly 7: A Lamp",
        f"{LEAD}\n\nIt goes on. {BODY}",
        "O/a.xhtml",
    )
    assert (lamp.authors, lamp.publisher, lamp.published, lamp.language) == (
        ("John Roe",),
        "Coast Press",
        "2004-03",
        "en",
    )
    assert isinstance(harbour, Article)
    assert (harbour.title, harbour.authors, harbour.text) == (
        "Coast Quarterly 7: A Harbour",
        ("Jane Doe",),
        f"{BODY} End.",
    )
    assert isinstance(front, Skipped)
    assert "2 without articles" in front.reason


def test_an_epub_under_copy_protection_says_so(tmp_path: Path) -> None:
    import io
    import zipfile

    data = io.BytesIO(epub({"a.xhtml": f"<body><h1>A</h1><p>{LEAD}</p></body>"}))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("META-INF/encryption.xml", "<e><CipherReference URI='O/a.xhtml'/></e>")
    items = read(tmp_path, data.getvalue(), "a.epub")
    assert all(isinstance(item, Skipped) for item in items)
    assert isinstance(items[0], Skipped)
    assert "encrypted" in items[0].reason


@pytest.mark.parametrize("name", ["a.epub", "a.docx", "a.odt"])
def test_half_a_zip_archive_is_named_as_damaged(tmp_path: Path, name: str) -> None:
    whole = {"a.epub": epub({"a.xhtml": "<body><p>x</p></body>"}), "a.docx": docx(word(LEAD)), "a.odt": odt("")}[name]
    (item,) = read(tmp_path, whole[: len(whole) // 2], name)
    assert isinstance(item, Skipped)
    assert "damaged or truncated" in item.reason


def test_a_part_that_unpacks_to_more_than_is_read_is_refused(tmp_path: Path) -> None:
    bomb = docx(word("lamp " * 400_000))
    assert len(bomb) < 20_000
    (item,) = read(tmp_path, bomb, "a.docx", Limits(file_bytes=1_000_000))
    assert isinstance(item, Skipped)
    assert "larger than" in item.reason


def test_entities_that_a_document_declares_stand_for_nothing(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    whole = docx(word(LEAD + " &b;&f;"))
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:document", laughs.encode() + b"<w:document", 1)
    article = one(tmp_path, zipped(parts), "a.docx")
    assert article.text.startswith(LEAD)
    assert "root:" not in article.text
    assert "haha" not in article.text


def test_a_word_document_keeps_headings_lists_tables_and_notes(tmp_path: Path) -> None:
    listed = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>'
    table = "<w:tbl>" + "".join(
        "<w:tr>" + "".join(f"<w:tc>{word(cell)}</w:tc>" for cell in row) + "</w:tr>"
        for row in (("Port", "Ships"), ("North", "3"))
    ) + "</w:tbl>"  # fmt: skip
    noted = '<w:p><w:r><w:t>Noted</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    struck = (
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:del>"
        "<"
        "w:r>"
        "<"
        "w:delText>"
        "gone<"
        "/w:delText>"
        "<"
        "/w:r>"
        "<"
        "/w:del>"
        "<"
        "w:ins>"
        "<"
        "w:r>"
        "<"
        "w:t> "
        "added<"
        "/w:t><"
        "/w:r><"
        "/w:ins></w:p>"
    )
    body = (
        word("A Lamp Is Lit", "Title") + word("By Jane Doe") + word(LEAD) + word("The keeper", "u2")
        + word("One", extra=listed) + word("Two", extra=listed) + table + noted + struck
    )  # fmt: skip
    styles = '<w:style w:styleId="u2"><w:name w:val="heading 2"/></w:style>'
    notes = (
        '<w:footnote w:id="0" '
        'w:type="separator">'
        f"{word('x')}<"
        "/w:footnote>"
        "<"
        "w:footnote "
        'w:id="2">'
        f"{word('See there.')}</w:footnote>"
    )
    core = "<dc:title>Document1</dc:title><dc:creator>jdoe</dc:creator><dcterms:created>2004-03-03</dcterms:created>"
    article = one(tmp_path, docx(body, core, notes, styles), "a.docx")
    assert article.text == (
        f"{LEAD}\n\nThe keeper\n\n- One\n- Two\n\nPort | Ships\nNorth | 3\n\nNoted [2]\n\nKept added\n\n[2] See there."
    )
    assert [article.text[start:end] for start, end in article.headings] == ["The keeper"]
    assert (article.title, article.authors, article.published) == ("A Lamp Is Lit", ("Jane Doe",), None)


def test_a_word_documents_properties_are_believed_where_they_name_people(tmp_path: Path) -> None:
    core = "<dc:title>A Lamp in the Marsh</dc:title><dc:creator>Jane Doe</dc:creator><dc:language>en-US</dc:language>"
    article = one(tmp_path, docx(word(LEAD) + word(BODY), core), "a.docx")
    assert (article.title, article.authors, article.language) == ("A Lamp in the Marsh", ("Jane Doe",), "en")


def test_an_opendocument_text_keeps_headings_lists_tables_and_notes(tmp_path: Path) -> None:
    body = (
        '<text:tracked-changes><text:p>Struck out</text:p></text:tracked-changes><text:p text:style-name="P1">A '
        "Lamp</text:p>"
        f"<text:p>{LEAD}<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>See there.<"
        "/text:p>"
        "</text:note-body></text:note></text:p><text:h>The keeper</text:h><text:list><text:list-item><text:p>One<"
        "/text:p>"
        "</text:list-item><text:list-item><text:p>Two</text:p></text:list-item></text:list><table:table><"
        "table:table-row>"
        "<table:table-cell><text:p>Port</text:p></table:table-cell><table:table-cell><text:p>Ships<text:s/>here<"
        "/text:p>"
        "</table:table-cell></table:table-row></table:table>"
    )
    meta = (
        "<dc:title/><meta:initial-creator>Jane "
        "Doe<"
        "/meta:initial-creator>"
        "<"
        "dc:creator>"
        "x<"
        "/dc:creator>"
        "<"
        "dc:date>"
        "2004-03-03</dc:date>"
    )
    styles = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    article = one(tmp_path, odt(body, meta, styles), "a.odt")
    assert article.text == f"{LEAD} [1]\n\nThe keeper\n\n- One\n- Two\n\nPort | Ships here\n\n[1] See there."
    assert (article.title, article.authors, article.published) == ("A Lamp", ("Jane Doe",), None)


def test_rich_text_gives_its_words(tmp_path: Path) -> None:
    rtf = (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}{\info{\title A Lamp in the Marsh}{\author Jane Doe}"
        r"{\creatim\yr2004\mo3\dy3}}\f0\fs24 Caf\'e9 and \u8222?lamp\u8220?. " + LEAD + r"\par " + BODY + r"\par}"
    )
    article = one(tmp_path, rtf.encode(), "a.rtf")
    assert article.text == f"Café and „lamp“. {LEAD}\n\n{BODY}"
    assert (article.title, article.authors, article.published) == ("A Lamp in the Marsh", ("Jane Doe",), None)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\u-10179?\u-8704?", "\U0001f600"),
        (r"\u99999999999?", "\ufffd"),
        (r"\u4294967296?", "\ufffd"),
        (r"\u-99999?", "\ufffd"),
        (r"\uc\u8222?", "„"),
    ],
)
def test_characters_that_rich_text_gives_by_number_cost_no_other(tmp_path: Path, written: str, meant: str) -> None:
    article = one(tmp_path, (r"{\rtf1\ansi " + LEAD + r"\par " + written + BODY + "}").encode(), "a.rtf")
    assert article.text == f"{LEAD}\n\n{meant}{BODY}"


def test_an_old_word_file_is_named_for_what_it_is(tmp_path: Path) -> None:
    (item,) = read(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc")
    assert isinstance(item, Skipped)
    assert "old Office document" in item.reason
