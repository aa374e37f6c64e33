"""Reading on several cores: the files of a source, read by processes of their own, in the order of the files.

Not by `multiprocessing`, which imports the user's program anew or copies a process that has threads; each is this
Python on `retrieval.reading.worker`. What they read waits in pipes until its turn comes, so that memory does not grow
with the files. Where a file brings its process down (a parser's fault, or too little memory), it is skipped and named.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import cast

from retrieval.errors import ReadError
from retrieval.reading.blocks import Limits
from retrieval.reading.files import Found
from retrieval.reading.frames import Begun, Done, Failed, Job, Logged, Ready, receive, send
from retrieval.types import Article, Skipped

FEWEST = 64
"""Files below which it does not pay to start processes: each takes about a second to load the readers' libraries."""
_MOST_PROCESSES = 8
_AHEAD = 8
_PIPE_BYTES = 1024 * 1024  # most that Linux gives without being asked by root; a few pages fill the usual 64 KiB
_END_S = 3.0
_HINT = "Set reading.processes to 1, which reads all files in one process"


def processes_for(files: int, wanted: int) -> int:
    """Return how many processes so many files are worth: 1, this one, for few of them.

    `wanted` is the setting: 0 for one per core that this process may use, eight at most.
    """
    if files < FEWEST or not sys.executable:
        return 1
    return wanted or min(_cores(), _MOST_PROCESSES)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class Crew:
    """Processes that read the files of one source after another, while it is entered.

    They end with it, and when this process dies. Loading the readers' libraries takes each about a second, so they may
    be started before it is known which files they will read.
    """

    def __init__(self) -> None:
        self._children: list[_Child] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dismiss()

    def begin(self, processes: int) -> None:
        """Have so many processes in all. Raises ReadError where they cannot be started."""
        try:
            while len(self._children) < processes:
                self._children.append(_Child())
                self._children[-1].start()
        except OSError as error:
            self.dismiss()
            raise ReadError(f"no process to read files could be started: {error.strerror or error}", _HINT) from error

    def members(self, processes: int) -> list[_Child]:
        """So many of the processes, which are begun where they are not there. Raises ReadError as `begin` does."""
        self.begin(processes)
        return self._children[:processes]

    def dismiss(self) -> None:
        """End all processes, whatever they are doing."""
        leaving, self._children = self._children, []
        for child in leaving:
            child.leave()
        for child in leaving:
            child.end()


def begun_for(paths: Sequence[Path], wanted: int) -> Crew:
    """A crew for all files below `paths`, at work on its loading already where those are many.

    Nothing is raised for paths that cannot be read, nor where no process can be started: whoever reads them is told.
    """
    crew, files = Crew(), 0
    for path in paths:
        for _, _, names in os.walk(path):
            files += len(names)
            if files >= FEWEST:
                if (processes := processes_for(files, wanted)) > 1:
                    with suppress(ReadError):
                        crew.begin(processes)
                return crew
    return crew


class Pool:
    """Reads `files` in so many processes of a crew, while it is entered."""

    def __init__(self, files: Sequence[Found], limits: Limits, processes: int, crew: Crew) -> None:
        self._jobs = [Job(file.path, file.name, limits) for file in files]
        self._crew = crew
        self._processes = processes
        self._children: list[_Child] = []
        self._sent = self._taken = 0

    def __enter__(self) -> Pool:
        self._children = self._crew.members(self._processes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error or self._taken < len(self._jobs):  # they are in the middle of something that nobody will take
            self._crew.dismiss()

    def items(self) -> Iterator[Article | Skipped]:
        """What `read_articles` gives of the next file, with the articles' languages; to be taken to its end.

        Raises ReadError where the processes cannot read at all, whatever the file.
        """
        number = self._taken
        self._taken += 1
        while self._sent < min(len(self._jobs), number + _AHEAD * len(self._children)):
            self._children[self._sent % len(self._children)].ask(self._jobs[self._sent])
            self._sent += 1
        return self._children[number % len(self._children)].items()


class _Child:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: deque[Job] = deque()
        self._ready = False

    def start(self) -> None:
        """Start the process, with all that was asked of the one before it. Raises OSError."""
        level = logging.getLogger("retrieval").getEffectiveLevel()
        # Not in the foreground's group of processes: an interrupt from the keyboard is for this process alone.
        self._process = subprocess.Popen(  # noqa: S603 - this Python, on a program of ours
            [sys.executable, "-P", "-m", "retrieval.reading.worker", str(level)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, process_group=0,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        )  # fmt: skip
        self._ready = False
        _widen(self._said())
        for job in self._asked:
            self._send(job)

    def ask(self, job: Job) -> None:
        """Have a file read after those that were asked for before."""
        self._asked.append(job)
        self._send(job)

    def items(self) -> Iterator[Article | Skipped]:
        """What is read of the file that was asked for first."""
        begun = again = False
        while True:
            message = receive(self._said())
            if isinstance(message, (Article, Skipped)):
                yield message
            elif isinstance(message, Logged):
                logging.getLogger(message.logger).log(message.level, "%s", message.text)
            elif isinstance(message, Begun):
                begun = True
            elif isinstance(message, Ready):
                self._ready = True
            elif isinstance(message, Done):
                self._asked.popleft()
                return
            elif isinstance(message, Failed):
                raise ReadError(f"reading {self._asked[0].name} failed: {message.reason}", _HINT)
            else:
                how = self._ended()
                if not self._ready:
                    raise ReadError(f"a process that reads files ended before it could begin ({how})", _HINT)
                if begun or again:
                    name = self._asked.popleft().name
                    self.start()
                    yield Skipped(name, f"reading it brought the reader down ({how})")
                    return
                again = True  # it died between two files, which says nothing of either
                self.start()

    def leave(self) -> None:
        """Tell the process to end, whatever it is doing."""
        if self._process:
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()

    def end(self) -> None:
        """Wait until the process has ended; it is killed where it does not."""
        if self._process:
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:  # deep in a library that hears no signals
                self._process.kill()
                self._process.wait()

    def _ended(self) -> str:
        """Make sure that the process has ended, and return how."""
        self.leave()
        self.end()
        code = self._process.returncode if self._process else 0
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def _said(self) -> RawIOBase:
        return cast("RawIOBase", self._process.stdout if self._process else None)

    def _send(self, job: Job) -> None:
        # One that died is noticed where its answer is missed, and what it was asked then goes to the next.
        with suppress(BrokenPipeError):
            send(cast("RawIOBase", self._process.stdin if self._process else None), job)


def _widen(stream: RawIOBase) -> None:
    """Let more fit into a pipe, where the system allows it, so that a process goes on while another's turn is long."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
