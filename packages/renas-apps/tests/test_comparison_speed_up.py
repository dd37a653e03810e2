"""The speed-up of Fig. 4: evaluations until the mean of a population is as good."""

import numpy as np
import pytest

from renas_apps.comparison.speed_up import speed_up
from renas_apps.comparison.tables import speed_up_rows
from renas_apps.comparison.trial import Trial


def trials(slope, *, count=40, looks=30, spread=0.0, seed=0):
    """Trials whose population rises by a slope, give or take a spread, between two looks."""
    rng = np.random.default_rng(seed)
    return [
        Trial(
            contestant="any",
            settings="s",
            seed=number,
            improvements=((1, 0.0),),
            population=tuple((own * look, 0.1) for look in range(1, looks + 1)),
            entropies=(None,) * looks,
            evaluations=10 * looks,
        )
        for number, own in enumerate(slope + spread * rng.standard_normal(count))
    ]


@pytest.mark.parametrize(("rival", "expected"), [(0.01, 2.0), (0.02, 1.0), (0.04, 0.5)])
def test_a_population_that_rises_twice_as_fast_needs_half_the_evaluations(rival, expected):
    assert speed_up(trials(rival), trials(0.02))[:3] == (expected, expected, expected)


def test_who_is_there_at_the_first_look_may_have_needed_less():
    # After 10 and 200 of 300 evaluations both are where the slow one ends.
    slow, fast = trials(0.01, looks=20), trials(0.2, looks=20)
    assert speed_up(slow, fast) == (20, 20, 20, (True,) * 3, (False,) * 3)
    assert speed_up(fast, slow) == (0.05, 0.05, 0.05, (False,) * 3, (True,) * 3)
    assert speed_up_rows({"renas": fast, "slow": slow}, "renas")[1] == [
        *("slow", "> 20.00", "> 20.00 to > 20.00")
    ]


def test_the_interval_of_a_speed_up_has_the_truth_as_often_as_it_says():
    hits = 0
    for seed in range(30):
        slow = trials(0.01, spread=0.003, seed=seed, looks=100)
        fast = trials(0.02, spread=0.006, seed=1_000 + seed, looks=100)
        value, low, high, *_ = speed_up(slow, fast)
        assert low <= value <= high
        hits += low <= 2 <= high
    assert 25 <= hits <= 30


def test_a_table_has_a_row_for_each_rival():
    by = {"renas": trials(0.02), "slow": trials(0.01)}
    assert speed_up_rows(by, "renas") == [
        ["rival", "times the evaluations of renas", "95 %"],
        ["slow", "2.00", "2.00 to 2.00"],
    ]
