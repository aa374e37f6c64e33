"""The words that stand in an archive, kept with the index so that a misspelt name is found.

Arrays and a text, ordered by (length, first letter, word) and mapped from disk at the first misspelt word. Who looks
for a word within an edit or two of another first compares signatures, a word's letters in 64 bits: an edit changes two
bits at most, so that nearly all words fall out by one pass over those of the right length. What is left is measured by
the optimal string alignment distance (Damerau 1964; two letters that changed places are one edit).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedError
from retrieval.index.faults import written
from retrieval.terms import fold

SHORTEST, LONGEST = 3, 32  # letters of a word that is kept
_ONE_EDIT, _TWO_EDITS = 4, 7  # letters from which on a word may be one edit off, and two
_MOST = 4_000_000  # words counted at once: beyond it, those that came but once so far are let go
_TABLE = np.dtype([("signature", "<u8"), ("key", "<u4"), ("start", "<u4"), ("count", "<u4")])


class WordCounts:
    """Counts in how many passages each word stands; memory is bounded, whatever the archive."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, letters: Collection[str]) -> None:
        """Count the words of one passage or title: what `terms.analysed` found of letters alone, each once."""
        self._counts.update(letters)
        if len(self._counts) > _MOST:
            self._counts = Counter({word: n for word, n in self._counts.items() if n > 1})

    def write(self, folder: Path) -> None:
        """Write the vocabulary into the new folder `folder`."""
        kept = sorted(
            (len(folded), folded[0], folded, form, n)
            for form, n in self._counts.items()
            if SHORTEST <= len(folded := fold(form)) <= LONGEST and folded.isalpha()
        )
        table = np.zeros(len(kept), _TABLE)
        spelt = [form.encode() for _, _, _, form, _ in kept]
        starts = np.cumsum([0, *map(len, spelt)])[:-1]
        for i, (length, first, folded, _, n) in enumerate(kept):
            table[i] = (_signature(folded), _key(length, first), starts[i], min(n, 2**32 - 1))
        folder.mkdir()
        with written(folder, OSError):
            for name in _TABLE.names or ():
                np.save(folder / f"{name}.npy", table[name])
            (folder / "words.txt").write_bytes(b"".join(spelt))


class SpelledWords:
    """The vocabulary in `folder`, opened when it is first asked; safe between threads.

    A generation of a version that kept none suggests nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def suggest(self, word: str) -> str | None:
        """Return the word of the archive that `word` is most likely to be misspelt for, None for none.

        Of 4 to 6 letters, it may be one edit off, longer ones two; the first letter of 4, or where two are wrong, is
        right. The fewer edits, the better; then the same first letter, the more frequent word, the alphabet. Raises
        DamagedError where the files cannot be read.
        """
        folded = fold(word)
        if not folded.isalpha() or not _ONE_EDIT <= len(folded) <= LONGEST:
            return None
        loaded = self._opened()
        if loaded is None:
            return None
        return loaded.nearest(folded, 1) or (loaded.nearest(folded, 2) if len(folded) >= _TWO_EDITS else None)

    def _opened(self) -> _Loaded | None:
        with self._lock:
            if self._loaded is None and self._folder.is_dir():
                self._loaded = _Loaded(self._folder)
            return self._loaded


class _Loaded:
    def __init__(self, folder: Path) -> None:
        try:
            columns = [_mapped(folder / f"{name}.npy") for name in _TABLE.names or ()]
            self._text = (folder / "words.txt").read_bytes()
        except (OSError, ValueError) as error:
            raise DamagedError(f"{folder} cannot be read: {error}", "Run `archivist index --full`") from error
        self._signatures, self._keys, self._starts, self._counts = columns

    def nearest(self, folded: str, edits: int) -> str | None:
        """Return the best word exactly `edits` edits from `folded`; for two, of those with the same first letter."""
        from rapidfuzz.distance import OSA

        own = np.uint64(_signature(folded))
        best: tuple[int, int, str] | None = None
        for start, end in self._ranges(folded, edits):
            alike = np.bitwise_count(self._signatures[start:end] ^ own) <= 2 * edits
            for i in (np.flatnonzero(alike) + start).tolist():
                form = self._word(i)
                other = fold(form)
                if OSA.distance(folded, other, score_cutoff=edits) != edits:
                    continue
                if len(folded) <= _ONE_EDIT and other[0] != folded[0]:  # "Ulan" is another name than "Alan"
                    continue
                ranked = (other[0] != folded[0], -int(self._counts[i]), form)
                best = ranked if best is None else min(best, ranked)
        return best[2] if best else None

    def _ranges(self, folded: str, edits: int) -> Iterable[tuple[int, int]]:
        """Return the rows of words of such lengths, and such first letters, as `edits` edits allow."""
        for length in range(max(SHORTEST, len(folded) - edits), min(LONGEST, len(folded) + edits) + 1):
            bounds = (_key(length, folded[0]), _key(length, folded[0]) + 1)
            if edits == 1:
                bounds = (_key(length, "\0"), _key(length + 1, "\0"))
            start, end = np.searchsorted(self._keys, np.array(bounds, np.uint32)).tolist()
            if start < end:
                yield start, end

    def _word(self, i: int) -> str:
        end = int(self._starts[i + 1]) if i + 1 < len(self._starts) else len(self._text)
        return self._text[int(self._starts[i]) : end].decode()


def _mapped(path: Path) -> NDArray[np.uint64]:
    array: NDArray[np.uint64] = np.load(path, mmap_mode="r")
    return array


def _key(length: int, first: str) -> int:
    """Return what words are ordered by: their length, then their first letter (21 bits are enough for any)."""
    return length << 21 | ord(first)


def _signature(folded: str) -> int:
    """Return a word's letters in 64 bits: for a to z one for "is there" and one for "twice", others hashed."""
    bits = 0
    for letter in folded:
        place = ord(letter) - 97
        if 0 <= place < 26:
            bits |= 1 << (place + 26) if bits >> place & 1 else 1 << place
        else:
            bits |= 1 << (52 + ord(letter) % 12)
    return bits
