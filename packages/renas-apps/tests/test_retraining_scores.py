"""What a population comes to, by hand."""

import pytest

from renas_apps.journal import Journal
from renas_apps.journal_rows import Final
from renas_apps.retraining.checkpoint import Checkpoint
from renas_apps.retraining.results import FILE, ResultsFile, Scoring
from renas_apps.retraining.scores import Score, complete, scored, scores_of
from renas_apps.run import Run


def final(accuracy, test=None):
    return Final(
        id=0,
        genotype="0110.1150",
        epochs=2,
        accuracy=accuracy,
        test_accuracy=test,
        loss=1.0,
        curve="[]",
    )


@pytest.fixture
def members(row):
    """Four individuals of three cells."""
    known = ((0.1, "a"), (0.2, "b"), (0.3, "a"), (0.4, "c"))
    return tuple(row(n, fitness, digest=digest) for n, (fitness, digest) in enumerate(known))


@pytest.fixture
def checkpoint(members):
    return Checkpoint(evaluations=9, members=members)


def test_an_individual_counts_as_often_as_its_genotype_lives(checkpoint):
    score = Score.of(checkpoint, {"a": final(0.5, 0.4), "b": final(0.9, 0.8), "c": final(0.7, 0.6)})
    assert (score.evaluations, score.individuals, score.cells, score.failed) == (9, 4, 3, 0)
    assert score.mean == pytest.approx(0.65)  # of 0.5 0.9 0.5 0.7
    assert score.deviation == pytest.approx(0.0275**0.5)
    assert score.best == 0.9
    assert score.test_mean == pytest.approx(0.55)
    assert score.fitness_mean == pytest.approx(0.25)
    assert score.fitness_deviation == pytest.approx(0.0125**0.5)


def test_who_failed_is_counted_and_in_no_mean(checkpoint):
    score = Score.of(checkpoint, {"a": final(None), "b": final(0.9), "c": final(0.7)})
    assert (score.failed, score.mean, score.test_mean) == (2, pytest.approx(0.8), None)
    assert score.fitness_mean == pytest.approx(0.25)


def test_where_all_failed_there_is_no_figure(checkpoint):
    score = Score.of(checkpoint, dict.fromkeys("abc", final(None)))
    assert (score.failed, score.mean, score.deviation, score.best) == (4, None, None, None)


def test_only_complete_checkpoints_have_a_score(checkpoint, members):
    finals = {"a": final(0.5), "b": final(None)}
    first = Checkpoint(evaluations=3, members=members[:3])
    assert complete(first, finals)
    assert not complete(checkpoint, finals)
    assert [one.evaluations for one in scores_of([first, checkpoint], finals)] == [3]


def test_a_run_knows_all_that_was_asked_of_it(tmp_path, members):
    with Journal.create(tmp_path / "search.db", {"settings": {"population": 2}}) as journal:
        for one in members[:3]:
            journal.record(one, population=[0, 1], strategy=b"", elapsed=1.0)
    run = Run.open(tmp_path)
    assert scored(run) == []
    run.directory.retrained.mkdir()
    file = ResultsFile.open(run.directory.retrained / FILE)
    often, seldom = (Scoring(every=every, epochs=2, seed=0) for every in (1, 5))
    file.ask(often, {})
    file.ask(seldom, {})
    file.add("a", 0, final(0.5))
    found = scored(run)
    assert [(one.scoring, one.checkpoints, len(one.scores)) for one in found] == [
        (often, 3, 1),
        (seldom, 1, 0),
    ]
