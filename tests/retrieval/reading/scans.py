"""Digitised newspapers in the forms of their programs, of invented text."""

from __future__ import annotations

OLIVE = """<?xml version="1.0" encoding="windows-1252" standalone="no"?>
<XMD-entity REPOSITORY_FORMAT="1.0" ENTITY_TYPE="Article" PAGE_NO="3" ID="Ar00301" LANGUAGE="{language}">
 <Meta NAME="{name}" BASE_HREF="{place}" PUBLICATION="Coast Gazette" ISSUE_DATE="{issued}" PAGE_LABEL="3"/>
 <Link SOURCE="x.pdf"/>{headline}
 <Content><Primitive ID="a" SEQ_NO="0">
  <L BOX="0 0 9 9" P="SA"/><W>The</W><W NS="y">lamp</W><W>,</W><W>long</W><W NS="y">dark</W><W>,</W><Q QID="1">bu</Q>
  <Q QID="1">-</Q><L BOX="0 9 9 9"/><q QID="1">rns</q><QW QID="1">burns</QW><W NS="y">again</W><W>.</W>
  <L P="SA"/><W>Its</W><W>keeper</W><Q QID="2">l</Q><Q QID="2">'</Q><q QID="2" NS="y">Ami</q><QW QID="2">l'Ami</QW>
  <W>,</W><W>who</W></Primitive>
  <Primitive ID="b" SEQ_NO="1"><L/><W>rowed</W><W>here</W><W NS="y">alone</W><W>.</W></Primitive></Content>
</XMD-entity>"""
HEADLINE = '<HedLine_hl1><Primitive ID="h"><L/><W>The</W><W>Lamp</W><W>Burns</W></Primitive></HedLine_hl1>'
ABBYY = "http://www.abbyy.com/FineReader_xml/FineReader10-schema-v1.xml"


def olive(
    name: str = "Untitled Article", place: str = "COA/1901/09/03", issued: str = "03/09/1901", headline: str = HEADLINE
) -> str:
    return OLIVE.format(name=name, place=place, issued=issued, headline=headline, language="English")


def characters(text: str) -> str:
    return "\n".join(f'<charParams l="1" suspicious="1">{letter}</charParams>' for letter in text)


def paragraph(*lines: str, size: str = "9.", language: str = "FrenchStandard", apart: bool = True) -> str:
    made = "".join(
        f'<line l="10" t="{10 * at}" b="{10 * at + 8}"><formatting lang="{language}" fs="{size}">'
        f"{characters(line) if apart else line}</formatting></line>\n"
        for at, line in enumerate(lines)
    )
    return f"<par>\n{made}</par>"


def block(*paragraphs: str, kind: str = "Text") -> str:
    return f'<block blockType="{kind}" l="1" t="1" r="9" b="9"><region/><text>{"".join(paragraphs)}</text></block>'


def tetml(*pages: str) -> str:
    """The text of a PDF, each of its pages a paragraph, behind one that repeats the title."""

    def word(text: str) -> str:
        return f'<Word><Text>{text}</Text><Box llx="1"><Glyph x="1">{text[0]}</Glyph></Box></Word>'

    def para(text: str) -> str:
        return f"<Para><Box>{''.join(word(part) for part in text.split())}</Box></Para>"

    made = "".join(
        f'<Page number="{at}"><Content>{para("The Lamp") if at == 1 else ""}{para(page)}</Content></Page>'
        for at, page in enumerate(pages, start=1)
    )
    return (
        '<TET xmlns="http://www.pdflib.com/XML/TET3/TET-3.0" version="3"><Creation/><Document filename="x.pdf">'
        "<DocInfo><Author>Ann Reed</Author><CreationDate>2009-01-02T00:00:00</CreationDate><Title>The Lamp</Title>"
        f"</DocInfo><Pages>{made}</Pages></Document></TET>"
    )


FILES = {
    "olive.xml": olive().encode("cp1252"),
    "abbyy.xml": f'<document xmlns="{ABBYY}"><page>{block(paragraph("Une lampe."))}</page><page/></document>'.encode(),
    "tetml.xml": tetml("It burns again.", "So they say.").encode(),
}
"""A whole file of each kind."""
