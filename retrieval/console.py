"""How the program speaks: results on stdout, all else on stderr, one line for a failure, libraries kept quiet."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import traceback
import unicodedata
from typing import Any, NamedTuple

from config import ConfigError
from retrieval.errors import ArchivistError, QuestionError

_OURS = ("config", "retrieval", "bot")
# Terminals obey these; a file's name or an article must not be able to.
_CONTROLS = {code: "\ufffd" for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and chr(code) != "\n"}
_CONTROLS |= {ord("\t"): " ", ord("\r"): " "}


class Failure(NamedTuple):
    """What went wrong as it is told, with the code that the program exits with."""

    kind: str
    message: str
    hint: str
    code: int = 1


class _OneLine(logging.Formatter):
    """Leaves tracebacks out, which are for debugging."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        return ""


def clean(text: str) -> str:
    """Return `text`, of the same length, without characters that a terminal would obey; line feeds stay."""
    return text.translate(_CONTROLS)


def one_line(text: str) -> str:
    """Return `text` on one line, without characters that a terminal would obey."""
    return clean(" ".join(text.split()))


def set_up_streams(as_json: bool) -> None:
    """Make stdout able to take any text: JSON is UTF-8 whatever the locale, prose is fitted to the terminal."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if as_json:
            # A lone surrogate then becomes \udc80, which JSON reads as it was.
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        else:
            sys.stdout.reconfigure(errors="replace")


def set_up_logging(level: str) -> None:
    """Log this program's own messages from `level` on to stderr, and other libraries' only for `debug`."""
    debug = level == "debug"
    handler = logging.StreamHandler(sys.stderr)
    form = "archivist: %(levelname)s: %(name)s: %(message)s"
    handler.setFormatter(logging.Formatter(form) if debug else _OneLine(form))
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.setLevel(level.upper())
        logger.handlers = [] if debug else [handler]
    root = logging.getLogger()
    root.addHandler(handler if debug else logging.NullHandler())  # without any, logging prints what others warn of
    logging.captureWarnings(True)
    if not debug:
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def stop_logging() -> None:
    """Undo what `set_up_logging` did to the handlers, for a process that goes on."""
    for name in _OURS:
        logging.getLogger(name).handlers = []
    logging.captureWarnings(False)


def write(text: str) -> None:
    """Write to stdout; a reader that has gone away (`| head`) has what it wanted."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains of the rest at exit


def write_document(value: object) -> None:
    """Write one JSON document to stdout."""
    write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def note(text: str) -> None:
    """Tell something beside the result: one line on stderr."""
    _write_beside(f"archivist: {one_line(text)}\n")


def note_document(value: object) -> None:
    """Tell a program something beside the result: one line of JSON on stderr."""
    _write_beside(json.dumps(value) + "\n")


def confirmed(question: str) -> bool:
    """Ask on stderr, since stdout is for the result, and return whether the answer on stdin is yes."""
    _write_beside(f"{one_line(question)} [y/N] ")
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def failure_of(error: Exception) -> Failure:
    """Return how an error is told; what nobody foresaw is called internal."""
    if isinstance(error, ArchivistError | ConfigError):
        return Failure(error.kind, error.message, error.hint, 2 if isinstance(error, QuestionError) else 1)
    if isinstance(error, OSError) and error.strerror:
        return Failure("system", f"{error.filename or 'the system'}: {error.strerror}", "")
    if logging.getLogger("retrieval").isEnabledFor(logging.DEBUG):
        traceback.print_exception(error)
    hint = "Run it again with ARCHIVIST_LOG_LEVEL=debug for the traceback, and report it"
    return Failure("internal", f"internal error: {type(error).__name__}: {error}", hint)


def failure_document(failure: Failure) -> dict[str, dict[str, str]]:
    """Return a failure as programs are told it."""
    return {"error": {"kind": failure.kind, "message": failure.message, "hint": failure.hint}}


def tell_failure(failure: Failure, as_json: bool) -> int:
    """Print a failure, on stdout too where JSON is wanted; return its exit code."""
    _, message, hint, code = failure
    if as_json:
        write_document(failure_document(failure))
    lines = "; ".join(line for line in message.splitlines() if line)
    note(f"{lines}. {hint}" if hint else lines)
    return code


def _write_beside(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
