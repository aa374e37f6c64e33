"""Issues of newspapers in an archive: their pages are read once, with them, and anew when anything of them changes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import press
import pytest
from fakes import HashEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.archive import Archive
from retrieval.indexing import Report
from retrieval.inspecting import Inspected, inspect

_AREA = '<area FILEID="F{0}" BEGIN="B{0}"/>'
_STATES = {
    "mets.xml": [
        '<mets xmlns:xlink="http://www.w3.org/1999/xlink"><fileSec><fileGrp>'
        + "".join(f'<file ID="F{n}" MIMETYPE="text/xml"><FLocat xlink:href="{n}.xml"/></file>' for n in (1, 2))
        + '</fileGrp></fileSec><structMap TYPE="PHYSICAL"><div ORDER="1"><fptr FILEID="F1"/></div><div ORDER="2"><fptr '
        f'FILEID="F2"/></div></structMap><structMap TYPE="LOGICAL"><div TYPE="ARTICLE" ID="D1" LABEL="{title}"><fptr>'
        f"{_AREA.format(1)}{_AREA.format(2)}</fptr></div></structMap></mets>"
        for title in ("Market", "Fair day")
    ],
    "1.xml": ["The market of Holm was full of", "The fair of Tarn was empty of"],
    "2.xml": ["herring and of salted cod.", "geese and of grey lanterns."],
}


def page(number: str, text: str) -> str:
    words = "".join(f'<String CONTENT="{word}"/>' for word in text.split())
    return (
        f'<alto><Layout><Page PHYSICAL_IMG_NR="{number}"><PrintSpace><TextBlock ID="B{number}"><TextLine>{words}'
        "</TextLine></TextBlock></PrintSpace></Page></Layout></alto>"
    )


def put(folder: Path, name: str, state: int) -> None:
    text = _STATES[name][state]
    (folder / name).write_text(text if name == "mets.xml" else page(name[0], text))


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    folder = tmp_path / "paper"
    folder.mkdir()
    for name in _STATES:
        put(folder, name, 0)
    return folder


def build(folder: Path, data: str = "data", *, removals: bool = True) -> Report:
    return press.build(folder.parent / data, folder, HashEncoder(), allow_removals=removals)


def texts(folder: Path, data: str = "data") -> dict[str, str]:
    with Archive.open(folder.parent / data, encoder=HashEncoder()) as archive:
        found = {citation.id: archive.article(citation.id) for citation, _ in archive.articles()}
        return {key: item.text for key, item in found.items() if item}


WHOLE = {"paper/mets.xml#D1": "The market of Holm was full of herring and of salted cod."}


def test_pages_are_read_with_their_issue_and_not_a_second_time(paper: Path) -> None:
    report = build(paper)
    assert texts(paper) == WHOLE
    assert not report.skipped


def test_nothing_is_read_anew_where_nothing_has_changed(paper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(paper)
    monkeypatch.setattr("retrieval.gathering.read_articles", lambda *_: pytest.fail("a file was read"))
    monkeypatch.setattr("retrieval.issues.issue_parts", lambda *_: pytest.fail("an issue was looked into"))
    again = build(paper)
    assert again.generation == first.generation
    assert again.unchanged == 1


def test_a_page_that_changes_changes_its_issues_articles(paper: Path) -> None:
    build(paper)
    put(paper, "2.xml", 1)
    assert build(paper).changed == 1
    assert texts(paper) == {"paper/mets.xml#D1": "The market of Holm was full of geese and of grey lanterns."}


def test_a_page_that_is_missing_is_named_and_read_once_it_is_there(paper: Path) -> None:
    (paper / "2.xml").unlink()
    report = build(paper)
    assert [(item.path, item.reason) for item in report.skipped] == [
        ("mets.xml", "its page 2.xml: it is not in the source")
    ]
    put(paper, "2.xml", 0)
    assert not build(paper).skipped
    assert texts(paper) == WHOLE


def test_pages_whose_issue_is_gone_are_read_by_themselves(paper: Path) -> None:
    build(paper)
    (paper / "mets.xml").unlink()
    build(paper)
    assert texts(paper) == {
        "paper/1.xml": "The market of Holm was full of",
        "paper/2.xml": "herring and of salted cod.",
    }


def test_pages_whose_issue_is_too_broken_to_name_them_are_read_by_themselves(paper: Path) -> None:
    (paper / "mets.xml").write_text("<mets")
    report = build(paper)
    assert set(texts(paper)) == {"paper/1.xml", "paper/2.xml"}
    assert [item.path for item in report.skipped] == ["mets.xml"]


def test_an_issue_is_inspected_with_the_pages_beside_it(paper: Path) -> None:
    (shown,) = inspect(paper / "mets.xml", HashEncoder())
    assert isinstance(shown, Inspected)
    assert shown.article.text == WHOLE["paper/mets.xml#D1"]
    (page_alone,) = inspect(paper / "1.xml", HashEncoder())
    assert isinstance(page_alone, Inspected)
    assert page_alone.article.text == "The market of Holm was full of"


def test_an_issue_that_is_the_whole_source_says_which_pages_are_missing(paper: Path) -> None:
    report = press.build(
        paper.parent / "data", press.write_story(paper, "a.txt", "A lamp.").parent / "mets.xml", HashEncoder()
    )
    assert [item.reason for item in report.skipped] == [
        "its page 1.xml: it is not in the source",
        "its page 2.xml: it is not in the source",
        "no text was recognised for this article",
    ]


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "delete", "move"]), st.sampled_from(sorted(_STATES)), st.integers(0, 1)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(runs=st.lists(STEPS, min_size=2, max_size=4))
def test_step_by_step_gives_the_same_as_at_once(runs: list[list[tuple[str, str, int]]]) -> None:
    with tempfile.TemporaryDirectory() as top:
        folder = press.write_story(Path(top) / "paper", "first.txt", "A lamp hung over the harbour of Holm.").parent
        seen: list[Any] = []
        for steps in runs:
            for kind, name, state in steps:
                if kind == "put":
                    put(folder, name, state)
                elif kind == "delete":
                    (folder / name).unlink(missing_ok=True)
                elif (folder / name).exists():  # into a folder below, where a reference still finds it
                    (folder / "scans").mkdir(exist_ok=True)
                    (folder / name).replace(folder / "scans" / name)
            report = build(folder)
            seen.append((texts(folder), {item.path for item in report.skipped}))
        report = build(folder, "once")
        assert seen[-1] == (texts(folder, "once"), {item.path for item in report.skipped})
