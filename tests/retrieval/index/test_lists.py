"""Large archives are searched by lists, which find nearly what comparing with all finds, however they came about."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import press
import pytest
from command_line import program
from fakes import HashEncoder
from numpy.typing import NDArray

from retrieval.archive import Archive
from retrieval.errors import DamagedError
from retrieval.index import generation as generations
from retrieval.index.codes import Codes, write_codes
from retrieval.index.dense import DenseIndex, write_dense
from retrieval.index.floats import Floats, write_floats
from retrieval.index.lists import TARGET, Tuned, lists_for, recall, sample_size
from retrieval.index.verifying import verify_folder
from retrieval.indexing import run_index

ROWS, DIMENSION = 20_000, 48
LISTED = replace(press.OPTIONS, exact_below=1)
FILES = ("dense.faiss", "lists.faiss", "codes.bin")


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    normalised: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return normalised


def drawn(seed: int, count: int) -> NDArray[np.float32]:
    """Vectors around 400 centres, the same ones for every seed."""
    centres = np.random.default_rng(1).standard_normal((400, DIMENSION), np.float32)
    draw = np.random.default_rng(seed)
    noise = draw.standard_normal((count, DIMENSION), np.float32)
    return unit(centres[draw.integers(400, size=count)] + np.float32(0.7) * noise)


VECTORS = drawn(2, ROWS)
QUESTIONS = drawn(3, 60)


def written(folder: Path, vectors: NDArray[np.float32] = VECTORS) -> tuple[Path, Tuned]:
    path = folder / "dense.faiss"
    batches = (vectors[at : at + 999] for at in range(0, len(vectors), 999))
    tuned = write_dense(path, batches, DIMENSION, 1, lambda n: np.random.default_rng(4).permutation(len(vectors))[:n])
    assert tuned is not None
    return path, tuned


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tuned]:
    return written(tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def dense(made: tuple[Path, Tuned]) -> Iterator[DenseIndex]:
    index = DenseIndex(made[0], ROWS, DIMENSION, made[1])
    yield index
    index.close()


@pytest.mark.parametrize("share", [1.0, 0.8, 0.6, 0.4, 0.1, 0.01, 0.001])
def test_with_any_filter_nearly_all_of_the_ten_nearest_are_found(dense: DenseIndex, share: float) -> None:
    allowed = np.random.default_rng(5).random(ROWS) < share
    found = 0
    for question in QUESTIONS:
        rows, scores = dense.search(question, 10, None if share == 1 else allowed)
        cosines = np.round((VECTORS @ question).astype(np.float64), 5)
        assert scores == pytest.approx(cosines[rows], abs=2.1e-5), "what is found has its exact score"
        assert share == 1 or allowed[rows].all()
        best = np.argsort(-np.where(allowed if share < 1 else True, cosines, -2), kind="stable")[:10]
        found += len(set(best.tolist()) & set(rows.tolist()))
    assert found >= 0.98 * 10 * len(QUESTIONS)


def test_not_all_lists_are_gone_through_and_the_recall_is_stated(made: tuple[Path, Tuned]) -> None:
    assert made[1].lists == lists_for(ROWS) == 512
    assert 1 <= made[1].nprobe < made[1].lists
    assert TARGET - 0.02 <= made[1].recall <= 1


@pytest.mark.parametrize("n", [1, 700, ROWS // 2, ROWS, 3 * ROWS])
@pytest.mark.parametrize("share", [1.0, 0.4])
def test_as_many_come_back_as_were_asked_for_and_are_allowed(dense: DenseIndex, n: int, share: float) -> None:
    allowed = np.random.default_rng(6).random(ROWS) < share
    rows, scores = dense.search(QUESTIONS[0], n, allowed)
    assert len(rows) == min(n, np.count_nonzero(allowed)) == len(set(rows.tolist()))
    order = list(zip((-scores).tolist(), rows.tolist(), strict=True))
    assert order == sorted(order)


def test_copies_do_not_lower_the_recall_that_is_stated(tmp_path: Path) -> None:
    copied = np.repeat(VECTORS[:6_000], 3, axis=0)
    path, tuned = written(tmp_path, copied)
    assert tuned.recall >= 0.98
    index = DenseIndex(path, len(copied), DIMENSION, tuned)
    scores = index.search(QUESTIONS[0], 10, None)[1]
    index.close()
    assert recall(scores, np.sort(copied @ QUESTIONS[0])[::-1][:10]) == 1
    assert recall(scores - np.float32(0.01), scores) < 1


def test_a_mask_that_allows_nothing_finds_nothing(dense: DenseIndex) -> None:
    assert len(dense.search(QUESTIONS[0], 10, np.zeros(ROWS, np.bool_))[0]) == 0


def test_every_passage_finds_itself(dense: DenseIndex) -> None:
    for row in range(0, ROWS, 997):
        assert dense.search(VECTORS[row], 1, None)[0].tolist() == [row]


def test_the_same_vectors_make_the_same_files_with_any_number_of_threads(tmp_path: Path) -> None:
    threads = faiss.omp_get_max_threads()
    made = []
    try:
        for number in (1, 2, 3):
            folder = tmp_path / str(number)
            folder.mkdir()
            faiss.omp_set_num_threads(number)
            path, tuned = written(folder, VECTORS[:6_000])
            made.append((tuned, *(path.with_name(name).read_bytes() for name in FILES)))
            assert faiss.omp_get_max_threads() == number
    finally:
        faiss.omp_set_num_threads(threads)
    assert made[0] == made[1] == made[2]


def test_the_file_of_vectors_is_what_faiss_writes(tmp_path: Path) -> None:
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(VECTORS[:1000])
    faiss.write_index(index, str(tmp_path / "faiss"))
    assert write_floats(tmp_path / "ours", [VECTORS[:600], VECTORS[600:1000]], DIMENSION) == 1000
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "faiss").read_bytes()
    floats = Floats(tmp_path / "ours", 1000, DIMENSION)
    assert floats.rows(np.array([999, 0, 7])).tobytes() == VECTORS[[999, 0, 7]].tobytes()
    assert floats.between(900, 2000).tobytes() == VECTORS[900:1000].tobytes()
    assert floats.between(2000, 3000).shape == (0, DIMENSION)
    floats.close()


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="nothing can be dropped from memory here")
def test_vectors_that_are_not_in_memory_are_read_as_those_that_are(made: tuple[Path, Tuned]) -> None:
    floats = Floats(made[0], ROWS, DIMENSION)
    rows = np.random.default_rng(8).permutation(ROWS)[:500]
    with made[0].open("rb") as file:
        for part in (made[0].stat().st_size, made[0].stat().st_size // 2):
            os.posix_fadvise(file.fileno(), 0, part, os.POSIX_FADV_DONTNEED)
            assert floats.rows(rows).tobytes() == VECTORS[rows].tobytes()
    floats.close()


def test_a_file_system_that_cannot_tell_what_is_in_memory_is_read_all_the_same(
    made: tuple[Path, Tuned], monkeypatch: pytest.MonkeyPatch
) -> None:
    floats = Floats(made[0], ROWS, DIMENSION)
    plain = os.preadv

    def refused(descriptor: int, buffers: Any, offset: int, flags: int = 0) -> int:
        if flags:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return plain(descriptor, buffers, offset)

    monkeypatch.setattr(os, "preadv", refused)
    rows = np.array([ROWS - 1, 0, 7])
    assert floats.rows(rows).tobytes() == VECTORS[rows].tobytes()
    floats.close()


def test_a_file_that_was_cut_off_is_told_by_the_vector_it_ends_before(made: tuple[Path, Tuned], tmp_path: Path) -> None:
    path = tmp_path / "dense.faiss"
    path.write_bytes(made[0].read_bytes())
    floats = Floats(path, ROWS, DIMENSION)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 4)
    with pytest.raises(OSError, match=f"ends before vector {ROWS - 1}"):
        floats.rows(np.array([5, ROWS - 1]))
    floats.close()


def test_what_a_search_compared_scores_as_if_it_was_compared_again(dense: DenseIndex) -> None:
    others = np.random.default_rng(9).permutation(ROWS)[:90]
    for question in QUESTIONS[:20]:
        near = dense.search(question, 100, None)
        rows = np.union1d(near[0], others)
        assert dense.scores(question, rows, near).tobytes() == dense.scores(question, rows).tobytes()


@pytest.mark.parametrize("content", [b"", b"dust", bytes(1000)])
def test_a_broken_file_of_lists_is_damage(made: tuple[Path, Tuned], tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dense.faiss").symlink_to(made[0])
    (tmp_path / "lists.faiss").write_bytes(content)
    with pytest.raises(DamagedError, match=r"lists\.faiss"):
        DenseIndex(tmp_path / "dense.faiss", ROWS, DIMENSION, made[1])


def test_lists_of_other_vectors_are_told(made: tuple[Path, Tuned], tmp_path: Path) -> None:
    path, tuned = written(tmp_path, VECTORS[::-1].copy())
    (tmp_path / "lists.faiss").write_bytes(made[0].with_name("lists.faiss").read_bytes())
    index = DenseIndex(path, ROWS, DIMENSION, tuned)
    assert "is not in the list nearest to it" in (index.problem() or "")
    index.close()


def test_what_stands_in_two_lists_is_told(made: tuple[Path, Tuned], tmp_path: Path) -> None:
    index: Any = faiss.read_index(str(made[0].with_name("lists.faiss")))
    ids = faiss.rev_swig_ptr(index.invlists.get_ids(0), index.invlists.list_size(0))
    ids[0] = ids[1]
    faiss.write_index(index, str(tmp_path / "lists.faiss"))
    (tmp_path / "dense.faiss").symlink_to(made[0])
    broken = DenseIndex(tmp_path / "dense.faiss", ROWS, DIMENSION, made[1])
    assert "list 0 holds rows" in (broken.problem() or "")
    broken.close()


def test_the_sample_never_asks_for_more_rows_than_there_are() -> None:
    assert [sample_size(count) for count in (0, 1, 100, 1_000_000)] == [0, 1, 100, 32 * 4096 + 200]


def articles(folder: Path, count: int) -> Path:
    press.write_lines(folder / "news" / "a.jsonl", map(press.record, range(count)))
    return folder / "news"


def folder_in(data: Path) -> Path:
    return generations.folder_of(data, generations.require_current(data))


def test_a_large_archive_is_searched_by_lists_and_says_so(tmp_path: Path) -> None:
    source = articles(tmp_path, 12)
    run_index(tmp_path / "data", [source], HashEncoder(), LISTED)
    assert verify_folder(folder_in(tmp_path / "data")).ok
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        summary = archive.status()
        found = archive.search("Who sold the ferry?", k=5)
    run_index(tmp_path / "exact", [source], HashEncoder(), press.OPTIONS)
    with Archive.open(tmp_path / "exact", encoder=HashEncoder()) as archive:
        assert (archive.status().search, archive.status().recall) == ("exact", 1.0)
        assert [hit.passage for hit in archive.search("Who sold the ferry?", k=5)] == [hit.passage for hit in found]
    assert summary.search == "approximate"
    status = program(["status", "--data", "data", "--json"], tmp_path).document
    assert (status["search"], status["recall"]) == ("approximate", summary.recall)
    assert f"approximate, recall {summary.recall:.2f}" in program(["status", "--data", "data"], tmp_path).out
    assert "Search      exact" in program(["status", "--data", "exact"], tmp_path).out


def test_step_by_step_makes_the_same_lists_as_at_once(tmp_path: Path) -> None:
    source = tmp_path / "news"
    for step in range(3):
        press.write_lines(source / f"{step}.jsonl", map(press.record, range(5 * step, 5 * step + 4)))
        run_index(tmp_path / "steps", [source], HashEncoder(), LISTED)
    (source / "1.jsonl").unlink()
    run_index(tmp_path / "steps", [source], HashEncoder(), LISTED, allow_removals=True)
    run_index(tmp_path / "once", [source], HashEncoder(), LISTED)
    steps, once = folder_in(tmp_path / "steps"), folder_in(tmp_path / "once")
    for name in FILES:
        assert (steps / name).read_bytes() == (once / name).read_bytes()
    made = [generations.load_manifest(folder).dense for folder in (steps, once)]
    assert made[0] == made[1] == asdict(Tuned(**made[0]))


def test_another_bound_for_exact_search_makes_the_index_anew_without_encoding(tmp_path: Path) -> None:
    source = articles(tmp_path, 6)
    data = tmp_path / "data"
    first = run_index(data, [source], HashEncoder(), press.OPTIONS)
    assert not (folder_in(data) / "lists.faiss").exists()
    assert run_index(data, [source], HashEncoder(), press.OPTIONS).generation == first.generation
    encoder = HashEncoder()
    second = run_index(data, [source], encoder, LISTED)
    assert second.generation != first.generation
    assert (folder_in(data) / "lists.faiss").exists()
    assert not encoder.encoded
    assert run_index(data, [source], HashEncoder(), LISTED).generation == second.generation


@pytest.mark.parametrize("file", ["lists.faiss", "codes.bin"])
def test_verify_names_what_is_damaged(tmp_path: Path, file: str) -> None:
    source = articles(tmp_path, 6)
    run_index(tmp_path / "data", [source], HashEncoder(), LISTED)
    path = folder_in(tmp_path / "data") / file
    path.chmod(0o644)
    broken = bytearray(path.read_bytes())
    broken[-1] ^= 1
    path.write_bytes(bytes(broken))
    assert [problem.file for problem in verify_folder(folder_in(tmp_path / "data")).problems] == [file]


def test_a_code_tells_a_cosine_to_a_hundredth(made: tuple[Path, Tuned]) -> None:
    codes = Codes(made[0].with_name("codes.bin"), ROWS, DIMENSION)
    rows = np.arange(0, ROWS, 7)
    for question in QUESTIONS[:5]:
        cosines = VECTORS[rows] @ question
        assert np.abs(codes.scores(question, rows) - cosines).max() < 0.01
        best = codes.best(question, rows, 200)
        assert len(best) == 200
        assert (np.diff(best) > 0).all()
        assert set(rows[np.argsort(-cosines)[:100]]) <= set(best)


def test_a_vector_of_noughts_has_a_code(tmp_path: Path) -> None:
    write_codes(tmp_path / "codes", [np.zeros((1, DIMENSION), np.float32)])
    assert Codes(tmp_path / "codes", 1, DIMENSION).scores(QUESTIONS[0], np.array([0])).tolist() == [0]


def test_codes_of_other_vectors_are_told(made: tuple[Path, Tuned], tmp_path: Path) -> None:
    for name in ("dense.faiss", "lists.faiss"):
        (tmp_path / name).symlink_to(made[0].with_name(name))
    write_codes(tmp_path / "codes.bin", [np.roll(VECTORS, 1, axis=0)])
    index = DenseIndex(tmp_path / "dense.faiss", ROWS, DIMENSION, made[1])
    assert "the codes of passage 0 are not those of its vector" in (index.codes_problem() or "")
    index.close()


def test_codes_of_another_size_are_damage(made: tuple[Path, Tuned], tmp_path: Path) -> None:
    for name in ("dense.faiss", "lists.faiss"):
        (tmp_path / name).symlink_to(made[0].with_name(name))
    (tmp_path / "codes.bin").write_bytes(b"dust")
    with pytest.raises(DamagedError, match=r"codes\.bin"):
        DenseIndex(tmp_path / "dense.faiss", ROWS, DIMENSION, made[1])


def test_a_generation_of_before_there_were_codes_finds_the_same(
    made: tuple[Path, Tuned], dense: DenseIndex, tmp_path: Path
) -> None:
    for name in ("dense.faiss", "lists.faiss"):
        (tmp_path / name).symlink_to(made[0].with_name(name))
    older = DenseIndex(tmp_path / "dense.faiss", ROWS, DIMENSION, made[1])
    assert older.codes_problem() is None
    for question in QUESTIONS[:10]:
        assert older.search(question, 50, None)[0].tolist() == dense.search(question, 50, None)[0].tolist()
    older.close()
