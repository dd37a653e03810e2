import numpy as np
import pytest

from renas_apps.comparison.bootstrap import RESAMPLES, interval, resampled


def test_trials_are_drawn_anew_from_those_that_there_are():
    drawn = resampled(np.array([1.0, 2.0, 4.0]), 0)
    assert drawn.shape == (RESAMPLES, 3)
    assert set(drawn.flat) == {1.0, 2.0, 4.0}
    assert drawn.mean() == pytest.approx(7 / 3, abs=0.05)


def test_one_stream_draws_the_same_trials_of_both():
    values = np.arange(5.0)
    assert (resampled(values, 1) * 2 == resampled(values * 2, 1)).all()
    assert (resampled(values, 1) != resampled(values, 2)).any()


def test_an_interval_is_the_middle_95_percent():
    assert interval(np.arange(1001.0)) == pytest.approx((25, 975))
