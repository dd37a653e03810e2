"""How fitness went, from the rows of a journal alone."""

import pytest

from renas_apps.curve import curve_of


def test_the_mean_follows_who_is_alive(row):
    rows = [
        row(0, 0.2),
        row(1, 0.3),
        row(2, state="failed"),
        row(3, 0.4, leaver_id=0),
        row(4, 0.35, leaver_id=1),
    ]
    curve = curve_of(rows, population=2)
    assert curve.evaluations == (1, 2, 3, 4)
    assert curve.fitness == (0.2, 0.3, 0.4, 0.35)
    assert curve.best == (0.2, 0.3, 0.4, 0.4)
    assert curve.population == pytest.approx((0.2, 0.25, 0.35, 0.375))


def test_whom_nobody_made_room_for_is_not_in_the_population(row):
    rows = [row(0, 0.5), row(1, 0.7), row(2, 0.1), row(3, 0.9, leaver_id=0)]  # random search
    assert curve_of(rows, population=2).population == pytest.approx((0.5, 0.6, 0.6, 0.8))


def test_a_replayed_duplicate_is_no_evaluation(row):
    rows = [row(0, 0.5), row(1, 0.5, state="replayed", replays=0), row(2, 0.6)]
    assert curve_of(rows, population=3).evaluations == (1, 1, 2)


def test_no_rows_make_an_empty_curve():
    assert curve_of([], population=2).fitness == ()
