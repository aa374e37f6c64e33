"""Archives of files: every readable member is an article, everything else is named, and no bomb goes off."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import zstandard
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.reading import Limits
from retrieval.reading.articles import read_articles, read_stream
from retrieval.reading.streams import Allowance
from retrieval.reading.within import Within, within
from retrieval.types import Article, Skipped

LAMP = "The lamp on the pier was lit at dusk by the keeper of Holm, who had forgotten it twice that week."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
LINES = b'{"_id": "7", "text": "The lamp is lit."}\n{"_id": "8", "text": "The lamp is out."}\n'


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def read(data: bytes, name: str = "box.zip", limits: Limits = Limits()) -> list[Article | Skipped]:  # noqa: B008 - frozen
    return list(read_stream(io.BytesIO(data), name, limits))


def texts(items: list[Article | Skipped]) -> dict[str, str]:
    return {item.record: item.text for item in items if isinstance(item, Article)}


def skips(items: list[Article | Skipped]) -> dict[str, str]:
    return {item.path: item.reason for item in items if isinstance(item, Skipped)}


PACK: list[tuple[str, Callable[[bytes], bytes]]] = [
    (".gz", gzip.compress),
    (".bz2", bz2.compress),
    (".xz", lzma.compress),
    (".lzma", partial(lzma.compress, format=lzma.FORMAT_ALONE)),
    (".zst", zstandard.compress),
]


@pytest.mark.parametrize(("suffix", "pack"), PACK)
def test_a_packed_file_is_read_as_if_it_were_not(suffix: str, pack: Callable[[bytes], bytes]) -> None:
    (article,) = read(pack(LAMP.encode()), f"lamp.txt{suffix}")
    assert isinstance(article, Article)
    assert (article.text, article.record, article.format) == (LAMP, "", "text")
    assert texts(read(pack(LINES[:41]) + pack(LINES[41:]), f"l.jsonl{suffix}")) == {
        "7": "The lamp is lit.",
        "8": "The lamp is out.",
    }


@pytest.mark.parametrize(("suffix", "pack"), PACK)
def test_a_packed_tar_is_read_without_being_told_so(suffix: str, pack: Callable[[bytes], bytes]) -> None:
    data = pack(tarred({"a/lamp.txt": LAMP.encode(), "l.jsonl": LINES}))
    assert list(texts(read(data, f"box.tar{suffix}"))) == ["a/lamp.txt", "l.jsonl#7", "l.jsonl#8"]
    assert list(texts(read(data, "box"))) == ["a/lamp.txt", "l.jsonl#7", "l.jsonl#8"]


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
    ids=["stored", "deflate", "bzip2", "lzma"],
)
def test_members_of_a_zip_are_articles_with_their_path_as_record(method: int) -> None:
    found = read(zipped({"a/": b"", "a/lamp.txt": LAMP.encode(), "l.jsonl": LINES, "p.html": b""}, method))
    assert list(texts(found)) == ["a/lamp.txt", "l.jsonl#7", "l.jsonl#8"]
    assert skips(found) == {"box.zip: p.html": "it is empty"}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_names_of_any_length_are_kept_in_a_tar(form: int) -> None:
    long = "/".join(["d" * 40] * 3) + "/" + "n" * 60 + ".txt"
    found = texts(read(tarred({long: LAMP.encode(), "b.txt": b"Lit."}, form=form), "box.tar"))
    assert found == {long: LAMP, "b.txt": "Lit."}


def test_archives_in_archives_are_read_and_named_by_the_way_to_them() -> None:
    inner = zipped({"a.txt": LAMP.encode(), "l.jsonl": LINES, "p.png": PNG})
    found = read(tarred({"in/inner.zip": inner, "b.txt.gz": gzip.compress(b"Lit.")}, "w:gz"), "box.tgz")
    assert list(texts(found)) == ["in/inner.zip!a.txt", "in/inner.zip!l.jsonl#7", "in/inner.zip!l.jsonl#8", "b.txt.gz"]
    assert skips(found) == {"box.tgz: in/inner.zip: p.png": "it looks like a PNG image"}


def test_archives_nested_without_end_are_not_followed() -> None:
    data = LAMP.encode()
    for _ in range(30):
        data = zipped({"box.zip": data})
    (skipped,) = read(data)
    assert isinstance(skipped, Skipped)
    assert "deep" in skipped.reason
    for _ in range(30):
        data = gzip.compress(data)
    assert "deep" in str(read(data, "box.gz"))


def test_what_a_system_leaves_beside_the_files_is_told_in_one_line() -> None:
    members = {f"{n}/.DS_Store": b"\0" for n in range(20)} | {f"__MACOSX/._{n}.txt": b"\0" for n in range(20)}
    found = read(zipped({"a.txt": LAMP.encode()} | members))
    assert list(texts(found)) == ["a.txt"]
    told = skips(found)
    assert len(told) == 4
    assert "hidden" in told["box.zip: 37 more"]


def test_many_members_of_one_kind_are_told_in_one_line() -> None:
    pictures = {f"{n}.png": PNG for n in range(100)}
    told = skips(read(zipped({"a.txt": LAMP.encode()} | pictures)))
    assert told["box.zip: 97 more"] == "it looks like a PNG image"
    assert skips(read(zipped(pictures))) == {"box.zip": "nothing in it can be read: 100 × it looks like a PNG image"}
    assert skips(read(zipped({}))) == {"box.zip": "it holds no files"}


@pytest.mark.parametrize("name", ["../../etc/a.txt", "a/../../b.txt", "..\\a.txt"])
def test_a_path_that_leads_out_is_not_followed(name: str, tmp_path: Path) -> None:
    for data in (zipped({name: LAMP.encode()}), tarred({name: LAMP.encode()})):
        (skipped,) = read(data)
        assert isinstance(skipped, Skipped)
        assert "leads out" in skipped.reason


def test_an_absolute_path_is_read_and_shown_within_the_archive() -> None:
    assert list(texts(read(tarred({"/srv/a.txt": LAMP.encode()})))) == ["srv/a.txt"]


def test_links_and_devices_in_a_tar_are_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Nobody may read this.")
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"{kind!r}.txt")
            info.type, info.linkname = kind, str(tmp_path / "secret.txt")
            archive.addfile(info)
    (skipped,) = read(file.getvalue(), "box.tar")
    assert isinstance(skipped, Skipped)
    assert "2 × a link" in skipped.reason
    assert "2 × neither" in skipped.reason


def test_a_link_in_a_zip_is_no_article() -> None:
    info = zipfile.ZipInfo("link.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    (skipped,) = read(file.getvalue())
    assert isinstance(skipped, Skipped)
    assert "a link" in skipped.reason


def test_an_encrypted_member_is_named_and_the_others_read() -> None:
    data = bytearray(zipped({"a.txt": LAMP.encode(), "b.txt": b"Lit."}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    found = read(bytes(data))
    assert texts(found) == {"b.txt": "Lit."}
    assert "password" in skips(found)["box.zip: a.txt"]


@pytest.mark.parametrize(
    ("raw", "flag", "expected"),
    [
        ("Brücke.txt".encode("cp437"), False, "Brücke.txt"),
        ("Brücke.txt".encode(), False, "Brücke.txt"),
        ("Brücke.txt".encode(), True, "Brücke.txt"),
        (b"a\\b.txt", False, "a/b.txt"),
    ],
)
def test_names_are_read_in_the_encoding_they_are_in(raw: bytes, flag: bool, expected: str) -> None:
    data = bytearray(zipped({"x" * len(raw): LAMP.encode()}).replace(b"x" * len(raw), raw))
    if flag:
        data[data.index(b"PK\x01\x02") + 9] |= 8
    assert list(texts(read(bytes(data)))) == [expected]


def test_a_large_zip_format_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(LAMP.encode())
    assert texts(read(file.getvalue())) == {"a.txt": LAMP}


def test_a_zip_with_something_before_it_is_read() -> None:
    data = zipped({"a.txt": LAMP.encode()})
    assert texts(read(data[:30] + data)) == {"a.txt": LAMP}


@pytest.mark.parametrize("sizes_follow", [False, True])
def test_of_a_cut_off_zip_what_comes_before_is_read(sizes_follow: bool) -> None:
    file = io.BytesIO()
    drawn = random.Random(3)
    rest = " ".join(str(drawn.random()) for _ in range(3000)).encode()
    with zipfile.ZipFile(Unseekable(file) if sizes_follow else file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"a.txt": LAMP.encode(), "b.txt": b"Lit.", "c.txt": rest}.items():
            archive.writestr(name, data)
    found = read(file.getvalue()[: file.getvalue().index(b"c.txt") + 9000])
    assert list(texts(found)) == ["a.txt", "b.txt", "c.txt"]
    assert rest.decode().startswith(texts(found)["c.txt"][:1000])
    told = skips(found)
    assert "cut off" in told["box.zip: c.txt"]
    assert any("directory is missing" in reason for reason in told.values())


class Unseekable(io.RawIOBase):
    """A file to which zipfile can only append, so that it writes each size behind its member."""

    def __init__(self, file: io.BytesIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._file.write(data)  # type: ignore[arg-type]


@pytest.mark.parametrize(("suffix", "pack"), PACK)
def test_of_a_cut_off_packed_file_what_comes_before_is_read(suffix: str, pack: Callable[[bytes], bytes]) -> None:
    drawn = random.Random(1)
    lines = b"".join(
        b'{"_id": "%d", "text": "Lamp %s is lit."}\n' % (n, drawn.randbytes(60).hex().encode()) for n in range(10_000)
    )
    found = read(pack(lines)[:-60_000], f"l.jsonl{suffix}")
    assert len(texts(found)) > 500
    told = skips(found)
    assert any(f"l.jsonl{suffix} at " in path and "cut off" in reason for path, reason in told.items())


def test_of_a_damaged_packed_file_what_comes_before_is_read() -> None:
    data = bytearray(gzip.compress(LAMP.encode()))
    data[-6] ^= 0xFF  # the checksum
    found = read(bytes(data), "lamp.txt.gz")
    assert texts(found) == {"": LAMP}
    assert any("damaged" in reason for reason in skips(found).values())
    assert "cut off" in skips(read(bytes(data[:10]), "lamp.txt.gz"))["lamp.txt.gz"]


def test_a_member_with_a_wrong_checksum_is_read_and_named() -> None:
    data = zipped({"a.txt": LAMP.encode(), "b.txt": b"Lit."}, zipfile.ZIP_STORED).replace(b"pier", b"quay")
    found = read(data)
    assert list(texts(found)) == ["a.txt", "b.txt"]
    assert "checksum" in skips(found)["box.zip: a.txt"]


def test_of_a_cut_off_tar_what_comes_before_is_read() -> None:
    data = tarred({"a.txt": LAMP.encode(), "b.txt": b"word " * 3000})
    found = read(data[:-14_000], "box.tar")
    assert list(texts(found)) == ["a.txt", "b.txt"]
    assert "cut off" in skips(found)["box.tar: b.txt"]
    found = read(data[:1024] + b"\xff" * 512 + data[1536:], "box.tar")
    assert list(texts(found)) == ["a.txt"]
    assert "damaged" in skips(found)["box.tar at 1,024"]


def bounded(most: int) -> Limits:
    return Within(allowance=Allowance(0, floor=most))


def test_bombs_are_refused_by_what_they_unpack_to() -> None:
    bomb = gzip.compress(b'{"text": "' + b"a" * 30_000_000 + b'"}\n')
    (skipped,) = read(bomb, "a.jsonl.gz", bounded(20_000_000))
    assert isinstance(skipped, Skipped)
    assert "a bomb?" in skipped.reason
    found = read(zipped({"a.txt": LAMP.encode(), "bomb.gz": bomb, "b.txt": LAMP.encode()}), limits=bounded(20_000_000))
    assert list(texts(found)) == ["a.txt"]
    assert "a bomb?" in skips(found)["box.zip: bomb.gz"]
    assert "not read" in skips(found)["box.zip after bomb.gz"]
    assert list(texts(read(bomb, "a.jsonl.gz", bounded(40_000_000)))) == []


def test_what_may_be_unpacked_grows_with_the_file() -> None:
    assert within(io.BytesIO(b"x" * 10_000_000), Limits()).allowance.all == 2_000_000_000
    assert within(io.BytesIO(b"x"), Limits()).allowance.all == 256 * 1024 * 1024


def test_a_zip_of_entries_that_share_their_bytes_is_stopped() -> None:
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = block.compress(b"a" * 3_000_000) + block.flush()
    local = b"PK\x03\x04" + struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0, 0, len(packed), 3_000_000, 5, 0) + b"a.txt"
    central = b"".join(
        b"PK\x01\x02" + struct.pack("<HHHHHHLLLHHHHHLL", 20, 20, 0, 8, 0, 0, 0, len(packed), 3_000_000,
                                    5, 0, 0, 0, 0, 0, 0) + b"%01d.txt" % (n % 10)
        for n in range(2000)
    )  # fmt: skip
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 2000, 2000, len(central), len(local) + len(packed), 0)
    found = read(local + packed + central + end, limits=bounded(20_000_000))
    assert len([item for item in found if isinstance(item, Article)]) == 6
    assert "a bomb?" in str(found)
    assert "not read" in str(found)


def test_a_document_in_a_zip_is_told_as_what_it_is() -> None:
    found = skips(read(zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"}), "table.xlsx"))
    assert "Office document" in found["table.xlsx"]


SAMPLES = [
    zipped({"a.txt": LAMP.encode(), "l.jsonl": LINES}),
    zipped({"a.txt": LAMP.encode(), "in.zip": zipped({"l.jsonl": LINES})}, zipfile.ZIP_STORED),
    tarred({"a.txt": LAMP.encode(), "x" * 120 + ".jsonl": LINES}),
    tarred({"a.txt": LAMP.encode()}, "w:gz"),
    *(pack(LINES) for _, pack in PACK),
]


@settings(max_examples=250, deadline=4000, derandomize=True)
@given(
    data=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=6),
    cut=st.floats(0, 1) | st.none(),
)
def test_no_damage_to_an_archive_raises(data: bytes, changes: list[tuple[float, bytes]], cut: float | None) -> None:
    found = read(damaged(data, changes, cut))
    assert found
    assert not any("reading it failed" in reason for reason in skips(found).values())
    if not changes and cut is None:
        assert not skips(found)


def test_a_container_on_disk_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "box.zip").write_bytes(zipped({"a.txt": LAMP.encode()}))
    (article,) = read_articles(tmp_path / "box.zip", "box.zip")
    assert isinstance(article, Article)
    assert (article.record, article.title) == ("a.txt", article.title)
