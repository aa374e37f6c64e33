"""Letters that say little of themselves, say it wrongly, or are wrapped in armour."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

import pytest
from documents import BODY, LEAD

from retrieval.reading import read_articles
from retrieval.types import Article, Skipped

HEAD = "From: Jane Doe <jane@coast.example>\nTo: all@coast.example\n"
SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}\n\n- -- \nThe harbour board\n"
    "-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v2\n\niQEcBAEBCAAGBQJV3\n=abcd\n-----END PGP SIGNATURE-----\n"
)
SEALED = (
    "-----BEGIN PGP MESSAGE-----\nVersion: GnuPG v2\n\nhQIOAwTJ0obO8knpEAgAiSHHrzUzh9J\n-----END PGP MESSAGE-----\n"
)
CHINESE = "港口的灯又亮了。渡轮明天开始运行。" * 60


def read(folder: Path, message: str | bytes, name: str = "a.txt") -> list[Article | Skipped]:
    (folder / name).write_bytes(message if isinstance(message, bytes) else message.encode())
    return list(read_articles(folder / name, name))


def one(folder: Path, message: str | bytes, name: str = "a.txt") -> Article:
    (item,) = read(folder, message, name)
    assert isinstance(item, Article), item
    return item


def uuencoded(data: bytes) -> str:
    lines = [binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45)]
    return "begin 644 tide.txt\n" + "".join(lines) + "`\nend\n"


@pytest.mark.parametrize("fields", ["Subject: A Lamp\n", "Date: Wed, 3 Mar 2004 23:30:00 -0500\nSubject: A Lamp\n"])
def test_a_letter_with_few_headers_is_one_whatever_its_file_is_called(tmp_path: Path, fields: str) -> None:
    item = one(tmp_path, HEAD + fields + f"\n{LEAD}\n")
    assert (item.title, item.authors, item.text, item.format) == ("A Lamp", ("Jane Doe",), LEAD, "email")


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n",
        "MIME-Version: 1.0\nContent-Disposition: inline\nContent-Transfer-Encoding: base64\n",
        'Content-Type: text/plain;\n charset="utf-8"\nContent-Transfer-Encoding: base64\n',
    ],
)
def test_a_part_of_a_message_by_itself_is_decoded(tmp_path: Path, fields: str) -> None:
    assert one(tmp_path, fields + "\n" + base64.encodebytes(LEAD.encode()).decode()).text == LEAD


@pytest.mark.parametrize(
    "text",
    [
        f"From: the harbour board\nTo: all who fish\n\n{LEAD}\n",
        f"Date: 3 March 2004\nSubject: Lamps\nAuthor: John Roe\n\n{LEAD}\n",
        f"Content-Type: what a server says of a page\n\n{LEAD}\n",
    ],
)
def test_a_text_that_only_looks_a_little_like_a_letter_stays_a_text(tmp_path: Path, text: str) -> None:
    assert one(tmp_path, text).format == "text"


def test_a_letter_without_the_blank_line_behind_its_headers_is_read(tmp_path: Path) -> None:
    item = one(tmp_path, HEAD + "Subject: A Lamp\n" + LEAD + "\n")
    assert (item.title, item.text) == ("A Lamp", LEAD)


def test_a_mailbox_whose_messages_begin_with_from_and_a_dash_is_one(tmp_path: Path) -> None:
    letter = HEAD + "Subject: {}\n\n" + LEAD + "\n\n"
    items = read(tmp_path, "From -\n" + letter.format("A Lamp") + "From -\n" + letter.format("A Tide"), "a.mbox")
    assert [item.title for item in items if isinstance(item, Article)] == ["A Lamp", "A Tide"]


def test_a_signed_letters_armour_is_taken_off(tmp_path: Path) -> None:
    item = one(tmp_path, HEAD + "Subject: A Lamp\n\n" + SIGNED.format(text=f"{LEAD}\n\n{BODY}"))
    assert item.text == f"{LEAD}\n\n{BODY}\n\nThe harbour board"


def test_what_is_encrypted_in_a_letter_is_told_and_is_no_text(tmp_path: Path) -> None:
    item, told = read(tmp_path, HEAD + f"Subject: A Lamp\n\n{LEAD}\n\n{SEALED}\n{BODY}\n")
    assert isinstance(item, Article)
    assert item.text == f"{LEAD}\n\n{BODY}"
    assert isinstance(told, Skipped)
    assert "pgp-encrypted" in told.reason
    (alone,) = read(tmp_path, HEAD + f"Subject: A Lamp\n\n{SEALED}")
    assert isinstance(alone, Skipped)
    assert "no text, only 1 of type application/pgp-encrypted" in alone.reason


@pytest.mark.parametrize(
    ("opening", "kind"),
    [
        ("PGP MESSAGE", "an encrypted message"), ("PGP PUBLIC KEY BLOCK", "a key"), ("PGP SIGNATURE", "a signature"),
        ("CERTIFICATE", "a certificate"),
    ],
)  # fmt: skip
def test_armour_by_itself_is_refused_as_what_it_is(tmp_path: Path, opening: str, kind: str) -> None:
    (item,) = read(tmp_path, f"-----BEGIN {opening}-----\nhQIOAwTJ0obO8knp\n-----END {opening}-----\n")
    assert isinstance(item, Skipped)
    assert kind in item.reason


@pytest.mark.parametrize("cut", [0, 5])
def test_a_file_that_is_uuencoded_in_a_letter_is_attached_to_it(tmp_path: Path, cut: int) -> None:
    packed = uuencoded(f"{BODY}\n\n{LEAD}\n".encode())
    first, second = read(tmp_path, HEAD + f"Subject: A Lamp\n\n{LEAD}\n\n{packed[: len(packed) - cut]}")
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.text, second.text, second.record) == (LEAD, f"{BODY}\n\n{LEAD}", "tide.txt")


def test_a_sentence_that_begins_with_begin_is_no_file(tmp_path: Path) -> None:
    assert "begin 100 days" in one(tmp_path, HEAD + "Subject: A Lamp\n\nThey\nbegin 100 days of rest\nhere now.\n").text


def test_text_that_is_said_to_be_base64_and_is_not_is_read_as_it_stands(tmp_path: Path) -> None:
    head = HEAD + "Subject: A Lamp\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"
    assert one(tmp_path, head + LEAD + "\n").text == LEAD


def test_a_header_in_eight_bits_is_in_the_charset_of_the_text(tmp_path: Path) -> None:
    head = HEAD + "Subject: 港口的灯\nMIME-Version: 1.0\nContent-Type: text/plain; charset=gb2312\n\n"
    item = one(tmp_path, (head + CHINESE).encode("gb2312"))
    assert (item.title, item.text) == ("港口的灯", CHINESE)


def test_text_said_to_be_ascii_that_is_not_is_in_the_likeliest_encoding(tmp_path: Path) -> None:
    head = HEAD + "Subject: A Lamp\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n"
    assert one(tmp_path, head.encode() + CHINESE.encode("gb18030")).text == CHINESE
    assert one(tmp_path, head.encode() + "Café, déjà vu.".encode("cp1252")).text == "Café, déjà vu."


def test_a_mailing_services_number_for_a_list_is_no_publisher(tmp_path: Path) -> None:
    listed = HEAD + "Subject: A Lamp\nMIME-Version: 1.0\nList-Id: {} <x.list-id.example>\n\n" + LEAD
    assert one(tmp_path, listed.format("3f21937f0f636c8cec1db30bfmc list")).publisher is None
    assert one(tmp_path, listed.format(r"coast \(daily\) letters")).publisher == "coast (daily) letters"


def test_how_to_leave_a_list_is_no_text(tmp_path: Path) -> None:
    footer = '--\nTo unsubscribe from this list: send the line "unsubscribe tides" in\na message to x@y.example\n'
    assert one(tmp_path, HEAD + f"Subject: A Lamp\n\n{LEAD}\n{footer}").text == LEAD
