"""What news agencies send: NITF, NewsML, ninjs, wire text, and XML of their own making."""

from __future__ import annotations

import io
from pathlib import Path

import newsroom
import pytest

from retrieval.reading import Limits, read_articles
from retrieval.types import Article, Skipped


def read(folder: Path, data: str | bytes, name: str = "a.xml", limits: Limits = Limits()) -> list[Article | Skipped]:  # noqa: B008 - frozen
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_articles(folder / name, name, limits))


def one(folder: Path, data: str | bytes, name: str = "a.xml") -> Article:
    (item,) = read(folder, data, name)
    assert isinstance(item, Article), item
    return item


def reasons(items: list[Article | Skipped]) -> list[tuple[str, str]]:
    return [(item.path, item.reason) for item in items if isinstance(item, Skipped)]


def test_nitf_gives_all_that_a_citation_needs(tmp_path: Path) -> None:
    item = one(tmp_path, newsroom.NITF)
    assert (item.title, item.authors) == ("New ferry reaches Holm", ("Ada Lind", "Per d'Orso"))
    assert (item.publisher, item.published, item.language) == ("Holm Press Agency", "2014-05-29", "en")
    assert (item.record, item.format) == ("HOLM.7", "nitf")


def test_nitf_keeps_paragraphs_headings_lists_tables_and_captions(tmp_path: Path) -> None:
    item = one(tmp_path, newsroom.NITF)
    assert item.text == (
        "The ferry came at dawn.\n\n"
        'The ferry "Alma" reached Holm at dawn.\n\n'
        "Timetable\n\n"
        "It sails twice a day.\nSundays are free.\n\n"
        "- From Holm at 8\n- From Tarn at 17\n\n"
        "Port | Fare\nHolm | 4\n\n"
        "The Alma at the quay."
    )
    assert [item.text[a:b] for a, b in item.headings] == ["Timetable"]
    assert [item.text[a:b] for a, b in item.captions] == ["The Alma at the quay."]


@pytest.mark.parametrize("status", ["canceled", "withheld", "killed"])
def test_what_an_agency_takes_back_is_not_read_but_named(tmp_path: Path, status: str) -> None:
    items = read(tmp_path, newsroom.NITF.replace('status="usable"', f'status="{status}"'))
    assert reasons(items) == [("a.xml", f"its agency marks it as {status}, so it is not taken for published")]
    items = read(tmp_path, newsroom.message(newsroom.news_item(status=f"stat:{status}")))
    assert reasons(items) == [
        ("a.xml at urn:newsml:holm:1", f"its agency marks it as {status}, so it is not taken for published")
    ]
    items = read(tmp_path, newsroom.NINJS.replace('"usable"', f'"{status}"'), "a.json")
    assert len(items) == 1
    assert status in reasons(items)[0][1]


def test_an_embargoed_story_is_dated_by_its_release(tmp_path: Path) -> None:
    embargoed = newsroom.NITF.replace("<date.issue", '<date.release norm="20140530T000100Z"/><date.issue')
    assert one(tmp_path, embargoed).published == "2014-05-30"
    meta = "<firstCreated>2016-01-04T23:50:00-05:00</firstCreated><embargoed>2016-01-06T12:00:00Z</embargoed>"
    assert one(tmp_path, newsroom.news_item(meta=meta)).published == "2016-01-06"


def test_a_news_item_is_dated_by_the_day_that_it_states_whatever_its_zone(tmp_path: Path) -> None:
    item = one(tmp_path, newsroom.message(newsroom.news_item()))
    assert item.published == "2016-01-04"
    assert (item.title, item.authors, item.publisher) == ("Mill burns in Tarn", ("Ada Lind",), "Holm Press Agency")
    assert (item.language, item.record, item.format) == ("de", "urn:newsml:holm:1", "newsml")
    assert item.text == "The mill of Tarn burned down in the night.\n\nNobody was hurt."


def test_all_items_of_a_message_are_read_and_those_without_text_are_named(tmp_path: Path) -> None:
    planning = (
        '<planningItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="p1"><newsCoverageSet><newsCoverage><planning>'
        "<headline>Soon</headline></planning></newsCoverage></newsCoverageSet></planningItem>"
    )
    items = read(tmp_path, newsroom.message(newsroom.news_item("n1"), planning, newsroom.news_item("n2", text="")))
    assert [item.record for item in items if isinstance(item, Article)] == ["n1"]
    assert reasons(items) == [
        ("a.xml at p1", "holds no article text (a planning item, which announces coverage)"),
        ("a.xml at n2", "holds no article text (an item of class text)"),
    ]


