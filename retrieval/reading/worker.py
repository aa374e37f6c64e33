"""Run as a program of its own (`python -m retrieval.reading.worker LEVEL`): reads the files that it is told to.

Jobs come on standard input, what is read of them goes to standard output (`frames`), in the order of the jobs and each
item as soon as it is known: what nobody takes fills the pipe, and the reading waits. When standard input ends, because
it was closed or whoever held it died, so does this program, even in the middle of a file. LEVEL is the least level of
what is logged.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from io import FileIO
from queue import SimpleQueue
from types import FrameType

from retrieval.language import with_language
from retrieval.reading.articles import read_articles
from retrieval.reading.frames import Begun, Done, Failed, Job, Logged, Message, Ready, receive, send

_COLLECTED = (50_000, 20, 20)


def main(level: int) -> None:
    """Read what standard input asks for until it ends."""
    # What a library prints must not get between the messages, nor may what a reader starts take jobs away.
    jobs, said = FileIO(os.dup(0), "r"), FileIO(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    worker = _Worker(jobs, said)
    worker.log(level)
    # A page is thousands of small objects that go when it has been read: looking for cycles in them is time lost.
    gc.set_threshold(*_COLLECTED)
    try:
        worker.work()
    except (BrokenPipeError, SystemExit):  # nobody wants to know any more
        return


class _Worker:
    def __init__(self, jobs: FileIO, said: FileIO) -> None:
        self._jobs, self._said = jobs, said
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._reading = False
        self._over = False

    def log(self, level: int) -> None:
        """Hand what is logged to whoever asked for the reading: that of others than ours only where all is wanted."""
        root, own = logging.getLogger(), logging.getLogger("retrieval")
        (root if level <= logging.DEBUG else own).addHandler(_Forwarding(self._say))
        root.addHandler(logging.NullHandler())  # without any, logging prints what others warn of
        own.setLevel(level)
        logging.captureWarnings(True)

    def work(self) -> None:
        """Read file after file. Raises BrokenPipeError where nobody takes what is read."""
        signal.signal(signal.SIGINT, self._interrupted)
        threading.Thread(target=self._listen, daemon=True).start()
        self._say(Ready())
        while job := self._queue.get():
            self._say(Begun())
            self._reading = True
            try:
                for item in read_articles(job.path, job.name, job.limits):
                    self._say(with_language(item))
            except BrokenPipeError:
                raise
            except Exception as error:  # not the file's fault, which read_articles would have told
                logging.getLogger(__name__).exception("reading %s failed", job.name)
                self._say(Failed(f"{type(error).__name__}: {str(error)[:200]}"))
            self._reading = False
            self._say(Done())

    def _say(self, message: Message) -> None:
        send(self._said, message)

    def _listen(self) -> None:
        """Take jobs in as they come, so that whoever sends them never waits, and hear when there are to be no more."""
        try:
            while isinstance(job := receive(self._jobs), Job):
                self._queue.put(job)
        finally:
            self._over = True
            self._queue.put(None)
            if sys.platform == "win32":
                signal.raise_signal(signal.SIGINT)
            else:  # wakes the reading thread where it waits for something
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        """Leave a file where nobody waits for it; an interrupt from the keyboard is for whoever started this."""
        if self._over and self._reading:
            self._reading = False
            raise SystemExit(0)


class _Forwarding(logging.Handler):
    def __init__(self, say: Callable[[Message], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record as text, with its traceback."""
        self._say(Logged(record.name, record.levelno, self.format(record)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
    sys.stderr.flush()
    os._exit(0)  # taking all libraries down again, one by one, keeps whoever waits for the end
