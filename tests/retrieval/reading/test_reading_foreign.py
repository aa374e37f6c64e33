"""Files as other programs write them: shapes that were misread once."""

from __future__ import annotations

import lzma
import struct
import zlib
from pathlib import Path

import pytest
from documents import BODY, LEAD, docx, odt, word, zipped
from lxml import etree

from retrieval.reading import read_articles
from retrieval.reading.blocks import Limits
from retrieval.reading.densest import densest
from retrieval.reading.html import html_article
from retrieval.reading.lone_date import lone_date
from retrieval.reading.loose import tag_loose_paragraphs
from retrieval.reading.richtext import html_root
from retrieval.reading.zip_lzma import ZipLzma
from retrieval.types import Article, Skipped


def read(tmp_path: Path, data: bytes, name: str) -> list[Article | Skipped]:
    path = tmp_path / name
    path.write_bytes(data)
    return list(read_articles(path, name))


def one(tmp_path: Path, data: bytes, name: str) -> Article:
    (item,) = read(tmp_path, data, name)
    assert isinstance(item, Article), item
    return item


@pytest.mark.parametrize(
    "picture", [rb"\bin ", rb"\bin0 ", rb"\bin7 }}\par{", rb"\bin8 {\f0 {{{"], ids=["no size", "none", "ends", "begins"]
)
def test_a_picture_in_rich_text_costs_no_word(tmp_path: Path, picture: bytes) -> None:
    source = (
        rb"{\rtf1\ansi " + LEAD.encode() + rb"\par {\pict\jpegblip\picw25 " + picture + rb"}" + BODY.encode() + b"}"
    )
    assert one(tmp_path, source, "a.rtf").text == f"{LEAD}\n\n{BODY}"


@pytest.mark.parametrize(
    ("declared", "byte"),
    [(r"\mac", "8e"), (r"\pc", "82"), (r"\pca", "82"), (r"\ansi", "e9"), (r"\ansi\ansicpg10000", "8e")],
)
def test_rich_text_is_read_in_the_characters_of_its_system(tmp_path: Path, declared: str, byte: str) -> None:
    article = one(tmp_path, (r"{\rtf1" + declared + r" Caf\'" + byte + f": {LEAD}}}").encode(), "a.rtf")
    assert article.text == f"Café: {LEAD}"


def test_a_title_in_rich_text_is_read_in_its_code_page(tmp_path: Path) -> None:
    title = "".join(f"\\'{byte:02x}" for byte in "Маяк на острове".encode("cp1251"))
    article = one(tmp_path, (r"{\rtf1\ansi\ansicpg1251{\info{\title " + title + "}}" + LEAD + "}").encode(), "a.rtf")
    assert article.title == "Маяк на острове"


def test_rows_of_a_table_in_rich_text_have_bars_between_their_cells_only(tmp_path: Path) -> None:
    row = r"\trowd\cellx100\cellx200\intbl {}\cell {}\cell\row "
    rows = row.format("Lamp", "Keeper") + row.format(r"North\par", "Ada")
    article = one(tmp_path, (r"{\rtf1\ansi " + LEAD + r"\par " + rows + r"\pard " + BODY + "}").encode(), "a.rtf")
    assert "Lamp | Keeper" in article.text
    assert "North | Ada" in article.text
    assert "|\n" not in article.text


def test_a_drop_cap_is_the_first_letter_of_its_word(tmp_path: Path) -> None:
    frame = '<w:framePr w:dropCap="drop" w:lines="3"/>'
    body = word(LEAD[0], extra=frame) + word(LEAD[1:]) + word(BODY) + word("A", extra=frame)
    assert one(tmp_path, docx(body), "a.docx").text == f"{LEAD}\n\n{BODY}\n\nA"


@pytest.mark.parametrize("mark", ["-", "•", "*", "–"])
def test_a_text_without_a_title_is_not_called_by_a_bullet(mark: str, tmp_path: Path) -> None:
    assert one(tmp_path, f"{{\\rtf1\\ansi\\uc0 \\u{ord(mark)}  {LEAD}}}".encode(), "a.rtf").title[:14] == LEAD[:14]


