import hashlib
import json
import random
from collections import Counter
from dataclasses import replace

import pytest
import torch

from renas_apps import driver, streaks
from renas_apps.config import SearchConfig
from renas_apps.driver import Search
from renas_apps.errors import RunError
from renas_apps.executor import Failed, NetworkSettings, Trained
from renas_apps.journal import Journal
from renas_apps.journal_rows import TIME_COLUMNS, Final
from renas_apps.run_directory import RunDirectory
from renas_apps.session import strategy_of
from renas_controller import loads
from renas_space import Genotype, InputError, SearchSpace, cost
from renas_trainer.inheritance import Ledger
from renas_trainer.weights import load_weights, save_weights

NETWORKS = NetworkSettings(cells=1, filters=4, image_size=8, classes=10, channels=1)
LEDGER = Ledger(
    tensors_kept=5,
    tensors_sliced=1,
    tensors_new=2,
    parameters_kept=50,
    parameters_sliced=5,
    parameters_new=45,
)


CELL = "0110.1150.0003.1010.2250"


class Killed(BaseException):
    """What stands for the end of a process."""


def fitness_of(genotype):
    return int(hashlib.sha256(str(genotype).encode()).hexdigest()[:6], 16) / 16**6


class FakeExecutor:
    """Scores a genotype by its name, last in first out, and looks whether weights are there."""

    def __init__(self, *, capacity=1, dies_after=None, fails=lambda _: False):
        self.capacity, self.left, self.fails = capacity, dies_after, fails
        self.jobs, self.submitted = [], []

    @property
    def free(self):
        return self.capacity - len(self.jobs)

    def submit(self, job):
        self.jobs.append(job)
        self.submitted.append(job)

    def wait(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed
        job = self.jobs.pop()
        if job.parent is not None:
            _, metadata = load_weights(job.parent_weights)
            assert metadata["genotype"] == str(job.parent)
        if self.fails(job):
            return Failed(id=job.id, reason="DivergedError: the loss is nan", seconds=0.25)
        save_weights(job.weights, {"w": torch.zeros(1)}, {"genotype": str(job.genotype)})
        return Trained(
            id=job.id,
            fitness=fitness_of(job.genotype),
            fitness_before=None if job.parent is None else 0.1,
            loss=1.5,
            ledger=None if job.parent is None else LEDGER,
            seconds=0.5,
        )


class Watcher:
    def __init__(self):
        self.steps, self.notes = [], []

    def stepped(self, event):
        self.steps.append(event)

    def noted(self, message):
        self.notes.append(message)


class Run:
    """A run in a directory, begun anew or taken up from its journal."""

    def __init__(self, path, executor=None, **settings):
        self.config = SearchConfig(
            **{
                "strategy": "renas",
                "population": 4,
                "sample": 2,
                "evaluations": 12,
                "blocks": 2,
                "cells": 1,
                "filters": 4,
                **settings,
            }
        )
        self.executor, self.watcher = executor or FakeExecutor(), Watcher()
        self.strategy = strategy_of(self.config, NETWORKS, validation_images=5_000)
        self.directory = RunDirectory(path)
        if self.directory.journal.exists():
            self.journal = Journal.open(self.directory.journal)
            state = self.journal.strategy_state()
            if state is not None:
                self.strategy.load_state_dict(loads(state))
        else:
            self.directory = RunDirectory.create(path)
            self.journal = Journal.create(self.directory.journal, {})
        self.search = Search(
            self.config,
            self.strategy,
            self.executor,
            NETWORKS,
            self.journal,
            self.directory,
            [self.watcher],
        )

    def to_the_end(self):
        self.search.run()
        return self.rows

    @property
    def rows(self):
        blank = dict.fromkeys(TIME_COLUMNS)
        return [replace(row, **blank) for row in self.journal.evaluations()]

    @property
    def states(self):
        return Counter(row.state for row in self.rows)

    @property
    def weights(self):
        return {int(file.name.split(".")[0]) for file in self.directory.weights.iterdir()}


def rerun(path, times=1, **settings):
    """Run to the end through so many deaths."""
    for death in range(times):
        run = Run(path, FakeExecutor(dies_after=2 + death), **settings)
        with pytest.raises(Killed):
            run.search.run()
        run.journal.close()
    run = Run(path, **settings)
    run.search.run()
    return run


@pytest.mark.parametrize("strategy", ["renas", "renas-nonbi", "renas-plus", "evolution", "random"])
def test_a_search_ends_with_as_many_told_as_were_asked_for(tmp_path, strategy):
    run = Run(tmp_path / "run", strategy=strategy)
    rows = run.to_the_end()
    assert [row.id for row in rows] == list(range(12))
    assert run.states == {"told": 12}
    assert [row.fitness for row in rows] == [
        fitness_of(Genotype.from_string(row.genotype)) for row in rows
    ]
    assert [step.counted for step in run.watcher.steps] == list(range(1, 13))
    assert run.journal.population() == sorted(member.id for member in run.strategy.population)


@pytest.mark.parametrize("strategy", ["renas", "renas-plus", "evolution", "random"])
def test_a_search_that_dies_thrice_writes_what_it_would_have_written(tmp_path, strategy):
    whole = Run(tmp_path / "whole", strategy=strategy)
    whole.search.run()
    broken = rerun(tmp_path / "broken", times=3, strategy=strategy)
    assert broken.rows == whole.rows
    assert broken.journal.population() == whole.journal.population()
    assert broken.journal.strategy_state() == whole.journal.strategy_state()
    assert broken.directory.best.read_text() == whole.directory.best.read_text()
    assert broken.weights == whole.weights


def test_children_inherit_and_their_lineage_adds_up(tmp_path):
    run = Run(tmp_path / "run", evaluations=30, initial_epochs=3, child_epochs=2)
    rows = {row.id: row for row in run.to_the_end()}
    jobs = {job.id: job for job in run.executor.submitted}
    for row in rows.values():
        if row.parent_id is None:
            assert (row.kind, row.epochs, row.lineage_epochs) == ("initial", 3, 3)
            assert row.tensors_kept is row.inherited_share is None
            continue
        parent = rows[row.parent_id]
        assert (row.kind, row.epochs) == ("child", 2)
        assert row.lineage_epochs == parent.lineage_epochs + 2
        assert str(jobs[row.id].parent) == parent.genotype
        assert row.inherited_share == 0.55
        assert row.fitness_before == 0.1
        assert len(json.loads(row.mutations)) == 2
    assert sum(row.kind == "initial" for row in rows.values()) == 4


@pytest.mark.parametrize("seed", range(5))
def test_local_search_finds_the_weights_of_every_place_it_goes_back_to(tmp_path, seed):
    settings = {"strategy": "local-search", "blocks": 1, "population": 2, "seed": seed}
    run = Run(tmp_path / "run", evaluations=60, **settings)
    run.search.run()
    assert run.states == {"told": 60}


def test_without_inheritance_the_weights_of_a_climb_go(tmp_path):
    settings = {"strategy": "local-search", "blocks": 1, "population": 2, "inherit": "never"}
    run = Run(tmp_path / "run", evaluations=30, **settings)
    run.search.run()
    assert run.weights == {member.id for member in run.strategy.population}


def test_random_cells_have_no_parents(tmp_path):
    rows = Run(tmp_path / "run", strategy="random").to_the_end()
    assert {(row.kind, row.parent_id, row.lineage_epochs) for row in rows} == {("initial", None, 1)}


@pytest.mark.parametrize(
    ("strategy", "inherit", "inherits"),
    [
        ("renas", "auto", True),
        ("renas", "never", False),
        ("renas-plus", "auto", False),
        ("renas-plus", "always", True),
    ],
)
def test_children_inherit_unless_a_predictor_would_mistake_it_for_worth(
    tmp_path, strategy, inherit, inherits
):
    run = Run(tmp_path / "run", strategy=strategy, inherit=inherit, child_epochs=2)
    children = [row for row in run.to_the_end() if row.parent_id is not None]
    assert children
    for row in children:
        assert (row.fitness_before is not None) == inherits
        assert (row.epochs == 2) == inherits
        assert (row.lineage_epochs > row.epochs) == inherits


def test_who_leaves_is_written_with_whom_they_leave_for(tmp_path):
    rows = Run(tmp_path / "run", evaluations=30).to_the_end()
    alive = set()
    for row in rows:
        if row.leaver_id is None:
            assert len(alive) < 4
        else:
            alive.remove(row.leaver_id)
        alive.add(row.id)
    assert len(alive) == 4


def test_the_weights_on_disk_are_those_that_are_needed(tmp_path):
    run = Run(tmp_path / "run")
    seen = []
    run.watcher.stepped = lambda _: seen.append(run.weights == set(run.strategy.needed_weights))
    run.search.run()
    assert seen == [True] * 12
    best = run.strategy.best
    assert run.weights == {member.id for member in run.strategy.population} | {best.id}


def test_best_json_is_the_best_and_can_be_read_as_a_genotype(tmp_path):
    run = Run(tmp_path / "run")
    best = max(run.to_the_end(), key=lambda row: row.fitness)
    text = run.directory.best.read_text()
    assert str(Genotype.from_json(text)) == best.genotype
    known = json.loads(text)
    assert (known["id"], known["fitness"], known["digest"]) == (best.id, best.fitness, best.digest)


def test_best_json_is_mended_where_a_kill_came_before_it_was_written(tmp_path):
    run = Run(tmp_path / "run")
    run.search.run()
    text = run.directory.best.read_text()
    run.directory.best.write_text("of before")
    rerun(tmp_path / "run", times=0)
    assert run.directory.best.read_text() == text


def test_best_json_keeps_a_retrainings_winner_until_the_population_changes(tmp_path):
    run = Run(tmp_path / "run", final_epochs=2)
    run.search.run()
    for number in run.journal.population():
        run.journal.record_final(
            Final(
                id=number,
                genotype=CELL,
                epochs=2,
                accuracy=0.5,
                test_accuracy=None,
                loss=1.0,
                curve="[0.5]",
            )
        )
    run.directory.best.write_text("the winner")
    again = rerun(tmp_path / "run", times=0, final_epochs=2)
    assert again.directory.best.read_text() == "the winner"
    again.journal.close()
    more = rerun(tmp_path / "run", times=0, final_epochs=2, evaluations=13)
    assert len(more.rows) == 13
    assert json.loads(more.directory.best.read_text())["id"] == more.strategy.best.id


def test_failures_do_not_count_and_nobody_leaves_for_them(tmp_path):
    executor = FakeExecutor(fails=lambda job: job.id % 3 == 0)
    run = Run(tmp_path / "run", executor)
    rows = run.to_the_end()
    assert run.states == {"told": 12, "failed": 6}
    failed = [row for row in rows if row.state == "failed"]
    assert {(row.reason, row.leaver_id, row.fitness, row.epochs) for row in failed} == {
        ("DivergedError: the loss is nan", None, None, 0)
    }


def test_twenty_failures_in_a_row_end_the_run(tmp_path):
    run = Run(tmp_path / "run", FakeExecutor(fails=lambda _: True))
    with pytest.raises(RunError) as caught:
        run.search.run()
    assert str(caught.value) == (
        "20 individuals failed in a row, the last with 'DivergedError: the loss is nan': "
        "start another run with a lower --lr-new or --batch-size"
    )
    assert run.states == {"failed": 20}


def test_cells_beyond_a_limit_are_written_and_never_trained(tmp_path):
    sizes = sorted(row.parameters for row in Run(tmp_path / "free").to_the_end())
    limit = sizes[6]
    run = Run(tmp_path / "run", max_params=str(limit))
    rows = run.to_the_end()
    assert run.states["told"] == 12
    assert run.states["rejected"] > 0
    assert {row.id for row in rows if row.state == "told"} == {
        job.id for job in run.executor.submitted
    }
    for row in rows:
        assert (row.state == "rejected") == (row.parameters > limit)
        if row.state == "rejected":
            assert row.reason == f"{row.parameters:,} parameters are above {limit:,}"
            assert row.leaver_id is None


def test_multiply_adds_are_limited_too(tmp_path):
    costs = sorted(row.multiply_adds for row in Run(tmp_path / "free").to_the_end())
    rows = Run(tmp_path / "run", max_madds=str(costs[6])).to_the_end()
    rejected = [row for row in rows if row.state == "rejected"]
    assert rejected
    assert rejected[0].reason == (
        f"{rejected[0].multiply_adds:,} multiply-adds are above {costs[6]:,}"
    )


@pytest.mark.parametrize("strategy", ["renas-plus", "bananas"])
def test_who_asks_a_predictor_goes_on_within_limits_that_few_cells_keep(tmp_path, strategy):
    space, rng = SearchSpace(blocks=5), random.Random(0)
    costs = [cost(NETWORKS.plan(space.sample(rng))) for _ in range(200)]
    run = Run(
        tmp_path / "run",
        strategy=strategy,
        blocks=5,
        evaluations=25,
        max_params=str(sorted(each.parameters for each in costs)[20]),
        max_madds=str(sorted(each.multiply_adds for each in costs)[40]),
    )
    run.search.run()
    assert run.states == {"told": 25}


def test_limits_that_no_cell_keeps_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(streaks, "MOST_UNTRAINED", 50)
    run = Run(tmp_path / "run", max_params="10")
    with pytest.raises(InputError) as caught:
        run.search.run()
    smallest = min((row.parameters, row.multiply_adds) for row in run.rows)
    assert str(caught.value) == (
        "none of 50 cells in a row was within the limits, and the smallest has "
        f"{smallest[0]:,} parameters and {smallest[1]:,} multiply-adds: "
        "raise --max-params or --max-madds, or lower --filters or --cells, in another "
        "--run-dir"
    )
    assert run.states == {"rejected": 50}


def test_known_cells_are_told_again_and_do_not_count(tmp_path):
    run = Run(tmp_path / "run", blocks=1, strategy="evolution", replay=True, evaluations=40, seed=3)
    rows = {row.id: row for row in run.to_the_end()}
    assert run.states["told"] == 40
    replayed = [row for row in rows.values() if row.state == "replayed"]
    assert replayed
    for row in replayed:
        original = rows[row.replays]
        assert (row.fitness, row.digest) == (original.fitness, original.digest)
        assert (row.epochs, row.lineage_epochs) == (0, original.lineage_epochs)
        assert row.inherited_share is None


def test_a_search_that_replays_resumes_to_the_same(tmp_path):
    settings = {"blocks": 1, "strategy": "evolution", "replay": True, "evaluations": 40, "seed": 3}
    whole = Run(tmp_path / "whole", **settings)
    whole.search.run()
    assert rerun(tmp_path / "broken", times=4, **settings).rows == whole.rows


def test_a_search_with_nothing_new_to_find_ends_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(streaks, "MOST_UNTRAINED", 30)
    settings = {"blocks": 1, "strategy": "random", "replay": True, "evaluations": 10**6}
    run = Run(tmp_path / "run", **settings)
    run.search.run()
    assert run.states["told"] < 144  # of one block: (2 * 6) ** 2
    assert run.watcher.notes == [
        "30 cells in a row were known already or beyond the limits: the search ends after "
        f"{run.states['told']} of 1000000 evaluations"
    ]
    assert rerun(tmp_path / "run", times=0, **settings).rows == run.rows  # there is still nothing


def test_time_is_counted_over_all_parts_of_a_run(tmp_path, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr(driver.time, "monotonic", lambda: float(next(clock)))
    first = Run(tmp_path / "run", FakeExecutor(dies_after=3), max_time="30s", evaluations=1000)
    with pytest.raises(Killed):
        first.search.run()
    first.journal.close()
    second = Run(tmp_path / "run", max_time="30s", evaluations=1000)
    before = second.journal.facts()["elapsed"]
    assert before > 0
    second.search.run()
    assert second.search.elapsed >= 30
    steps = [step.elapsed for step in second.watcher.steps]
    assert steps == sorted(steps)
    assert before < steps[0]
    assert second.journal.facts()["elapsed"] > 25
    assert len(second.rows) < 30


def test_no_time_left_means_no_further_individual(tmp_path):
    run = Run(tmp_path / "run")
    run.search.run()
    run.journal.state_facts({"elapsed": 3600.0})
    run.journal.close()
    assert len(rerun(tmp_path / "run", times=0, max_time="1h", evaluations=100).rows) == 12


def test_a_larger_budget_goes_on_where_a_smaller_one_ended(tmp_path):
    whole = Run(tmp_path / "whole", evaluations=20)
    whole.search.run()
    Run(tmp_path / "run", evaluations=9).search.run()
    assert rerun(tmp_path / "run", times=0, evaluations=20).rows == whole.rows


def test_three_at_a_time_may_answer_in_any_order(tmp_path):
    run = Run(tmp_path / "run", FakeExecutor(capacity=3), evaluations=30)
    rows = run.to_the_end()
    assert run.states == {"told": 30}
    assert [row.id for row in rows] != sorted(row.id for row in rows)
    assert len(run.journal.population()) == 4
    assert run.weights == set(run.strategy.needed_weights)


def test_what_was_out_when_a_run_died_is_launched_again(tmp_path):
    first = Run(tmp_path / "run", FakeExecutor(capacity=3, dies_after=7), evaluations=20)
    with pytest.raises(Killed):
        first.search.run()
    done = {row.id for row in first.rows}
    first.journal.close()
    second = Run(tmp_path / "run", FakeExecutor(capacity=3), evaluations=20)
    out = [proposal.id for proposal in second.strategy.pending]
    assert len(out) == 2
    rows = second.to_the_end()
    assert [job.id for job in second.executor.submitted[:2]] == out
    assert len(done) == 7
    assert second.states == {"told": 20}
    assert {row.id for row in rows} == set(range(20))


def test_weights_that_another_worker_is_writing_are_let_be(tmp_path):
    run = Run(tmp_path / "run", FakeExecutor(capacity=2))
    writing = run.directory.weights / ".0.safetensors.x3d"
    writing.write_bytes(b"half")
    stale = run.directory.weights / ".99.safetensors.x3d"
    stale.write_bytes(b"half")
    seen = []
    run.watcher.stepped = lambda _: seen.append((writing.exists(), stale.exists()))
    run.search.run()
    assert seen[0] == (True, False)
