from __future__ import annotations

import base64
from pathlib import Path

import pytest
from documents import BODY, LEAD, docx, word

from retrieval.reading import Limits, read_articles
from retrieval.reading.mailings import is_noise
from retrieval.reading.mime import decoded_words, parsed
from retrieval.types import Article, Skipped

HEAD = (
    "From: Jane Doe <jane@coast.example>\nTo: all@coast.example\nDate: Wed, 3 Mar 2004 23:30:00 -0500\n"
    "MIME-Version: 1.0\n"
)
SUBJECT = "Subject: A Lamp Is Lit\n"


def read(
    tmp_path: Path, message: str | bytes, name: str = "a.eml", limits: Limits | None = None
) -> list[Article | Skipped]:
    (tmp_path / name).write_bytes(message if isinstance(message, bytes) else message.encode())
    return list(read_articles(tmp_path / name, name, limits or Limits()))


def one(tmp_path: Path, message: str | bytes, name: str = "a.eml") -> Article:
    (item,) = read(tmp_path, message, name)
    assert isinstance(item, Article), item
    return item


def alternatives(plain: str, html: str, kind: str = "alternative") -> str:
    return (
        f'Content-Type: multipart/{kind}; boundary="b1"\n\n--b1\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n'
        f"--b1\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b1--\n"
    )


def test_a_message_is_an_article_with_sender_day_and_subject(tmp_path: Path) -> None:
    article = one(tmp_path, HEAD + SUBJECT + f"\n{LEAD}\n\n{BODY}\n")
    assert (article.title, article.authors, article.published) == ("A Lamp Is Lit", ("Jane Doe",), "2004-03-03")
    assert (article.publisher, article.url, article.format) == (None, None, "email")
    assert article.text == f"{LEAD}\n\n{BODY}"


def test_a_newsletter_is_by_its_list_and_without_what_mailings_add(tmp_path: Path) -> None:
    html = f"""<html><body><div style="display:none">Preview of the lamp</div><table role="presentation"><tr><td>
      <a href="https://coast.example/issue/7">View this email in your browser</a></td></tr>
      <tr><td><h1>A Lamp Is Lit</h1>
      <p>By John Roe</p><p>{LEAD}</p></td></tr><tr><td><p>{BODY}</p></td></tr><tr><td><p>You are receiving this email
      because you signed up. <a href="#">Unsubscribe</a></p></td></tr></table></body></html>"""
    head = HEAD.replace("Jane Doe", "Coast Courier News") + "List-Id: Coast Courier Daily <daily.coast.example>\n"
    article = one(tmp_path, head + SUBJECT + alternatives("See the web version.", html))
    assert article.text == f"A Lamp Is Lit\n\n{LEAD}\n\n{BODY}"
    assert (article.publisher, article.authors) == ("Coast Courier News", ("John Roe",))
    assert article.url == "https://coast.example/issue/7"


def test_the_plain_text_is_taken_where_it_says_far_more(tmp_path: Path) -> None:
    article = one(tmp_path, HEAD + SUBJECT + alternatives(f"{LEAD}\n\n{BODY}", "<p>See the text.</p>"))
    assert article.text == f"{LEAD}\n\n{BODY}"


def test_archived_at_is_the_address_and_a_lists_mark_is_no_part_of_the_subject(tmp_path: Path) -> None:
    head = HEAD + "Archived-At: <https://lists.coast.example/m/12>\nList-Archive: <https://lists.coast.example/>\n"
    article = one(tmp_path, head + f"Subject: [coast] Fwd: A Lamp\n\n{LEAD}\n")
    assert (article.url, article.title) == ("https://lists.coast.example/m/12", "A Lamp")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("=?utf-8?Q?Caf=C3=A9_au?= =?utf-8?B?IGxhaXQ=?=", "Café au lait"),
        ("=?iso-8859-1?q?=DCber?= alles", "Über alles"),
        ("=?utf-8?B?ww==?= =?utf-8?B?qQ==?=", "é"),
        ("=?windows-1252?Q?Lamp’s_end?=", "Lamp’s end"),
        ("=?nonsense?Q?a=3D?=", "a="),
        ("plain ü", "plain ü"),
    ],
)
def test_encoded_words_are_read(written: str, read_as: str) -> None:
    assert decoded_words(written) == read_as