@pytest.mark.parametrize("name", ["part.html", "part.html5", "part.php", "part"])
def test_a_part_of_a_page_is_read_as_one(tmp_path: Path, name: str) -> None:
    article = one(tmp_path, f"<!-- cut out -->\n<p class='lead'>{LEAD}</p>\n<p>{BODY}</p>\n".encode(), name)
    assert (article.format, article.text) == ("html", f"{LEAD}\n\n{BODY}")


def test_markdown_that_begins_with_a_tag_stays_markdown(tmp_path: Path) -> None:
    source = f"<p align='center'>Lamp</p>\n\n# The keeper\n\n{LEAD}\n\n{BODY}\n"
    assert one(tmp_path, source.encode(), "readme.md").format == "markdown"


def test_words_of_a_short_page_are_not_divided_at_each_tag() -> None:
    page = "<html><body><h1>Lamps</h1><p>The <b>keeper</b>, <a href='/a'>Ada</a>, lit <i>it</i>.</p></body></html>"
    assert html_article(page, Limits()).text == "The keeper, Ada, lit it."


def test_the_name_of_a_site_is_no_author_where_the_text_marks_one() -> None:
    page = (
        '<html><head><title>Lamps</title><meta name="author" content="coast.example"></head><body><article><h1>Lamps'
        '</h1><span itemprop="author" itemscope><a itemprop="name">Jane Doe</a></span> <span itemprop="author">John '
        f"Roe</span><p>{LEAD}</p><p>{BODY}</p></article>"
        '<div itemprop="comment"><span itemprop="author">Max Loud</span></div></body></html>'
    )
    article = html_article(page, Limits())
    assert article.authors == ("Jane Doe", "John Roe")
    assert dict(article.origins)["authors"] == "an itemprop"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x1f\x9d\x90lamp", "a Unix compress archive (.Z)"),
        (b"\x04\x22\x4d\x18\x64\x40", "an lz4 archive"),
        (b"LZIP\x01\x0c", "an lzip archive"),
        (b"!<arch>\ndebian-binary   1410122664  0     0     100644  4         `\n2.0\n", "an ar archive"),
        (b"070701" + b"0" * 104 + b"lamp\x00", "a cpio archive"),
        (b"\x24\x5a-lh5-\x00\x00", "an LHA archive"),
        (b"MSCF\x00\x00\x00\x00", "a cabinet archive"),
        (b"\xed\xab\xee\xdb\x03\x00", "an RPM package"),
    ],
)
def test_an_archive_that_is_not_read_is_named_for_what_it_is(tmp_path: Path, head: bytes, kind: str) -> None:
    (item,) = read(tmp_path, head, "box")
    assert isinstance(item, Skipped)
    assert kind in item.reason


def test_a_number_at_the_beginning_makes_no_archive_of_a_text(tmp_path: Path) -> None:
    assert one(tmp_path, f"070701 is the number of the lamp.\n\n{LEAD}\n".encode(), "a.txt").format == "text"


def test_a_zip_after_something_else_is_read(tmp_path: Path) -> None:
    data = b"\x00lamp" * 9 + zipped({"lamp.txt": LEAD})
    assert one(tmp_path, data, "box.zip").text == LEAD


def zip_of(packed: bytes, plain: bytes, method: int, name: bytes = b"lamp.txt") -> bytes:
    """A zip of one entry, packed by what Python's zipfile does not pack by."""
    fixed = struct.pack("<HHHHHLLLHH", 20, 0, method, 0, 33, zlib.crc32(plain), len(packed), len(plain), len(name), 0)
    local = b"PK\x03\x04" + fixed + name + packed
    central = b"PK\x01\x02" + struct.pack("<H", 20) + fixed + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)


def test_an_entry_of_a_zip_that_is_packed_by_xz_is_read(tmp_path: Path) -> None:
    text = f"{LEAD}\n\n{BODY}\n".encode()
    assert one(tmp_path, zip_of(lzma.compress(text), text, 95), "box.zip").text == f"{LEAD}\n\n{BODY}"


