import json
from dataclasses import replace
from datetime import datetime

import pytest

from renas_apps import final as module
from renas_apps import journal_rows
from renas_apps.config import SearchConfig
from renas_apps.executor import NetworkSettings
from renas_apps.final import retrain, scratch_recipe
from renas_apps.journal import Journal
from renas_apps.run_directory import RunDirectory
from renas_space import SearchSpace
from renas_trainer.compute import make_fabric
from renas_trainer.data import load_data
from renas_trainer.loop import DivergedError
from renas_trainer.scratch import ScratchRecipe, ScratchResult

NETWORKS = NetworkSettings(cells=1, filters=4, image_size=8, classes=10, channels=1)
SPACE = SearchSpace(blocks=2)


@pytest.fixture
def member(row):
    """Make an individual of a cell of its own."""

    def make(number):
        genotype = SPACE.at(1000 * number)
        return row(number, 0.5, genotype=str(genotype), digest=genotype.digest())

    return make


class Watcher:
    def __init__(self):
        self.heard = []

    def retrained(self, final, done, total):
        self.heard.append((final.id, done, total))


class Setting:
    def __init__(self, path):
        self.directory = RunDirectory.create(path)
        self.journal = Journal.create(self.directory.journal, {})
        self.data = load_data("digits", train_images=100, validation_images=50, seed=0)
        self.watcher = Watcher()

    def retrain(self, members, *, epochs=1, seed=0):
        retrain(
            members,
            NETWORKS,
            self.data,
            ScratchRecipe(epochs=epochs),
            run_seed=seed,
            fabric=make_fabric("cpu", "32-true", threads=1),
            journal=self.journal,
            directory=self.directory,
            observers=[self.watcher],
        )


@pytest.fixture
def setting(tmp_path):
    return Setting(tmp_path / "run")


@pytest.fixture
def accuracies(monkeypatch):
    """Stand in for the training: accuracy by genotype, or an error."""
    known, trained = {}, []

    def train(plan, *_, **__):
        trained.append(str(plan.genotype))
        value = known[str(plan.genotype)]
        if isinstance(value, BaseException):
            raise value
        return ScratchResult(
            accuracy=value, test_accuracy=None, curve=[value], loss=0.5, seconds=1.0, state={}
        )

    monkeypatch.setattr(module, "train_from_scratch", train)
    known["trained"] = trained
    return known


def test_every_member_is_trained_from_scratch(setting, member):
    setting.retrain([member(1), member(2)], epochs=2)
    finals = setting.journal.finals()
    assert [final.id for final in finals] == [1, 2]
    for final in finals:
        assert final.epochs == 2
        assert len(json.loads(final.curve)) == 2
        assert 0 <= final.accuracy <= 1
        assert final.reason is None
        assert final.genotype == member(final.id).genotype
    assert setting.watcher.heard == [(1, 1, 2), (2, 2, 2)]


def test_the_recipe_has_the_batches_of_the_search():
    recipe = scratch_recipe(SearchConfig(batch_size=24), 5)
    assert recipe == ScratchRecipe(epochs=5, batch_size=24)


def test_the_winner_is_the_best_of_them(setting, accuracies, member):
    accuracies |= {member(1).genotype: 0.3, member(2).genotype: 0.9, member(3).genotype: 0.9}
    setting.retrain([member(1), member(2), member(3)])
    known = json.loads(setting.directory.best.read_text())
    assert (known["id"], known["final_accuracy"], known["final_epochs"]) == (2, 0.9, 1)


def test_who_is_done_is_not_trained_again(setting, accuracies, member):
    accuracies |= {member(1).genotype: 0.3, member(2).genotype: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        setting.retrain([member(1), member(2)])
    accuracies[member(2).genotype] = 0.4
    setting.retrain([member(1), member(2)])
    assert accuracies["trained"] == [member(n).genotype for n in (1, 2, 2)]
    assert setting.watcher.heard == [(1, 1, 2), (2, 2, 2)]


def test_isomorphic_members_share_a_training(setting, accuracies, member):
    accuracies |= {member(1).genotype: DivergedError("the loss is nan"), member(2).genotype: 0.4}
    alike = [replace(member(n), digest="the same") for n in (1, 2, 3)]
    setting.retrain(alike)
    assert accuracies["trained"] == [member(n).genotype for n in (1, 2)]  # one that failed is none
    assert [final.accuracy for final in setting.journal.finals()] == [None, 0.4, 0.4]
    assert [final.genotype for final in setting.journal.finals()] == [m.genotype for m in alike]
    assert setting.journal.finals()[2].seconds == 0
    assert json.loads(setting.directory.best.read_text())["id"] == 2


def test_only_members_count_as_done(setting, accuracies, member):
    accuracies |= {member(1).genotype: 0.3, member(2).genotype: 0.4, member(3).genotype: 0.5}
    setting.retrain([member(1), member(2)])
    setting.retrain([member(2), member(3)])  # the search went on, and 1 left
    assert setting.watcher.heard[-1] == (3, 2, 2)


def test_another_number_of_passes_is_another_retraining(setting, accuracies, member):
    accuracies |= {member(1).genotype: 0.3}
    setting.retrain([member(1)], epochs=1)
    setting.retrain([member(1)], epochs=2)
    assert [(final.id, final.epochs) for final in setting.journal.finals()] == [(1, 2)]


@pytest.mark.parametrize("error", [DivergedError("the loss is nan"), RuntimeError("no\nmore")])
def test_who_cannot_be_trained_is_written_and_does_not_win(setting, accuracies, error, member):
    accuracies |= {member(1).genotype: error, member(2).genotype: 0.2}
    setting.retrain([member(1), member(2)])
    failed, _ = setting.journal.finals()
    assert (failed.accuracy, failed.loss, failed.curve) == (None, None, "[]")
    assert failed.reason == f"{type(error).__name__}: {error}".splitlines()[0]
    assert json.loads(setting.directory.best.read_text())["id"] == 2


@pytest.mark.parametrize("value", [RuntimeError("no"), 0.5])
def test_a_retraining_is_done_when_it_ends(setting, accuracies, value, member, monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 1, 12, 0, 3 * len(accuracies["trained"]), tzinfo=tz)

    monkeypatch.setattr(journal_rows, "datetime", Clock)
    monkeypatch.setattr(module.time, "perf_counter", lambda: 100.0 + len(accuracies["trained"]))
    accuracies[member(1).genotype] = value
    setting.retrain([member(1)])
    (final,) = setting.journal.finals()
    assert final.seconds == 1.0
    assert final.finished == "2026-01-01T12:00:03+00:00"


def test_where_all_fail_the_best_of_the_search_stays(setting, accuracies, member):
    accuracies |= {member(1).genotype: DivergedError("the loss is nan")}
    setting.directory.best.write_text("as it was")
    setting.retrain([member(1)])
    assert setting.directory.best.read_text() == "as it was"
