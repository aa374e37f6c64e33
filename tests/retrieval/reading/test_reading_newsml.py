"""What agencies write in XML beyond the letter of their standards."""

from __future__ import annotations

import re
from pathlib import Path

import newsroom

from retrieval.reading import read_articles
from retrieval.types import Article, Skipped


def read(folder: Path, data: str | bytes, name: str = "a.xml") -> list[Article | Skipped]:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_articles(folder / name, name))


def one(folder: Path, data: str | bytes, name: str = "a.xml") -> Article:
    (item,) = read(folder, data, name)
    assert isinstance(item, Article), item
    return item


def test_a_story_of_the_reuters_collection_in_xml_is_one_article(tmp_path: Path) -> None:
    story = re.sub(r"<!DOCTYPE[^>]*>|&#\d+;", "", newsroom.REUTERS).replace("<HFL>", "&lt;HFL&gt;")
    items = read(tmp_path, f'<?xml version="1.0"?>\n<LEWIS>\n{story}</LEWIS>', "reut-00001.xml")
    (item,) = [item for item in items if isinstance(item, Article)]
    assert (item.title, item.authors, item.published) == ("HOLM FERRY LINE <HFL> SOLD", ("Ada Lind",), "1987-02-26")


def test_a_record_whose_text_holds_its_title_is_one_article_with_what_both_say(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        '<?xml version="1.0"?><story id="9"><date>1998-03-02</date><text><title>Weir</title><body>The weir at '
        "Tarn gave way.</body></text></story>",
    )
    assert (item.title, item.published, item.text, item.record) == (
        "Weir",
        "1998-03-02",
        "The weir at Tarn gave way.",
        "9",
    )


def test_what_holds_several_records_is_none_itself(tmp_path: Path) -> None:
    record = "<article><title>Weir {0}</title><body>The weir {0} at Tarn gave way.</body></article>"
    items = read(
        tmp_path, f'<?xml version="1.0"?><paper><title>Post</title>{record.format(1)}{record.format(2)}</paper>'
    )
    assert [item.title for item in items if isinstance(item, Article)] == ["Weir 1", "Weir 2"]


def test_a_record_says_its_language_its_number_and_its_rights_in_its_own_ways(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        '<?xml version="1.0"?><newsitem itemid="4" date="1998-03-02" xml:lang="en"><headline>Weir</headline>'
        "<text><p>The weir at Tarn gave way.</p></text><copyright>(c) Holm Press Agency 1998</copyright></newsitem>",
    )
    assert (item.publisher, item.language, item.record) == ("Holm Press Agency", "en", "4")


def test_a_nitf_text_that_is_escaped_once_too_often_is_read_as_it_is_meant(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        "<nitf><body><body.head><hedline><hl1>Ferry</hl1></hedline></body.head><body.content>"
        "<p>The ferry sails at 4 o&amp;#39;clock, says\n<person>Ada Lind</person>\n, its\n<org>mate</org>\n.</p>"
        "<p>&lt;div class=&quot;fact&quot; id=&quot;a&quot;&gt;&lt;/div&gt;&lt;script src=&quot;x.js&quot;&gt;"
        "&lt;/script&gt;</p><p>It costs &lt;4 crowns.</p></body.content></body></nitf>",
    )
    assert item.text == "The ferry sails at 4 o'clock, says Ada Lind, its mate.\n\nIt costs <4 crowns."


PARTS = """<?xml version="1.0"?><NewsML><NewsItem><Identification><NewsIdentifier>
<ProviderId>www.holm.example</ProviderId><DateId>20190129</DateId><NewsItemId>9</NewsItemId></NewsIdentifier></Identification><NewsManagement><FirstCreated>
20190129T124550</FirstCreated></NewsManagement><NewsComponent xml:lang="fr"><NewsLines><HeadLine>Le bac</HeadLine>
<ByLine>By Ada Lind, PA Holm</ByLine><CopyrightLine>(c) Holm Press Agency 2019</CopyrightLine></NewsLines>
<NewsComponent><Role FormalName="Title"/><ContentItem><DataContent>Le bac</DataContent></ContentItem></NewsComponent>
<NewsComponent><Role FormalName="Lead"/><ContentItem><DataContent>{}</DataContent></ContentItem></NewsComponent>
<NewsComponent><Role FormalName="Body"/><ContentItem><DataContent>Le bac de Holm est au quai.</DataContent>
</ContentItem></NewsComponent></NewsComponent></NewsItem></NewsML>"""


