"""Documents of every kind, made here of invented text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

LEAD = "The lighthouse at Saltmarsh was lit again on Monday night, after two winters in which no keeper could be found."
BODY = (
    "The keeper, who came from the islands, said that the lamp had taken her four days to clean and an hour to light."
)

Words = tuple[float, float, float, str]
"""Left and foot in points, size, text."""


def _placed(left: float, foot: float, turn: int) -> str:
    """The matrix of a line that stands there once an A4 page is turned back by so many quarters with the clock."""
    return (
        f"1 0 0 1 {left} {foot}", f"0 -1 1 0 {foot} {842 - left}", f"-1 0 0 -1 {595 - left} {842 - foot}",
        f"0 1 -1 0 {595 - foot} {left}",
    )[turn]  # fmt: skip


def pdf(
    pages: Sequence[Iterable[Words]], info: str = "", labels: str = "", extra: str = "", turn: int = 0, page: str = ""
) -> bytes:
    """A PDF with these lines of Helvetica on its pages (A4), turned by so many quarters with the clock."""
    objects: list[str] = ["", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    kids = []
    for lines in pages:
        content = "\n".join(
            f"BT /F1 {size} Tf {_placed(left, foot, turn)} Tm ({_escaped(text)}) Tj ET"
            for left, foot, size, text in lines
        )
        objects.append(f"<< /Length {len(content.encode('cp1252'))} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent PAGES /MediaBox [0 0 595 842] {page} /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 2 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects.append(f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>")
    tree = f"{len(objects)} 0 R"
    objects[0] = f"<< /Type /Catalog /Pages {tree} {labels} >>"
    objects.append(f"<< {info} >>")
    out = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out.encode("cp1252")))
        out += f"{number} 0 obj\n{body.replace('PAGES', tree)}\nendobj\n"
    start = len(out.encode("cp1252"))
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(
        f"{place:010d} 00000 n \n" for place in places
    )
    out += (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R {extra} >>\nstartxref\n"
        f"{start}\n%%EOF\n"
    )
    return out.encode("cp1252")


def _escaped(text: str) -> str:
    return text.replace("(", "\\(").replace(")", "\\)")


def column(left: float, top: float, lines: Iterable[str], size: float = 10) -> list[Words]:
    """Lines below each other."""
    return [(left, top - 12 * number, size, text) for number, text in enumerate(lines)]


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts, the first one not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(parts.items()):
            archive.writestr(name, content, zipfile.ZIP_STORED if number == 0 else zipfile.ZIP_DEFLATED)
    return out.getvalue()


_CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="O/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def epub(documents: Mapping[str, str], metadata: str = "", titles: Mapping[str, str] | None = None) -> bytes:
    """An EPUB with these bodies in this order; `titles` is its table of contents."""
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(documents)
    )
    order = "".join(f'<itemref idref="i{n}"/>' for n in range(len(documents)))
    links = "".join(f'<li><a href="{name}">{title}</a></li>' for name, title in (titles or {}).items())
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata><manifest>{items}'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        f"<spine>{order}</spine></package>"
    )
    page = (
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>{}</html>'
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": _CONTAINER,
            "O/book.opf": package,
            "O/nav.xhtml": page.format(f"<body><nav><ol>{links}</ol></nav></body>"),
            **{f"O/{name}": page.format(body) for name, body in documents.items()},
        }
    )


def docx(body: str, core: str = "", notes: str = "", styles: str = "") -> bytes:
    """A Word document with this XML in its body."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "word/document.xml": f'<?xml version="1.0"?><w:document {space}><w:body>{body}</w:body></w:document>',
        "word/styles.xml": f"<w:styles {space}>{styles}</w:styles>",
        "docProps/core.xml": '<cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:dcterms="t">{core}</cp:coreProperties>',
    }
    if notes:
        parts["word/footnotes.xml"] = f"<w:footnotes {space}>{notes}</w:footnotes>"
    return zipped(parts)


def word(text: str, style: str = "", extra: str = "") -> str:
    """A paragraph of a Word document."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{extra}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def odt(body: str, meta: str = "", styles: str = "") -> bytes:
    """An OpenDocument text with this XML in its body."""
    spaces = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {spaces}><office:automatic-styles>{styles}<"
            "/office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {spaces}><office:meta>{meta}</office:meta></office:document-meta>",
        }
    )
