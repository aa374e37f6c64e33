"""Invented files as news agencies, newspapers' web sites and scanning libraries make them."""

from __future__ import annotations

from html import escape

NITF = """<?xml version="1.0" encoding="UTF-8"?>
<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/" xml:lang="en-GB"><head><title>Ferry short</title>
<docdata management-status="usable"><doc-id id-string="HOLM.7"/><date.issue norm="20140529T113300Z"/>
<doc.copyright year="2014" holder="Holm Press Agency"/></docdata></head>
<body><body.head><hedline><hl1>New ferry reaches Holm</hl1></hedline><byline>By Ada Lind and Per d'Orso</byline>
<abstract><p>The ferry came at dawn.</p></abstract></body.head>
<body.content><p>The ferry &quot;Alma&quot; reached <location>Holm</location> at&nbsp;dawn.</p>
<hl2>Timetable</hl2><p>It sails <em>twice</em> a day.<br/>Sundays are free.</p>
<ul><li>From Holm at 8</li><li>From Tarn at 17</li></ul>
<table><tr><th>Port</th><th>Fare</th></tr><tr><td>Holm</td><td>4</td></tr></table>
<media><media-reference source="a.jpg"/><media-caption>The Alma at the quay.</media-caption></media>
<p>(ends)</p></body.content></body></nitf>"""


def news_item(
    guid: str = "urn:newsml:holm:1",
    *,
    version: int = 1,
    text: str = "<p>The mill of Tarn burned down in the night.</p><p>Nobody was hurt.</p>",
    status: str = "stat:usable",
    headline: str = "Mill burns in Tarn",
    meta: str = "<firstCreated>2016-01-04T23:50:00-05:00</firstCreated>",
    content: str = "",
) -> str:
    body = text and (
        '<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title>x</title></head><body>{text}</body></html></inlineXML></contentSet>"
    )
    return (
        f'<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{guid}" version="{version}" xml:lang="de-AT">'
        f'<itemMeta><itemClass qcode="ninat:text"/><provider><name>Holm Press Agency</name></provider>{meta}'
        f'<pubStatus qcode="{status}"/></itemMeta><contentMeta><headline>{headline}</headline>'
        f"<headline role='hld:subHeadline'>Below it</headline><by>By Ada Lind</by>{content}</contentMeta>{body}"
        "</newsItem>"
    )


def message(*items: str) -> str:
    return (
        '<?xml version="1.0"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sent>2016-01-05</sent>'
        f"</header><itemSet>{''.join(items)}</itemSet></newsMessage>"
    )


NEWSML_1 = """<?xml version="1.0" encoding="iso-8859-1"?><NewsML><NewsItem><Identification><NewsIdentifier>
<ProviderId>holm.example</ProviderId><DateId>20020103</DateId><NewsItemId>7</NewsItemId><RevisionId>2</RevisionId>
</NewsIdentifier></Identification><NewsManagement><FirstCreated>20020103T101500+0200</FirstCreated>
<Status FormalName="Usable"/></NewsManagement><NewsComponent><NewsLines><HeadLine>Brücke gesperrt</HeadLine>
<ByLine>Von Ada Lind</ByLine></NewsLines><AdministrativeMetadata><Provider><Party FormalName="HPA"/></Provider>
</AdministrativeMetadata><DescriptiveMetadata><Language FormalName="de"/></DescriptiveMetadata><NewsComponent>
<ContentItem><DataContent><p>Die Brücke über die Tarn ist gesperrt.</p><p>Sie wird geprüft.</p></DataContent>
</ContentItem></NewsComponent></NewsComponent></NewsItem></NewsML>"""

NINJS = """{"guid": "tag:holm,2017:9", "type": "text", "pubstatus": "usable", "language": "en-GB", "version": "3",
"versioncreated": "2017-07-04T00:30:00+0000", "firstcreated": "2017-07-03T23:38:13+0000", "headline": "Lamps of Holm",
"byline": "By Ada Lind, Holm Press Agency", "source": "Holm Press Agency", "slugline": "LAMPS",
"body_html": "<p>The lamps of Holm are lit&nbsp;again.</p><p>They had been dark for a year.</p>",
"associations": {"featuremedia": {"type": "picture", "guid": "p1", "description_text": "A lamp in Holm."}}}"""

