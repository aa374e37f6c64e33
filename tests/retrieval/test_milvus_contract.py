"""One contract over every place that an archive may be kept in: what holds of the folder holds of a Milvus as well."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from fakes import HashEncoder
from milvus_places import REAL, LiteServer, Place, lite_server, local_place, milvus_place

from retrieval.archive import Archive
from retrieval.errors import EncoderMismatch, GenerationError, NoGeneration, RemovalRefused
from retrieval.index import Request
from retrieval.index import generation as generations
from retrieval.indexing import run_index
from retrieval.types import Answer, Filters

RECORDS: list[dict[str, object]] = [
    {"_id": f"{number:02}", "title": f"{thing} of Holm", "publisher": publisher, "author": author, "published": day,
     "text": f"The miller {number} repaired the {thing} in Holm. It cost {number} crowns and pleased the mayor.\n\n"
             f"A lantern hung over the {thing} all night. Nobody in the village had asked for number {number}.\n\n"
             f"The harbour pilot saw the {thing} from afar and wrote of it in his almanac, page {number}."}
    for number, (thing, publisher, author, day) in enumerate([
        ("windmill", "Holm Gazette", "Ada Berg", "2001-03-04"), ("harbour", "Holm Gazette", "Ada Berg", "2003"),
        ("ferry", "The Ferry Post", "Bo Lind", "2004-06"), ("lantern", "The Ferry Post", "Bo Lind", None),
        ("orchard", "Holm Gazette", None, "2010-10-10"), ("granary", "The Ferry Post", "Cy Noor", "2012-01-31"),
        ("bridge", "Holm Gazette", "Ada Berg", "2020"), ("windmill", "The Ferry Post", "Cy Noor", "2021-09-07"),
    ])
]  # fmt: skip
COPY = RECORDS[0] | {"_id": "90", "publisher": "The Ferry Post", "published": "2001-03-05"}
ODD: dict[str, object] = {
    "_id": "91", "title": 'Quotes " and \\ and 100%_sure', "publisher": "O'Hara \"Press\"", "author": "Ødegård, Zoë",
    "published": "1999-12-31", "text": "Das Prüfgerät steht in der Straße. " * 4 + "日本の新聞は長い。 " * 3,
}  # fmt: skip
LONG: dict[str, object] = {
    "_id": "92", "title": "The long almanac", "publisher": "Holm Gazette", "published": "1998",
    "text": "\n\n".join(f"Entry {n} of the almanac tells of tide {n} and of the moon over Holm." for n in range(999)),
}  # fmt: skip
QUESTIONS = (
    "Who repaired the windmill?", "What did the pilot write in his almanac?", "lantern 3", '"all night" lantern',
    "Who wrote about the ferry?", "How many articles mention the windmill?", "articles by Ada Berg", "windmil repairs",
    "What happened in 2003?", "the latest news of the bridge", "Prüfgerät Straße", "zzzz", '"never printed" ferry',
    "What did the Holm Gazette write about the harbour?",
)  # fmt: skip
FILTERS = (
    Filters(), Filters(after=date(2002, 1, 1), before=date(2013, 1, 1)), Filters(after=date(2002, 1, 1), undated=True),
    Filters(publishers=("holm gazette",)), Filters(authors=("Bo Lind", "cy noor")), Filters(publishers=("nobody",)),
    Filters(before=date(2003, 5, 1), publishers=("The Ferry Post", "O'Hara \"Press\""), authors=("ødegård, zoë",)),
)  # fmt: skip


def write(folder: Path, records: Sequence[Mapping[str, object]]) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({key: value for key, value in record.items() if value is not None}) for record in records]
    (folder / "wire.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteServer]:
    with lite_server(tmp_path_factory.mktemp("lite") / "served") as running:
        yield running


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of the invented archive."""
    return write(tmp_path_factory.mktemp("wire") / "wire", [*RECORDS, COPY, ODD, LONG])


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, wire: Path) -> Place:
    """What the others are measured by."""
    place = local_place(tmp_path_factory.mktemp("local") / "data")
    place.index(wire)
    return place


@pytest.fixture(scope="module", params=["file", "server", *(["real"] if REAL else [])])
def away(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wire: Path) -> Iterator[Place]:
    """The same archive on a Milvus."""
    folder = tmp_path_factory.mktemp("away")
    uris = {"file": str(folder / "lite.db"), "real": REAL}
    uri = uris[request.param] if request.param in uris else request.getfixturevalue("server").uri
    place = milvus_place(folder / "data", uri)
    place.index(wire)
    yield place
    place.keeper.close()  # type: ignore[attr-defined]


