"""Evaluations to the target, and their ratio."""

import numpy as np
import pytest

from renas_apps.comparison.effort import Effort, ratio


def test_a_trial_without_the_target_counts_with_one_more_than_the_budget(trial):
    trials = [trial(0, (1, 0.9)), trial(1, (1, 0.1), (7, 0.9)), trial(2, (1, 0.1))]
    effort = Effort.of(trials, 0.9)
    assert effort.evaluations == (1, 7, 21)
    assert (effort.median, effort.unsolved) == (7.0, pytest.approx(1 / 3))
    assert effort.mean == pytest.approx(29 / 3)
    low, high = effort.interval()
    assert (low, high) == (1.0, 21.0)


def test_a_median_between_a_trial_that_found_the_target_and_one_that_did_not_is_beyond():
    effort = Effort(contestant="one", evaluations=(4,) * 10 + (21,) * 10, budget=20)
    assert effort.median == 21.0
    assert Effort(contestant="one", evaluations=(4, 8, 21, 2), budget=20).median == 6.0


def test_the_interval_of_a_ratio_has_the_truth_as_often_as_it_says():
    rng, hits = np.random.default_rng(0), 0
    for _ in range(100):
        slow, fast = (
            Effort(
                contestant=name,
                evaluations=tuple(np.ceil(rng.exponential(scale, 100)).astype(int).tolist()),
                budget=10_000,
            )
            for name, scale in (("slow", 200), ("fast", 100))
        )
        value, low, high, *_ = ratio(slow, fast)
        assert low <= value <= high
        hits += low <= 2 <= high
    assert 88 <= hits <= 100