WIRE = (
    "\x16\x16\x01A2607\x1f_intl\r\nr a\x13\x11 BC-Tarn--Bridge-Opens 1stLd-Writethru   11-12 0693\r\n"
    "\x02^BC-Tarn--Bridge Opens, 1st Ld-Writethru,140<\r\n^Bridge of Tarn opens after nine years<\r\n"
    "^AP Photo TRN101<\r\n^Eds: Adds detail.<\r\n^By ADA LIND=\r\n^Holm Press Agency=\r\n"
    "\t   TARN (HPA) _ The bridge opened on Tuesday, and the\r\nferry ``Alma'' made its last trip.\r\n \r\n"
    "\t   Tolls begin at 1{ crowns.\r\n^\x08Port\x1f\x1e Fare\r\n^\x08Holm\x1f\x1e 4\r\n\t   ___\r\n\r\n"
    "\t   \x03AP-WF-11-13-13 0045GMT<\r\n\r\n\x0c\r\n\x04"
)
IPTC_7901 = (
    "\x01hpa0042 3 pl 87  hpa 0311\r\n\nWahl/\r\n\x02Holm wählt neu =\r\n\r\n"
    "   Holm (hpa) - In Holm wird im Mai neu\r\ngewählt.\r\n   Das sagte der Rat.\r\n\n"
    "\x03042315 GMT Jan 19\r\n\x7f\x7f\x04\r\n"
)

REUTERS = """<!DOCTYPE lewis SYSTEM "lewis.dtd">
<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" CGISPLIT="TRAINING-SET" OLDID="5" NEWID="1">
<DATE>26-FEB-1987 15:01:01.79</DATE><TOPICS><D>ship</D></TOPICS>
<UNKNOWN>&#5;&#5;&#5;G&#22;&#1;f0704&#31;reute</UNKNOWN><TEXT>&#2;
<TITLE>HOLM FERRY LINE &lt;HFL> SOLD</TITLE><AUTHOR>    By Ada Lind, Reuters</AUTHOR>
<DATELINE>    HOLM, Feb 26 - </DATELINE><BODY>The ferry line of Holm was sold
&amp; will be renamed.
    The price is not known.
 Reuter
&#3;</BODY></TEXT>
</REUTERS>
<REUTERS TOPICS="NO" NEWID="2"><DATE> 1-MAR-1987 01:02:03.45</DATE><TEXT TYPE="BRIEF">&#2;
<TITLE>****HOLM HARBOUR CLOSED</TITLE>&#3;</TEXT></REUTERS>
"""


def rss(*items: str, head: str = "<title>Holm Courier</title><link>https://holm.example/</link>") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{head}<language>en-gb</language>{"".join(items)}'
        "</channel></rss>"
    )


def rss_item(number: int, text: str = "The tide came in.", *, full: str = "") -> str:
    content = f"<content:encoded><![CDATA[{full}]]></content:encoded>" if full else ""
    return (
        f"<item><title>Tide {number}</title><link>/tide/{number}</link><guid isPermaLink='false'>tide-{number}</guid>"
        f"<dc:creator>Ada Lind</dc:creator><pubDate>Tue, 05 Mar 2013 23:30:00 -0800</pubDate>"
        f"<description>{escape(text)}</description>{content}</item>"
    )


ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"
xml:base="https://tarn.example/"><title>La Tarn</title><entry><title type="html">Le &lt;b&gt;pont&lt;/b&gt;</title>
<id>tag:tarn,1</id><link href="pont.html"/><published>2011-02-03T00:10:00+02:00</published>
<updated>2012-01-01T00:00:00Z</updated><author><name>Ada Lind</name></author><summary>Court.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Le pont est ouvert.</p><p>Il est neuf.</p></div>
</content></entry></feed>"""

JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "Holm Notes",
"home_page_url": "https://h.example/", "language": "en",
"items": [{"id": "1", "url": "/1", "title": "Gulls", "content_html": "<p>Gulls are back.</p>",
"date_published": "2020-05-01T22:00:00-07:00", "authors": [{"name": "Ada Lind"}]},
{"id": "2", "title": "Only a title"}]}"""


