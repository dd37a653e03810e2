"""The bands of the figures."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from renas_apps.comparison.figures import _band


def band_of(values):
    """Where the band of values (trials, looks) begins and ends at each look that has one."""
    axes = Figure().subplots()
    _band(axes, 10 * np.arange(1, values.shape[1] + 1), values, "any", 0)
    vertices = axes.collections[0].get_paths()
    if not len(vertices) or not len(vertices[0].vertices):
        return {}
    ends: dict[float, list[float]] = {}
    for at, end in vertices[0].vertices:
        ends.setdefault(at, []).append(end)
    return {at: (min(of), max(of)) for at, of in ends.items()}


def test_a_band_is_students_interval_of_the_mean():
    # t of two degrees of freedom is 4.3027 at 97.5 % (any table); the deviation of 0, 1, 2 is 1.
    half = 4.3027 / 3**0.5
    band = band_of(np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0]]))
    assert band[10] == pytest.approx((1 - half, 1 + half), abs=1e-3)
    assert band[20] == pytest.approx((5, 5))


def test_a_look_at_a_single_trial_has_no_band():
    assert band_of(np.array([[0.0, 1.0]])) == {}
    band = band_of(np.array([[0.0, 1.0, 1.0], [np.nan, 2.0, 3.0]]))
    assert set(band) == {20, 30}
