"""The sample archive keeps what it promises: its formats, dates, credit, licence, questions and judgements.

The files are read here by the simplest means, not by the project's readers, so that a fault of a reader is not taken
for a fault of the archive.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

SEEDS = Path(__file__).parent.parent / "seeds"
ARTICLES = SEEDS / "articles"
DESK = "Archivist seed desk"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
RECORD_KEYS = {"_id", "title", "text", "author", "publisher", "published", "lang", "license"}

TEXT_DATE = re.compile(r"^(?:Published:|Posted on|Date:) (.+)$", re.MULTILINE)
TEXT_RIGHTS = re.compile(r"^ⓒ (\d{4}) Archivist seed desk\. Released under CC0 1\.0\.$", re.MULTILINE)
TEXT_METADATA = re.compile(
    r"^(?:(?:Title|Author|Date|Published|Read Also):|Posted on|This article is owned by|Written by|ⓒ|\(Photo : ).*$",
    re.MULTILINE,
)
PRECISIONS = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class Seed:
    """An article as its file states it; `rights` is the line or key that names the licence."""

    id: str
    title: str
    body: str
    author: str
    publisher: str
    published: str
    rights: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question with the articles that are judged to answer it."""

    id: str
    text: str
    answerable: bool
    answers: tuple[str, ...]
    relevant: tuple[str, ...]


class Page(HTMLParser):
    """Collects the text of each element by its tag, the <meta> values, and the body of the <article>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.metas: dict[str, str] = {}
        self.times: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.metas[values.get("name") or values.get("property") or "charset"] = values.get("content", "")
        elif tag == "time":
            self.times.append(values["datetime"])
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        for tag in set(self.open):
            self.texts.setdefault(tag, []).append(data)
        if "article" in self.open and "header" not in self.open:
            self.texts.setdefault("article body", []).append(data)

    def text(self, tag: str) -> str:
        return "".join(self.texts[tag])


def iso(written: str) -> str:
    for pattern, known in (("%B %d, %Y", 10), ("%d %B %Y", 10), ("%B %Y", 7)):
        try:
            return datetime.strptime(written, pattern).date().isoformat()[:known]
        except ValueError:
            continue
    raise AssertionError(f"not a date: {written}")


def text_seed(path: Path) -> Seed:
    raw = path.read_text(encoding="utf-8")
    rights = TEXT_RIGHTS.search(raw)
    assert rights, path
    written = TEXT_DATE.search(raw)
    author = re.search(r"^Written by (.+)$", raw, re.MULTILINE)
    publisher = re.search(r"^This article is owned by (.+)$", raw, re.MULTILINE)
    assert author, path
    assert publisher, path
    published = iso(written[1]) if written else rights[1]
    assert published.startswith(rights[1]), path
    return Seed(f"text/{path.name}", "", TEXT_METADATA.sub("", raw), author[1], publisher[1], published, rights[0])


def markdown_seed(path: Path) -> Seed:
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    meta = {key: str(value) for key, value in yaml.safe_load(front).items()}
    assert set(meta) == {"title", "author", "publisher", "date", "lang", "license"}, path
    return Seed(
        f"markdown/{path.name}", meta["title"], body, meta["author"], meta["publisher"], meta["date"], meta["license"]
    )


def html_seed(path: Path) -> Seed:
    page = Page(path.read_text(encoding="utf-8"))
    published = page.metas.get("date") or page.metas["article:published_time"]
    assert page.times == [published], path
    assert page.text("title") == f"{page.text('h1')} | {DESK}", path
    site = page.metas["og:site_name"]
    return Seed(
        f"html/{path.name}",
        page.text("h1"),
        page.text("article body"),
        page.metas["author"],
        site,
        published,
        page.text("footer"),
    )


def feed_seeds(path: Path) -> list[Seed]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(set(record) == RECORD_KEYS for record in records), path
    return [
        Seed(
            f"feeds/{path.name}#{r['_id']}",
            r["title"],
            r["text"],
            r["author"],
            r["publisher"],
            r["published"],
            r["license"],
        )
        for r in records
    ]


def read_seeds() -> list[Seed]:
    seeds = [text_seed(path) for path in sorted(ARTICLES.glob("text/*.txt"))]
    seeds += [markdown_seed(path) for path in sorted(ARTICLES.glob("markdown/*.md"))]
    seeds += [html_seed(path) for path in sorted(ARTICLES.glob("html/*.html"))]
    return seeds + [seed for path in sorted(ARTICLES.glob("feeds/*.jsonl")) for seed in feed_seeds(path)]


def read_judgements() -> list[tuple[str, str, int]]:
    header, *lines = (SEEDS / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    assert header == "query-id\tcorpus-id\tscore"
    rows = [line.split("\t") for line in lines]
    return [(query, article, int(score)) for query, article, score in rows]


def read_queries() -> list[Query]:
    judgements = read_judgements()
    records = [json.loads(line) for line in (SEEDS / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(set(record) == {"_id", "text", "answerable", "answers"} for record in records)
    return [
        Query(
            r["_id"],
            r["text"],
            r["answerable"],
            tuple(r["answers"]),
            tuple(article for query, article, _ in judgements if query == r["_id"]),
        )
        for r in records
    ]


@pytest.fixture(scope="module")
def seeds() -> dict[str, Seed]:
    read = read_seeds()
    by_id = {seed.id: seed for seed in read}
    assert len(by_id) == len(read)
    return by_id


@pytest.fixture(scope="module")
def queries() -> list[Query]:
    return read_queries()


def test_about_a_quarter_of_the_articles_comes_in_each_of_the_four_formats(seeds: dict[str, Seed]) -> None:
    formats = Counter(name.partition("/")[0] for name in seeds)
    assert set(formats) == {"text", "markdown", "html", "feeds"}
    assert len(seeds) >= 40
    assert all(0.2 <= count / len(seeds) <= 0.35 for count in formats.values())


def test_the_folders_hold_nothing_but_articles_beside_them_only_queries_judgements_and_the_licence() -> None:
    assert {path.name for path in SEEDS.iterdir()} == {"articles", "queries.jsonl", "qrels.tsv", "LICENSE"}
    names = {path.relative_to(ARTICLES).as_posix() for path in ARTICLES.rglob("*") if path.is_file()}
    wanted = re.compile(r"(?:text/[a-z0-9-]+\.txt|markdown/[a-z0-9-]+\.md|html/[a-z0-9-]+\.html|feeds/[a-z-]+\.jsonl)")
    assert {name for name in names if not wanted.fullmatch(name)} == set()


def test_every_article_has_between_150_and_400_words(seeds: dict[str, Seed]) -> None:
    lengths = {name: len(seed.body.split()) for name, seed in seeds.items()}
    assert {name: words for name, words in lengths.items() if not 150 <= words <= 400} == {}


def test_every_article_credits_the_desk_as_author_and_publisher_and_is_released_under_cc0(
    seeds: dict[str, Seed],
) -> None:
    assert {name for name, seed in seeds.items() if (seed.author, seed.publisher) != (DESK, DESK)} == set()
    assert {name for name, seed in seeds.items() if not re.search(r"\bCC0[ -]1\.0\b", seed.rights)} == set()
    assert "CC0-1.0" in (SEEDS / "LICENSE").read_text(encoding="utf-8")


def test_no_file_holds_an_address_other_than_that_of_the_licence() -> None:
    for path in (path for path in SEEDS.rglob("*") if path.is_file()):
        raw = path.read_text(encoding="utf-8")
        assert set(re.findall(r"""https?://[^\s"'<>]+|www\.[^\s"'<>]+""", raw)) <= {CC0}, path


