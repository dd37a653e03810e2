import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from renas_apps.comparison.mean_interval import mean_interval, mean_intervals


@pytest.mark.parametrize("trials", [2, 5, 400])
def test_the_interval_is_that_of_students_t(trials):
    values = np.random.default_rng(0).normal(3.0, 1.0, trials)
    found = mean_interval(values)
    assert found.mean == pytest.approx(values.mean())
    assert found[1:] == pytest.approx(ttest_1samp(values, 0).confidence_interval(0.95))


def test_a_single_trial_tells_nothing_of_the_others():
    mean, low, high = mean_interval(np.array([2.5]))
    assert mean == 2.5
    assert math.isnan(low)
    assert math.isnan(high)


def test_what_is_not_known_is_left_out():
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 6.0], [8.0, 10.0]])
    mean, low, high = mean_intervals(values)
    for column in (0, 1):
        known = values[:, column][~np.isnan(values[:, column])]
        assert (mean[column], low[column], high[column]) == pytest.approx(mean_interval(known))
