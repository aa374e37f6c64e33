"""Which questions lean on the one before them, which stand by themselves, and what that does to an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import press
import pytest
from fakes import HashEncoder

from retrieval.archive import Archive
from retrieval.encoders import SentenceTransformerEncoder
from retrieval.errors import QuestionError
from retrieval.evaluate import evaluate
from retrieval.following import in_context, leans, turns_of
from retrieval.search import understand, vector_of
from retrieval.types import Answer

LEANING = [
    "and who built it?", "And in 1911?", "What about the keeper?", "How tall is it?", "Who was her brother?",
    "When did they leave?", "Why?", "How much did that cost?", "Is there another one?", "Where is it now?",
    "But why did he resign?", "What are their names?", "How long did this take?", "Then what happened?",
    "Does it still work?", "What else?", "Tell me more", "How old was she?", "Who paid for those?", "the price?",
    "Which of them burned?", "Was it ever repaired?", "So who won?", "Can you give an example?", "How many are left?",
    "Und wer hat sie gebaut?", "Wann war das?", "Wie hoch ist er?", "Was ist mit dem Hafen?", "Und warum?",
    "Wer hat ihn bezahlt?", "Wie lange dauerte es?",
]  # fmt: skip
ALONE = [
    ("Who lit the lamp on Varn?", "What does rye bread cost at the market in Holm?"),
    ("Who lit the lamp on Varn?", "When was the granary at Sund rebuilt after the fire?"),
    ("What does rye bread cost?", "Which pilots flew the mail from Holm to Sund in 1932?"),
    ("Why was the ferry late?", "How many seals were counted on the shoals of Varn?"),
    ("Why was the ferry late?", "Who became mayor of Holm after the flood of 1911?"),
    ("How tall is the lighthouse?", "How deep is the harbour of Quay at low tide?"),
    ("How tall is the lighthouse?", "Which bakers raised prices during the wet harvest?"),
    ("Who paints the boats?", "Where did Ada Lindqvist learn to paint boats?"),
    ("Who paints the boats?", "What did Ada Lindqvist say about her bridge?"),
    ("What is planned for the cannery?", "Why did the council of Tarn close the library and when will it reopen?"),
    ("What is planned for the cannery?", "Is there a swimming pool in Brack that schools may use?"),
    ("When does the market open?", "Is it possible to visit the observatory at Pell in winter?"),
    ("When does the market open?", "Which island has the oldest orchard in the county?"),
    ("Who won the regatta?", "How much snow fell in the valley of Lune in 1978?"),
    ("Who won the regatta?", "What killed the oysters in the bay of Mira?"),
    ("Where is the tunnel?", "Who was the first woman surgeon at the hospital of Oster?"),
    ("Where is the tunnel?", "How were potatoes stored before the granary was built?"),
    ("Did the bridge collapse?", "Which engineer designed the swing bridge at Quay?"),
    ("Did the bridge collapse?", "How long did Kofi Mensah work as harbourmaster?"),
    ("What is a groyne?", "What did the Varn shipyard build during the war?"),
    ("What is a groyne?", "Why were the trams of Oster painted yellow?"),
    ("Is the well poisoned?", "When did Liv Dahl repair the clock of the town hall?"),
    ("Is the well poisoned?", "Which schools in Tarn teach children to sail?"),
    ("Who owns the mill?", "How did the fishermen of Varn collect money for the lens?"),
    ("Who owns the mill?", "What language do shepherds speak in the northern hills?"),
    ("When was the stadium built?", "How many visitors did the stadium of Veld have in 2019?"),
    ("When was the stadium built?", "Which painter decorated the stadium of Veld?"),
    ("What does a diver earn?", "Which diver found the wreck of the Marigold near Sund?"),
    ("Who feeds the swans?", "Why did José Marín sell his orchard to the railway?"),
    ("Who feeds the swans?", "What happened to the tollhouse that stood at Pell?"),
    ("Where do storks nest?", "Which bank lent the money for the waterworks of Brack?"),
    ("Where do storks nest?", "When will the ferry to Holm sail again after repairs?"),
    ("How is rope made?", "Who taught weaving at the evening school in Lune?"),
    ("How is rope made?", "How many houses burned in Oster when the cannery exploded?"),
    ("Is the museum open?", "What does the museum of Mira show about whaling?"),
    ("Is the museum open?", "Which teachers went on strike in Tarn last spring?"),
    ("Who wrote the anthem?", "Why does the clock of the town hall run backwards?"),
    ("Who wrote the anthem?", "Which farmers grow hops around Pell and Brack?"),
    ("Was the judge bribed?", "How did Judge Åse Lind rule on fishing rights in 1987?"),
    ("Was the judge bribed?", "What did the flood of 1911 destroy in lower Holm?"),
    ("Wer malt die Boote?", "Welche Bäcker in Holm erhöhten nach der nassen Ernte die Preise?"),
    ("Wer malt die Boote?", "Wann wurde der Kornspeicher in Sund nach dem Brand wieder aufgebaut?"),
    ("Wo nisten Störche?", "Warum strich die Stadt Oster ihre Straßenbahnen gelb an?"),
]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Archive]:
    texts = {
        "Lighthouse": "The lighthouse of Varn was built by Åse Lind in 1911. Its lamp is lit at dusk.",
        "Cannery": "The cannery of Sund was built by Kofi Mensah in 1924. Its chimney was painted red.",
        "Bakery": "The bakery of Holm was built by Liv Dahl in 1931. Rye bread costs twice what it did.",
        "Regatta": "The regatta was won by a crew from Tarn. They sailed through the night.",
    }
    press.write_lines(
        tmp_path / "town.jsonl",
        [{"_id": title, "title": title, "text": text, "language": "en"} for title, text in texts.items()],
    )
    press.build(tmp_path / "data", tmp_path / "town.jsonl", HashEncoder())
    with Archive.open(tmp_path / "data", encoder=HashEncoder()) as archive:
        yield archive


@pytest.mark.parametrize("question", LEANING)
def test_a_question_without_a_subject_of_its_own_leans_on_the_one_before(question: str) -> None:
    language = "de" if any(word in question for word in ("Und ", "Wann war", "Wie ", "Was ist mit", "Wer ")) else "en"
    assert leans(question, language)


@pytest.mark.parametrize(("before", "question"), ALONE)
def test_a_question_that_stands_by_itself_is_searched_as_if_nothing_had_been_asked(
    minilm: SentenceTransformerEncoder, before: str, question: str
) -> None:
    typed = understand(question, ("en", "de"))

    found, taken = in_context(typed, [before], minilm, ("en", "de"))

    assert taken == ()
    assert found is typed  # so that neither its words nor its vector change


def test_the_table_of_questions_that_stand_alone_is_as_large_as_it_has_to_be() -> None:
    assert len({question for _, question in ALONE}) >= 40


def test_a_follow_up_takes_its_subject_from_the_answer_before(town: Archive) -> None:
    first = town.ask("When was the cannery of Sund painted?")
    alone = town.ask("and who built it?")
    after = town.ask("and who built it?", previous=first)

    assert after.follows == "When was the cannery of Sund painted?"
    assert after.earlier == ("When was the cannery of Sund painted?",)
    assert after.hits[0].article.title == "Cannery"
    assert after.question == "and who built it?"
    assert alone.follows == ""
    assert [hit.score for hit in alone.hits] != [hit.score for hit in after.hits]


def test_a_question_may_follow_a_question_several_or_an_answer_alike(town: Archive) -> None:
    turns = ("Who won the regatta?", "When was the cannery of Sund painted?")
    chained = town.ask(turns[1], previous=town.ask(turns[0]))

    ranked = [
        [hit.passage.id for hit in town.ask("and who built it?", previous=previous).hits]
        for previous in (list(turns), turns, chained)
    ]

    assert turns_of(chained) == turns
    assert ranked[0] == ranked[1] == ranked[2]
    assert turns_of(None) == ()
    assert turns_of("Why?") == ("Why?",)


def test_what_was_asked_last_counts_more_than_what_was_asked_before(town: Archive) -> None:
    to_cannery = town.ask("and who built it?", previous=["the bakery of Holm", "the cannery of Sund"])
    to_bakery = town.ask("and who built it?", previous=["the cannery of Sund", "the bakery of Holm"])

    assert to_cannery.hits[0].article.title == "Cannery"
    assert to_bakery.hits[0].article.title == "Bakery"


def test_words_of_the_question_count_whole_and_those_before_less_the_older_they_are() -> None:
    encoder = HashEncoder()
    turns = ["the bakery", "the regatta", "the cannery"]

    found, taken = in_context(understand("and who painted it?", ("en",)), turns, encoder, ("en",))

    assert taken == tuple(turns)
    weights = {group[0]: weight for group, weight in zip(found.terms, found.weights, strict=True)}
    assert weights["paint"] == 1
    assert weights["paint"] > weights["canneri"] > weights["regatta"] > weights["bakeri"] > 0
    assert abs(float((vector_of(encoder, found)() ** 2).sum()) - 1) < 1e-5


def test_earlier_questions_without_a_word_are_passed_over(town: Archive) -> None:
    answer = town.ask("and who built it?", previous=["?!", ""])

    assert answer.follows == ""
    with pytest.raises(QuestionError):
        town.ask("?!", previous="Who won the regatta?")


def test_an_endless_conversation_is_cut_to_what_the_encoder_reads() -> None:
    encoder = HashEncoder(max_tokens=40)
    turns = [f"the boat number {n} of the harbour" for n in range(50)]

    found, _ = in_context(understand("and who painted it?", ("en",)), turns, encoder, ("en",))

    assert all(encoder.count([text])[0] <= 40 for text, _ in found.also)
    assert all(text.endswith("and who painted it?") for text, _ in found.also)


def test_a_follow_up_about_articles_takes_its_topic_from_the_question_before(town: Archive) -> None:
    answer = town.ask("Who wrote about it?", previous="the cannery of Sund")

    assert answer.about is not None
    assert (answer.about.topic, answer.about.count) == ("the cannery of Sund", 1)


def test_evaluate_asks_with_the_history_of_a_query(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    corpus = [
        {"_id": "cannery", "title": "", "text": "The cannery of Sund was built by Kofi Mensah."},
        {"_id": "bakery", "title": "", "text": "Somebody built it."},
    ]
    queries: list[dict[str, object]] = [
        {"_id": "alone", "text": "who built it?"},
        {
            "_id": "after",
            "text": "who built it?",
            "history": [
                {"role": "user", "text": "Where is the cannery of Sund?"},
                {"role": "agent", "text": "At the bakery, which somebody built. It is there."},
            ],
        },
    ]
    press.write_lines(folder / "corpus.jsonl", corpus)
    press.write_lines(folder / "queries.jsonl", queries)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nalone\tbakery\t1\nafter\tcannery\t1\n")

    evaluate(folder, HashEncoder(), run=tmp_path / "run", answers=tmp_path / "answers")

    first = {line.split()[0]: line.split()[2] for line in (tmp_path / "run").read_text().splitlines()[::-1]}
    assert first == {"alone": "bakery", "after": "cannery"}
    told = [json.loads(line) for line in (tmp_path / "answers").read_text().splitlines()]
    assert [row["passages"][0]["corpus_id"] for row in told] == ["bakery", "cannery"]


def test_an_answer_without_a_conversation_is_the_same_as_ever(town: Archive) -> None:
    plain, empty = town.ask("Who won the regatta?"), town.ask("Who won the regatta?", previous=[])

    assert isinstance(plain, Answer)
    assert plain.hits == empty.hits
    assert (plain.earlier, plain.follows) == ((), "")


TOWN = {
    "Marathon": "The marathon of Holm was won by Ines Ohm. She ran in the rain, and the course was long.",
    "Bridge": "The bridge at Quay was repaired in 1988. The county paid for the repair, and the work cost nine "
    "thousand crowns.",
    "Regatta": "The regatta was won by a crew from Tarn. The course was eight miles long, and the boat of Sund came "
    "second.",
    "Ferry": "The ferry Marigold sank in a storm. Eleven passengers drowned, and the captain was blamed. No ferry "
    "leaves after dusk now.",
    "Lighthouse": "The lighthouse of Varn is forty metres tall. The keeper trims the lamp at dusk.",
    "Church": "The church tower of Pell is thirty metres tall, and its bells were cast in Oster.",
    "Hospital": "The hospital was founded by nuns. It has sixty beds, and the nuns still nurse there.",
    "Observatory": "The observatory on the hill was built by Nils Arp. The architect earned little.",
    "Trams": "The trams of Oster stopped in 1961. The drivers said that nobody had asked them.",
    "Oysters": "The oysters of the bay died in the warm summer. Divers found nothing but shells.",
    "Flag": "The flag of the county was designed by a schoolboy from Lune.",
    "Weaving": "Weaving is taught by Berit Sand at the evening school.",
}
SHORT_ALONE = [
    ("When was the bridge repaired?", "who won the marathon?"),
    ("Who won the regatta?", "Who won the marathon?"),
    ("How tall is the lighthouse?", "How tall is the church tower?"),
    ("Who repaired the bridge?", "Who founded the hospital?"),
    ("Why did the ferry sink?", "Who built the observatory?"),
    ("Is the well poisoned?", "who designed the flag?"),
    ("Who won the regatta?", "When did the trams stop?"),
    ("When was the bridge repaired?", "Did the oysters die?"),
    ("Was the judge bribed?", "Who taught weaving?"),
]
SHORT_LEANING = [
    ("When was the bridge repaired?", "Who paid for the repair?"),
    ("When was the bridge repaired?", "How much did the work cost?"),
    ("Who won the regatta?", "How long was the course?"),
    ("Who won the regatta?", "Which boat came second?"),
    ("Why did the ferry sink?", "How many passengers drowned?"),
    ("Why did the ferry sink?", "Who was the captain?"),
    ("Who founded the hospital?", "How many beds are available?"),
    ("How tall is the lighthouse?", "Who trims the lamp?"),
    ("When did the trams stop?", "What did the drivers say?"),
    ("Who built the observatory?", "What did the architect earn?"),
    ("Who won the marathon?", "the price?"),
    ("Who won the marathon?", "What should I eat before the marathon?"),
]


@pytest.fixture(scope="module")
def county(minilm: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("county")
    lines = [{"_id": title, "title": title, "text": text, "language": "en"} for title, text in TOWN.items()]
    press.write_lines(folder / "county.jsonl", lines)
    press.build(folder / "data", folder / "county.jsonl", minilm)
    with Archive.open(folder / "data", encoder=minilm) as archive:
        yield archive


@pytest.mark.parametrize(("before", "question"), SHORT_ALONE)
def test_a_short_question_of_another_subject_stands_by_itself(county: Archive, before: str, question: str) -> None:
    after, alone = county.ask(question, previous=before), county.ask(question)

    assert after.follows == ""
    assert after.hits == alone.hits


@pytest.mark.parametrize(("before", "question"), SHORT_LEANING)
def test_a_short_question_about_the_same_subject_leans_on_the_one_before(
    county: Archive, before: str, question: str
) -> None:
    assert county.ask(question, previous=before).follows == before
