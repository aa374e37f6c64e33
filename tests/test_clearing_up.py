"""What the tests start outlives no test process, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from postgres import NoPostgres, postgres

_BEGIN = """
import os, sys, time
from contextlib import ExitStack
from pathlib import Path
sys.path[:0] = sys.argv[1].split(os.pathsep)
from {module} import {name}
with ExitStack() as opened:
    server = opened.enter_context({name}({arguments}))
    print({told}, flush=True)
    time.sleep(100)
"""
TESTS = Path(__file__).parent


@pytest.mark.parametrize(
    ("module", "name", "arguments", "told"),
    [
        (
            "postgres",
            "postgres",
            "",
            "(server.folder / 'data' / 'postmaster.pid').read_text().split()[0], server.folder",
        ),
        ("milvus_places", "lite_server", "Path(sys.argv[2])", "server.process.pid"),
        ("cluster_workers", "cluster", "Path(sys.argv[2]), 1", "server.scheduler.pid, server.workers[0].pid"),
    ],
)
def test_what_a_test_process_started_ends_when_it_is_killed(
    tmp_path: Path, module: str, name: str, arguments: str, told: str
) -> None:
    if name == "postgres":
        try:
            with postgres():
                pass
        except NoPostgres as why:
            pytest.skip(f"no PostgreSQL: {why}")
    paths = os.pathsep.join(map(str, (TESTS.parent, TESTS, TESTS / "retrieval")))
    script = _BEGIN.format(module=module, name=name, arguments=arguments, told=told)
    with subprocess.Popen(
        [sys.executable, "-c", script, paths, str(tmp_path / "folder")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        started, folders = [int(each) for each in said if each.isdigit()], [Path(each) for each in said if "/" in each]
        assert all(map(_runs, started))
        assert started
        process.send_signal(signal.SIGKILL)
    end = time.monotonic() + 20
    while any(map(_runs, started)) or any(folder.exists() for folder in folders):
        assert time.monotonic() < end, [pid for pid in started if _runs(pid)]
        time.sleep(0.1)


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
