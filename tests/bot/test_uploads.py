from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.uploads import UploadFolder, UploadRefused, safe_name

DIGEST = hashlib.sha256(b"The mill closed.").hexdigest()
NAMES = st.text() | st.from_regex(r"[./\\~$`*|<>:\"? a-z\x00-\x1f]{0,40}(\.[a-zA-Z.]{0,12})?", fullmatch=True)


@pytest.fixture
def folder(tmp_path: Path) -> UploadFolder:
    return UploadFolder(tmp_path / "uploads", 1000)


@given(NAMES)
def test_a_safe_name_leads_nowhere_hides_nothing_and_fits(original: str) -> None:
    name = safe_name(original, DIGEST)
    assert PurePosixPath(name).name == name
    assert not name.startswith((".", "-"))
    assert len(name.encode()) <= 255
    assert len(name) <= 100
    assert all(char.isalnum() or char in "-." for char in name)
    assert name.count(".") <= 1
    assert DIGEST[:12] in name


@pytest.mark.parametrize(
    ("original", "safe"),
    [
        ("The mill.txt", "The-mill-{}.txt"),
        ("../../etc/passwd", "passwd-{}"),
        ("C:\\texts\\Mill.TXT", "Mill-{}.txt"),
        (".bashrc", "bashrc-{}"),
        ("Mühle – Übersicht.md", "Mühle-Übersicht-{}.md"),
        ("", "file-{}"),
        ("...", "file-{}"),
        ("a.tar.gz", "a-tar-{}.gz"),
        ("mill.not a suffix", "mill-not-a-suffix-{}"),
    ],
)
def test_names_stay_readable(original: str, safe: str) -> None:
    assert safe_name(original, DIGEST) == safe.format(DIGEST[:12])


def test_a_file_is_stored_as_it_came(folder: UploadFolder) -> None:
    stored = folder.put("mill.txt", b"The mill closed.")
    assert (folder.path / stored.name).read_bytes() == b"The mill closed."
    assert (stored.sha256, stored.size_bytes, stored.fresh) == (DIGEST, 16, True)
    assert [path.name for path in folder.path.iterdir()] == [stored.name]


def test_the_same_file_again_is_not_fresh_and_another_of_that_name_is_another(folder: UploadFolder) -> None:
    first = folder.put("mill.txt", b"The mill closed.")
    assert not folder.put("mill.txt", b"The mill closed.").fresh
    other = folder.put("mill.txt", b"The mill opened.")
    assert other.fresh
    assert other.name != first.name


@pytest.mark.parametrize(("content", "why"), [(b"", "is empty"), (b"x" * 1001, "is larger than")])
def test_empty_and_large_files_are_refused_by_name(folder: UploadFolder, content: bytes, why: str) -> None:
    with pytest.raises(UploadRefused) as raised:
        folder.put("mill `x`.txt", content)
    assert why in raised.value.told("en-US")
    assert "`mill 'x'.txt`" in raised.value.told("en-US")
    assert not folder.path.exists()


def test_what_could_not_be_written_leaves_nothing(folder: UploadFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.uploads.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.put("mill.txt", b"The mill closed.")
    assert list(folder.path.iterdir()) == []


def test_a_removed_file_is_gone_and_a_second_removal_says_so(folder: UploadFolder) -> None:
    stored = folder.put("mill.txt", b"The mill closed.")
    assert folder.remove(stored.name)
    assert not folder.remove(stored.name)


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "a/b.txt", "..", "."])
def test_nothing_outside_of_the_folder_is_removed(folder: UploadFolder, tmp_path: Path, name: str) -> None:
    folder.put("mill.txt", b"The mill closed.")
    (tmp_path / "secret.txt").write_text("secret")
    with pytest.raises(UploadRefused):
        folder.remove(name)
    assert (tmp_path / "secret.txt").exists()