def test_a_story_in_parts_has_its_lead_before_its_body(tmp_path: Path) -> None:
    item = one(tmp_path, PARTS.format("Le bac dort."))
    assert item.text == "Le bac dort.\n\nLe bac de Holm est au quai."
    assert one(tmp_path, PARTS.format("")).text == "Le bac de Holm est au quai."
    assert one(tmp_path, PARTS.format("Le bac de Holm est au quai.")).text == "Le bac de Holm est au quai."


def test_newsml_1_says_its_language_and_its_owner_in_other_places_too(tmp_path: Path) -> None:
    item = one(tmp_path, PARTS.format("Le bac dort."))
    assert (item.title, item.language, item.publisher) == ("Le bac", "fr", "Holm Press Agency")


def test_an_agencys_office_behind_a_name_is_nobody(tmp_path: Path) -> None:
    assert one(tmp_path, PARTS.format("Le bac dort.")).authors == ("Ada Lind",)


def test_a_release_has_its_lead_and_its_publishers_name_alone(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        '<?xml version="1.0"?><release id="17" lang="no"><longurl>https://holm.example/17</longurl><body>'
        "&lt;p&gt;Kaia er &amp;aring;pen igjen.&lt;/p&gt;</body><leadtext>Kaia i Holm er mett.</leadtext>"
        "<publicationDate>28.09.2018 11:15</publicationDate><title>Kaia</title>"
        "<publisher><name>Holm Havn</name><address>Kaia 1</address></publisher>"
        "</release>",
    )
    assert (item.title, item.publisher, item.published, item.language) == ("Kaia", "Holm Havn", "2018-09-28", "no")
    assert (item.text, item.url) == ("Kaia i Holm er mett.\n\nKaia er åpen igjen.", "https://holm.example/17")


def test_an_item_of_a_publishing_system_is_told_by_its_own_names(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        '<?xml version="1.0"?><Publish><ContentItem><Headline>Weir</Headline><Credit>Holm Press</Credit>'
        "<CreatedDateTime>2020-03-27T15:52:47</CreatedDateTime>"
        "<ContentText>&lt;p&gt;The weir at Tarn gave way.&lt;/p&gt;</ContentText>"
        "</ContentItem></Publish>",
    )
    assert (item.title, item.publisher, item.published) == ("Weir", "Holm Press", "2020-03-27")
    assert item.text == "The weir at Tarn gave way."


def test_markup_that_a_text_quotes_whole_is_read(tmp_path: Path) -> None:
    data = PARTS.format("").replace(
        "Le bac de Holm est au quai.", "<body><body.content><![CDATA[Le bac est<BR>au quai.]]></body.content></body>"
    )
    assert one(tmp_path, data).text == "Le bac est\nau quai."


def test_tts_own_elements_are_paragraphs_headings_and_captions(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        '<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:tt:1"><itemMeta>'
        '<itemClass qcode="ninat:text"/></itemMeta><contentMeta><headline>Kajen</headline></contentMeta>'
        "<contentSet><inlineXML>"
        '<BODY xmlns=""><TEXT><RUBRIK>Kajen</RUBRIK><DAT><ORT>HOLM</ORT></DAT><INGRESS><P>Kajen är hel.</P></INGRESS>'
        "<BRODTEXT><CITAT>Den är hel, säger Ada Lind.</CITAT><MELLIS>Nytt räcke</MELLIS>"
        "<P>Räcket är nytt.</P></BRODTEXT>"
        "<BILD><BILDFIL>http://x.example/1</BILDFIL><BILDTEXT><P>Kajen i gryningen.</P></BILDTEXT></BILD></TEXT></BODY>"
        "</inlineXML></contentSet></newsItem>",
    )
    assert item.text == (
        "HOLM\n\nKajen är hel.\n\nDen är hel, säger Ada Lind.\n\nNytt räcke\n\nRäcket är nytt.\n\nKajen i gryningen."
    )
    assert [item.text[start:end] for start, end in item.headings] == ["Nytt räcke"]
    assert [item.text[start:end] for start, end in item.captions] == ["Kajen i gryningen."]
