"""How long a suggestion for a misspelt word takes among half a million words.

python -m tests.benchmarks.spelling [WORDS]
"""

from __future__ import annotations

import random
import string
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from retrieval.index.vocabulary import SpelledWords, WordCounts

_ASKED = 400


def syllables() -> list[str]:
    """Return syllables that make words as like each other as names are."""
    return [a + b + c for a in "bcdfghjklmnprstvwz" for b in "aeiou" for c in ["", "n", "r", "s", "l", "m", "t"]]


def main(count: int) -> None:
    """Print the times of 400 words with one or two wrong letters, alone on the machine if it is to mean something."""
    drawn, parts, known = random.Random(1), syllables(), set[str]()
    while len(known) < count:
        known.add("".join(drawn.choice(parts) for _ in range(drawn.randint(2, 5)))[:14])
    counts = WordCounts()
    counts.add(known)
    with TemporaryDirectory() as folder:
        counts.write(Path(folder) / "vocabulary")
        size = sum(file.stat().st_size for file in (Path(folder) / "vocabulary").iterdir())
        words = SpelledWords(Path(folder) / "vocabulary")
        words.suggest("opened")
        longer = sorted(word for word in known if len(word) >= 7)
        took = []
        for _ in range(_ASKED):
            word = drawn.choice(longer)
            for _ in range(drawn.randint(1, 2)):
                at = drawn.randrange(1, len(word))
                word = word[:at] + drawn.choice(string.ascii_lowercase) + word[at + 1 :]
            began = perf_counter()
            words.suggest(word)
            took.append((perf_counter() - began) * 1000)
    took.sort()
    told = f"median {median(took):.2f} ms, 95 % within {took[int(_ASKED * 0.95)]:.2f} ms, slowest {took[-1]:.2f} ms"
    sys.stdout.write(f"{count:,} words, {size / 1e6:.1f} MB: {told}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
