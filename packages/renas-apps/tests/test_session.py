import errno

import pytest

from renas_apps import session as module
from renas_apps.config import SearchConfig
from renas_apps.errors import RunError
from renas_apps.executor import InProcessExecutor
from renas_apps.journal import Journal
from renas_apps.resumed import resumed
from renas_apps.run_directory import RunDirectory
from renas_apps.session import Session
from renas_space import InputError
from renas_trainer.child import ChildRecipe
from renas_trainer.data import ImageData, load_data


class Watcher:
    def __init__(self):
        self.heard = []

    def __getattr__(self, name):
        return lambda *event: self.heard.append((name, *event))

    @property
    def names(self):
        return [name for name, *_ in self.heard]


@pytest.fixture
def watcher(monkeypatch):
    watcher = Watcher()
    monkeypatch.setattr(module, "observers_for", lambda *_: [watcher])
    return watcher


def config(path, **known):
    return SearchConfig(
        **{
            "filters": 4,
            "cells": 1,
            "blocks": 2,
            "population": 3,
            "evaluations": 4,
            "train_images": 80,
            "val_images": 40,
            "final_epochs": 1,
            "run_dir": path,
            **known,
        }
    )


def test_observers_hear_of_all_in_order(tmp_path, watcher):
    with Session.of(config(tmp_path / "run")) as session:
        session.run()
    assert watcher.names == [
        *("started", *["stepped"] * 4, *["retrained"] * 3, "finished", "closed")
    ]
    started = watcher.heard[0][1]
    assert started.evaluations == []
    assert started.elapsed == 0
    assert started.data == (
        "digits: 80 images to train on, 40 held out, 297 to test; 8x8, 10 classes"
    )


def test_a_run_that_another_process_began_meanwhile_is_left_alone(tmp_path, monkeypatch):
    make = module._directory

    def begun_elsewhere(config):
        directory = make(config)
        Journal.create(directory.journal, {"seed": 5}).close()
        return directory

    monkeypatch.setattr(module, "_directory", begun_elsewhere)
    with pytest.raises(InputError) as caught, Session.of(config(tmp_path / "run")):
        pass
    assert str(caught.value) == (
        f"{tmp_path / 'run'} was begun by another process just now: give another --run-dir"
    )
    with Journal.read(tmp_path / "run" / "search.db") as journal:
        assert journal.facts()["seed"] == 5


def test_observers_are_closed_after_an_error_too(tmp_path, watcher):
    with pytest.raises(ZeroDivisionError), Session.of(config(tmp_path / "run")):
        raise ZeroDivisionError
    assert watcher.names == ["started", "closed"]


def test_a_resumed_run_starts_with_what_the_journal_has(tmp_path, watcher):
    path = tmp_path / "run"
    with Session.of(config(path)) as session:
        session.run()
    watcher.heard.clear()
    with Session.of(config(None, resume=path)) as session:
        assert len(session.strategy.population) == 3
        session.run()
    assert watcher.names == ["started", "finished", "closed"]
    assert len(watcher.heard[0][1].evaluations) == 4
    assert watcher.heard[0][1].elapsed > 0


@pytest.mark.usefixtures("watcher")
def test_a_run_has_no_fewer_evaluations_than_it_has(tmp_path):
    path = tmp_path / "run"
    with Session.of(config(path, final_epochs=0)) as session:
        session.run()
    with pytest.raises(InputError) as caught, Session.of(config(None, resume=path, evaluations=3)):
        pass
    assert str(caught.value) == (
        f"--evaluations is 3, and {path} has 4 already: give as many or more"
    )
    assert RunDirectory(path).settings()["evaluations"] == 4


def test_a_network_that_cannot_be_is_refused_before_anything_is_made(tmp_path):
    asked = config(tmp_path / "run", cells=1001)
    message = "the number of cells N is 1001: give 1,000 at most"
    with pytest.raises(InputError, match=message), Session.of(asked):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_run_goes_on_with_its_command_whatever_stops_it(tmp_path, monkeypatch):
    class Full(Watcher):
        def started(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "observers_for", lambda *_: [Full()])
    with pytest.raises(RunError) as caught, Session.of(config(tmp_path / "run")):
        pass
    assert f"go on with renas-search --resume {tmp_path / 'run'}" in str(caught.value)