def test_dates_are_real_from_1957_to_2024_and_some_are_known_only_to_the_month_or_year(seeds: dict[str, Seed]) -> None:
    for seed in seeds.values():
        parsed = datetime.strptime(seed.published, PRECISIONS[len(seed.published)])
        assert 1957 <= parsed.year <= 2024, seed.id
    precisions = Counter(len(seed.published) for seed in seeds.values())
    assert precisions[4] >= 4
    assert precisions[7] >= 4
    assert precisions[10] >= len(seeds) // 2


def test_titles_are_stated_once_each(seeds: dict[str, Seed]) -> None:
    titles = [seed.title for seed in seeds.values() if not seed.id.startswith("text/")]
    assert all(titles)
    assert len(titles) == len(set(titles))


def test_there_are_64_queries_or_more_and_at_least_16_of_them_have_no_answer(queries: list[Query]) -> None:
    assert len(queries) >= 64
    assert sum(not query.answerable for query in queries) >= 16
    assert len({query.id for query in queries}) == len({query.text.casefold() for query in queries}) == len(queries)


def test_judgements_join_known_queries_to_known_articles_once_each(
    seeds: dict[str, Seed], queries: list[Query]
) -> None:
    judgements = read_judgements()
    assert {query for query, _, _ in judgements} == {query.id for query in queries if query.answerable}
    assert {article for _, article, _ in judgements} == set(seeds)
    assert {score for _, _, score in judgements} == {1}
    assert len({(query, article) for query, article, _ in judgements}) == len(judgements)


def test_every_answer_occurs_word_for_word_in_an_article_judged_relevant(
    seeds: dict[str, Seed], queries: list[Query]
) -> None:
    for query in queries:
        bodies = [seeds[name].body.casefold() for name in query.relevant]
        answers = [answer.casefold() for answer in query.answers]
        assert bool(answers) == query.answerable, query
        assert all(any(answer in body for body in bodies) for answer in answers), query
        assert all(any(answer in body for answer in answers) for body in bodies), query


def test_no_question_repeats_six_words_in_a_row_of_an_article_that_answers_it(
    seeds: dict[str, Seed], queries: list[Query]
) -> None:
    def runs_of_six(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.casefold())
        return {tuple(words[start : start + 6]) for start in range(len(words) - 5)}

    for query in queries:
        for name in query.relevant:
            assert not runs_of_six(query.text) & runs_of_six(seeds[name].body), query


def test_the_article_about_tea_says_when_the_russian_station_is_planned(seeds: dict[str, Seed]) -> None:
    seed = seeds["text/tea-and-a-station.txt"]
    assert "The new Russian space station is planned for 2025." in seed.body
    assert seed.published == "2021-09"
