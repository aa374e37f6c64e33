from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import HashEncoder
from numpy.typing import NDArray

from config import load_settings
from retrieval.archive import Archive
from retrieval.build import reranking_of
from retrieval.errors import RerankerError
from retrieval.rerankers import CrossEncoderReranker, Reranking

QUESTION = "What did the council say about the harbour?"


@dataclass
class Fake:
    """Scores a passage by `prefers`, taking `ms` for each; `read` keeps what it was shown, batch by batch."""

    prefers: str = ""
    ms: float = 0.0
    name: str = "fake"
    read: list[list[str]] = field(default_factory=list)

    def prepare(self) -> None:
        return

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.read.append(list(texts))
        time.sleep(self.ms * len(texts) / 1000)
        return np.array([text.count(self.prefers) if self.prefers else 0 for text in texts], np.float32)


class Reversing(Fake):
    """Prefers what it is shown last."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        before = sum(map(len, self.read))
        super().score(question, texts)
        return np.arange(before, before + len(texts)).astype(np.float32)


def asked(data: Path, reranking: Reranking | None, k: int = 12) -> tuple[list[str], list[float]]:
    with Archive.open(data, encoder=HashEncoder(), reranking=reranking) as archive:
        hits = archive.ask(QUESTION, k=k, understand=False).hits
    return [hit.passage.id for hit in hits], [hit.score for hit in hits]


def test_the_best_are_ordered_anew_the_others_stay_and_every_place_keeps_its_score(press_data: Path) -> None:
    with Archive.open(press_data, encoder=HashEncoder()) as archive:
        rows = archive.rank_articles(QUESTION, k=60)
    with Archive.open(press_data, encoder=HashEncoder(), reranking=Reranking(Reversing(), 4, 0)) as archive:
        reranked = archive.rank_articles(QUESTION, k=60)
    assert [row for row, _ in reranked] == [row for row, _ in [*rows[3::-1], *rows[4:]]]
    assert [score for _, score in reranked] == [score for _, score in rows]


def test_an_answers_scores_fall_whatever_the_reranker_prefers(press_data: Path) -> None:
    plain, scores = asked(press_data, None)
    found, after = asked(press_data, Reranking(Reversing(), n=6, budget_ms=0))
    assert len(plain) == 12
    assert found[0] != plain[0]
    assert after == sorted(after, reverse=True)
    assert after[0] == scores[0]


def test_a_reranker_without_an_opinion_changes_nothing(press_data: Path) -> None:
    assert asked(press_data, Reranking(Fake(), n=10, budget_ms=0)) == asked(press_data, None)


def test_each_passage_is_read_once_a_question_in_small_batches(press_data: Path) -> None:
    fake = Fake()
    asked(press_data, Reranking(fake, n=20, budget_ms=0))
    shown = [text for batch in fake.read for text in batch]
    assert len(shown) <= 20
    assert max(map(len, fake.read)) == 8


@pytest.mark.parametrize(("ms", "budget_ms"), [(10, 100), (20, 90), (3, 60)])
def test_the_time_budget_holds_and_what_was_not_read_keeps_its_place(
    press_data: Path, ms: float, budget_ms: int
) -> None:
    slow = Reversing(ms=ms)
    with Archive.open(press_data, encoder=HashEncoder()) as archive:
        rows = archive.rank_articles(QUESTION, k=60)
    with Archive.open(press_data, encoder=HashEncoder(), reranking=Reranking(slow, 60, budget_ms)) as archive:
        started = time.perf_counter()
        reranked = archive.rank_articles(QUESTION, k=60)
        took_ms = (time.perf_counter() - started) * 1000
    read = sum(map(len, slow.read))
    assert 2 <= read < 60
    assert read * ms <= budget_ms + ms  # what a batch of unequal passages is misjudged by
    assert took_ms < budget_ms + 400  # all else that a question takes, on a busy machine
    assert reranked[:read] != rows[:read]
    assert [row for row, _ in reranked[read:]] == [row for row, _ in rows[read:]]


def test_a_budget_of_less_than_a_passage_reads_one_and_changes_nothing(press_data: Path) -> None:
    slow = Reversing(ms=30)
    assert asked(press_data, Reranking(slow, 30, 5)) == asked(press_data, None)
    assert [len(batch) for batch in slow.read] == [1]


def test_scores_that_are_no_numbers_are_refused(press_data: Path) -> None:
    class Broken(Fake):
        def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.full(len(texts), np.nan, np.float32)

    with pytest.raises(RerankerError, match="gives no score"):
        asked(press_data, Reranking(Broken()))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("tiny"), labels=1)


def saved(folder: Path, labels: int) -> Path:
    """A cross-encoder of random weights, made from nothing."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    transformers: Any = import_module("transformers")

    torch.manual_seed(7)
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {token: i for i, token in enumerate([*marks, "harbour", "council", "the", "bridge", *"abcdefghij"])}
    tokenizer: Any = Tokenizer(WordPiece(vocabulary, unk_token=marks[1]))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), marks, strict=True))
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, initializer_range=0.5,
    )  # fmt: skip
    config.num_labels = labels
    transformers.BertForSequenceClassification(config).save_pretrained(str(folder))
    fast.save_pretrained(str(folder))
    return folder


def test_a_cross_encoder_in_a_folder_orders_the_passages_by_its_own_scores(tiny: Path, press_data: Path) -> None:
    from sentence_transformers import CrossEncoder

    reranking = reranking_of(load_settings(search={"reranker": str(tiny), "rerank_candidates": 200, "rerank_ms": 0}))
    assert reranking is not None
    found, _ = asked(press_data, reranking, k=6)
    assert (found, reranking) == (asked(press_data, reranking, k=6)[0], reranking)
    with Archive.open(press_data, encoder=HashEncoder(), reranking=reranking) as archive:
        texts = [hit.passage.text for hit in archive.ask(QUESTION, k=6, understand=False).hits]
    own = CrossEncoder(str(tiny), device="cpu").predict([(QUESTION, text) for text in texts], show_progress_bar=False)
    assert all(first >= second - 1e-4 for first, second in pairwise(own))
    assert len({round(float(score), 3) for score in own}) > 1


def test_a_model_that_sorts_into_kinds_is_no_reranker(tmp_path: Path) -> None:
    with pytest.raises(RerankerError, match="3 labels"):
        CrossEncoderReranker(str(saved(tmp_path, labels=3))).prepare()


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(RerankerError, match=str(tmp_path)):
        CrossEncoderReranker(str(tmp_path)).prepare()


def test_no_reranker_is_set_unless_it_is() -> None:
    assert reranking_of(load_settings()) is None
