from __future__ import annotations

import json
from pathlib import Path

import pytest
from documents import BODY, LEAD
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.reading import Limits, read_articles
from retrieval.types import Article, Skipped


def read(folder: Path, data: str | bytes, name: str, limits: Limits | None = None) -> list[Article | Skipped]:
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_articles(folder / name, name, limits or Limits()))


def articles(items: list[Article | Skipped]) -> list[Article]:
    return [item for item in items if isinstance(item, Article)]


def reasons(items: list[Article | Skipped]) -> dict[str, str]:
    return {item.path: item.reason for item in items if isinstance(item, Skipped)}


def test_a_table_gives_an_article_for_each_row_that_has_a_text(tmp_path: Path) -> None:
    table = (
        "id,Headline,Body,By-line,pubDate,Link,Source\r\n"
        f'7,A Lamp,"{LEAD}\r\n\r\nShe said ""yes"".",Jane Doe,3 March 2004,https://coast.example/lamp,Coast Courier\r\n'
        "\r\n"
        "8,Empty,,,,,\r\n"
        f"7,Twice,{BODY},,,,\r\n"
        "9,Long,a,b,c,d,e,f,g\r\n"
        f"10,Short,Still read.\r\n"
    )
    items = read(tmp_path, table.replace("By-line", "byline"), "a.csv")
    lamp, short = articles(items)
    assert lamp.text == f'{LEAD}\n\nShe said "yes".'
    assert (lamp.title, lamp.authors, lamp.published, lamp.record) == ("A Lamp", ("Jane Doe",), "2004-03-03", "7")
    assert (lamp.url, lamp.publisher, lamp.format) == ("https://coast.example/lamp", "Coast Courier", "csv")
    assert (short.title, short.text) == ("Short", "Still read.")
    assert {path: reason[:14] for path, reason in reasons(items).items()} == {
        "a.csv at row 4": "its text is em",
        "a.csv at row 5": "its id '7' is ",
        "a.csv at row 6": "it has 9 cells",
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiter_and_encoding_are_found_out(tmp_path: Path, delimiter: str, encoding: str) -> None:
    table = (
        delimiter.join(["title", "text", "date"]) + "\n" + delimiter.join(["Café", "Über den Fluß.", "2004-03"]) + "\n"
    )
    (article,) = articles(read(tmp_path, table.encode(encoding), "a.csv"))
    assert (article.title, article.text, article.published) == ("Café", "Über den Fluß.", "2004-03")


def test_excels_word_about_the_delimiter_is_no_row(tmp_path: Path) -> None:
    (article,) = articles(read(tmp_path, "sep=;\ntitle;text\nA;One, two.\n", "a.csv"))
    assert article.text == "One, two."


def test_a_quote_that_is_never_closed_costs_its_row_alone(tmp_path: Path) -> None:
    table = 'title,text\nA,One.\nB,"Two.\nC,Three.\nD,Four.\n'
    items = read(tmp_path, table, "a.csv")
    assert [article.title for article in articles(items)] == ["A", "C", "D"]
    assert reasons(items) == {"a.csv at row 3": "a quote in it is never closed"}


def test_a_row_that_is_too_long_costs_itself_alone(tmp_path: Path) -> None:
    table = "title,text\nA," + "long " * 1000 + "\nB,Two.\n"
    items = read(tmp_path, table, "a.csv", Limits(file_bytes=2000))
    assert [article.title for article in articles(items)][-1:] == ["B"]
    assert "longer than" in reasons(items)["a.csv at row 2"]


def test_a_table_without_a_text_names_its_columns(tmp_path: Path) -> None:
    (reason,) = reasons(read(tmp_path, "port,ships\nSaltmarsh,12\n", "a.csv")).values()
    assert reason.endswith("its columns are: port, ships")


def test_a_table_is_known_by_its_names_too(tmp_path: Path) -> None:
    assert articles(read(tmp_path, "title,text,author\nA,One.,Jane Doe\n", "a"))[0].format == "csv"
    assert articles(read(tmp_path, "The lamp, she said, is lit.\n", "b"))[0].format == "text"


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00\ufeff", exclude_categories=["Cs", "Cc"]), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS.map(lambda text: f"Words {text}.")), min_size=1, max_size=6))
def test_what_is_written_as_a_table_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out).writerows([("title", "text"), *rows])
    from retrieval.reading.normalise import normalised

    found = articles(read(tmp_path_factory.mktemp("t"), out.getvalue(), "a.csv"))
    assert [article.text for article in found] == [normalised(text) for _, text in rows]


ITEM = {
    "title": "A Lamp",
    "text": LEAD,
    "publishedAt": "2004-03-03T23:30:00-05:00",
    "url": "https://coast.example/lamp",
}


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda items: items,
        lambda items: {"articles": items},
        lambda items: {"status": "ok", "count": 2, "data": items},
        lambda items: {"response": {"meta": {"page": 1}, "docs": items}},
        lambda items: {"hits": {"hits": [{"_id": str(n), "_source": item} for n, item in enumerate(items)]}},
        lambda items: {"data": [{"type": "article", "attributes": item} for item in items]},
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_list_of_articles_is_found_wherever_it_lies(tmp_path: Path, wrapped: object, indent: int | None) -> None:
    data = json.dumps(wrapped([ITEM, {**ITEM, "title": "Two", "url": None}]), indent=indent)  # type: ignore[operator]
    first, second = articles(read(tmp_path, data, "a.json"))
    assert (first.title, first.text, first.published, first.format) == ("A Lamp", LEAD, "2004-03-03", "json")
    assert (first.url, second.title, second.url) == ("https://coast.example/lamp", "Two", None)
    assert first.record != second.record


