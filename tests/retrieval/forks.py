"""Runs of the indexer in processes of their own, which may be killed or starved at will.

A server process imports everything once; each run is a fork of it, so that what is killed is work and not imports. The
server itself never indexes: a fork would inherit the state of libraries' threads without the threads.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NOBODY = 65_534


class Forks:
    """Starts runs. A run is what `_work` does with a description of it; it ends by itself or is killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, what: str, **choices: Any) -> dict[str, Any]:
        """Run `what` and return how it ended: `{"killed": bool, "took_s": float, …}` with what the run itself told."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"what": what, **choices}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the server died"
        ended: dict[str, Any] = json.loads(line)
        return ended


@contextmanager
def started(folder: Path) -> Iterator[Forks]:
    """Start the server; whatever libraries leave in the folder for temporary files goes with `folder`."""
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, str(Path(__file__))]
    environment = os.environ | {"PYTHONPATH": paths, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield Forks(process)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(30)


def _serve() -> None:
    import village  # noqa: F401 - all that a run needs, imported once
    from faiss import IndexFlatIP  # noqa: F401
    from tantivy import Index  # noqa: F401

    from retrieval.language import detect_language
    from retrieval.sentences import sentence_spans
    from retrieval.terms import stems

    for load in (stems, sentence_spans):  # what these read once belongs to the imports
        load("The miller repaired the windmill.", detect_language("The miller repaired the windmill."))
    for line in sys.stdin:
        choices = json.loads(line)
        reading, telling = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _in_child(telling, choices)
        os.close(telling)
        with os.fdopen(reading, encoding="utf-8") as told:
            told.readline()  # the work begins
            began = time.monotonic()
            if "after_s" in choices:
                time.sleep(choices["after_s"])
                os.kill(pid, signal.SIGKILL)
            rest = told.read()
        _, status = os.waitpid(pid, 0)
        ended = {"killed": os.WIFSIGNALED(status), "took_s": time.monotonic() - began}
        print(json.dumps(ended | (json.loads(rest) if rest.endswith("\n") else {})), flush=True)  # noqa: T201


def _in_child(telling: int, choices: dict[str, Any]) -> None:
    result: dict[str, Any] = {}
    try:
        result = _work(choices, lambda: os.write(telling, b"begun\n"))
    except BaseException as error:
        result = {"error": type(error).__name__, "message": str(error), "trace": traceback.format_exc()}
    finally:
        os.write(telling, (json.dumps(result) + "\n").encode())
        os._exit(0)


def _work(choices: dict[str, Any], begin: Callable[[], object]) -> dict[str, Any]:
    import village
    from fakes import HashEncoder

    from retrieval.encoders import Encoder, SentenceTransformerEncoder
    from retrieval.indexing import run_index

    encoder: Encoder = HashEncoder()
    if choices.get("real"):
        encoder = SentenceTransformerEncoder(threads=1)
        encoder.encode_passages(["loaded before the work begins"])
    data = Path(choices["data"])
    if choices.get("nobody") and os.geteuid() == 0:
        village.ask(data, encoder)  # what is imported on the way may lie where only this user may read
        tempfile.tempdir = "/tmp"  # noqa: S108
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    if choices["what"] == "ask":
        begin()
        return {"quotes": [hit.passage.text for answer in village.ask(data, encoder) for hit in answer.hits]}
    if "file_bytes" in choices:
        resource.setrlimit(resource.RLIMIT_FSIZE, (choices["file_bytes"], resource.RLIM_INFINITY))
    steps = _Steps(choices.get("step"))
    steps.watch()
    begin()
    report = run_index(
        data, [Path(choices["source"])], encoder, village.OPTIONS, progress=_killer(choices.get("phase"))
    )
    return {"generation": report.generation, "steps": steps.seen}


def _killer(phase: str | None) -> Callable[[str, int, int], None]:
    """Return a progress callback that dies in the middle of a phase."""

    def told(name: str, done: int, total: int) -> None:
        if name == phase and done >= total // 2:
            os.kill(os.getpid(), signal.SIGKILL)

    return told


class _Steps:
    """Counts the steps that change what others see on the disk, and dies just before the one it is to die at."""

    def __init__(self, fatal: int | None) -> None:
        self.seen: list[str] = []
        self._fatal = fatal

    def watch(self) -> None:
        def told(event: str, arguments: tuple[Any, ...]) -> None:
            if event in {"os.rename", "os.remove", "os.chmod", "shutil.rmtree", "os.mkdir", "os.truncate"}:
                if len(self.seen) == self._fatal:
                    os.kill(os.getpid(), signal.SIGKILL)
                self.seen.append(f"{event} {Path(str(arguments[0])).name}")

        sys.addaudithook(told)


if __name__ == "__main__":
    _serve()
