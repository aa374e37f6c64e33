from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import press
import pytest
from fakes import HashEncoder

from retrieval import gathering
from retrieval.archive import Archive
from retrieval.encoders import Progress, Vectors
from retrieval.errors import EncoderMismatch, RemovalRefused
from retrieval.index import generation as generations
from retrieval.indexing import Options, Report, run_index
from retrieval.reading import Limits, Siblings, read_articles
from retrieval.types import Article, Skipped


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    for name, what in (("a.txt", "ferry"), ("b.txt", "bridge"), ("deep/c.txt", "orchard")):
        press.write_story(folder, name, f"The {what} of Holm was sold to the baker on Monday. Nobody had asked for it.")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def counts(report: Report) -> dict[str, int]:
    return {name: getattr(report, name) for name in ("added", "changed", "removed", "unchanged", "encoded")}


def ids(data: Path) -> list[str]:
    with Archive.open(data, encoder=HashEncoder()) as archive:
        return [citation.id for citation, _ in archive.articles()]


def test_a_first_run_adds_everything(source: Path, data: Path) -> None:
    report = press.build(data, source, HashEncoder())
    assert counts(report) == {"added": 3, "changed": 0, "removed": 0, "unchanged": 0, "encoded": 3}
    assert (report.generation, report.articles, report.passages, report.copies) == ("0001", 3, 3, 0)
    assert report.skipped == ()
    assert ids(data) == ["news/a.txt", "news/b.txt", "news/deep/c.txt"]


def test_an_unchanged_source_keeps_its_generation_and_encodes_nothing(source: Path, data: Path) -> None:
    press.build(data, source, HashEncoder())
    before = press.snapshot(data)
    encoder = HashEncoder()
    report = press.build(data, source, encoder)
    assert counts(report) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3, "encoded": 0}
    assert (report.generation, report.articles, report.passages) == ("0001", 3, 3)
    assert encoder.encoded == []
    assert press.snapshot(data) == before


def test_only_passages_that_were_not_there_before_are_encoded(source: Path, data: Path) -> None:
    first, second = HashEncoder(), HashEncoder()
    story = [f"The cannery of Sund counted {n} crates of herring in the month that ended now. " * 3 for n in range(9)]
    press.write_story(source, "long.txt", "\n\n".join(story))
    press.build(data, source, first)
    story[8] = "The cannery of Sund has burnt down and nobody was in it when the roof fell, says the pilot. " * 3
    press.write_story(source, "long.txt", "\n\n".join(story))
    report = press.build(data, source, second)
    assert (report.changed, report.unchanged, report.generation) == (1, 3, "0002")
    assert 0 < report.encoded == len(second.encoded) < len(first.encoded)
    assert not set(first.encoded) & set(second.encoded)
    assert any("burnt" in text for text in second.encoded)


def test_a_moved_file_encodes_nothing_and_does_not_wake_the_guard(source: Path, data: Path) -> None:
    for n in range(8):
        press.write_story(source, f"m{n}.txt", f"The tunnel number {n} of Veld was flooded in the night. It is closed.")
    press.build(data, source, HashEncoder())
    (source / "moved").mkdir()
    for n in range(8):
        (source / f"m{n}.txt").rename(source / "moved" / f"m{n}.txt")
    report = press.build(data, source, HashEncoder())
    assert counts(report) == {"added": 8, "changed": 0, "removed": 8, "unchanged": 3, "encoded": 0}
    assert "news/moved/m3.txt" in ids(data)
    assert "news/m3.txt" not in ids(data)


def test_full_encodes_everything_anew(source: Path, data: Path) -> None:
    press.build(data, source, HashEncoder())
    report = press.build(data, source, HashEncoder(), full=True)
    assert counts(report) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3, "encoded": 3}
    assert report.generation == "0002"


def test_another_encoder_encodes_everything_and_is_asked_for_afterwards(source: Path, data: Path) -> None:
    press.build(data, source, HashEncoder())
    other = HashEncoder("search: ")
    assert press.build(data, source, other).encoded == 3
    with pytest.raises(EncoderMismatch, match="hashed words"):
        Archive.open(data, encoder=HashEncoder())
    with Archive.open(data, encoder=other) as archive:
        assert archive.ask("ferry").hits[0].article.id == "news/a.txt"


def test_other_passages_are_cut_where_the_words_of_a_passage_change(source: Path, data: Path) -> None:
    press.write_story(source, "long.txt", "\n\n".join(f"The judge of Mira moved {n} chairs out." for n in range(20)))
    first = run_index(data, [source], HashEncoder(), Options(words=100))
    second = run_index(data, [source], HashEncoder(), Options(words=20))
    assert second.generation == "0002"
    assert second.passages > first.passages
    assert second.unchanged == 4


