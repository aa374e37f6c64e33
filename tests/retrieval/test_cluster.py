"""Passages encoded by Dask's workers: real ones, on this machine, one of which is killed on the way."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import press
import pytest
from cluster_workers import Cluster, Prompted, Slow, cluster, free_port

from retrieval.encoders import OpenVinoEncoder
from retrieval.encoders.cluster import ClusterEncoder, ClusterError
from retrieval.errors import EncoderMismatch
from retrieval.index import generation as generations
from retrieval.indexing import run_index

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
ROOT = Path(__file__).resolve().parents[2]
STORIES = 1200


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many stories that several chunks are sent."""
    folder = tmp_path_factory.mktemp("cluster") / "village"
    press.write_lines(folder.parent / "wire.jsonl", map(press.record, range(STORIES)))
    return folder.parent / "wire.jsonl"


@pytest.fixture(scope="module")
def alone(village: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The files of the generation that one process makes, by their hashes."""
    data = tmp_path_factory.mktemp("alone") / "data"
    report = run_index(data, [village], Slow())
    assert report.encoded > 800
    return files_of(data)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path / "notes", 2) as running:
        yield running


def files_of(data: Path) -> dict[str, list[str]]:
    """Return the hashes of the files of the current generation by name: all but the time and the names that the
    full-text engine draws for its files, which stand under their kind.
    """
    folder = generations.folder_of(data, generations.require_current(data))
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_dir() or path.name in ("meta.json", ".managed.json"):
            continue
        content = path.read_bytes()
        if name == "manifest.json":
            manifest = {**json.loads(content), "built": "", "files": "", "seal": ""}
            content = json.dumps(manifest, sort_keys=True).encode()
        elif name.startswith("lexical"):
            name = f"{Path(name).parent}/*{path.suffix}"
        found.setdefault(name, []).append(hashlib.sha256(content).hexdigest())
    return {name: sorted(hashes) for name, hashes in found.items()}


def spread(running: Cluster, *, patience_s: float = 30.0) -> ClusterEncoder:
    return ClusterEncoder(Slow(), running.address, Prompted(), connect_s=5, patience_s=patience_s)


def index(source: Path, folder: Path, scheduler: str) -> subprocess.CompletedProcess[str]:
    """Run `archivist index` for the data folder in `folder`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVIST_")}
    return subprocess.run(
        [sys.executable, "-m", "retrieval", "index", str(source), "--data", "data", "--scheduler", scheduler],
        cwd=folder, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def until_there_are(encoder: ClusterEncoder, workers: int) -> None:
    while encoder.check() < workers:
        time.sleep(0.2)


def test_two_workers_make_the_generation_that_one_process_makes(
    two: Cluster, village: Path, alone: dict[str, list[str]], tmp_path: Path
) -> None:
    encoder = spread(two)
    until_there_are(encoder, 2)
    report = run_index(tmp_path / "data", [village], encoder)
    assert files_of(tmp_path / "data") == alone
    encoded = two.encoded()
    assert sorted(encoded) == sorted(worker.pid for worker in two.workers)  # both, and nobody else
    assert sum(encoded.values()) >= report.encoded
    assert min(encoded.values()) > 100


def test_a_worker_that_is_killed_on_the_way_does_not_change_the_generation(
    two: Cluster, village: Path, alone: dict[str, list[str]], tmp_path: Path
) -> None:
    encoder = spread(two)
    until_there_are(encoder, 2)
    killed: list[tuple[int, int]] = []

    def kill(phase: str, done: int, total: int) -> None:
        if phase == "encode" and not killed:
            two.workers[0].send_signal(signal.SIGKILL)
            killed.append((done, total))

    run_index(tmp_path / "data", [village], encoder, progress=kill)
    assert killed
    assert 0 < killed[0][0] < killed[0][1] - 256  # while much was still to be done
    assert files_of(tmp_path / "data") == alone


def test_a_run_without_any_worker_left_fails_in_one_line_and_the_next_goes_on_where_it_was(
    two: Cluster, village: Path, alone: dict[str, list[str]], tmp_path: Path
) -> None:
    encoder = spread(two, patience_s=5)
    done_before: list[int] = []
    totals: list[int] = []

    def kill(phase: str, done: int, total: int) -> None:
        if phase == "encode":
            done_before.append(done)
            totals.append(total)
            for worker in two.workers:
                worker.kill()

    with pytest.raises(ClusterError, match=r"no worker is left at tcp://127\.0\.0\.1:\d+ for \d+ seconds") as told:
        run_index(tmp_path / "data", [village], encoder, progress=kill)
    assert "goes on where it was" in told.value.hint
    assert generations.current(tmp_path / "data") is None
    two.add()
    report = run_index(tmp_path / "data", [village], spread(two))
    assert (report.encoded, report.generation) == (totals[-1] - done_before[-1], "0001")
    assert files_of(tmp_path / "data") == alone


def test_a_scheduler_that_goes_in_the_middle_is_told_in_one_line(two: Cluster, village: Path, tmp_path: Path) -> None:
    def kill(phase: str, done: int, total: int) -> None:
        if phase == "encode" and done:
            two.scheduler.kill()

    with pytest.raises(ClusterError, match=r"the Dask scheduler at tcp://127\.0\.0\.1:\d+ has gone") as told:
        run_index(tmp_path / "data", [village], spread(two), progress=kill)
    assert "run this again" in told.value.hint
    assert generations.current(tmp_path / "data") is None


def test_a_worker_with_another_encoder_is_refused_whenever_it_comes(
    two: Cluster, village: Path, tmp_path: Path
) -> None:
    two.add(PROMPT="passage: ")
    with pytest.raises(EncoderMismatch, match=r"have another encoder than hashed words here: .*tcp://127\.0\.0\.1"):
        until_there_are(spread(two), 3)
    assert two.workers[2].poll() is None
    two.workers[2].kill()
    two.workers[2].wait()
    with pytest.raises(EncoderMismatch, match="have another encoder"):
        # Nothing was asked of the workers before: each chunk's own worker is.
        run_index(tmp_path / "data", [village], ClusterEncoder(Slow("other: "), two.address, Prompted()))
    assert generations.current(tmp_path / "data") is None


def test_no_scheduler_and_no_worker_are_told_with_what_to_do(tmp_path: Path) -> None:
    nowhere = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ClusterError, match=f"the Dask scheduler at {nowhere} cannot be reached") as told:
        ClusterEncoder(Slow(), nowhere, Prompted(), connect_s=1).check()
    assert "dask scheduler" in told.value.hint
    with cluster(tmp_path / "notes", 0) as running, pytest.raises(ClusterError, match="no worker has come") as told:
        spread(running, patience_s=1).check()
    assert f"dask worker {running.address}" in told.value.hint


def test_the_command_line_makes_the_same_index_with_real_encoders_on_workers(
    two: Cluster, converted: OpenVinoEncoder, tmp_path: Path
) -> None:
    for number in range(70):
        press.write_story(tmp_path / "village", f"{number}.txt", f"The miller {number} sold {number % 7} weirs in May.")
    run_index(tmp_path / "alone", [tmp_path / "village"], converted)
    done = index(tmp_path / "village", tmp_path, two.address)
    assert done.returncode == 0, done.stderr
    assert re.search(f"passages are encoded by [12] workers? of {two.address}", done.stderr)
    ours, theirs = files_of(tmp_path / "data"), files_of(tmp_path / "alone")
    assert ours["dense.faiss"] == theirs["dense.faiss"]
    assert ours["catalogue.sqlite"] == theirs["catalogue.sqlite"]


def test_the_command_line_tells_in_one_line_that_there_is_no_scheduler(village: Path, tmp_path: Path) -> None:
    nowhere = f"tcp://127.0.0.1:{free_port()}"
    done = index(village, tmp_path, nowhere)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert f"the Dask scheduler at {nowhere} cannot be reached" in line
    assert not (tmp_path / "data" / "CURRENT").exists()
