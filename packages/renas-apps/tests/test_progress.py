"""What is counted of a search while it runs."""

from pathlib import Path

import pytest

from renas_apps.config import SearchConfig
from renas_apps.observer import Started, Step
from renas_apps.progress import RECENT, Progress


def started(evaluations=(), elapsed=0.0, **settings):
    return Started(
        config=SearchConfig(evaluations=10, population=2, sample=2, **settings),
        directory=Path("run"),
        evaluations=evaluations,
        elapsed=elapsed,
        data="images",
    )


def step(evaluation, counted, *, elapsed=1.0, population=(0.5,)):
    return Step(
        evaluation=evaluation, counted=counted, population=population, best=None, elapsed=elapsed
    )


def begun(*arguments, **known):
    progress = Progress()
    progress.start(started(*arguments, **known))
    return progress


def test_a_resumed_search_begins_with_what_the_journal_has(row):
    rows = [row(0, 0.25), row(1, 0.5), row(2, state="failed"), row(3, 0.75, leaver_id=0)]
    progress = begun(rows, 30.0)
    assert progress.counted == 3
    assert progress.failed == 1
    assert progress.best == rows[3]
    assert (progress.mean, progress.spread) == (0.625, 0.125)
    assert list(progress.recent) == rows


def test_time_left_is_at_the_pace_of_this_part(row):
    progress = begun([row(0, 0.5), row(1, 0.5)], 1000.0)
    assert progress.remaining is None
    progress.step(step(row(2, 0.5), 3, elapsed=1003.0))
    assert progress.remaining == pytest.approx(7 * 3.0)


def test_no_more_time_is_left_than_is_allowed(row):
    progress = begun(max_time="10s")
    progress.step(step(row(0, 0.5), 1, elapsed=6.0))
    assert progress.remaining == pytest.approx(4.0)
    progress.step(step(row(1, 0.5), 2, elapsed=12.0))
    assert progress.remaining == 0


def test_entropy_and_share_stay_until_there_are_others(row):
    progress = begun()
    inherited = {"parameters_kept": 6, "parameters_sliced": 2, "parameters_new": 2}
    progress.step(step(row(0, 0.5, entropy=3.5, **inherited), 1))
    progress.step(step(row(1, state="rejected"), 1))
    assert (progress.entropy, progress.inherited) == (3.5, 0.8)
    assert progress.rejected == 1


def test_only_the_last_individuals_are_kept(row):
    progress = begun()
    for number in range(RECENT + 2):
        progress.step(step(row(number, 0.5), number + 1))
    assert [each.id for each in progress.recent] == list(range(2, RECENT + 2))
