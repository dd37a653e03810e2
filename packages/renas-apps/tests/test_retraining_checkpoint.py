"""Populations on the way of a search, against those that the strategy itself had."""

import hashlib

import pytest

from renas_apps.config import EVOLVING, SearchConfig
from renas_apps.driver import Search
from renas_apps.executor import Failed, NetworkSettings, Trained
from renas_apps.journal import Journal
from renas_apps.retraining.checkpoint import checkpoints_of, originals_of
from renas_apps.run_directory import RunDirectory
from renas_controller import make_strategy
from renas_space import SearchSpace

POPULATION = 4


def found(rows, every, population=2):
    return [
        (one.evaluations, [member.id for member in one.members])
        for one in checkpoints_of(rows, population=population, every=every)
    ]


class Judge:
    """Scores three at a time, last in first out, coarsely, and cannot train one in nine."""

    def __init__(self):
        self.jobs = []

    @property
    def free(self):
        return 3 - len(self.jobs)

    def submit(self, job):
        self.jobs.append(job)

    def wait(self):
        job = self.jobs.pop()
        value = int(hashlib.sha256(str(job.genotype).encode()).hexdigest()[:4], 16)
        if value % 9 == 0:
            return Failed(id=job.id, reason="no", seconds=0.0)
        return Trained(
            id=job.id,
            fitness=value % 7 / 10,
            fitness_before=None,
            loss=1.0,
            ledger=None,
            seconds=0.0,
        )


class Watcher:
    """Remembers who was alive after so many evaluations."""

    def __init__(self, strategy):
        self.strategy, self.alive = strategy, {}

    def stepped(self, event):
        if event.counted:
            self.alive[event.counted] = {member.id for member in self.strategy.population}

    def noted(self, message):
        pass


@pytest.mark.parametrize(
    ("name", "replay"),
    [
        ("renas", False),
        ("evolution", True),
        ("regularized-evolution", False),
        ("reinforcement", True),
        ("random", False),
    ],
)
def test_they_are_the_populations_that_the_strategy_had(tmp_path, name, replay):
    config = SearchConfig(
        strategy=name, blocks=1, population=POPULATION, sample=2, evaluations=30, replay=replay
    )
    strategy = make_strategy(
        name,
        SearchSpace(blocks=1),
        population_size=POPULATION,
        sample_size=2 if config.strategy in EVOLVING else None,
        replay=replay,
        mutations=1 if "evolution" in name else None,
    )
    directory, watcher = RunDirectory.create(tmp_path / "run"), Watcher(strategy)
    networks = NetworkSettings(cells=1, filters=4, image_size=8, classes=10, channels=1)
    with Journal.create(directory.journal, {}) as journal:
        Search(config, strategy, Judge(), networks, journal, directory, [watcher]).run()
        rows, last = journal.evaluations(), journal.population()
    assert any(row.state == "replayed" for row in rows) is replay
    checkpoints = checkpoints_of(rows, population=POPULATION, every=1)
    assert [one.evaluations for one in checkpoints] == list(range(1, 31))
    for one in checkpoints:
        assert {member.id for member in one.members} == watcher.alive[one.evaluations]
    assert {member.id for member in checkpoints[-1].members} == set(last)
    coarse = checkpoints_of(rows, population=POPULATION, every=7)
    assert coarse == (*(checkpoints[n - 1] for n in range(7, 30, 7)), checkpoints[-1])


def test_failed_and_rejected_individuals_are_no_evaluations_and_in_no_population(row):
    rows = [
        row(0, 0.5),
        row(1, state="failed"),
        row(2, 0.5),
        row(3, state="rejected"),
        row(4, 0.5, leaver_id=0),
    ]
    assert found(rows, every=2) == [(2, [0, 2]), (3, [2, 4])]


def test_duplicates_count_for_the_population_they_came_before_the_next_evaluation(row):
    rows = [
        row(0, 0.5),
        row(1, 0.5),
        row(2, 0.5, state="replayed", replays=1, leaver_id=0),
        row(3, 0.5, leaver_id=1),
        row(4, 0.5, state="replayed", replays=3, leaver_id=2),
    ]
    assert found(rows, every=1) == [(1, [0]), (2, [1, 2]), (3, [3, 4])]


def test_the_last_evaluation_is_one_checkpoint_also_where_the_step_meets_it(row):
    rows = [row(0, 0.5), row(1, 0.5), row(2, 0.5, leaver_id=0), row(3, 0.5, leaver_id=1)]
    assert [evaluations for evaluations, _ in found(rows, every=2)] == [2, 4]
    assert [evaluations for evaluations, _ in found(rows, every=3)] == [3, 4]
    assert [evaluations for evaluations, _ in found(rows, every=500)] == [4]


def test_without_an_evaluation_there_is_no_checkpoint(row):
    assert found([], every=5) == []
    assert found([row(0, state="failed")], every=1) == []


def test_a_genotype_is_stood_for_by_its_first_individual_with_a_fitness(row):
    rows = [
        row(0, digest="a", state="failed"),
        row(2, 0.5, digest="a"),
        row(1, 0.5, digest="a"),
        row(3, 0.5, digest="b"),
    ]
    assert {digest: one.id for digest, one in originals_of(rows).items()} == {"a": 2, "b": 3}
