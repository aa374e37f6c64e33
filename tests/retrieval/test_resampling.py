from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.resampling import auroc_interval, interval, paired

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(SHARES)
@settings(max_examples=30, deadline=None)
def test_an_interval_lies_within_the_values_and_is_the_same_each_time(values: list[float]) -> None:
    found = interval(values, samples=200)
    assert found is not None
    assert min(values) - 1e-4 <= found[0] <= found[1] <= max(values) + 1e-4
    assert found == interval(values, samples=200)


def test_an_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    ends = [interval(rng.random(40).tolist(), samples=400) for _ in range(200)]
    covered = sum(end is not None and end[0] <= 0.5 <= end[1] for end in ends)
    assert 0.88 <= covered / 200 <= 0.99


def test_many_queries_are_drawn_in_parts_and_give_a_narrow_interval() -> None:
    found = interval([0.0, 1.0] * 20_000, samples=300)
    assert found is not None
    assert found == pytest.approx((0.4951, 0.5049), abs=0.001)


def test_nothing_has_no_interval() -> None:
    assert (interval([]), auroc_interval([], [0.1]), paired([], [])) == (None, None, None)


def test_the_interval_of_an_auroc_is_narrow_where_the_sides_are_apart() -> None:
    assert auroc_interval([0.8, 0.9, 0.7], [0.1, 0.2], samples=100) == (1.0, 1.0)
    found = auroc_interval([0.1, 0.5, 0.9] * 5, [0.2, 0.5, 0.8] * 5, samples=300)
    assert found is not None
    assert found[0] < 0.5 < found[1]


def test_p_is_the_share_of_all_swaps_that_differ_as_much() -> None:
    a, b = [0.1, 0.4, 0.3, 0.6, 0.2, 0.5], [0.3, 0.5, 0.2, 0.9, 0.6, 0.8]
    differences = np.array(b) - np.array(a)
    swaps = np.array(list(product([-1, 1], repeat=len(a))))
    exact = float((np.abs(swaps @ differences) >= abs(differences.sum()) - 1e-9).mean())
    found = paired(a, b)
    assert found is not None
    assert found.p == pytest.approx(exact, abs=0.01)
    assert (found.a, found.b, found.mean, found.better, found.worse, found.same) == (0.35, 0.55, 0.2, 5, 1, 0)
    assert found.interval[0] < 0.2 < found.interval[1]


def test_the_same_system_twice_does_not_differ() -> None:
    found = paired([0.2, 0.9, 0.4], [0.2, 0.9, 0.4])
    assert found is not None
    assert (found.mean, found.p, found.interval, found.same) == (0.0, 1.0, (0.0, 0.0), 3)


def test_a_difference_in_every_one_of_many_queries_is_no_accident_and_the_other_way_round_is_its_mirror() -> None:
    a = [n / 100 for n in range(60)]
    b = [value + 0.1 for value in a]
    up, down = paired(a, b), paired(b, a)
    assert up is not None
    assert down is not None
    assert up.p == down.p == pytest.approx(1 / 10_001, abs=1e-4)
    assert (up.mean, down.mean, up.better, down.worse) == (0.1, -0.1, 60, 60)


def test_chance_alone_is_significant_about_as_often_as_it_should() -> None:
    rng = np.random.default_rng(3)
    tests = [paired(rng.random(30).tolist(), rng.random(30).tolist(), permutations=300) for _ in range(200)]
    assert sum(each is not None and each.p <= 0.05 for each in tests) <= 22


def test_values_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 1"):
        paired([0.1, 0.2], [0.1])