def test_a_dry_run_tells_what_would_happen_and_leaves_no_trace(source: Path, data: Path) -> None:
    report = press.build(data, source, HashEncoder(), dry_run=True)
    assert counts(report) == {"added": 3, "changed": 0, "removed": 0, "unchanged": 0, "encoded": 0}
    assert report.generation is None
    assert not data.exists()
    press.build(data, source, HashEncoder())
    before = press.snapshot(data)
    (source / "a.txt").unlink()
    press.write_story(source, "b.txt", "The bridge of Holm was given back.")
    press.write_story(source, "d.txt", "The stadium of Holm was rented.")
    report = press.build(data, source, HashEncoder(), dry_run=True)
    assert counts(report) == {"added": 1, "changed": 1, "removed": 1, "unchanged": 1, "encoded": 0}
    assert (report.generation, report.articles) == ("0001", 3)
    assert press.snapshot(data) == before


@pytest.mark.parametrize("full", [False, True])
def test_a_dry_run_counts_the_passages_that_the_run_then_makes(source: Path, data: Path, full: bool) -> None:
    first = press.build(data, source, HashEncoder(), dry_run=True)
    assert first.passages == press.build(data, source, HashEncoder()).passages > 0
    assert press.build(data, source, HashEncoder(), dry_run=True, full=full).passages == first.passages
    press.write_story(source, "long.txt", "\n\n".join(f"The judge of Mira moved {n} chairs out." for n in range(60)))
    (source / "a.txt").unlink()
    rehearsed = press.build(data, source, HashEncoder(), dry_run=True, full=full)
    done = press.build(data, source, HashEncoder(), full=full)
    assert rehearsed.passages == done.passages > first.passages
    assert (rehearsed.encoded, done.generation) == (0, "0002")


def test_the_guard_stops_a_run_that_would_remove_many(source: Path, data: Path) -> None:
    for n in range(7):
        press.write_story(source, f"m{n}.txt", f"The pilot of Tarn sold {n} boats.")
    press.build(data, source, HashEncoder())
    for n in range(4):
        (source / f"m{n}.txt").unlink()
    for dry_run in (True, False):
        with pytest.raises(RemovalRefused, match=r"4 of the 10 articles of .*news"):
            press.build(data, source, HashEncoder(), dry_run=dry_run)
    assert generations.current(data) == "0001"
    assert len(ids(data)) == 10
    report = press.build(data, source, HashEncoder(), allow_removals=True)
    assert (report.removed, report.articles, report.generation) == (4, 6, "0002")


def test_few_removals_pass_the_guard(source: Path, data: Path) -> None:
    press.build(data, source, HashEncoder())
    (source / "a.txt").unlink()
    (source / "b.txt").unlink()
    assert press.build(data, source, HashEncoder()).removed == 2
    assert ids(data) == ["news/deep/c.txt"]