def test_flowed_lines_and_odd_charsets_are_read(tmp_path: Path) -> None:
    flowed = (
        "Content-Type: text/plain; charset=utf-8; format=flowed\n\nThe lamp \nis lit.\n\n> She \n> "
        "said "
        "so.\n-- "
        "\nJane\n"
    )
    assert one(tmp_path, HEAD + SUBJECT + flowed).text == "The lamp is lit.\n\n> She said so.\n\nJane"
    koi = b"Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n"
    body = base64.b64encode("Маяк снова зажгли в понедельник.".encode("koi8_r"))
    assert one(tmp_path, (HEAD + SUBJECT).encode() + koi + body).text == "Маяк снова зажгли в понедельник."


def test_what_is_attached_is_read_and_pictures_are_counted(tmp_path: Path) -> None:
    document = base64.b64encode(docx(word("A Harbour", "Title") + word(BODY))).decode()
    message = (
        HEAD + SUBJECT + f'Content-Type: multipart/mixed; boundary="m"\n\n--m\n\n{LEAD}\n--m\nContent-Type: image/png\n'
        "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--m\nContent-Type: application/octet-stream; "
        'name="h.docx"\n'
        f"Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n{document}\n--m\n"
        f"Content-Type: message/rfc822\n\nFrom: John Roe <j@coast.example>\nSubject: Inner\n\n{BODY}\n--m--\n"
    )
    letter, attached, inner, pictures = read(tmp_path, message)
    assert isinstance(letter, Article)
    assert letter.text == LEAD
    assert isinstance(attached, Article)
    assert (attached.title, attached.text, attached.record, attached.format) == ("A Harbour", BODY, "h.docx", "docx")
    assert isinstance(inner, Article)
    assert (inner.title, inner.authors, inner.record) == ("Inner", ("John Roe",), "part 2")
    assert isinstance(pictures, Skipped)
    assert "1 of type image/png" in pictures.reason


def test_a_mailbox_is_read_message_by_message(tmp_path: Path) -> None:
    def message(number: int, body: str) -> str:
        return (
            f"From jane@coast.example Wed Mar  3 23:30:00 2004\n{HEAD}Message-ID: <{number}@x>\n{SUBJECT}\n{body}\n\n"
        )

    box = message(1, LEAD + "\n\n>From here on it is quoted.") + message(2, BODY) + message(2, BODY) + message(3, "")
    first, second, twice, empty = read(tmp_path, box, "box")
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.record, second.record) == ("1@x", "2@x")
    assert first.text.endswith("From here on it is quoted.")
    assert isinstance(twice, Skipped)
    assert (twice.path, "stored twice" in twice.reason) == ("box at message 3", True)
    assert isinstance(empty, Skipped)
    assert "no text" in empty.reason


def test_a_message_that_is_too_long_costs_itself_alone(tmp_path: Path) -> None:
    start = "From jane@coast.example Wed Mar  3 23:30:00 2004\n" + HEAD + SUBJECT
    box = f"{start}\n{'long ' * 2000}\n\n{start}\n{LEAD}\n"
    skipped, article = read(tmp_path, box, "box", Limits(file_bytes=4000))
    assert isinstance(skipped, Skipped)
    assert isinstance(article, Article)
    assert article.text == LEAD


def test_a_message_that_was_cut_off_gives_its_text_and_says_so(tmp_path: Path) -> None:
    whole = HEAD + SUBJECT + alternatives(LEAD, f"<p>{BODY}</p>", "mixed")
    article, skipped = read(tmp_path, whole[: whole.index("--b1--")])
    assert isinstance(article, Article)
    assert article.text == f"{LEAD}\n\n{BODY}"
    assert isinstance(skipped, Skipped)
    assert "cut off" in skipped.reason


