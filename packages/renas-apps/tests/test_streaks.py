from types import SimpleNamespace

import pytest

from renas_apps import streaks as module
from renas_apps.errors import RunError
from renas_apps.streaks import Streaks
from renas_space import InputError


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(module, "MOST_UNTRAINED", 3)
    monkeypatch.setattr(module, "MOST_FAILURES", 2)


def rows(*states):
    return [
        SimpleNamespace(state=state, parameters=100 - n, multiply_adds=n, reason="the loss is nan")
        for n, state in enumerate(states)
    ]


def test_a_streak_ends_with_a_training():
    for training in ("told", "failed"):
        streaks = Streaks.of(rows("rejected", "replayed", training, "replayed", "rejected"))
        assert (streaks.untrained, streaks.nothing_new) == (2, False)
        assert streaks.smallest == (96, 4)


def test_nothing_is_left_after_so_many_untrained():
    assert Streaks.of(rows("rejected", "replayed", "replayed")).nothing_new
    Streaks.of(rows("rejected", "replayed", "replayed")).check_limits()  # some are small enough


def test_limits_that_no_cell_keeps_are_one_sentence():
    Streaks.of(rows("rejected", "rejected")).check_limits()
    with pytest.raises(InputError) as caught:
        Streaks.of(rows("rejected", "rejected", "rejected")).check_limits()
    assert str(caught.value) == (
        "none of 3 cells in a row was within the limits, and the smallest has 98 parameters and "
        "2 multiply-adds: raise --max-params or --max-madds, or lower --filters or --cells, in "
        "another --run-dir"
    )


def test_limits_that_some_cells_keep_end_a_search_without_a_complaint():
    streaks = Streaks.of(rows("told", "rejected", "rejected", "rejected"))
    streaks.check_limits()
    assert streaks.nothing_new


def test_failures_count_until_a_training_goes_well():
    assert Streaks.of(rows("failed", "rejected", "failed")).failures == 2
    assert Streaks.of(rows("failed", "told", "failed")).failures == 1


def test_a_search_gives_up_after_so_many_failures_and_again_after_as_many():
    gave_up = []
    streaks = Streaks()
    for n, row in enumerate(rows("told", "failed", "failed", "rejected", "failed", "failed")):
        streaks.follow(row)
        try:
            streaks.check_failures(row)
        except RunError as error:
            gave_up.append((n, str(error)))
    sentence = (
        "{} individuals failed in a row, the last with 'the loss is nan': "
        "start another run with a lower --lr-new or --batch-size"
    )
    assert gave_up == [(2, sentence.format(2)), (5, sentence.format(4))]
