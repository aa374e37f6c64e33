"""Every quote in every answer stands where it says in its article, and stays the same."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from retrieval.archive import Archive
from retrieval.show import answer_document
from retrieval.terms import words
from retrieval.types import Answer, Article

ASKED = "who what when where how many which why did was is the of in".split()  # noqa: SIM905
SCOPES = ["in 2019", "before the 2020 election", "last year", "the latest", "since March 2021"]
STRANGE = ["zeppelin", "1911", "Ørsted's", "naïve", "東京", "co-op", '"ferry bridge"', "??", "U.S."]


_SCOPED = 0.2  # of the questions tell a time


def questions(archive: Archive, seed: int, n: int) -> list[str]:
    """Questions of the archive's own words, of words that it does not have, and of both."""
    drawn = random.Random(seed)
    texts = [article.text for citation, _ in archive.articles() if (article := archive.article(citation.id))]
    vocabulary = sorted({text[w.start : w.end] for text in texts for w in words(text)})
    made = []
    for _ in range(n):
        own = drawn.sample(vocabulary, drawn.randint(1, 6))
        rest = drawn.choices(ASKED, k=drawn.randint(0, 4)) + drawn.choices(STRANGE, k=drawn.randint(0, 2))
        asked = own + rest
        drawn.shuffle(asked)
        scope = drawn.sample(SCOPES, drawn.random() < _SCOPED)
        made.append(" ".join([*asked, *scope]) + drawn.choice(["", "?"]))
    return made


def check_quotes(articles: Mapping[str, Article], answer: Answer) -> int:
    for hit in answer.hits:
        article = articles[hit.article.id]
        passage = hit.passage
        assert passage.text == article.text[passage.start : passage.end]
        for start, end in (*hit.highlights, *hit.matches):
            assert 0 <= start < end <= len(passage.text)
            quoted = passage.text[start:end]
            assert article.text[passage.start + start : passage.start + end] == quoted
            assert quoted == quoted.strip()
        for copy in hit.also_in:
            assert passage.text in articles[copy.id].text
    return len(answer.hits)


def test_every_quote_of_every_answer_is_found_at_its_offsets_in_its_article(press_archive: Archive) -> None:
    listed = [citation.id for citation, _ in press_archive.articles()]
    articles = {each: article for each in listed if (article := press_archive.article(each))}
    asked = questions(press_archive, seed=2_000, n=2_000)
    quotes = sum(check_quotes(articles, press_archive.ask(question, k=3)) for question in asked)
    assert quotes > len(asked)


SCRIPT = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from fakes import HashEncoder
from retrieval.archive import Archive
from retrieval.show import answer_document
with Archive.open(sys.argv[2], encoder=HashEncoder()) as archive:
    for question in json.loads(sys.argv[3]):
        answer = answer_document(archive.ask(question))
        answer.pop("took_ms")
        print(json.dumps(answer))
"""


def test_another_process_with_another_hash_seed_answers_with_the_same_bytes(
    press_archive: Archive, press_data: Path
) -> None:
    asked = questions(press_archive, seed=5, n=40)
    expected = []
    for question in asked:
        document = answer_document(press_archive.ask(question))
        document.pop("took_ms")
        expected.append(json.dumps(document))
    for seed in ("1", "2"):
        arguments = [json.dumps(sys.path), str(press_data), json.dumps(asked)]
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, *arguments],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert run.stdout.splitlines() == expected
