from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import ReadError
from retrieval.reading.encodings import decode

GREEK = (
    "Το παλιό λιμάνι της πόλης άνοιξε ξανά χθες μετά από δύο χρόνια εργασιών, και ο δήμαρχος είπε στους κατοίκους "
    "ότι τα πρώτα πλοία θα φτάσουν πριν από το τέλος του μήνα. "
)
RUSSIAN = (
    "Старый порт города вчера снова открылся после двух лет работ, и мэр сказал жителям, что первые корабли придут "
    "до конца месяца. Рыбаки надеются на хорошую погоду. "
)
JAPANESE = (
    "町の古い港は二年間の工事を終えて、昨日ふたたび開かれました。市長は住民に、最初の船が今月末までに着くと語りました。"
)
CHINESE = "经过两年的施工，这座城市的老港口昨天重新开放。市长告诉居民，第一批船只将在月底之前到达，渔民们希望天气晴好。"
GERMAN = (
    "Der alte Hafen der Stadt wurde gestern nach zwei Jahren wieder eröffnet, "
    "und die Fischer hoffen auf schönes Wetter. "
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GREEK, "cp1253"),
        (GREEK, "iso8859-7"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gb18030"),
        (GERMAN, "cp1252"),
    ],
)
def test_a_kilobyte_of_an_undeclared_encoding_is_recognised(text: str, encoding: str) -> None:
    text *= 20
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["Café Müller", "naïve", "“Très bien” – 20 €", "Ærøskøbing i går"])
def test_a_short_text_that_is_not_utf8_is_windows_1252(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_is_believed_and_taken_away(mark: bytes, encoding: str) -> None:
    assert decode(mark + GREEK.encode(encoding)) == GREEK


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_known_by_its_nuls(encoding: str) -> None:
    assert decode("The harbour is open again.\n".encode(encoding)) == "The harbour is open again.\n"


def test_valid_utf8_wins_over_a_declaration() -> None:
    assert decode("Müller".encode(), "iso-8859-1") == "Müller"


def test_a_declared_charset_is_believed_where_utf8_is_not_possible() -> None:
    assert decode("Žluťoučký kůň".encode("iso8859-2"), "ISO-8859-2") == "Žluťoučký kůň"


@pytest.mark.parametrize("declared", ["punycode", "rot13", "no-such-charset", "", "utf-16"])
def test_a_declaration_that_cannot_be_is_passed_over(declared: str) -> None:
    assert decode("Café Müller".encode("cp1252"), declared) == "Café Müller"


def test_utf8_with_one_broken_byte_stays_utf8() -> None:
    assert decode(("é" * 20).encode() + b"\xff") == "é" * 20 + "\ufffd"


def test_the_bytes_that_windows_1252_lacks_are_shown_as_lost() -> None:
    assert decode("Der Bürgermeister".encode("cp1252") + b" \x81 sagte es") == "Der Bürgermeister \ufffd sagte es"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ReadError, match="cannot be decoded"):
        decode(b"\x81\x8d\x8f\x90\x9d" * 10)


def test_a_nul_is_binary() -> None:
    with pytest.raises(ReadError, match="NUL"):
        decode(b"a text that ends in\x00 binary data")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x1b\ufeff")))
def test_whatever_is_utf8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode()) == text


@given(st.binary(max_size=3000))
def test_any_bytes_give_text_or_a_read_error(data: bytes) -> None:
    try:
        text = decode(data)
    except ReadError:
        return
    assert "\x00" not in text
