"""The vocabulary of a generation on a server, fetched into a temporary folder when the first word is not known."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.index.milvus.contents import Contents
from retrieval.index.vocabulary import SpelledWords


class FetchedWords:
    """The words of `contents`; safe between threads."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._lock = threading.Lock()
        self._folder: TemporaryDirectory[str] | None = None
        self._words: SpelledWords | None = None

    def suggest(self, word: str) -> str | None:
        """Return the word of the archive that `word` is most likely to be misspelt for, None for none."""
        return self._fetched().suggest(word)

    def close(self) -> None:
        """Remove what was fetched."""
        with self._lock:
            if self._folder is not None:
                self._folder.cleanup()
            self._folder = self._words = None

    def _fetched(self) -> SpelledWords:
        with self._lock:
            if self._words is None:
                self._folder = TemporaryDirectory(prefix="archivist-words-")
                write_words(self._contents, Path(self._folder.name) / "vocabulary")
                self._words = SpelledWords(Path(self._folder.name) / "vocabulary")
            return self._words


def write_words(contents: Contents, folder: Path) -> None:
    """Write a generation's vocabulary into the new folder `folder`; none where it has none."""
    if contents.vocabulary:
        folder.mkdir(parents=True)
    for name in contents.vocabulary:
        (folder / Path(name).name).write_bytes(base64.b64decode(contents.vocabulary_file(name)))
