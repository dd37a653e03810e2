"""Progress as lines, to the letter."""

import io
from pathlib import Path

import pytest

from renas_apps.config import SearchConfig
from renas_apps.journal_rows import Final
from renas_apps.observer import Started, Step
from renas_apps.plain import Plain, describe


@pytest.fixture
def stream():
    return io.StringIO()


def watching(stream, evaluations=(), **settings):
    plain = Plain(stream)
    plain.started(
        Started(
            config=SearchConfig(evaluations=4, population=2, sample=2, seed=7, **settings),
            directory=Path("runs/a"),
            evaluations=evaluations,
            elapsed=10.0,
            data="digits: 80 images",
        )
    )
    return plain


def step(evaluation, counted=1, best=None, elapsed=12.0):
    return Step(
        evaluation=evaluation, counted=counted, population=[0.25, 0.75], best=best, elapsed=elapsed
    )


def lines(stream):
    return stream.getvalue().splitlines()


def test_it_begins_with_what_is_searched(stream):
    watching(stream)
    assert lines(stream) == [
        "digits: 80 images",
        "renas-plus, population 2, N=2, F=24, seed 7; run runs/a",
    ]


def test_a_sample_is_named_where_there_are_tournaments(stream):
    watching(stream, strategy="evolution")
    assert lines(stream)[1].startswith("evolution, population 2, sample 2, N=2")


def test_a_resumed_search_says_so(stream, row):
    watching(stream, [row(0, 0.5), row(1, state="failed")])
    assert lines(stream)[-1] == "goes on after 1 of 4 evaluations"


def test_an_evaluation_is_a_line(stream, row):
    best = row(0, 0.75, seconds=1.5)
    watching(stream).stepped(step(best, best=best))
    assert lines(stream)[-1] == (
        "   1/4 #0 fitness 0.7500, new; population 0.5000 +- 0.2500, best 0.7500; 1.5s, 6s left"
    )


def test_an_individual_without_fitness_says_why(stream, row):
    watching(stream).stepped(step(row(3, state="rejected", reason="9 parameters are above 8"), 0))
    assert lines(stream)[-1] == "rejected #3: 9 parameters are above 8"


def test_a_child_shows_what_it_began_with_and_what_it_inherited(row):
    inherited = {"parameters_kept": 6, "parameters_sliced": 2, "parameters_new": 2}
    child = row(5, 0.5, fitness_before=0.25, parent_id=3, **inherited)
    assert describe(child) == "fitness 0.2500 -> 0.5000, 80% of #3"
    assert describe(row(6, 0.5, state="replayed", replays=2)) == "fitness 0.5000 as #2"
    assert describe(row(7, 0.5, parent_id=3)) == "fitness 0.5000, child of #3"


def test_retrainings_are_lines(stream):
    final = {"genotype": "0110", "epochs": 3, "test_accuracy": None, "loss": None, "curve": "[]"}
    plain = watching(stream)
    plain.retrained(Final(id=2, accuracy=0.875, seconds=2.0, **final), 1, 2)
    plain.retrained(Final(id=3, accuracy=None, reason="the loss is nan", **final), 2, 2)
    assert lines(stream)[-2:] == [
        "retrained 1/2 #2 accuracy 0.8750; 2.0s",
        "retrained 2/2 #3 accuracy the loss is nan; 0.0s",
    ]


def test_no_control_character_reaches_a_log(stream):
    plain = watching(stream)
    plain.noted("a\x1b[31mred\nnote\r")
    assert lines(stream)[-1] == "note: a [31mred note "
    assert all(sign.isprintable() for line in lines(stream) for sign in line)
