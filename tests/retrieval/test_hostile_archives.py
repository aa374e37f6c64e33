"""What an archive may hold beside articles: each is indexed, or named with the reason why it is not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.indexing import Report
from retrieval.types import Hit

GOOD = "The lighthouse of Veld was painted by the pilot. Nobody paid for it."


@pytest.fixture
def source(tmp_path: Path) -> Path:
    press.write_story(tmp_path / "news", "good.txt", GOOD)
    return tmp_path / "news"


def index(source: Path) -> tuple[Report, dict[str, str]]:
    """Index, and index again: what is strange must not look changed every time."""
    data = source.with_name("data")
    report = press.build(data, source, HashEncoder())
    again = press.build(data, source, HashEncoder())
    assert again.generation == report.generation
    assert again.skipped == report.skipped
    assert "news/good.txt" in articles(source)
    return report, {skipped.path: skipped.reason for skipped in report.skipped}


def articles(source: Path) -> dict[str, str]:
    with Archive.open(source.with_name("data"), encoder=HashEncoder()) as archive:
        found = {}
        for citation, _ in archive.articles():
            article = archive.article(citation.id)
            assert article is not None
            found[citation.id] = article.text
        return found


def ask(source: Path, question: str) -> tuple[Hit, ...]:
    with Archive.open(source.with_name("data"), encoder=HashEncoder()) as archive:
        return archive.ask(question).hits


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "it is empty"),
        ("blank.txt", b" \n\t\n", "white space"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(99), "PNG"),
        ("noise.txt", bytes(range(256)) * 40, "binary"),
        ("nul.txt", b"A ferry" + b"\0" * 9 + b"sank.", "binary"),
        ("broken.jsonl", b'{"text": "a', "not valid JSON"),
        ("list.json", b"[[1], []]\n", "no list of articles"),
    ],
)
def test_what_is_no_article_is_named(source: Path, name: str, content: bytes, reason: str) -> None:
    (source / name).write_bytes(content)
    report, skipped = index(source)
    assert report.articles == 1
    assert len(skipped) == 1
    (path, why), *_ = skipped.items()
    assert path.startswith(name)
    assert reason in why


def test_an_empty_folder_is_named(source: Path) -> None:
    (source / "nothing").mkdir()
    assert index(source)[1] == {"nothing": "the folder is empty"}


def test_a_source_without_a_single_file_is_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    report = press.build(tmp_path / "data", tmp_path / "news", HashEncoder())
    assert (report.articles, report.passages, report.generation) == (0, 0, "0001")
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        answer = archive.ask("Who painted the lighthouse?")
        assert (answer.status, answer.confidence, answer.hits) == ("not_found", 0.0, ())
        assert archive.rank_articles("lighthouse", k=3) == []


def test_a_huge_line_is_refused_by_name(source: Path) -> None:
    with (source / "line.txt").open("wb") as file:
        for _ in range(50):
            file.write(b"lighthouse " * (1_000_000 // 11))
    report = press.build(source.with_name("data"), source, HashEncoder())
    assert report.articles == 1
    assert [skipped.path for skipped in report.skipped] == ["line.txt"]
    assert "characters" in report.skipped[0].reason


def test_a_long_line_within_the_limits_is_indexed_to_its_end(source: Path) -> None:
    (source / "line.txt").write_text("lighthouse " * 9_000 + "zanzibar")
    report, skipped = index(source)
    assert (report.articles, skipped) == (2, {})
    assert "zanzibar" in ask(source, "zanzibar")[0].passage.text


def test_text_that_is_not_utf8_is_read_as_what_it_is(source: Path) -> None:
    (source / "old.txt").write_bytes(
        "Die Brücke über die Lune ist für Schiffe gesperrt, sagt Bürgermeister Groß.".encode("cp1252")
    )
    report, skipped = index(source)
    assert (report.articles, skipped) == (2, {})
    assert "Groß" in articles(source)["news/old.txt"]
    assert ask(source, '"Bürgermeister Gross"')[0].article.id == "news/old.txt"


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_file_that_changes_while_the_index_is_built_is_never_lost_silently(source: Path, how: str) -> None:
    press.write_story(source, "z.txt", "The old tunnel of Mira was flooded.")
    data = source.with_name("data")

    def interfere(phase: str, done: int, total: int) -> None:
        if phase == "read" and done == 1:  # listed, and about to be read
            if how == "deleted":
                (source / "z.txt").unlink()
            else:
                press.write_story(source, "z.txt", "The new tunnel of Mira was opened by the surgeon.")

    report = press.build(data, source, HashEncoder(), progress=interfere)
    if how == "deleted":
        assert [(s.path, s.reason) for s in report.skipped] == [("z.txt", "it vanished before it could be read")]
        assert list(articles(source)) == ["news/good.txt"]
        assert press.build(data, source, HashEncoder()).skipped == ()
    else:
        press.build(data, source, HashEncoder())
        assert "new tunnel" in articles(source)["news/z.txt"]


def test_a_file_changed_after_it_was_read_is_read_again(source: Path) -> None:
    data = source.with_name("data")

    def interfere(phase: str, done: int, total: int) -> None:
        if phase == "split":
            press.write_story(source, "good.txt", "The lighthouse of Veld is dark now.")

    press.build(data, source, HashEncoder(), progress=interfere)
    assert articles(source)["news/good.txt"] == GOOD
    assert press.build(data, source, HashEncoder()).changed == 1
    assert articles(source)["news/good.txt"] == "The lighthouse of Veld is dark now."


def test_a_duplicate_is_indexed_counted_and_shown_once(source: Path) -> None:
    press.write_story(source, "again.txt", GOOD)
    report, skipped = index(source)
    assert (report.articles, report.copies, skipped) == (2, 1, {})
    hit, *others = ask(source, "Who painted the lighthouse?")
    assert hit.article.id == "news/again.txt"
    assert [citation.id for citation in hit.also_in] == ["news/good.txt"]
    assert others == []


def test_links_in_a_circle_are_named(source: Path) -> None:
    (source / "deep").mkdir()
    (source / "deep" / "up").symlink_to(source)
    (source / "a").symlink_to(source / "b")
    (source / "b").symlink_to(source / "a")
    report, skipped = index(source)
    assert report.articles == 1
    assert set(skipped) == {"deep/up", "a", "b"}
    assert "circle" in skipped["a"]
    assert "never end" in skipped["deep/up"]


def test_an_article_of_one_word_is_found(source: Path) -> None:
    (source / "word.txt").write_text("Zanzibar")
    assert index(source)[0].articles == 2
    assert ask(source, "Zanzibar")[0].passage.text == "Zanzibar"


@pytest.mark.parametrize(
    "text", ["!!!", "…", "ﷺ", "\u037a\u037a", "𝐇𝐞𝐥𝐥𝐨", "🦊🦊", "the of and", "１２３", "\u0301abc", "ﬁ", "­a"]
)
def test_a_text_of_strange_characters_does_not_stop_the_others(source: Path, text: str) -> None:
    (source / "odd.txt").write_text(text)
    report, skipped = index(source)
    assert report.articles + len(skipped) == 2
    assert ask(source, "Who painted the lighthouse?")[0].article.id == "news/good.txt"


def test_half_a_surrogate_pair_in_any_field_is_survived(source: Path) -> None:
    half = "\\ud800"
    fields = ("_id", "title", "text", "publisher", "published", "language", "url")
    line = "{" + ", ".join(f'"{name}": "granary {half}"' for name in fields) + f', "authors": ["Ada {half}"]' + "}\n"
    address = f'{{"_id": "u", "text": "The cannery.", "url": "https://holm.example/{half}", "author": "{half}"}}\n'
    (source / "half.jsonl").write_text(line + address)
    report, skipped = index(source)
    assert (report.articles, skipped) == (3, {})
    hit = ask(source, "granary")[0]
    assert "\ud800" not in repr(hit)
    json.dumps([hit.article.id, hit.article.title, hit.article.url]).encode()
    assert hit.passage.text == "granary \ufffd"


def test_nul_characters_in_a_record_are_survived(source: Path) -> None:
    record = {
        "_id": "n\0ul",
        "title": "The\0granary",
        "text": "The granary\0 burns.\0 Nobody was in it.",
        "url": "https://x.example/\0a",
    }
    press.write_lines(source / "nul.jsonl", [record])
    report, skipped = index(source)
    assert (report.articles, skipped) == (2, {})
    assert ask(source, "Does the granary burn?")[0].passage.text == "The granary burns. Nobody was in it."


def test_an_id_may_hold_what_divides_ids(source: Path) -> None:
    texts = {"a#0": "The judge sold the ferry.", "a": "The baker sold the bridge.", "": "The diver sold the orchard."}
    press.write_lines(source / "x", [{"_id": key, "text": text} for key, text in texts.items()])
    press.write_story(source, "x#a", "The farmer sold the granary.")
    report, skipped = index(source)
    assert (report.articles, skipped) == (5, {})
    found = articles(source)
    assert len(found) == 5
    for text in [*texts.values(), "The farmer sold the granary."]:
        [name] = [key for key, value in found.items() if value == text]
        hit = ask(source, text)[0]
        assert (hit.article.id, hit.passage.id) == (name, f"{name}#0")


def test_many_claims_to_one_id_are_all_kept(source: Path) -> None:
    names = ["x#a", "x#a#0", "x#a#0!", "x#a#0!!"]
    for number, name in enumerate(names):
        press.write_story(source, name, f"The painter of Sund sold picture {number}.")
    press.write_lines(source / "x", [{"_id": "a", "text": "The painter of Sund sold picture 9."}])
    report, _ = index(source)
    assert report.articles == 6
    assert sum("picture" in text for text in articles(source).values()) == 5


def test_two_lines_with_one_id_are_not_confused(source: Path) -> None:
    press.write_lines(source / "x.jsonl", [{"_id": "a", "text": "The first."}, {"_id": "a", "text": "The second."}])
    report, skipped = index(source)
    assert report.articles == 2
    assert list(skipped) == ["x.jsonl at line 2"]
    assert "line 1" in skipped["x.jsonl at line 2"]


def test_two_files_with_one_address_both_stay(source: Path) -> None:
    url = "https://holm.example/ferry"
    for name in ("a", "b"):
        press.write_lines(source / f"{name}.jsonl", [{"_id": "1", "text": f"The ferry {name}.", "url": url}])
    report, skipped = index(source)
    assert (report.articles, skipped) == (3, {})
    assert set(articles(source)) == {"news/good.txt", url, f"{url} (news/b.jsonl#1)"}


def test_strange_file_names_are_read_and_can_be_printed(source: Path) -> None:
    for name in (
        b"two words.txt",
        b"two\nlines.txt",
        b"quo'te\".txt",
        b"percent%20?#.txt",
        b"\xff\xfe.txt",
        "ø\u0301.txt".encode(),
    ):
        (source / os.fsdecode(name)).write_text(f"The stadium number {len(name)}{name[0]} was rented.")
    report, skipped = index(source)
    assert (report.articles, skipped) == (7, {})
    "".join(articles(source)).encode("utf-8")
    assert "news/\\xff\\xfe.txt" in articles(source)


def test_two_file_names_that_are_written_the_same_are_told_apart(source: Path) -> None:
    (source / os.fsdecode(b"\xff.txt")).write_text("The stadium was rented.")
    (source / "\\xff.txt").write_text("The tunnel was rented.")
    report, skipped = index(source)
    assert report.articles == 2
    assert skipped == {"\\xff.txt": "another file's name is written the same; rename it"}


def test_a_strange_date_does_not_stop_anything(source: Path) -> None:
    dates = ["0000-00-00", "2021-02-31", "9999-12-31", "99999", "2021-13", "-1", 1e300, True, "0001-01-01", "soon"]
    press.write_lines(
        source / "d.jsonl", [{"_id": str(n), "text": f"Date {n}.", "published": when} for n, when in enumerate(dates)]
    )
    report, _ = index(source)
    assert report.articles == 11