class Dies(HashEncoder):
    """Gives up before it has encoded passage `after`."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if len(self.encoded) + len(texts) > self.after:
            raise KeyboardInterrupt
        return super().encode_passages(texts, progress)


def test_an_interrupted_run_goes_on_where_it_was(source: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.index import writing

    monkeypatch.setattr(writing, "_CHUNK", 4)
    press.build(data, source, HashEncoder())
    press.write_lines(source / "wire.jsonl", map(press.record, range(12)))
    dying, second = Dies(12), HashEncoder()
    with pytest.raises(KeyboardInterrupt):
        press.build(data, source, dying)
    assert generations.current(data) == "0001"
    assert ids(data) == ["news/a.txt", "news/b.txt", "news/deep/c.txt"]
    report = press.build(data, source, second)
    assert len(dying.encoded) == 12
    assert not set(dying.encoded) & set(second.encoded)
    assert report.encoded == len(second.encoded) == len(set(second.encoded))
    assert report.generation == "0002"
    assert sorted(p.name for p in data.iterdir()) == ["CURRENT", "LOCK", "generations", "spool"]
    assert not list((data / "spool").iterdir())
    assert sorted(p.name for p in (data / "generations").iterdir()) == ["0001", "0002"]


@pytest.mark.parametrize("phase", ["read", "split", "encode", "write", "check"])
def test_an_error_in_any_phase_leaves_the_old_generation_current(source: Path, data: Path, phase: str) -> None:
    press.build(data, source, HashEncoder())
    before = press.snapshot(data / "generations")
    press.write_story(source, "d.txt", "The granary of Oster was rented.")

    def fail(at: str, done: int, total: int) -> None:
        if at == phase:
            raise RuntimeError(phase)

    with pytest.raises(RuntimeError, match=phase):
        press.build(data, source, HashEncoder(), progress=fail)
    assert generations.current(data) == "0001"
    assert {k: v for k, v in press.snapshot(data / "generations").items() if k.startswith("0001/")} == before
    assert len(ids(data)) == 3
    assert press.build(data, source, HashEncoder()).articles == 4


def test_progress_counts_every_phase_to_its_end(source: Path, data: Path) -> None:
    seen: dict[str, list[tuple[int, int]]] = {}
    press.build(
        data,
        source,
        HashEncoder(),
        progress=lambda phase, done, total: seen.setdefault(phase, []).append((done, total)),
    )
    assert list(seen) == ["read", "split", "encode", "write", "check"]
    for phase in ("read", "split", "encode", "write"):
        assert seen[phase][-1] == (3, 3)
        assert seen[phase] == sorted(seen[phase])


def test_a_file_that_could_not_be_read_is_read_when_it_can_be(
    source: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, name: str, limits: Limits, _: Siblings | None = None) -> Iterator[Article | Skipped]:
        return iter([Skipped(name, "permission denied")]) if name == "a.txt" else read_articles(path, name, limits)

    with monkeypatch.context() as patched:
        patched.setattr(gathering, "read_articles", refused)
        first = press.build(data, source, HashEncoder())
        assert first.skipped == (Skipped("a.txt", "permission denied"),)
        assert press.build(data, source, HashEncoder()).generation == "0001", "nothing has changed yet"
    report = press.build(data, source, HashEncoder())  # its size and time are what they were
    assert (report.added, report.skipped) == (1, ())


def test_what_was_skipped_is_told_again_while_it_is_there(source: Path, data: Path) -> None:
    (source / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    (source / "lines.jsonl").write_text('{"_id": "1", "text": "The diver of Brack found it."}\nnonsense\n')
    first = press.build(data, source, HashEncoder())
    again = press.build(data, source, HashEncoder())
    assert [skipped.path for skipped in first.skipped] == ["lines.jsonl at line 2", "photo.png"]
    assert again.skipped == first.skipped
    assert again.generation == "0001"
    (source / "photo.png").unlink()
    assert [skipped.path for skipped in press.build(data, source, HashEncoder()).skipped] == ["lines.jsonl at line 2"]


def test_other_limits_read_everything_again(source: Path, data: Path) -> None:
    press.build(data, source, HashEncoder())
    small = replace(press.OPTIONS, limits=Limits(article_chars=20))
    report = run_index(data, [source], HashEncoder(), small)
    assert [skipped.path for skipped in report.skipped] == ["a.txt", "b.txt", "deep/c.txt"]
    assert report.articles == 0
    assert press.build(data, source, HashEncoder()).articles == 3


def test_old_generations_are_retired(source: Path, data: Path) -> None:
    for n in range(5):
        press.write_story(source, "a.txt", f"The ferry of Holm carried {n} goats.")
        os.utime(source / "a.txt", ns=(n, n))
        run_index(data, [source], HashEncoder(), replace(press.OPTIONS, keep=2))
    assert generations.names(data) == ["0004", "0005"]


def test_a_stand_in_goes_when_other_sources_come_and_stays_otherwise(source: Path, data: Path, tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    sample.mkdir()
    for number in range(6):
        (sample / f"{number}.txt").write_text(f"Sample article number {number} stands here for a while.")
    run_index(data, [sample], HashEncoder(), stand_in=sample)
    assert len(ids(data)) == 6
    run_index(data, [], HashEncoder(), stand_in=sample)
    assert len(ids(data)) == 6
    report = run_index(data, [source], HashEncoder(), stand_in=sample)
    assert report.removed == 6
    assert not any("sample" in article for article in ids(data))


def test_a_report_is_plain_data() -> None:
    import json

    report = Report("0001", 1, 2, 0, 1, 0, 0, 0, (Skipped("x", "it is empty"),), 2, 1.5)
    told: dict[str, Any] = json.loads(json.dumps(report.to_dict()))
    assert told["skipped"] == [{"path": "x", "reason": "it is empty"}]
    assert told["generation"] == "0001"
    assert set(told) == {
        "generation", "articles", "passages", "copies", "added", "changed", "removed", "unchanged", "skipped",
        "encoded", "took_ms", "formats",
    }  # fmt: skip