def test_lzma_in_a_zip_needs_no_mark_at_its_end(tmp_path: Path) -> None:
    text = f"{LEAD}\n\n{BODY}\n".encode()
    alone = lzma.compress(text, lzma.FORMAT_ALONE)
    cut = alone[13:-6]  # the mark, whose five bytes and more stand at the end
    read_back = ZipLzma()
    found = read_back.decompress(b"\x09\x14\x05\x00" + alone[:5] + cut, 1 << 20)
    assert text.startswith(found)
    assert len(found) > len(text) - 40
    assert read_back.decompress(b"", 1 << 20) == b""
    assert read_back.eof


@pytest.mark.parametrize("front", [b"", b"\x09\x14\x05\x00", b"\x09\x14\x05\x00\xff\x00\x00\x01\x00" + b"x" * 20])
def test_damaged_lzma_in_a_zip_is_named(tmp_path: Path, front: bytes) -> None:
    (item,) = read(tmp_path, zip_of(front, b"lamp", 14), "box.zip")
    assert isinstance(item, Skipped)
    assert "damaged" in item.reason


def test_lzma_in_a_zip_may_not_ask_for_all_memory(tmp_path: Path) -> None:
    front = b"\x09\x14\x05\x00\x5d\xff\xff\xff\xff" + b"\x00" * 40
    (item,) = read(tmp_path, zip_of(front, b"lamp", 14), "box.zip")
    assert isinstance(item, Skipped)
    assert "memory" in item.reason or "damaged" in item.reason


def test_of_a_page_without_paragraphs_the_part_with_the_sentences_is_its_text() -> None:
    menu = "".join(f"<div><a href='/{n}'>Part {n}</a> | <b>{n}</b></div>" for n in range(40))
    banner = "<noscript>&lt;a href='https://ads.example'&gt;banner&lt;/a&gt;</noscript>"
    story = "<br><br>".join((LEAD, BODY))
    page = (
        f"<html><head><title>Lamps</title></head><body>{banner}<div>{menu}</div><div><div>Listen</div>"
        f"<div class='t'>{story}</div></div><div>{menu}</div></body></html>"
    )
    article = html_article(page, Limits())
    assert " ".join(article.text.split()) == f"{LEAD} {BODY}"


def test_the_part_with_the_sentences_is_found_in_a_page_that_nests_without_end() -> None:
    tree = html_root("<div>" * 200 + f"<p>{LEAD}</p><p>{BODY}</p>" + "</div>" * 200)
    assert [child.tag for child in densest(tree)] == ["p", "p"]


def test_a_paragraph_without_a_tag_beside_others_is_read_in_its_place() -> None:
    loose = (
        "{} had asked the <b>master</b>, who heard of it on the quay that evening, late, from <a href='/n'>a boy</a>."
    )
    read = "{} had asked the master, who heard of it on the quay that evening, late, from a boy."
    inside = f"{loose.format('Nobody')}<p>{LEAD}</p><div><a href='/ad'>Buy lamps</a></div>{loose.format('The keeper')}"
    page = f"<html><head><title>Lamps</title></head><body><div>{inside}<br>By night.<p>{BODY}</p></div></body></html>"
    parts = html_article(page, Limits()).text.split("\n\n")
    assert parts[:2] == [read.format("Nobody"), LEAD]
    assert parts[-2:] == [read.format("The keeper"), BODY]


def test_a_label_beside_paragraphs_is_given_no_tag() -> None:
    tree = html_root(f"<div>Listen<p>{LEAD}</p><a href='/'>{BODY}</a></div>")
    before = etree.tostring(tree)
    tag_loose_paragraphs(tree)
    assert etree.tostring(tree) == before


@pytest.mark.parametrize(
    ("stated", "after", "published"),
    [
        ("13. Juli 2021 | 05:00", "", "2021-07-13"),
        ("<b>01.09.2017</b>", "", "2017-09-01"),
        ("23.01.2019", "<h3>Next</h3><span>24.01.2019</span>", None),
        ("", "<div><div><div><div><div><i>23.01.2019</i></div></div></div></div></div>", None),
        ("Our house was built by hand on 23.01.2019.", "", None),
        ("<a href='/'>23.01.2019</a>", "", None),
    ],
)
def test_the_one_day_that_stands_alone_near_a_heading_is_the_pages(
    stated: str, after: str, published: str | None
) -> None:
    story = f"<div><h1>Lamps</h1><div class='x'>{stated}</div></div><p>{LEAD}</p><p>{BODY}</p>"
    page = f"<html><head><title>Lamps</title></head><body><main>{story}{after}</main></body></html>"
    tree = html_root(page)
    assert lone_date(tree) == published
    if published:
        assert html_article(page, Limits()).published == published