def test_a_run_that_goes_on_elsewhere_gets_a_warning(tmp_path, watcher):
    path = tmp_path / "run"
    with Session.of(config(path)):
        pass
    with Journal.open(path / "search.db") as journal:
        journal.state_facts({"cpu": "Z80"})
    with Session.of(config(None, resume=path)):
        pass
    [(_, message)] = [heard for heard in watcher.heard if heard[0] == "noted"]
    assert message.startswith("the run was made with cpu Z80 and goes on with ")


@pytest.mark.usefixtures("watcher")
def test_a_run_on_other_images_is_refused_and_unchanged(tmp_path):
    path = tmp_path / "run"
    with Session.of(config(path)):
        pass
    with Journal.open(path / "search.db") as journal:
        journal.state_facts({"data_digest": "of others"})
    with (
        pytest.raises(InputError, match="the images are not those that the run was made with"),
        Session.of(config(None, resume=path, evaluations=9)),
    ):
        pass
    assert "evaluations = 4\n" in (path / "config.toml").read_text()


@pytest.mark.usefixtures("watcher")
def test_weights_that_no_row_names_are_gone_when_a_run_goes_on(tmp_path):
    path = tmp_path / "run"
    with Session.of(config(path)) as session:
        session.run()
    before = sorted(file.name for file in (path / "weights").iterdir())
    (path / "weights" / "99.safetensors").touch()
    (path / "weights" / ".98.safetensors.x").touch()
    with Session.of(config(None, resume=path)):
        pass
    assert sorted(file.name for file in (path / "weights").iterdir()) == before


class Backwards:
    """Trains three at a time, and hands them over the last first."""

    def __init__(self, session):
        self.one = InProcessExecutor(
            session.networks, session.data, ChildRecipe(batch_size=64), session.fabric
        )
        self.jobs, self.most = [], 0

    @property
    def free(self):
        return 3 - len(self.jobs)

    def submit(self, job):
        self.jobs.append(job)
        self.most = max(self.most, len(self.jobs))

    def wait(self):
        self.one.submit(self.jobs.pop())
        return self.one.wait()


def test_an_executor_of_ones_own_trains_several_at_once(tmp_path, watcher):
    with Session.of(config(tmp_path / "run", evaluations=7), observers=[watcher]) as session:
        executor = Backwards(session)
        session.run(executor)
        told = [row.id for row in session.journal.evaluations() if row.state == "told"]
    assert executor.most == 3
    assert len(told) == 7
    assert watcher.names.count("retrained") == 3


def test_images_of_ones_own_are_searched_on(tmp_path, watcher):
    digits = load_data("digits", train_images=60, validation_images=30, seed=4)
    own = ImageData.of(
        name="mine",
        train=digits.train,
        validation=digits.validation,
        test=None,
        classes=digits.classes,
        flip=False,
    )
    path = tmp_path / "run"
    with Session.of(config(path, evaluations=2, final_epochs=0), data=own) as session:
        session.run()
    assert watcher.heard[0][1].data.startswith("mine: 60 images to train on, 30 held out; 8x8, ")
    with Session.of(resumed(path, evaluations=3), data=own) as session:
        session.run()
        assert len(session.journal.evaluations()) == 3
    with (
        pytest.raises(InputError, match="^the images are not those that the run was made with"),
        Session.of(resumed(path)),
    ):
        pass


@pytest.mark.usefixtures("watcher")
def test_a_run_does_not_go_on_with_other_settings(tmp_path):
    path = tmp_path / "run"
    with Session.of(config(path, evaluations=1, final_epochs=0)) as session:
        session.run()
    before = RunDirectory(path).settings()
    for other, said in (
        (config(None, resume=path, filters=3), "--filters 4, not 3"),
        (SearchConfig(resume=path), "--train-images 80, not None"),
    ):
        with pytest.raises(InputError) as error, Session.of(other):
            pass
        assert str(error.value) == (
            f"{path} was made with {said}: leave the flag out, or start another run"
        )
    assert RunDirectory(path).settings() == before