def test_a_single_object_is_an_article(tmp_path: Path) -> None:
    data = json.dumps({**ITEM, "authors": [{"name": "Jane Doe"}], "images": [{"caption": "A ship"}]}, indent=2)
    (article,) = read(tmp_path, data, "a.json")
    assert isinstance(article, Article)
    assert (article.title, article.authors, article.record) == ("A Lamp", ("Jane Doe",), "")


def test_what_the_list_is_in_holds_for_items_that_say_nothing_else(tmp_path: Path) -> None:
    items = [{"text": LEAD}, {"text": BODY, "source": {"id": None, "name": "Marsh Mail"}}]
    data = {"publisher": "Coast Courier", "language": "de", "articles": items}
    first, second = articles(read(tmp_path, json.dumps(data), "a.json"))
    assert (first.publisher, first.language) == ("Coast Courier", "de")
    assert (second.publisher, second.language) == ("Marsh Mail", "de")


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_markup_in_a_text_is_taken_away(tmp_path: Path, name: str) -> None:
    record = {
        "title": {"rendered": "Lamps &#8217;n ships"},
        "content": {"rendered": f"<p>{LEAD}</p><h2>More</h2><p>{BODY}</p>"},
    }
    data = json.dumps([record]) if name == "a.json" else json.dumps(record)
    (article,) = articles(read(tmp_path, data, name))
    assert article.title == "Lamps ’n ships"
    assert article.text == f"{LEAD}\n\nMore\n\n{BODY}"
    assert [article.text[start:end] for start, end in article.headings] == ["More"]


def test_a_document_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    data = json.dumps([ITEM, {**ITEM, "title": "Two"}])
    items = read(tmp_path, data[:-60], "a.json")
    assert [article.title for article in articles(items)] == ["A Lamp"]
    assert "not valid JSON from here on" in reasons(items)["a.json"]


def test_items_without_a_text_are_counted_with_their_names(tmp_path: Path) -> None:
    items = read(tmp_path, json.dumps([ITEM, *[{"name": "x", "size": 3}] * 40]), "a.json")
    assert len(articles(items)) == 1
    (reason,) = reasons(items).values()
    assert reason.startswith("40 without a text")
    assert reason.endswith("they have name, size")


def test_a_value_longer_than_is_read_at_once_is_refused(tmp_path: Path) -> None:
    items = read(tmp_path, json.dumps([ITEM, {"text": "x" * 3_000_000}]), "a.json", Limits(file_bytes=10_000))
    assert len(articles(items)) == 1
    assert any("longer than the 10,000 bytes" in reason for reason in reasons(items).values())


def test_lists_in_lists_without_end_are_refused(tmp_path: Path) -> None:
    (reason,) = reasons(read(tmp_path, "[" * 100_000, "a.json")).values()
    assert "nested" in reason


def test_memory_does_not_grow_with_the_document(tmp_path: Path) -> None:
    import tracemalloc

    with (tmp_path / "a.json").open("w") as file:
        file.write('{"articles": [' + json.dumps({"text": "x" * 50_000, "id": 0}))
        for number in range(1, 400):
            file.write("," + json.dumps({"text": "x" * 50_000, "id": number}))
        file.write("]}")
    tracemalloc.start()
    count = sum(1 for _ in read_articles(tmp_path / "a.json", "a.json"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 400
    # The first 8 MB are looked at as a whole; the document has 20.
    assert peak < 14_000_000


@pytest.mark.parametrize(
    "columns",
    [
        "Überschrift;Autor;Datum;Zeitung;Text;Link;Sprache",
        "Titular;Autores;Fecha;Periódico;Texto;Enlace;Idioma",
        "Titre;Auteur;date_de_publication;Éditeur;Texte;Lien;Langue",
    ],
)
def test_columns_are_known_in_other_languages_too(tmp_path: Path, columns: str) -> None:
    row = "Die Lampe;Ada Lind;17.08.2004;Hafenbote;Die Lampe brennt wieder.;https://hafen.example/lampe;de"
    (item,) = articles(read(tmp_path, f"{columns}\n{row}\n".encode("cp1252"), "a.csv"))
    assert (item.title, item.authors, item.published) == ("Die Lampe", ("Ada Lind",), "2004-08-17")
    assert (item.publisher, item.url, item.language) == ("Hafenbote", "https://hafen.example/lampe", "de")


@pytest.mark.parametrize("nobody", ["N/A", "-", "unknown", "None"])
def test_a_word_that_says_that_nobody_is_known_is_no_author(tmp_path: Path, nobody: str) -> None:
    (item,) = articles(read(tmp_path, f"title,author,text\nLamp,{nobody},It was lit again.\n", "a.csv"))
    assert item.authors == ()
