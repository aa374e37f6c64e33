"""What is asked of the catalogue, and above all what is not, however much it sounds like it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.catalogue_questions import CatalogueQuestion, recognise
from retrieval.types import CatalogueKind

PRESSES = {
    "tech times": "Tech Times", "the tech times": "Tech Times", "coast gazette": "Coast Gazette",
    "the coast gazette": "Coast Gazette", "küstenbote": "Küstenbote", "der küstenbote": "Küstenbote",
}  # fmt: skip
WRITERS = {"jane writer": "Jane Writer", "writer": "Jane Writer", "kofi mensah": "Kofi Mensah"}


class FewNames:
    def publisher_named(self, text: str) -> str | None:
        return PRESSES.get(text.casefold())

    def author_named(self, text: str) -> str | None:
        return WRITERS.get(text.casefold())


TT, CG, KB, JW, KM = "Tech Times", "Coast Gazette", "Küstenbote", "Jane Writer", "Kofi Mensah"
# question, kind, topic, publisher, author
ASKED: list[tuple[str, CatalogueKind, str, str | None, str | None]] = [
    ("Who wrote about the harbour fire?", "who_wrote", "the harbour fire", None, None),
    ("who has written about electric ferries", "who_wrote", "electric ferries", None, None),
    ("Who wrote an article about tidal power?", "who_wrote", "tidal power", None, None),
    ("Who reported on the flood in Holm?", "who_wrote", "the flood in Holm", None, None),
    ("Which journalists wrote about the mayor's plan?", "who_wrote", "the mayor's plan", None, None),
    ("Who is the author of the article about the lighthouse?", "who_wrote", "the lighthouse", None, None),
    ("Wer hat über den Leuchtturm geschrieben?", "who_wrote", "den Leuchtturm", None, None),
    ("Wer schrieb über die Sturmflut?", "who_wrote", "die Sturmflut", None, None),
    ("Welche Autoren haben über Windkraft geschrieben?", "who_wrote", "Windkraft", None, None),
    ("Von wem ist der Artikel über die neue Brücke?", "who_wrote", "die neue Brücke", None, None),
    ("When did Tech Times publish about folding phones?", "when_published", "folding phones", TT, None),
    ("When did the Tech Times write about folding phones?", "when_published", "folding phones", TT, None),
    ("When did Tech Times publish its review of the Lumo phone?", "when_published", "the Lumo phone", TT, None),
    ("When did you publish an article about the cannery?", "when_published", "the cannery", None, None),
    ("When was the article about the cannery published?", "when_published", "the cannery", None, None),
    ("When were the first articles about the tunnel written?", "when_published", "the tunnel", None, None),
    ("When did Jane Writer write about the tunnel?", "when_published", "the tunnel", None, JW),
    ("Wann hat der Küstenbote über die Fähre berichtet?", "when_published", "die Fähre", KB, None),
    ("Wann ist der Artikel über die Fähre erschienen?", "when_published", "die Fähre", None, None),
    ("Wann berichtete Küstenbote über die Fähre?", "when_published", "die Fähre", KB, None),
    ("How many articles about tidal power are there?", "how_many", "tidal power", None, None),
    ("How many articles are there about tidal power?", "how_many", "tidal power", None, None),
    ("how many stories mention the old mill", "how_many", "the old mill", None, None),
    ("How many articles did Tech Times publish about robots?", "how_many", "robots", TT, None),
    ("How many articles about robots did Tech Times publish?", "how_many", "robots", TT, None),
    ("How many articles did Jane Writer write?", "how_many", "", None, JW),
    ("How many articles are by Kofi Mensah?", "how_many", "", None, KM),
    ("How many reports on the dam do you have?", "how_many", "the dam", None, None),
    ("How many articles are in the archive?", "how_many", "", None, None),
    ("latest articles about the tunnel", "list", "the tunnel", None, None),
    ("Show me the most recent reports on the dam", "list", "the dam", None, None),
    ("Is there anything by Jane Writer on the tunnel?", "by_author", "the tunnel", None, JW),
    ("Do you have anything by Kofi Mensah?", "by_author", "", None, KM),
    ("What do you have by Jane Writer about tidal power?", "by_author", "tidal power", None, JW),
    ("Gibt es etwas von Jane Writer über den Tunnel?", "by_author", "den Tunnel", None, JW),
    ("Which articles about seals did the Coast Gazette publish?", "list", "seals", CG, None),
    ("Which articles about seals have you published?", "list", "seals", None, None),
    ("How many articles about seals did the newspaper print?", "how_many", "seals", None, None),
    ("Wie viele Artikel über Robben habt ihr veröffentlicht?", "how_many", "Robben", None, None),
    ("Wie viele Artikel über Robben hat der Küstenbote veröffentlicht?", "how_many", "Robben", KB, None),
    ("How many articles are there?", "how_many", "", None, None),
    ("How many articles do you have?", "how_many", "", None, None),
    ("how many articles from 2021", "how_many", "", None, None),
    ("How many articles are there from Tech Times?", "how_many", "", TT, None),
    ("how many articles from Tech Times in 2021", "how_many", "", TT, None),
    ("How often did the Coast Gazette write about seals?", "how_many", "seals", CG, None),
    ("Wie viele Artikel gibt es über Windkraft?", "how_many", "Windkraft", None, None),
    ("Wie viele Artikel hat Küstenbote über Windkraft veröffentlicht?", "how_many", "Windkraft", KB, None),
    ("What did Tech Times say about the Lumo phone?", "publisher_said", "the Lumo phone", TT, None),
    ("what does the tech times write about batteries", "publisher_said", "batteries", TT, None),
    ("What has Coast Gazette reported on the dam?", "publisher_said", "the dam", CG, None),
    ("According to Tech Times, how long does the battery last?", "publisher_said",
     "how long does the battery last", TT, None),
    ("What was said about seals in the Coast Gazette?", "publisher_said", "seals", CG, None),
    ("How did Tech Times cover the chip shortage?", "publisher_said", "the chip shortage", TT, None),
    ("Did Coast Gazette report about the dam?", "publisher_said", "the dam", CG, None),
    ("Was hat Küstenbote über die Fähre geschrieben?", "publisher_said", "die Fähre", KB, None),
    ("Was schreibt der Küstenbote über die Fähre?", "publisher_said", "die Fähre", KB, None),
    ("Which articles are by Jane Writer?", "by_author", "", None, JW),
    ("articles by Writer", "by_author", "", None, JW),
    ("Show me all articles by Kofi Mensah about seals", "by_author", "seals", None, KM),
    ("What has Jane Writer written about robots?", "by_author", "robots", None, JW),
    ("Welche Artikel sind von Jane Writer?", "by_author", "", None, JW),
    ("List all articles about the old mill", "list", "the old mill", None, None),
    ("find me articles about tidal power please", "list", "tidal power", None, None),
    ("Which articles mention the old mill?", "list", "the old mill", None, None),
    ("Are there any articles about seals?", "list", "seals", None, None),
    ("articles about seals in Tech Times", "list", "seals", TT, None),
    ("articles about seals by Jane Writer", "list", "seals", None, JW),
    ('articles about "tidal power"', "list", "tidal power", None, None),
    ("Gibt es Artikel über Robben?", "list", "Robben", None, None),
    ("Zeig mir alle Artikel über Robben", "list", "Robben", None, None),
]  # fmt: skip

DATED = [
    ("How many articles about tidal power in 2021?", "tidal power", date(2021, 1, 1), date(2022, 1, 1)),
    ("how many articles were published about seals in March 2003?", "seals", date(2003, 3, 1), date(2003, 4, 1)),
    ("how many articles in 2021", "", date(2021, 1, 1), date(2022, 1, 1)),
    ("How many articles do you have from 2021?", "", date(2021, 1, 1), date(2022, 1, 1)),
    ("How many articles are there from Tech Times in 2021?", "", date(2021, 1, 1), date(2022, 1, 1)),
    ("articles about seals from 2020", "seals", date(2020, 1, 1), date(2021, 1, 1)),
    ("articles about seals since 2020", "seals", date(2020, 1, 1), None),
    ("list articles about seals before 2010", "seals", None, date(2010, 1, 1)),
    ("Who wrote about seals in December 2019?", "seals", date(2019, 12, 1), date(2020, 1, 1)),
    ("How many articles did Tech Times publish in 2021?", "", date(2021, 1, 1), date(2022, 1, 1)),
    ("Wie viele Artikel über Robben gibt es seit März 2020?", "Robben", date(2020, 3, 1), None),
    ("articles about the 2008 election", "the 2008 election", None, None),
]

TRAPS = [
    "Who wrote Hamlet?",
    "Who wrote the constitution?",
    "Who wrote the song about the yellow ship?",
    "Who wrote the report?",
    "Who covered the song Winter Sea?",
    "Who is the author of The Long Tide?",
    "Who reported the fire?",
    "How many articles are in the constitution?",
    "How many articles does the treaty have?",
    "How many articles of clothing were found?",
    "How many stories does the tower have?",
    "How many stories are on the tower?",
    "How many pieces are on the board?",
    "How many papers did the inventor of the telegraph publish?",
    "How many reports did the committee write?",
    "When did Darwin publish On the Origin of Species?",
    "When did Darwin write about earthworms?",
    "Which articles about earthworms did Darwin write?",
    "How many articles about earthworms has the Royal Society published?",
    "Wie viele Artikel über Regenwürmer hat Darwin geschrieben?",
    "When was Hamlet published?",
    "When was the first book about the island published?",
    "When did the newspaper first appear?",
    "When did the bank report a loss?",
    "What did the mayor say about the harbour?",
    "What did the president write about slavery?",
    "What does the law say about fishing?",
    "What does the Bible say about fasting?",
    "According to the mayor, who paid for the bridge?",
    "What did Kofi Mensah say about the dam?",
    "What is article 5 about?",
    "Which article of the treaty deals with fishing?",
    "Which stories did the grandmother tell?",
    "Which poems were written by Sappho?",
    "articles of war",
    "Is the story about the whale true?",
    "What was the article that brought the minister down?",
    "Tell me about the story of the lighthouse",
    "Who told the story about the whale?",
    "Wer schrieb Faust?",
    "Wer hat das Grundgesetz geschrieben?",
    "Wie viele Artikel hat das Grundgesetz?",
    "Was sagte der Bürgermeister über den Hafen?",
    "Wann erschien Faust?",
]


@pytest.mark.parametrize(("question", "kind", "topic", "publisher", "author"), ASKED)
def test_a_question_about_articles_is_recognised_with_its_topic_and_names(
    question: str, kind: CatalogueKind, topic: str, publisher: str | None, author: str | None
) -> None:
    found = recognise(question, FewNames())

    assert found is not None
    assert (found.kind, found.topic, found.publisher, found.author) == (kind, topic, publisher, author)
    if publisher or author:  # where the question has the name
        start, end = found.named
        known = (PRESSES | WRITERS)[question[start:end].casefold()]
        assert known in (publisher, author)


@pytest.mark.parametrize(("question", "topic", "after", "before"), DATED)
def test_dates_at_the_end_bound_the_publication_and_are_no_topic(
    question: str, topic: str, after: date | None, before: date | None
) -> None:
    found = recognise(question, FewNames())

    assert found is not None
    assert (found.topic, found.after, found.before) == (topic, after, before)


@pytest.mark.parametrize("question", TRAPS)
def test_a_question_about_the_world_is_left_alone(question: str) -> None:
    assert recognise(question, FewNames()) is None


def test_the_table_is_as_large_as_it_has_to_be() -> None:
    assert len(ASKED) + len(DATED) >= 60
    assert len(TRAPS) >= 25
    assert {row[1] for row in ASKED} == {
        "who_wrote", "when_published", "how_many", "publisher_said", "by_author", "list",
    }  # fmt: skip


@given(st.text(max_size=400))
def test_any_text_may_be_asked_and_a_topic_is_always_a_part_of_it(text: str) -> None:
    found = recognise(text, FewNames())
    assert found is None or found.topic in text


def test_a_long_text_is_no_question_about_articles_and_costs_no_time() -> None:
    assert recognise("articles about " + "seals in the sea by the shore " * 400, FewNames()) is None


def test_a_question_without_names_or_topic_is_about_nothing() -> None:
    assert recognise("articles about ?!", FewNames()) is None
    assert recognise("articles about the sea", FewNames()) == CatalogueQuestion("list", "the sea")