def test_of_several_versions_in_a_file_the_newest_is_read(tmp_path: Path) -> None:
    old, new = (newsroom.news_item(version=n, text=f"<p>State {n} of the fire.</p>") for n in (2, 10))
    for order in ((old, new), (new, old)):
        items = read(tmp_path, newsroom.message(*order))
        assert [item.text for item in items if isinstance(item, Article)] == ["State 10 of the fire."]
        assert reasons(items) == [("a.xml at urn:newsml:holm:1", "version 2 is an older one of an item that is read")]


@pytest.mark.parametrize(
    "content",
    [
        '<inlineData contenttype="text/plain"><![CDATA[The mill burned.\n\nNobody was hurt.]]></inlineData>',
        '<inlineData contenttype="text/html">&lt;p>The mill burned.&lt;/p>&lt;p>Nobody was hurt.&lt;/p></inlineData>',
        '<inlineXML contenttype="application/nitf+xml"><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body>'
        "<body.content><p>The mill burned.</p><p>Nobody was hurt.</p></body.content></body></nitf></inlineXML>",
    ],
)
def test_an_items_text_may_stand_in_it_in_any_form(tmp_path: Path, content: str) -> None:
    data = newsroom.news_item(text="").replace("</newsItem>", f"<contentSet>{content}</contentSet></newsItem>")
    assert one(tmp_path, data).text == "The mill burned.\n\nNobody was hurt."


def test_a_pictures_text_is_its_caption(tmp_path: Path) -> None:
    caption = "<description role='drol:caption'>The mill of Tarn in flames.</description>"
    assert one(tmp_path, newsroom.news_item(text="", content=caption)).text == "The mill of Tarn in flames."


def test_wire_copy_set_in_lines_becomes_paragraphs(tmp_path: Path) -> None:
    lines = ("    By Per Dal", "    HOLM, Jan 4 (HPA) - The mill burned and", "was lost.", "    Nobody was hurt in")
    text = "<p>" + "\n".join((*lines, "the night.</p>"))
    item = one(tmp_path, newsroom.news_item(text=text).replace("<by>By Ada Lind</by>", ""))
    assert item.text == "HOLM, Jan 4 (HPA) - The mill burned and was lost.\n\nNobody was hurt in the night."
    assert item.authors == ("Per Dal",)


def test_newsml_1_is_read_in_the_encoding_that_it_states(tmp_path: Path) -> None:
    item = one(tmp_path, newsroom.NEWSML_1.encode("latin-1"))
    assert (item.title, item.authors, item.publisher) == ("Brücke gesperrt", ("Ada Lind",), "HPA")
    assert (item.published, item.language, item.record) == ("2002-01-03", "de", "urn:newsml:holm.example:20020103:7")
    assert item.text == "Die Brücke über die Tarn ist gesperrt.\n\nSie wird geprüft."


@pytest.mark.parametrize(
    "data",
    [
        newsroom.NEWSML_1.encode(),  # UTF-8 that calls itself Latin-1
        newsroom.NEWSML_1.replace("iso-8859-1", "UTF-16").encode("utf-16"),
        newsroom.NEWSML_1.replace("iso-8859-1", "utf-8").encode("cp1252"),
        newsroom.NEWSML_1.replace("iso-8859-1", "nonsense-1").encode("cp1252"),
        b"\xef\xbb\xbf" + newsroom.NEWSML_1.split("?>")[1].encode(),
        b"\n  " + newsroom.NEWSML_1.encode("latin-1"),
    ],
)
def test_an_encoding_that_is_stated_wrongly_is_found_out(tmp_path: Path, data: bytes) -> None:
    assert one(tmp_path, data).title == "Brücke gesperrt"


def test_broken_xml_gives_what_precedes_the_damage_and_a_reason(tmp_path: Path) -> None:
    data = newsroom.message(newsroom.news_item("n1"), newsroom.news_item("n2"))
    items = read(tmp_path, data[: data.index("Nobody was hurt", data.index('guid="n2"'))])
    assert isinstance(items[0], Article)
    assert items[0].record == "n1"
    assert "the XML is broken at line 1" in reasons(items)[-1][1]


def test_ninjs_gives_all_that_a_citation_needs(tmp_path: Path) -> None:
    item = one(tmp_path, newsroom.NINJS, "a.json")
    assert (item.title, item.authors, item.publisher) == ("Lamps of Holm", ("Ada Lind",), "Holm Press Agency")
    assert (item.published, item.language, item.record) == ("2017-07-03", "en", "tag:holm,2017:9")
    assert item.text == "The lamps of Holm are lit again.\n\nThey had been dark for a year.\n\nA lamp in Holm."
    assert [item.text[a:b] for a, b in item.captions] == ["A lamp in Holm."]