def alto(
    *blocks: tuple[str, tuple[str, ...]], page: str = "1", version: str = "http://www.loc.gov/standards/alto/ns-v3#"
) -> str:
    """A page with these blocks: id and lines; a line that ends in `-` has its word given whole, as ALTO does it."""
    shown = "".join(_block(key, lines) for key, lines in blocks)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alto xmlns="{version}"><Layout><Page ID="P{page}" '
        f'PHYSICAL_IMG_NR="{page}"><TopMargin><TextBlock ID="M{page}"><TextLine><String CONTENT="HOLM COURIER"/>'
        f"</TextLine></TextBlock></TopMargin><PrintSpace>{shown}</PrintSpace></Page></Layout></alto>"
    )


def _block(key: str, lines: tuple[str, ...]) -> str:
    shown = []
    carried = ""
    for number, line in enumerate(lines):
        words = line.split()
        strings = []
        if carried:
            strings.append(f'<String CONTENT="{words[0]}" SUBS_TYPE="HypPart2" SUBS_CONTENT="{carried}{words[0]}"/>')
            words, carried = words[1:], ""
        for word in words:
            if word.endswith("-") and word == words[-1] and number + 1 < len(lines):
                carried = word[:-1]
                whole = carried + lines[number + 1].split()[0]
                strings.append(
                    f'<String CONTENT="{carried}" SUBS_TYPE="HypPart1" SUBS_CONTENT="{whole}"/><HYP CONTENT="-"/>'
                )
            else:
                strings.append(f'<String CONTENT="{escape(word)}"/><SP/>')
        shown.append(f'<TextLine HPOS="10" HEIGHT="20">{"".join(strings)}</TextLine>')
    return f'<TextBlock ID="{key}">{"".join(shown)}</TextBlock>'


PAGE_1 = alto(("A1", ("MARKET DAY",)), ("A2", ("The mar-", "ket of Holm was", "full, and the")), ("A9", ("Adverts",)))
PAGE_2 = alto(("B1", ("fair went on until dark.",)), ("B2", ("STORM",)), ("B3", ("A storm came in.",)), page="2")

METS = """<?xml version="1.0" encoding="UTF-8"?><mets:mets xmlns:mets="http://www.loc.gov/METS/"
xmlns:mods="http://www.loc.gov/mods/v3" xmlns:xlink="http://www.w3.org/1999/xlink">
<mets:dmdSec ID="ISSUE"><mets:mdWrap><mets:xmlData><mods:mods><mods:titleInfo><mods:title>Holm Courier</mods:title>
</mods:titleInfo><mods:language><mods:languageTerm>en</mods:languageTerm></mods:language><mods:originInfo>
<mods:dateIssued>01.08.1921</mods:dateIssued></mods:originInfo></mods:mods></mets:xmlData></mets:mdWrap></mets:dmdSec>
<mets:dmdSec ID="ART1"><mets:mdWrap><mets:xmlData><mods:mods><mods:titleInfo><mods:title>Market Day</mods:title>
</mods:titleInfo></mods:mods></mets:xmlData></mets:mdWrap></mets:dmdSec>
<mets:fileSec><mets:fileGrp ID="ALTO"><mets:file ID="F1" MIMETYPE="text/xml"><mets:FLocat xlink:href="file://./alto/1.xml"/>
</mets:file><mets:file ID="F2" MIMETYPE="text/xml"><mets:FLocat xlink:href="file://./alto/2.xml"/></mets:file>
</mets:fileGrp></mets:fileSec>
<mets:structMap TYPE="PHYSICAL"><mets:div TYPE="Newspaper"><mets:div TYPE="PAGE" ORDER="1" ORDERLABEL="3"><mets:fptr
FILEID="F1"/></mets:div><mets:div TYPE="PAGE" ORDER="2" ORDERLABEL="4"><mets:fptr><mets:area FILEID="F2"/></mets:fptr>
</mets:div></mets:div></mets:structMap>
<mets:structMap TYPE="LOGICAL"><mets:div TYPE="ISSUE" DMDID="ISSUE"><mets:div TYPE="ARTICLE" ID="D1" DMDID="ART1">
<mets:div TYPE="HEADING"><mets:fptr><mets:area FILEID="F1" BEGIN="A1"/></mets:fptr></mets:div><mets:div TYPE="BODY">
<mets:fptr><mets:area FILEID="F1" BEGIN="A2"/></mets:fptr><mets:fptr><mets:area FILEID="F2" BEGIN="B1"/></mets:fptr>
</mets:div></mets:div><mets:div TYPE="ARTICLE" ID="D2"><mets:div TYPE="HEADING"><mets:fptr><mets:area FILEID="F2"
BEGIN="B2"/></mets:fptr></mets:div><mets:div TYPE="BODY"><mets:fptr><mets:area FILEID="F2" BEGIN="B3"/></mets:fptr>
</mets:div></mets:div></mets:div></mets:structMap></mets:mets>"""

