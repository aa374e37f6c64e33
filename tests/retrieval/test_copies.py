"""The same story in several papers is told from another story, and shown once."""

from __future__ import annotations

import random
from pathlib import Path

import press
import pytest
from fakes import HashEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.archive import Archive
from retrieval.copies import Sketch, overlap, sketch, stories
from retrieval.indexing import Options, run_index
from retrieval.types import Filters

WORDS = [
    f"{a}{b}" for a in "bcdfglmnprstv" for b in ("ana", "ero", "ilt", "oss", "urn", "eck", "yde", "aun", "ile", "orp")
]


def story(seed: int, sentences: int = 14) -> list[str]:
    drawn = random.Random(seed)
    return [
        " ".join(drawn.choice(WORDS) for _ in range(drawn.randint(8, 14))).capitalize() + "." for _ in range(sentences)
    ]


def told(sentences: list[str]) -> str:
    return "\n\n".join(" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))


def groups(texts: list[str]) -> list[int]:
    return [int(first) for first in stories([sketch(text) for text in texts])]


def test_a_report_that_papers_cut_and_touched_up_is_one_story() -> None:
    whole = story(1)
    cut = whole[:9]
    led_otherwise = [*story(2, 2), *whole[1:]]
    corrected = [sentence.replace("ana", "ano") if at % 5 == 0 else sentence for at, sentence in enumerate(whole)]
    other = story(3)
    assert groups([told(whole), told(other), told(cut), told(led_otherwise), told(corrected)]) == [0, 1, 0, 0, 0]


def test_a_report_with_other_numbers_is_another_story() -> None:
    def market(day: int) -> str:
        drawn = random.Random(day)
        rows = [
            f"Shares in {name} closed at {drawn.randint(100, 999)} after a day of little trade." for name in WORDS[:12]
        ]
        return told(rows)

    assert groups([market(1), market(2), market(1) + " The bell rang late."]) == [0, 1, 0]


def test_short_texts_are_copies_only_word_for_word() -> None:
    short = " ".join(WORDS[:12])
    assert groups([short, f"{short} again", story(1)[0]]) == [0, 1, 2]


def test_a_line_in_every_article_makes_no_story_of_them() -> None:
    notice = " ".join(WORDS[:40])
    texts = [told([notice, *story(seed)]) for seed in range(200)]
    assert groups(texts) == list(range(200))


@settings(max_examples=25, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 6), min_size=1, max_size=9),
    cuts=st.lists(st.integers(10, 14), min_size=9, max_size=9),
)
def test_the_first_of_each_story_names_it_whatever_stands_between(seeds: list[int], cuts: list[int]) -> None:
    texts = [told(story(seed)[:cut]) for seed, cut in zip(seeds, cuts, strict=False)]
    assert groups(texts) == [seeds.index(seed) for seed in seeds]


@given(st.text(max_size=400))
def test_a_sketch_is_kept_as_it_was(text: str) -> None:
    made = sketch(text)
    kept = Sketch.from_bytes(made.to_bytes())
    assert kept.shingles.tolist() == made.shingles.tolist() == sorted(set(made.shingles.tolist()))
    assert kept.numbers.tolist() == made.numbers.tolist()


def test_passages_overlap_where_most_of_the_shorter_is_in_the_longer() -> None:
    whole = story(5, 8)
    assert overlap(" ".join(whole[:5]), " ".join(whole[1:6]))
    assert not overlap(" ".join(whole[:4]), " ".join(whole[3:8]))
    assert not overlap("Too short.", "Too short to tell.")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    wire = ["The storm tore the roof off the old ropewalk of Sund.", *story(11, 20)]
    for number, (paper, day, length) in enumerate(
        [("Sund Courier", "2014-01-03", 21), ("Tarn Mail", "2014-01-04", 14), ("Veld Echo", "2014-01-05", 8)]
    ):
        lines = [*wire[:length]]
        press.write_lines(
            folder / f"{number}.jsonl",
            [
                {"_id": "storm", "title": f"Storm {number}", "text": told(lines), "publisher": paper, "published": day,
                 "language": "en"},
                {"_id": "other", "title": "Other", "text": told(story(50 + number, 20)), "publisher": paper,
                 "published": day, "language": "en"},
            ],
        )  # fmt: skip
    run_index(folder / "data", [folder / f"{n}.jsonl" for n in range(3)], HashEncoder(), Options(words=40))
    return folder / "data"


def test_a_story_of_three_papers_is_shown_once_and_says_where_else_it_stands(papers: Path) -> None:
    with Archive.open(papers, encoder=HashEncoder()) as archive:
        hits = [hit for hit in archive.search("storm roof ropewalk Sund", k=9) if "ropewalk" in hit.passage.text]
        assert len(hits) == 1
        everywhere = {hits[0].article.publisher} | {copy.publisher for copy in hits[0].also_in}
        assert everywhere == {"Sund Courier", "Tarn Mail", "Veld Echo"}
        end = story(11, 20)[19]
        last = archive.search(end, k=1)[0]
        assert end in last.passage.text
        assert (last.article.publisher, last.also_in) == ("Sund Courier", ()), "the others were cut before"


@pytest.mark.parametrize("publisher", ["Sund Courier", "Tarn Mail", "Veld Echo"])
def test_every_copy_is_found_by_its_own_publisher(papers: Path, publisher: str) -> None:
    with Archive.open(papers, encoder=HashEncoder()) as archive:
        hit = archive.search("storm roof ropewalk Sund", k=1, filters=Filters(publishers=(publisher,)))[0]
        assert hit.article.publisher == publisher
        assert "ropewalk" in hit.passage.text
        assert len(hit.also_in) == 2


def test_all_passages_of_the_copies_are_indexed(papers: Path) -> None:
    with Archive.open(papers, encoder=HashEncoder()) as archive:
        counted = {citation.publisher: passages for citation, passages in archive.articles() if "storm" in citation.id}
        assert len(counted) == 3
        assert all(counted.values())
