from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.reliability import reliability, reliability_of, risk_coverage

ANSWERS = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=1, max_size=40)


def split(answers: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [sure for sure, _ in answers], [right for _, right in answers]


@given(ANSWERS)
def test_bins_hold_every_answer_once_and_within_their_bounds(answers: list[tuple[float, bool]]) -> None:
    bins = reliability(*split(answers))
    assert sum(each.answers for each in bins) == len(answers)
    assert all(each.low - 1e-9 <= each.confidence <= each.high + 1e-9 for each in bins)
    assert sum(each.answers * each.right for each in bins) == pytest.approx(sum(right for _, right in answers))


def test_the_error_is_the_mean_gap_weighted_by_answers() -> None:
    assert reliability_of([0.05, 0.05, 0.05, 0.05, 0.95], [True, False, False, False, False]).error == 0.35
    assert reliability_of([1.0, 1.0, 0.0], [True, True, False]).error == 0.0
    assert reliability_of([1.0, 1.0], [False, False]).error == 1.0


@given(ANSWERS)
def test_risk_at_each_coverage_is_the_share_wrong_of_those_at_least_that_sure(
    answers: list[tuple[float, bool]],
) -> None:
    for coverage, risk, least in zip(*(c.tolist() for c in risk_coverage(*split(answers))), strict=True):
        given_out = [right for sure, right in answers if sure >= least]
        assert coverage == pytest.approx(len(given_out) / len(answers))
        assert risk == pytest.approx(given_out.count(False) / len(given_out))


@given(ANSWERS)
def test_what_is_told_does_not_hang_on_the_order_of_the_questions(answers: list[tuple[float, bool]]) -> None:
    assert reliability_of(*split(answers)) == reliability_of(*split(answers[::-1]))


def test_the_area_is_least_where_the_sure_are_right() -> None:
    right = [True, True, False, False]
    good, bad = reliability_of([0.9, 0.8, 0.2, 0.1], right), reliability_of([0.1, 0.2, 0.8, 0.9], right)
    assert good.area == round((0 + 0 + 1 / 3 + 2 / 4) / 4, 4)
    assert bad.area == round((1 + 1 + 2 / 3 + 2 / 4) / 4, 4)
    assert (good.points[0].risk, good.points[-1]) == (0.0, (1.0, 0.5, 0.1))
    assert all(np.diff([point.coverage for point in good.points]) > 0)


def test_without_answers_nothing_is_known() -> None:
    nothing = reliability_of([], [])
    assert (nothing.judged, nothing.right, nothing.error, nothing.bins, nothing.area) == (0, None, None, (), None)