def test_ninjs_items_may_lie_in_a_services_answer_in_lists_and_in_lines(tmp_path: Path) -> None:
    bare = newsroom.NINJS.replace("\n", " ")
    other = bare.replace("2017:9", "2017:10")
    for data in (
        f"[{bare}, {other}]",
        f'{{"data": {{"items": [{{"item": {bare}}}, {{"item": {other}}}]}}}}',
        f"{bare}\n{other}",
    ):
        items = read(tmp_path, data, "a.json")
        assert [item.record for item in items if isinstance(item, Article)] == ["tag:holm,2017:9", "tag:holm,2017:10"]


def test_ninjs_2_names_its_headlines_and_bodies_by_role(tmp_path: Path) -> None:
    item = one(
        tmp_path,
        '{"uri": "https://holm.example/9", "headlines": [{"role": "short", "value": "Lamps"}, {"role": "main", '
        '"value": "Lamps lit"}], "bodies": [{"role": "body", "value": "<p>The lamps are lit.</p>"}], "contentCreated": '
        '"2021-02-03T04:05:06Z", "pubstatus": "usable", "versioncreated": "2021-02-04", "usageterms": ""}',
        "a.json",
    )
    assert (item.title, item.text, item.url) == ("Lamps lit", "The lamps are lit.", "https://holm.example/9")
    assert item.published == "2021-02-03"


NINJS_3 = """{"uri": "https://holm.example/11", "standard": {"name": "ninjs", "version": "3.0"}, "type": "text",
"language": "en", "pubStatus": "usable", "versionCreated": "2024-02-04T04:05:06Z",
"firstCreated": "2024-02-03T04:05:06Z", "headlines": [{"role": "main", "value": "Quay mended"}],
"bodies": [{"role": "main", "contentType": "text/html", "value": "<p>The quay is mended.</p>"}], "by": "By Ada Lind",
"infoSources": [{"name": "Holm Press Agency"}], "associations": [{"name": "picture", "uri": "p1", "type": "picture",
"descriptions": [{"role": "caption", "value": "The quay at dawn."}]}]}"""


def test_ninjs_3_writes_its_names_in_another_way(tmp_path: Path) -> None:
    item = one(tmp_path, NINJS_3, "a.json")
    assert (item.title, item.authors, item.publisher) == ("Quay mended", ("Ada Lind",), "Holm Press Agency")
    assert (item.published, item.url, item.format) == ("2024-02-03", "https://holm.example/11", "ninjs")
    assert item.text == "The quay is mended.\n\nThe quay at dawn."
    (reason,) = reasons(read(tmp_path, NINJS_3.replace("usable", "canceled"), "b.json"))
    assert "canceled" in reason[1]


def test_few_names_are_enough_where_a_file_says_that_it_is_ninjs(tmp_path: Path) -> None:
    item = (
        '{"uri": "https://holm.example/%d", "standard": {"name": "ninjs", "version": "3.0"}, '
        '"headlines": [{"value": "Quay"}], "bodies": [{"value": "The quay is mended."}]}'
    )
    items = read(tmp_path, f"[{item % 1}, {item % 2}]", "a.json")
    assert [one.format for one in items if isinstance(one, Article)] == ["ninjs", "ninjs"]


def test_an_anpa_message_is_read_as_it_is_printed(tmp_path: Path) -> None:
    item = one(tmp_path, newsroom.WIRE, "a.txt")
    assert (item.title, item.authors) == ("Bridge of Tarn opens after nine years", ("Ada Lind",))
    assert (item.publisher, item.record, item.format) == ("Holm Press Agency", "A2607", "wire")
    assert item.text == (
        'TARN (HPA) — The bridge opened on Tuesday, and the ferry "Alma" made its last trip.\n\n'
        "Tolls begin at 1½ crowns.\n\n"
        "Port | Fare\nHolm | 4"
    )


def test_a_message_is_dated_by_its_own_day_not_by_that_of_greenwich(tmp_path: Path) -> None:
    assert one(tmp_path, newsroom.WIRE, "a.txt").published == "2013-11-12"
    new_year = newsroom.WIRE.replace("11-12", "12-31").replace("11-13-13", "01-01-14")
    assert one(tmp_path, new_year, "a.txt").published == "2013-12-31"
    unlikely = newsroom.WIRE.replace("11-12", "02-30")
    assert one(tmp_path, unlikely, "a.txt").published == "2013-11-13"