def test_the_text_boxes_of_an_opendocument_text_are_read(tmp_path: Path) -> None:
    draw = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    inner = "<draw:frame><draw:text-box><text:p>By night.</text:p></draw:text-box></draw:frame>"
    caption = f'<text:p text:style-name="Illustration">The lamp</text:p><text:p>{inner}</text:p>'
    body = (
        f"<draw:frame {draw}><draw:text-box><text:p>The masthead of it</text:p></draw:text-box></draw:frame>"
        f"<text:p {draw}>{LEAD}<draw:frame><draw:text-box>{caption}</draw:text-box></draw:frame></text:p>"
        f"<text:p {draw}><draw:frame><draw:text-box><text:p>{BODY}</text:p></draw:text-box></draw:frame></text:p>"
    )
    article = one(tmp_path, odt(body), "a.odt")
    assert f"{article.title}\n\n{article.text}".split("\n\n")[-4:] == [LEAD, "The lamp", "By night.", BODY]
    assert [article.text[start:end] for start, end in article.captions] == ["The lamp"]


def test_the_sign_that_links_to_a_heading_is_no_part_of_it() -> None:
    sign = "<a class='headerlink' href='#a'>¶</a>"
    body = f"<article><h1>Lamps{sign}</h1><p>{LEAD}</p><h2>The keeper{sign}</h2><p>{BODY}</p></article>"
    article = html_article(f"<html><head><title>Lamps</title></head><body>{body}</body></html>", Limits())
    assert (article.title, article.text) == ("Lamps", f"{LEAD}\n\nThe keeper\n\n{BODY}")


def test_the_bullets_of_words_own_fonts_are_bullets(tmp_path: Path) -> None:
    body = word("Lamps") + word("\uf0b7 The first") + word("\uf0a7 The next")
    assert one(tmp_path, docx(body + word(LEAD)), "a.docx").text.split("\n\n")[-3:] == [
        "• The first",
        "▪ The next",
        LEAD,
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("表だより.txt".encode("cp932"), "表だより.txt"), ("Café.txt".encode("cp437"), "Café.txt")],
)
def test_the_names_of_old_zips_are_read_as_their_country_wrote_them(tmp_path: Path, name: bytes, shown: str) -> None:
    assert one(tmp_path, zip_of(LEAD.encode(), LEAD.encode(), 0, name), "box.zip").record == shown


def test_a_page_of_many_parts_is_read_whole_and_not_its_first_alone() -> None:
    said = [f"Of lamp {lamp}, line {line}: {LEAD} {line}. {BODY}" for lamp in range(9) for line in range(3)]
    divided = ("".join(f"<p>{text}</p>" for text in said[at : at + 3]) for at in range(0, 27, 3))
    parts = "".join(f"<div><div class='content'>{part}</div></div>" for part in divided)
    beside = f"<div class='comments'><p>I saw it: {LEAD}</p></div>"
    page = f"<html><head><title>Lamps</title></head><body><div>{parts}</div>{beside}</body></html>"
    assert html_article(page, Limits()).text.split("\n\n") == said
    stated = page.replace("<head>", '<head><meta property="og:type" content="article">')
    assert html_article(stated, Limits()).text.split("\n\n") == said[:3]


def test_a_short_article_before_the_leads_of_others_stays_by_itself() -> None:
    lead = "".join(f"<p>Of lamp {{0}}, {n}: {LEAD} {BODY}</p>" for n in range(3))
    others = "".join(
        f"<div class='content'><h3><a href='/{n}'>Lamp {n}</a></h3>{lead.format(n)}</div>" for n in range(9)
    )
    own = f"<div class='content'><h1>Lamps</h1><p>{LEAD}</p><p>{BODY}</p><p>So it is: {LEAD}</p></div>"
    text = html_article(f"<html><body><div>{own}</div><div>{others}</div></body></html>", Limits()).text
    assert LEAD in text
    assert "Of lamp" not in text