def test_plain_text_with_a_header_of_its_own_is_no_mail(tmp_path: Path) -> None:
    article = one(tmp_path, f"Title: A Lamp\nDate: 3 March 2004\nSource: Coast Courier\n\n{LEAD}\n", "a.txt")
    assert article.format == "text"


def mhtml(html: str, location: str = "https://coast.example/lamp", boundary: str = 'boundary="q"') -> str:
    return (
        f"From: <Saved by Blink>\nSnapshot-Content-Location: {location}\nSubject: A Lamp\n"
        "Date: Wed, 3 Mar 2004 23:30:00 -0000\nMIME-Version: 1.0\nContent-Type: multipart/related; "
        f'type="text/html"; {boundary}\n\n'
        "--q\nContent-Type: text/html\nContent-Location: https://ads.example/frame\n\n<p>Buy a lamp now, cheap.</p>\n"
        "--q\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\nContent-Location: "
        f"{location}\n\n{html}\n"
        "--q\nContent-Type: text/css\n\nbody {}\n--q--\n"
    )


def test_a_saved_page_knows_its_address_and_when_it_was_seen(tmp_path: Path) -> None:
    page = (
        f"<!DOCTYPE html><html><head><title>A Lamp</title></head><body><p>{LEAD}</p><p>Caf=C3=A9 {BODY}</p><"
        "/body>"
        "</html>"
    )
    article = one(tmp_path, mhtml(page), "a.mhtml")
    assert article.text == f"{LEAD}\n\nCafé {BODY}"
    assert (article.url, article.first_seen, article.last_seen) == (
        "https://coast.example/lamp",
        "2004-03-03",
        "2004-03-03",
    )
    assert (article.published, article.format, article.title) == (None, "mhtml", "A Lamp")


def test_a_saved_page_without_a_boundary_or_an_end_gives_what_is_there(tmp_path: Path) -> None:
    page = f"<html><body><p>{LEAD}</p><p>{BODY}</p></body></html>"
    assert one(tmp_path, mhtml(page, boundary=""), "a.mht").text == f"{LEAD}\n\n{BODY}"
    article, skipped = read(tmp_path, mhtml(page).split("--q\nContent-Type: text/css")[0], "a.mht")
    assert isinstance(article, Article)
    assert isinstance(skipped, Skipped)
    assert "cut off" in skipped.reason
    (nothing,) = read(tmp_path, mhtml("<html><head>").split("--q\nContent-Type: text/css")[0], "a.mht")
    assert isinstance(nothing, Skipped)


def test_headers_without_end_are_refused() -> None:
    from retrieval.errors import ReadError

    with pytest.raises(ReadError, match="headers are longer"):
        parsed(b"A: b\n" * 100_000)


@pytest.mark.parametrize(
    "text",
    ["Unsubscribe", "View this email in your browser", "Follow us | Privacy Policy | Contact us", "Sent from my iPhone",
     "If you no longer wish to receive these emails, you can unsubscribe here.", "Update your preferences"],
)  # fmt: skip
def test_what_mailings_add_is_known(text: str) -> None:
    assert is_noise(text)


@pytest.mark.parametrize("text", [LEAD, BODY, "The council shared the plan on Monday.", "Help came late."])
def test_what_articles_say_is_not_taken_for_it(text: str) -> None:
    assert not is_noise(text)


def test_a_message_tells_which_header_or_line_each_thing_was_taken_from(tmp_path: Path) -> None:
    article = one(tmp_path, f"{HEAD}{SUBJECT}Content-Type: text/plain\n\n{LEAD}\n\n{BODY}\n")
    assert dict(article.origins) | {"publisher": ""} == {
        "title": "the header Subject", "authors": "the header From", "published": "the header Date", "publisher": "",
    }  # fmt: skip
    signed = one(tmp_path, f"{HEAD}{SUBJECT}Content-Type: text/plain\n\nBy John Roe\n\n{LEAD}\n\n{BODY}\n")
    assert (signed.authors, dict(signed.origins)["authors"]) == (("John Roe",), "the byline")
