from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.errors import WriterBusy
from retrieval.index.lock import writing

_HOLD = (
    "import sys, time; from pathlib import Path; from retrieval.index.lock import writing\n"
    "with writing(Path(sys.argv[1])):\n"
    "    print('held', flush=True); time.sleep(600)\n"
)


@contextmanager
def holder(data: Path) -> Iterator[subprocess.Popen[str]]:
    """A child process that holds the writer's lock."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", _HOLD, str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert child.stdout
            assert child.stdout.readline() == "held\n"
            yield child
        finally:
            child.kill()


def test_a_second_writer_is_told_who_writes_and_since_when(tmp_path: Path) -> None:
    news = press.write_story(tmp_path / "news", "a.txt", "The ferry sank.").parent
    with holder(tmp_path / "data") as child:
        with pytest.raises(WriterBusy) as raised:
            press.build(tmp_path / "data", news, HashEncoder())
        assert f"process {child.pid} on " in raised.value.message
        since = datetime.fromisoformat(raised.value.message.rpartition("since ")[2])
        assert timedelta(0) <= datetime.now(UTC) - since < timedelta(minutes=5)
        assert press.build(tmp_path / "data", news, HashEncoder(), dry_run=True).added == 1, "looking is allowed"


def test_the_lock_of_a_killed_process_is_gone_with_it(tmp_path: Path) -> None:
    with holder(tmp_path) as child:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        with writing(tmp_path):
            assert str(os.getpid()) in (tmp_path / "LOCK").read_text()
    assert (tmp_path / "LOCK").read_text() == ""


def test_a_lock_is_given_back_after_an_error_and_excludes_its_own_process_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing(tmp_path):
        raise ZeroDivisionError
    with writing(tmp_path), pytest.raises(WriterBusy, match=f"process {os.getpid()}"), writing(tmp_path):
        pass
    with writing(tmp_path):
        pass