DIDL = """<didl:DIDL xmlns:didl="urn:mpeg:mpeg21:2002:02-DIDL-NS" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:dcx="http://x.example/"><didl:Item dc:identifier="h:1"><didl:Component><didl:Resource><dc:title>Holm Courier
</dc:title><dc:date>1813-11-16</dc:date><dc:language>en</dc:language></didl:Resource></didl:Component>
<didl:Item dc:identifier="h:1:p001"><dcx:nativePageNumber>5</dcx:nativePageNumber></didl:Item>
<didl:Item dc:identifier="h:1:a1"><didl:Component><didl:Descriptor><didl:Statement>ocr</didl:Statement>
</didl:Descriptor><didl:Resource ref="http://r.example/?urn=h:1:a1:ocr" dcx:filename="a1_articletext.xml"/>
</didl:Component><didl:Component><didl:Descriptor><didl:Statement>metadata</didl:Statement></didl:Descriptor><didl:Resource>
<dc:title>Herring sold</dc:title><dc:identifier>http://r.example/?urn=h:1:a1</dc:identifier></didl:Resource>
</didl:Component><didl:Component><dcx:article-part pageid="h:1:p001"><dcx:blocks alto="1.xml"><dcx:TextBlock ID="A2"/>
</dcx:blocks></dcx:article-part></didl:Component></didl:Item></didl:Item></didl:DIDL>"""
ARTICLE_TEXT = (
    '<?xml version="1.0" encoding="UTF-8"?><text><title></title><p>Herring sold well.</p><p>It was salted.</p></text>'
)

PAGE_XML = """<?xml version="1.0"?><PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page
imageFilename="7.tif"><ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="r2"/><RegionRefIndexed
index="1" regionRef="r1"/></OrderedGroup></ReadingOrder><TextRegion id="n" type="page-number"><TextEquiv><Unicode>12
</Unicode></TextEquiv></TextRegion><TextRegion id="r1" type="paragraph"><TextLine><TextEquiv><Unicode>The har-</Unicode>
</TextEquiv></TextLine><TextLine><TextEquiv><Unicode>bour froze.</Unicode></TextEquiv></TextLine></TextRegion>
<TextRegion id="r2" type="heading"><TextLine><TextEquiv><Unicode>A hard winter</Unicode></TextEquiv></TextLine>
</TextRegion></Page></PcGts>"""