@pytest.fixture(params=["local", "server", *(["real"] if REAL else [])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An archive in which nothing is indexed yet."""
    if request.param == "local":
        yield local_place(tmp_path / "data")
        return
    uri = REAL if request.param == "real" else request.getfixturevalue("server").uri
    made = milvus_place(tmp_path / "data", uri)
    yield made
    made.keeper.close()  # type: ignore[attr-defined]


def told(answer: Answer) -> Answer:
    """An answer without what may differ: the time, and scores in their last digit."""
    hits = tuple(replace(hit, score=round(hit.score, 4)) for hit in answer.hits)
    return replace(answer, took_ms=0, generation="", hits=hits, confidence=round(answer.confidence, 3))


def cited(answer: Answer) -> set[str]:
    """The ids of all articles that an answer names."""
    return {article.id for hit in answer.hits for article in (hit.article, *hit.also_in)}


def ask(archive: Archive, filters: Filters) -> list[Answer]:
    questions = QUESTIONS[::4] if filters else QUESTIONS
    return [told(archive.ask(question, filters=filters, now=date(2022, 1, 1))) for question in questions]


def test_every_answer_is_the_folders(away: Place, local: Place) -> None:
    with away.open() as there, local.open() as here:
        for filters in FILTERS:
            for found, expected in zip(ask(there, filters), ask(here, filters), strict=True):
                assert found == expected


def test_candidates_have_the_folders_scores(away: Place, local: Place) -> None:
    encoder = HashEncoder()
    there, here = away.keeper.open(), local.keeper.open()
    groups = (("windmil", "windmill"), ("repair",), ("holm",), ("almanac",), ("nowher",))
    for filters, weights in product(FILTERS, ((), (1.0, 0.5, 2.0, 1.0, 3.0))):
        vector = encoder.encode_queries(["the windmill of Holm"])[0]
        request = Request(partial(np.asarray, vector), groups, (), filters, 40, weights)
        found, expected = there.candidates(request), here.candidates(request)
        assert found.rows.tolist() == expected.rows.tolist()
        assert found.dense.tolist() == expected.dense.tolist()
        np.testing.assert_allclose(found.passage, expected.passage, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(found.article, expected.article, rtol=1e-5, atol=1e-5)
        assert found.articles.tolist() == expected.articles.tolist()
        assert found.story.tolist() == expected.story.tolist()
    there.close()
    here.close()


def test_what_is_looked_up_is_what_the_folder_has(away: Place, local: Place) -> None:
    there, here = away.keeper.open(), local.keeper.open()
    every = range(here.summary.passages)
    own = there.summary
    assert own == replace(here.summary, size_bytes=own.size_bytes, built=own.built)
    assert there.passages(every) == here.passages(every)
    assert there.copies(range(12)) == here.copies(range(12))
    assert list(there.citations()) == list(here.citations())
    rows = np.arange(here.summary.articles)
    assert [days.tolist() for days in there.days(rows)] == [days.tolist() for days in here.days(rows)]
    assert there.tally(rows) == here.tally(rows)
    assert there.cited([3, 1]) == here.cited([3, 1])
    for citation, _ in here.citations():
        assert there.article(citation.id) == here.article(citation.id)
    assert there.article("nowhere") is None
    assert [(each.articles, each.skipped) for each in there.holdings()] == [(11, 0)]
    terms = ["windmil", "windmill", "holm", "tide", "nowher"]
    assert there.document_frequencies(terms) == here.document_frequencies(terms)
    for name in ("ferry post", "Ada Berg", "noor", "berg", 'O\'Hara "Press"', "nobody", "Zoë"):
        assert there.publisher_named(name) == here.publisher_named(name)
        assert there.author_named(name) == here.author_named(name)
    for groups, filters, whole in product(([], [["holm"]], [["tide"], ["moon"]], [["nowher"]]), FILTERS, (False, True)):
        held = here.holding(groups, filters, whole=whole).tolist()
        assert there.holding(groups, filters, whole=whole).tolist() == held
        assert there.undated_left_out(filters) == here.undated_left_out(filters)
    assert there.vocabulary().suggest("windmul") == here.vocabulary().suggest("windmul") == "windmill"
    there.close()
    here.close()


def test_a_vector_of_another_length_is_refused_by_name(away: Place) -> None:
    index = away.keeper.open()
    request = Request(lambda: np.ones(3, np.float32), (), (), Filters(), 5)
    with pytest.raises(EncoderMismatch, match=r"3 numbers.*64"):
        index.candidates(request)
    index.close()


def test_nothing_indexed_is_told_as_such(place: Place) -> None:
    assert place.keeper.current() is None
    assert place.keeper.names() == []
    with pytest.raises(NoGeneration, match="archivist index"):
        place.keeper.open()
    with pytest.raises(NoGeneration):
        place.keeper.rollback()


def test_generations_follow_each_other_and_go_back(place: Place, tmp_path: Path) -> None:
    wire = write(tmp_path / "wire", RECORDS[:3])
    place.index(wire)
    with place.open() as archive:
        for count in (4, 5, 6, 7):
            write(wire, RECORDS[:count])
            report = place.index()
            assert (report.added, report.encoded) == (1, 2)
            assert archive.refresh()
            assert archive.status().articles == count
        assert place.keeper.names() == ["0003", "0004", "0005"]
        assert place.index().generation == "0005"
        assert not archive.refresh()

        assert place.keeper.rollback_target().name == "0004"
        assert place.keeper.rollback() == "0004"
        assert archive.refresh()
        assert archive.status().articles == 6
        with pytest.raises(GenerationError, match="no generation 0001"):
            place.keeper.rollback("0001")
        assert [each.current for each in place.keeper.generations()] == [False, True, False]

        write(wire, RECORDS[:8])
        assert place.index().generation == "0006"
        assert archive.refresh()
        assert archive.status().articles == 8
    checked = place.keeper.verify()
    assert checked.ok
    assert (checked.articles, checked.passages) == (8, 16)


def test_what_is_withdrawn_is_gone_at_once_and_stays_away(place: Place, tmp_path: Path) -> None:
    wire = write(tmp_path / "wire", [*RECORDS, COPY])
    place.index(wire)
    with place.open() as archive:
        before = archive.status()
        doomed = next(each.id for each, _ in archive.articles() if each.id.endswith("#90"))
        assert doomed in cited(archive.ask("Who repaired the windmill?"))
        done = place.keeper.withdraw(doomed, "asked to", by="the test")
        assert done.generations == ("0001",)
        assert len(done.same_text) == 1

        assert doomed not in cited(archive.ask("Who repaired the windmill?", k=20))
        assert archive.article(doomed) is None
        assert doomed not in {each.id for each, _ in archive.articles()}
        after = archive.status()
        assert (after.articles, after.passages) == (before.articles - 1, before.passages - 2)
        assert after.withdrawn == {doomed}
        assert [(each.id, each.by, each.reason) for each in place.keeper.withdrawn()] == [
            (doomed, "the test", "asked to")
        ]

        assert place.index().skipped[0].reason == "withdrawn"
        assert archive.refresh()
        assert archive.status().articles == before.articles - 1

        assert not place.keeper.restore(doomed).shown  # the generation that is asked was built without it
        assert [entry.action for entry in place.keeper.log()] == ["withdraw", "restore"]
        place.index()
        assert archive.refresh()
        assert archive.article(doomed) is not None
    with pytest.raises(GenerationError, match="holds an article 'nowhere'"):
        place.keeper.withdraw("nowhere")


def test_first_and_last_day_move_when_what_bounds_them_is_withdrawn(place: Place, tmp_path: Path) -> None:
    place.index(write(tmp_path / "wire", RECORDS))
    with place.open() as archive:
        bounds = {each.published: each.id for each, _ in archive.articles()}
        place.keeper.withdraw(bounds["2001-03-04"])
        place.keeper.withdraw(bounds["2021-09-07"])
        status = archive.status()
        assert (status.first, status.last, status.undated, status.publishers) == ("2003", "2020", 1, 2)


def test_the_guard_against_removals_knows_what_is_there(place: Place, tmp_path: Path) -> None:
    wire = write(tmp_path / "wire", RECORDS)
    place.index(wire)
    write(wire, RECORDS[:2])
    with pytest.raises(RemovalRefused):
        run_index(place.data, [], HashEncoder(), place.options)
    assert place.keeper.current() == "0001"


def test_another_machine_goes_on_where_the_last_one_stopped(server: LiteServer, tmp_path: Path) -> None:
    wire = write(tmp_path / "wire", [*RECORDS, COPY, ODD])
    first = milvus_place(tmp_path / "one", server.uri)
    first.index(wire)
    second = first.elsewhere(tmp_path / "two")
    encoder = HashEncoder()
    report = second.index(encoder=encoder)
    assert (report.generation, report.unchanged, encoder.encoded) == ("0001", 10, [])

    write(wire, [*RECORDS[1:], COPY, ODD])
    report = second.index(encoder=encoder)
    assert (report.generation, report.removed, report.encoded) == ("0002", 1, 0)
    report = first.index(encoder=encoder)  # whose folder is a generation behind
    assert (report.generation, report.unchanged, encoder.encoded) == ("0002", 9, [])

    fresh = local_place(tmp_path / "fresh")
    fresh.index(wire)
    for folder in ("one", "two"):  # what came home is as good as what was built at once
        with local_place(tmp_path / folder).open() as brought, fresh.open() as here:
            assert ask(brought, Filters()) == ask(here, Filters())
    assert generations.current(tmp_path / "one") == generations.current(tmp_path / "two") == "0002"