def test_several_messages_follow_one_another_in_a_file(tmp_path: Path) -> None:
    items = read(tmp_path, (newsroom.IPTC_7901 + newsroom.WIRE + newsroom.IPTC_7901).encode("cp1252"), "a.txt")
    assert [item.record for item in items if isinstance(item, Article)] == ["hpa0042", "A2607", "hpa0042 (2)"]
    first = items[0]
    assert isinstance(first, Article)
    assert (first.title, first.publisher, first.published) == ("Holm wählt neu", "hpa", "2019-01-04")
    assert first.text == "Holm (hpa) - In Holm wird im Mai neu gewählt.\n\nDas sagte der Rat."


def test_a_message_without_text_is_named_by_its_number(tmp_path: Path) -> None:
    items = read(tmp_path, newsroom.WIRE + "\x01xyz0002 3\x02\r\n\x03\x04", "a.txt")
    assert reasons(items) == [("a.txt at message 2", "the message has no text")]


def test_stories_of_the_reuters_collection_are_told_apart(tmp_path: Path) -> None:
    items = read(tmp_path, newsroom.REUTERS, "reut.sgm")
    story = items[0]
    assert isinstance(story, Article)
    assert (story.title, story.authors, story.publisher) == ("HOLM FERRY LINE <HFL> SOLD", ("Ada Lind",), "Reuters")
    assert (story.published, story.record) == ("1987-02-26", "1")
    assert story.text == (
        "HOLM, Feb 26 - The ferry line of Holm was sold & will be renamed.\n\nThe price is not known."
    )
    assert reasons(items) == [
        ("reut.sgm at its entries", "1 of its 2 entries have no text, only a title or link: ****HOLM HARBOUR CLOSED")
    ]


def test_a_thousand_stories_come_whole_wherever_the_file_is_cut_into_pieces(tmp_path: Path) -> None:
    body = "The ferry line of Holm was sold. " * 20
    data = "".join(f'<REUTERS NEWID="{n}"><TITLE>T{n}</TITLE><BODY>{n} {body}</BODY></REUTERS>\n' for n in range(1000))
    items = read(tmp_path, data, "reut.sgm")
    assert [item.record for item in items if isinstance(item, Article)] == [str(n) for n in range(1000)]
    assert all(isinstance(item, Article) and item.text == f"{item.record} {body.strip()}" for item in items)


def test_a_record_may_state_its_date_in_an_attribute(tmp_path: Path) -> None:
    record = (
        '<?xml version="1.0"?><newsitem itemid="4" date="1998-03-02"><headline>Weir</headline>'
        "<text><p>The weir at Tarn gave way.</p></text>%s</newsitem>"
    )
    assert one(tmp_path, record % "").published == "1998-03-02"
    assert dict(one(tmp_path, record % "").origins)["published"] == "an attribute of the record"
    assert one(tmp_path, record % "<date>1998-03-01</date>").published == "1998-03-01"


def test_xml_whose_elements_are_called_like_an_articles_fields_is_read(tmp_path: Path) -> None:
    item = one(tmp_path, newsroom.RECORDS)
    assert (item.title, item.authors, item.publisher) == ("Ice on the Tarn", ("Ada Lind",), "hpa")
    assert (item.published, item.record, item.text) == ("2018-01-30", "8", "The Tarn is frozen.\n\nSkaters came.")


def test_xml_without_articles_is_refused_by_its_name(tmp_path: Path) -> None:
    (reason,) = reasons(
        read(tmp_path, '<?xml version="1.0"?><catalog><scheme uri="x">A list of codes</scheme></catalog>')
    )
    assert reason == ("a.xml", "it looks like XML of a kind that is not read (its root element is catalog)")


def test_a_stream_that_is_no_file_of_its_own_is_read_alike() -> None:
    from retrieval.reading import nitf

    (item,) = nitf.read(io.BytesIO(newsroom.NITF.encode()), "n", Limits())
    assert isinstance(item, Article)


def test_components_of_newsml_1_with_headlines_of_their_own_are_articles_of_their_own(tmp_path: Path) -> None:
    other = (
        "<NewsComponent><NewsLines><HeadLine>Fähre fährt</HeadLine></NewsLines><ContentItem><DataContent><p>Die Fähre "
        "fährt wieder.</p></DataContent></ContentItem></NewsComponent></NewsComponent></NewsItem>"
    )
    data = newsroom.NEWSML_1.replace("</NewsComponent></NewsItem>", other).encode("latin-1")
    items = [item for item in read(tmp_path, data) if isinstance(item, Article)]
    assert [(item.title, item.record.rpartition(":")[2]) for item in items] == [
        ("Brücke gesperrt", "7"), ("Fähre fährt", "7#2")
    ]  # fmt: skip
    assert {item.published for item in items} == {"2002-01-03"}