HOCR = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head>
<meta name='ocr-system' content='tesseract'/></head><body>
<div class='ocr_page' title='bbox 0 0 9 9; ppageno 3'>
<p class='ocr_par'><span class='ocr_line' title='bbox 1 1 8 3'><span class='ocrx_word'>Snow</span>
<span class='ocrx_word'>fell-</span></span><span class='ocr_line' title='bbox 1 4 8 6'>
<span class='ocrx_word'>ing</span>
<span class='ocrx_word'>trees.</span></span></p></div></body></html>"""

RECORDS = """<?xml version="1.0"?><Export><Story><NewsID>8</NewsID><PublishDate>2018-01-30T17:32:18</PublishDate>
<headline>Ice on the Tarn</headline><byLine>Ada Lind</byLine><origin>/hpa/</origin>
<content>&lt;p&gt;The Tarn is frozen.&lt;/p&gt;&lt;p&gt;Skaters came.&lt;/p&gt;</content></Story></Export>"""

JATS = """<article xmlns:xlink="http://www.w3.org/1999/xlink" xml:lang="en"><front><journal-meta><journal-title-group>
<journal-title>Journal of Ferries</journal-title></journal-title-group><publisher><publisher-name>Holm Press
</publisher-name></publisher></journal-meta><article-meta><article-id pub-id-type="doi">10.1234/ferry.7</article-id>
<title-group><article-title>Forty ships in <italic>one</italic> night</article-title></title-group><contrib-group>
<contrib contrib-type="author"><name><surname>Lind</surname><given-names>Ada</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>Roe</surname><given-names>Jon</given-names></name></contrib>
<contrib contrib-type="author"><collab>The Harbour Group</collab></contrib></contrib-group>
<pub-date pub-type="ppub"><year>2020</year></pub-date>
<pub-date pub-type="epub"><day>3</day><month>5</month><year>2019</year></pub-date>
<abstract><p>Ships were counted.</p></abstract></article-meta></front><body><sec><title>Counting</title>
<p>The keeper counted<xref rid="r1">1</xref> forty ships.</p><list><list-item><p>Ten came early.</p></list-item>
</list></sec></body><back><ref-list><ref id="r1"><mixed-citation>Someone. A paper.</mixed-citation></ref></ref-list>
</back></article>"""
TEI = """<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt>
<title>The Holm Courier, an edition</title><author>Lind, Ada</author></titleStmt><publicationStmt><publisher>
Text Archive</publisher><date when="2001"/></publicationStmt><sourceDesc><bibl><publisher>Holm Courier</publisher>
<date when="1899-05-03">3 May</date></bibl></sourceDesc></fileDesc><profileDesc><langUsage><language ident="en"/>
</langUsage></profileDesc></teiHeader><text><body><div type="article"><head>Forty ships</head><p>They came <lb/>home.
<note>An editor's note.</note></p></div><div type="article"><head>A mill</head><p>It was sold.</p></div></body></text>
</TEI>"""
WIKI = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" version="0.10" xml:lang="en"><siteinfo>
<sitename>Holmpedia</sitename><base>https://holm.example/wiki/Main_Page</base></siteinfo>
<page><title>Forty ships</title><ns>0</ns><id>7</id>
<revision><timestamp>2018-01-01T00:00:00Z</timestamp><text>Old words.</text></revision>
<revision><timestamp>2019-05-03T10:00:00Z</timestamp><text xml:space="preserve">{{Infobox|name={{PAGENAME}}}}
'''Forty ships''' were counted at [[Holm (town)|Holm]].&lt;ref&gt;A source&lt;/ref&gt; They came
home.

== History ==
* The [https://x.example first] came early.
[[File:Lamp.jpg|thumb|A [[lamp]]]]
{| class="wikitable"
| a || b
|}
== See also ==
[[Category:Ships]]</text></revision></page>
<page><title>Ships</title><ns>0</ns><id>8</id><redirect title="Forty ships"/><revision><text>#REDIRECT [[Forty ships]]
</text></revision></page><page><title>Talk:Forty ships</title><ns>1</ns><id>9</id><revision><text>Is it so?</text>
</revision></page></mediawiki>"""

FILES: dict[str, bytes] = {
    "jats.xml": JATS.encode(),
    "tei.xml": TEI.encode(),
    "wiki.xml": WIKI.encode(),
    "nitf.xml": NITF.encode(),
    "newsml.xml": message(news_item(), news_item("urn:newsml:holm:2")).encode(),
    "newsml1.xml": NEWSML_1.encode("latin-1"),
    "ninjs.json": NINJS.encode(),
    "wire.txt": (WIRE + IPTC_7901).encode("cp1252"),
    "reuters.sgm": REUTERS.encode(),
    "feed.rss": rss(rss_item(1), rss_item(2, full="<p>High water.</p>")).encode(),
    "feed.atom": ATOM.encode(),
    "feed.json": JSON_FEED.encode(),
    "alto.xml": PAGE_1.encode(),
    "mets.xml": METS.encode(),
    "didl.xml": DIDL.encode(),
    "text.xml": ARTICLE_TEXT.encode(),
    "page.xml": PAGE_XML.encode(),
    "page.hocr": HOCR.encode(),
    "records.xml": RECORDS.encode(),
}
"""A whole file of each kind."""
