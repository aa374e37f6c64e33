"""Confidence: a model, its fit, and whether its numbers mean what they say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from fakes import HashEncoder
from hypothesis import given
from hypothesis import strategies as st

from retrieval.archive import Archive
from retrieval.calibrating import Examples, calibrate, fitted, keep
from retrieval.calibration import (
    FILE,
    Confidence,
    as_document,
    fit,
    load,
    save,
    shipped,
)
from retrieval.errors import DatasetError, SettingsDamaged
from retrieval.evidence import NAMES
from retrieval.reliability import expected_calibration_error, reliability

SHARES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(answers=SHARES)
def test_the_bins_hold_every_answer_once(answers: list[tuple[float, bool]]) -> None:
    confidences, right = [p for p, _ in answers], [r for _, r in answers]
    bins = reliability(confidences, right)
    assert sum(b.answers for b in bins) == len(answers)
    assert sum(b.answers * b.confidence for b in bins) == pytest.approx(sum(confidences))
    assert sum(b.answers * b.right for b in bins) == pytest.approx(sum(right))
    error = expected_calibration_error(confidences, right)
    assert error is not None
    assert 0 <= error <= 1


def test_the_calibration_error_is_how_far_confidence_is_from_the_share_that_is_right() -> None:
    assert expected_calibration_error([0.8] * 10, [True] * 8 + [False] * 2) == 0
    assert expected_calibration_error([0.9] * 10, [True] * 5 + [False] * 5) == 0.4
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0
    assert expected_calibration_error([], []) is None


def test_a_fit_finds_the_model_that_answers_were_drawn_from() -> None:
    drawn = np.random.default_rng(0)
    rows = drawn.normal(size=(20_000, 2))
    labels = drawn.random(20_000) < 1 / (1 + np.exp(-(0.5 + rows @ [2.0, -1.0])))
    found = fit(rows, labels, np.ones(20_000), np.zeros(3), np.zeros(3))
    assert found == pytest.approx([0.5, 2.0, -1.0], abs=0.1)


def test_a_fit_from_a_prior_that_is_far_too_sure_does_not_run_away() -> None:
    drawn = np.random.default_rng(3)
    rows = drawn.normal(1.5, 1.2, size=(1_500, 1))
    labels = drawn.random(1_500) < 1 / (1 + np.exp(-(0.6 * rows[:, 0] - 1.25)))
    found = fit(rows, labels, np.ones(1_500), np.array([2.0, 3.0]), np.full(2, 2.0))
    assert found == pytest.approx([-1.25, 0.6], abs=0.3)


def test_a_few_answers_move_the_prior_little_and_many_move_it_far() -> None:
    rows, labels = np.array([[1.0], [-1.0]]), np.array([True, False])
    prior, strength = np.array([0.0, -1.0]), np.array([2.0, 20.0])
    few = fit(rows, labels, np.ones(2), prior, strength)
    many = fit(np.tile(rows, (500, 1)), np.tile(labels, 500), np.ones(1000), prior, strength)
    assert -1 < few[1] < -0.8
    assert many[1] > 1


def test_the_shipped_model_has_a_coefficient_for_every_kind_of_evidence() -> None:
    model = shipped()
    assert len(model.coefficients) == len(NAMES)
    best = dict.fromkeys(NAMES, 0.0) | {"cosine": 0.9, "covered": 1.0, "sentence": 1.0, "lead": 0.5, "length": 0.7}
    assert model.of(dict.fromkeys(NAMES, 0.0)) < 0.25
    assert 0.9 < model.of(best) <= 1
    assert model.of(best | {"contradicted": 1.0}) < model.of(best)
    assert model.of(best | {"foreign": 1.0}) > model.of(best)


def test_a_model_is_read_as_it_was_written_and_a_folder_without_one_has_the_shipped(tmp_path: Path) -> None:
    assert load(tmp_path) == shipped()
    model = Confidence(-1.25, tuple(0.5 + i for i in range(len(NAMES))))
    path = save(tmp_path, model, {"fitted_on": ["here"]})
    assert load(tmp_path) == model
    assert json.loads(path.read_text(encoding="utf-8")) == as_document(model) | {"fitted_on": ["here"]}


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"coefficients": {"intercept": 1}}', '{"coefficients": null}'],
)
def test_a_damaged_model_is_named_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(SettingsDamaged, match=FILE) as raised:
        load(tmp_path)
    assert "archivist calibrate" in raised.value.hint


def test_a_coefficient_that_is_no_number_is_refused(tmp_path: Path) -> None:
    document = as_document(shipped())
    document["coefficients"]["cosine"] = math.nan
    (tmp_path / FILE).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SettingsDamaged):
        load(tmp_path)


def examples(n: int, seed: int = 0) -> Examples:
    """Answers that are right from a cosine on at which the shipped model would not think so."""
    drawn = np.random.default_rng(seed)
    rows = np.zeros((n, len(NAMES)))
    rows[:, 0] = drawn.random(n)
    right = rows[:, 0] > 0.4
    return Examples("made", rows, right, right)


def test_an_archive_that_answers_less_is_learnt_from_some_hundreds_of_questions() -> None:
    drawn = np.random.default_rng(1)
    rows = np.zeros((1_200, len(NAMES)))
    rows[:, :3] = drawn.uniform(0.3, 0.9, size=(1_200, 3))
    prior = shipped()
    told = np.array([prior.of(dict(zip(NAMES, row, strict=True))) for row in rows.tolist()])
    right = drawn.random(1_200) < told * 0.4
    model = fitted(rows[:600], right[:600], np.ones(600), prior)
    sure = [model.of(dict(zip(NAMES, row, strict=True))) for row in rows[600:].tolist()]
    before, after = (expected_calibration_error(p, right[600:].tolist()) for p in (told[600:].tolist(), sure))
    assert before is not None
    assert after is not None
    assert before > 0.15
    assert after < before / 3


def test_calibrating_lowers_the_error_on_questions_it_has_not_seen() -> None:
    result = calibrate([examples(400)])
    assert result.ece_before is not None
    assert result.ece_after is not None
    assert result.ece_after < result.ece_before
    assert (result.queries, result.right) == (400, int(examples(400).right.sum()))
    assert result.auroc_after is not None
    assert result.auroc_after > 0.95


@pytest.mark.parametrize(
    "made", [examples(19), Examples("all", np.zeros((30, 7)), np.ones(30, bool), np.ones(30, bool))]
)
def test_too_little_to_learn_from_is_refused(made: Examples) -> None:
    with pytest.raises(DatasetError, match="too little"):
        calibrate([made])


def test_an_archive_uses_the_model_of_its_data_folder(press_data: Path, tmp_path: Path) -> None:
    data = copytree(press_data, tmp_path / "data")
    with Archive.open(data, encoder=HashEncoder()) as archive:
        before = archive.ask("Who sold the ferry?").confidence
    certain = calibrate([examples(400)])
    keep(data, certain)
    with Archive.open(data, encoder=HashEncoder()) as archive:
        answer = archive.ask("Who sold the ferry?")
        found = archive.evidence("Who sold the ferry?")
    assert found is not None
    assert answer.confidence == load(data).of(found[1])
    assert answer.confidence != before
