"""Issues whose articles are named in a list of contents of its own, beside the file that names the pages."""

from __future__ import annotations

from pathlib import Path

import newsroom
import pytest

from retrieval.reading import Limits, Siblings, issue_parts, read_articles
from retrieval.types import Article, Skipped

METS = 'xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
MANIFEST = f"""<?xml version="1.0"?><mets {METS}>
<dmdSec ID="D1"><mdRef LOCTYPE="ARK" xlink:href="ark:/1/2" MDTYPE="DC"/></dmdSec>
<dmdSec ID="D2"><mdWrap MDTYPE="DC"><xmlData><dc:title>1921-03-04 (An 2, No 7)</dc:title><dc:date>1921-03-04</dc:date>
<dc:publisher>{{publisher}}</dc:publisher></xmlData></mdWrap></dmdSec>
<fileSec><fileGrp USE="master"><file ID="m.1" MIMETYPE="image/jp2"><FLocat xlink:href="master/1.jp2"/></file></fileGrp>
<fileGrp USE="ocr"><file ID="ocr.1" MIMETYPE="text/xml"><FLocat xlink:href="ocr/X1.xml"/></file></fileGrp>
<fileGrp USE="toc"><file ID="toc.1" MIMETYPE="text/xml"><FLocat xlink:href="toc/T1.xml"/></file></fileGrp></fileSec>
<structMap TYPE="physical"><div TYPE="set" DMDID="D1"><div TYPE="group" DMDID="D2"><div TYPE="object" ORDERLABEL="5">
<fptr FILEID="m.1"/><fptr FILEID="ocr.1"/></div></div></div></structMap>
<structMap TYPE="toc"><div TYPE="set"><div TYPE="object"><fptr FILEID="toc.1"/></div></div></structMap></mets>"""
CONTENTS = f"""<?xml version="1.0"?><mets {METS} xmlns:mods="http://www.loc.gov/mods/v3">
<dmdSec ID="D5"><mdWrap MDTYPE="MODS"><xmlData><mods:mods><mods:titleInfo><mods:title>LE PHARE</mods:title>
</mods:titleInfo><mods:name><mods:namePart>ADA LIND.</mods:namePart><mods:role><mods:roleTerm>Author</mods:roleTerm>
</mods:role></mods:name></mods:mods></xmlData></mdWrap></dmdSec><structMap TYPE="logical"><div TYPE="ISSUE">
<div ID="DIV.9" TYPE="ARTICLE" DMDID="D5"><div TYPE="HEADING"><div TYPE="TITLE"><fptr><seq><area FILEID="ocr.1"
BEGIN="B1"/></seq></fptr></div></div><div TYPE="BODY"><div TYPE="PARAGRAPH"><fptr><area FILEID="ocr.1" BEGIN="B2"/>
</fptr></div></div></div><div ID="DIV.10" TYPE="ARTICLE" LABEL="Le bac"><div TYPE="BODY"><fptr><area FILEID="ocr.1"
BEGIN="B3"/></fptr></div></div></div></structMap></mets>"""
PAGE = newsroom.alto(("B1", ("LE PHARE",)), ("B2", ("Le phare brille.",)), ("B3", ("Le bac est au quai.",)))


def issue(folder: Path, files: dict[str, str]) -> tuple[list[Article], list[str], dict[str, str | None]]:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(data, encoding="utf-8")
    siblings = Siblings("1/manifest.xml", {name: folder / name for name in files})
    items = list(read_articles(folder / "1/manifest.xml", "1/manifest.xml", Limits(), siblings))
    return (
        [item for item in items if isinstance(item, Article)],
        [item.reason for item in items if isinstance(item, Skipped)],
        issue_parts(folder / "1/manifest.xml", Limits(), siblings),
    )


FILES = {"1/manifest.xml": MANIFEST.format(publisher="La Côte"), "1/ocr/X1.xml": PAGE, "1/toc/T1.xml": CONTENTS}


def test_the_articles_are_those_of_the_list_of_contents(tmp_path: Path) -> None:
    (first, second), skipped, parts = issue(tmp_path, FILES)
    assert (first.title, first.authors, first.text) == ("LE PHARE", ("Ada Lind",), "Le phare brille.")
    assert (second.title, second.text, second.record) == ("Le bac", "Le bac est au quai.", "DIV.10")
    assert (first.publisher, first.published, first.pages) == ("La Côte", "1921-03-04", ((0, "5"),))
    assert skipped == []
    assert parts == {"ocr/X1.xml": "1/ocr/X1.xml", "toc/T1.xml": "1/toc/T1.xml"}


@pytest.mark.parametrize("contents", [None, "no list", "<mets/>"])
def test_without_a_list_of_contents_that_can_be_read_each_page_is_an_article(
    tmp_path: Path, contents: str | None
) -> None:
    files = {name: data for name, data in FILES.items() if "toc" not in name or contents}
    (whole,), skipped, _ = issue(tmp_path, files | ({"1/toc/T1.xml": contents} if contents else {}))
    assert "Le phare brille." in whole.text
    assert "Le bac est au quai." in whole.text
    assert len(skipped) == (contents == "no list")


def test_an_issues_number_or_an_unknown_publisher_is_no_newspapers_name(tmp_path: Path) -> None:
    (first, _), _, _ = issue(tmp_path, FILES | {"1/manifest.xml": MANIFEST.format(publisher="[s.n.]")})
    assert (first.publisher, first.published) == (None, "1921-03-04")
