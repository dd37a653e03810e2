"""Checkpoints of a small search on digits are retrained: once each, resumably, as at its end."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from renas_apps import final as final_module
from renas_apps.config import SearchConfig
from renas_apps.executor import NetworkSettings, seed_of
from renas_apps.final import scratch_recipe
from renas_apps.journal import Journal
from renas_apps.journal_rows import TIME_COLUMNS
from renas_apps.lock import locked
from renas_apps.report import main
from renas_apps.retraining import session as module
from renas_apps.retraining.asked import Asked
from renas_apps.retraining.checkpoint import checkpoints_of, originals_of
from renas_apps.retraining.results import FILE, Scoring, read_results
from renas_apps.retraining.session import retrain_checkpoints
from renas_apps.run import Run
from renas_apps.session import Session, images_of
from renas_space import Genotype, InputError
from renas_trainer.compute import make_fabric
from renas_trainer.loop import DivergedError
from renas_trainer.scratch import ScratchResult, train_from_scratch

SETTINGS = {
    "strategy": "renas",
    "filters": 4,
    "cells": 1,
    "blocks": 2,
    "population": 3,
    "sample": 2,
    "evaluations": 7,
    "train_images": 80,
    "val_images": 40,
    "batch_size": 16,
    "final_epochs": 2,
    "seed": 3,
}
TWO_EPOCHS = Scoring(every=3, epochs=2, seed=3)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A search that has ended."""
    path = tmp_path_factory.mktemp("searched") / "run"
    with Session.of(SearchConfig(**SETTINGS, run_dir=path)) as session:
        session.run()
    return path


@pytest.fixture
def path(searched, tmp_path):
    return shutil.copytree(searched, tmp_path / "run")


@pytest.fixture
def trained(monkeypatch):
    """Stand in for the training, and for the slow drawing; who was trained, with what."""
    seen = []

    def train(plan, data, recipe, *, seed, fabric):
        assert fabric is not None
        seen.append((str(plan.genotype), data, recipe, seed))
        accuracy = seed % 1000 / 1000
        return ScratchResult(
            accuracy=accuracy, test_accuracy=None, curve=(), loss=1.0, seconds=1.0, state={}
        )

    def draw(scores, png, svg):
        for file in (png, svg):
            file.write_text(f"{len(scores)} checkpoints")

    monkeypatch.setattr(final_module, "train_from_scratch", train)
    monkeypatch.setattr(module, "write_figure", draw)
    return seen


def checkpoints(path, every=3):
    return checkpoints_of(Run.open(path).evaluations, population=3, every=every)


def digests(path, every=3):
    return {member.digest for one in checkpoints(path, every) for member in one.members}


def finals(path, scoring=TWO_EPOCHS):
    return read_results(path / "retrained" / FILE).of(scoring)


def test_every_model_is_trained_as_the_last_population_of_the_search_is(path):
    retrain_checkpoints(Asked(run=path, every=3, epochs=2))
    assert (path / "retrained/every3-epochs2-seed3.png").read_bytes().startswith(b"\x89PNG")
    assert (path / "retrained/every3-epochs2-seed3.svg").read_text().startswith("<?xml")
    run, found = Run.open(path), finals(path)
    assert set(found) == digests(path)
    originals = originals_of(run.evaluations)
    at_its_end = {one.id: one for one in run.finals}
    assert {one.id for one in found.values()} & set(at_its_end)
    data = images_of(run.config)
    for digest, one in found.items():
        assert one.id == originals[digest].id
        if one.id in at_its_end:  # the same number of epochs: the same training
            theirs = at_its_end[one.id]
            assert (one.accuracy, one.loss) == (theirs.accuracy, theirs.loss)
    some = next(one for one in found.values() if one.id not in at_its_end)
    expected = train_from_scratch(
        NetworkSettings.of(run.config, data).plan(Genotype.from_string(some.genotype)),
        data,
        scratch_recipe(run.config, 2),
        seed=seed_of(3, "final", some.id),
        fabric=make_fabric("cpu", "32-true", threads=1),
    )
    assert (some.accuracy, some.loss) == (expected.accuracy, expected.loss)
    assert json.loads(some.curve) == list(expected.curve)


def test_table_and_files_have_the_scores(path, trained, capsys):
    retrain_checkpoints(Asked(run=path, every=3, epochs=2))
    found = finals(path)
    rows = list(csv.DictReader((path / "retrained/every3-epochs2-seed3.csv").open()))
    assert [int(row["evaluations"]) for row in rows] == [3, 6, 7]
    for row, one in zip(rows, checkpoints(path), strict=True):
        accuracies = [found[member.digest].accuracy for member in one.members]
        assert float(row["mean"]) == pytest.approx(sum(accuracies) / 3)
        assert float(row["best"]) == max(accuracies)
        seen = [member.fitness for member in one.members]
        assert float(row["fitness_mean"]) == pytest.approx(sum(seen) / 3)
    said = capsys.readouterr().out.splitlines()
    count = len(trained)
    assert said[0] == f"3 checkpoints, {count} cells, 0 of them trained already; epochs: 2, seed 3"
    first = next(iter(found.values()))
    assert said[1] == (
        f"retrained 1/{count} #{first.id} accuracy {first.accuracy:.4f}; 1.0s, {count - 1}s left"
    )
    assert said[count].endswith("; 1.0s")
    table = said.index("") + 1
    assert said[table].split()[:3] == ["evaluations", "individuals", "cells"]
    assert [line.split()[4] for line in said[table + 1 : table + 4]] == [
        f"{float(row['mean']):.4f}" for row in rows
    ]
    for kind in ("csv", "png", "svg"):
        assert f"{path}/retrained/every3-epochs2-seed3.{kind}" in said
    assert (path / "retrained/every3-epochs2-seed3.png").read_text() == "3 checkpoints"


def test_each_genotype_is_trained_once_whichever_checkpoints_are_asked_for(path, trained, capsys):
    retrain_checkpoints(Asked(run=path, every=3, epochs=2))
    assert len(trained) == len(digests(path, 3))
    assert len(trained) < sum(len(one.members) for one in checkpoints(path))  # some lived longer
    retrain_checkpoints(Asked(run=path, every=3, epochs=2))
    assert len(trained) == len(digests(path, 3))
    capsys.readouterr()
    retrain_checkpoints(Asked(run=path, every=1, epochs=2))
    assert len(trained) == len({genotype for genotype, *_ in trained}) == len(digests(path, 1))
    known = len(digests(path, 3))
    assert f"{len(digests(path, 1))} cells, {known} of them trained already" in (
        capsys.readouterr().out
    )


def test_other_epochs_and_another_seed_are_other_results(path, trained):
    for asked in ({"epochs": 2}, {"epochs": 4}, {"epochs": 2, "seed": 8}):
        retrain_checkpoints(Asked(run=path, every=3, **asked))
    third = len(digests(path))
    assert len(trained) == 3 * third
    assert [recipe.epochs for _, _, recipe, _ in trained] == [2] * third + [4] * third + [2] * third
    assert {recipe.batch_size for _, _, recipe, _ in trained} == {16}
    assert trained[0][3] == trained[third][3] != trained[2 * third][3]
    # The seed of a training has no say in which images are held out: the search had them too.
    for _, data, _, _ in trained:
        assert data.digest == Run.open(path).facts["data_digest"]
    assert {file.name for file in (path / "retrained").glob("*.csv")} == {
        *("every3-epochs2-seed3.csv", "every3-epochs4-seed3.csv", "every3-epochs2-seed8.csv")
    }


def test_what_was_interrupted_goes_on_with_what_is_missing(path, trained, monkeypatch, capsys):
    train = final_module.train_from_scratch

    def interrupt(*given, **known):
        if len(trained) == 3:
            raise KeyboardInterrupt
        return train(*given, **known)

    monkeypatch.setattr(final_module, "train_from_scratch", interrupt)
    assert main(["retrain", str(path), "--every=3", "--epochs=2"]) == 130
    assert capsys.readouterr().err == (
        f"renas-report: interrupted: go on with renas-report retrain {path} --every 3 --epochs 2\n"
    )
    assert len(finals(path)) == 3
    # The first checkpoint was complete by then.
    rows = list(csv.DictReader((path / "retrained/every3-epochs2-seed3.csv").open()))
    assert [int(row["evaluations"]) for row in rows] == [3]
    monkeypatch.setattr(final_module, "train_from_scratch", train)
    assert main(["retrain", str(path), "--every=3", "--epochs=2"]) == 0
    assert len(trained) == len({genotype for genotype, *_ in trained}) == len(digests(path))


def lines_of(path):
    """The lines of the results that say what came of a genotype, without times."""
    file = path / "retrained" / FILE
    content = file.read_text() if file.exists() else ""
    found = [json.loads(line) for line in content[: content.rfind("\n") + 1].splitlines()]
    for line in found:
        for column in TIME_COLUMNS:
            line.get("final", {}).pop(column, None)
    return [line for line in found if "final" in line]


def test_what_was_killed_comes_to_the_same(path, tmp_path):
    unharmed = shutil.copytree(path, tmp_path / "unharmed")
    retrain_checkpoints(Asked(run=unharmed, every=1, epochs=2))
    command = [sys.executable, "-m", "renas_apps.report", "retrain", str(path)]
    process = subprocess.Popen([*command, "--every=1", "--epochs=2"], stdout=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while len(lines_of(path)) < 2 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 2 <= len(lines_of(path)) < len(lines_of(unharmed))
    with (path / "retrained" / FILE).open("a") as file:
        file.write('{"digest": "v1:')  # a kill while a line is written
    assert main(["retrain", str(path), "--every=1", "--epochs=2"]) == 0
    assert lines_of(path) == lines_of(unharmed)
    scores = "retrained/every1-epochs2-seed3.csv"
    assert (path / scores).read_bytes() == (unharmed / scores).read_bytes()
    assert not list((path / "retrained").glob(".*"))


def test_a_cell_that_cannot_be_trained_is_a_result_and_the_others_go_on(
    path, trained, monkeypatch, capsys
):
    train = final_module.train_from_scratch

    def fail(plan, *given, **known):
        if not trained:
            trained.append((str(plan.genotype), *given, 0))
            raise DivergedError("the loss is nan")
        return train(plan, *given, **known)

    monkeypatch.setattr(final_module, "train_from_scratch", fail)
    assert main(["retrain", str(path), "--every=3", "--epochs=2"]) == 0
    assert "accuracy failed: DivergedError: the loss is nan; 0.0s" in capsys.readouterr().out
    rows = list(csv.DictReader((path / "retrained/every3-epochs2-seed3.csv").open()))
    assert int(rows[0]["failed"]) >= 1
    count = len(trained)
    assert main(["retrain", str(path), "--every=3", "--epochs=2"]) == 0
    assert len(trained) == count


def test_a_second_writer_is_refused(path, trained, capsys):
    (path / "retrained").mkdir()
    with locked(path / "retrained"):
        assert main(["retrain", str(path)]) == 2
    assert " is in use by process " in capsys.readouterr().err
    assert trained == []


@pytest.mark.usefixtures("trained")
def test_the_report_has_it_if_there_is_one(path, capsys):
    assert "Checkpoints" not in (path / "report.html").read_text()
    main(["retrain", str(path), "--every=3", "--epochs=2"])
    assert capsys.readouterr().out.endswith(f"{path}/report.html\n")
    page = (path / "report.html").read_text()
    assert "<h2>Checkpoints retrained from scratch (epochs: 2)</h2>" in page
    assert "after every 3 evaluations and the last, seed 3: 3 of 3 are done" in page
    (path / "report.html").unlink()
    main(["retrain", str(path), "--every=3", "--epochs=4"])
    assert not (path / "report.html").exists()


@pytest.mark.usefixtures("trained")
def test_a_search_that_goes_on_is_retrained_and_writes_its_report_itself(path, capsys):
    before = (path / "report.html").read_text()
    with locked(path):
        assert main(["retrain", str(path), "--every=3", "--epochs=2"]) == 0
    assert set(finals(path)) == digests(path)
    assert (path / "report.html").read_text() == before
    assert f"note: {path}/report.html was not written anew (the run {path} is in use by" in (
        capsys.readouterr().out
    )


def test_a_run_that_has_grown_has_only_its_new_cells_trained(path, trained, capsys):
    assert main(["retrain", str(path), "--every=3", "--epochs=2"]) == 0
    before = len(trained)
    grown = replace(SearchConfig(**SETTINGS), evaluations=10, final_epochs=0, resume=path)
    with Session.of(grown) as session:
        session.run()
    capsys.readouterr()
    assert main(["retrain", str(path), "--every=3", "--epochs=2"]) == 0
    known = len(digests(path))
    assert f"4 checkpoints, {known} cells, " in capsys.readouterr().out
    assert len(trained) == len({genotype for genotype, *_ in trained}) > before


@pytest.mark.usefixtures("trained")
def test_the_settings_are_the_runs_but_for_what_may_move(path, monkeypatch):
    seen = []

    def images(config):
        seen.append(config)
        return images_of(config)

    monkeypatch.setattr(module, "images_of", images)
    retrain_checkpoints(Asked(run=path, every=3, epochs=2, seed=8))
    assert seen == [Run.open(path).config]
    moved, photos = Path("moved"), SearchConfig(data="folder", data_dir=Path("photos"))
    of_photos = SimpleNamespace(config=photos)
    asked = Asked(run=path, data_dir=moved)
    assert module._config(of_photos, asked) == replace(photos, data_dir=moved)
    assert module._config(Run.open(path), Asked(run=path, threads=2)).threads == 2


@pytest.mark.usefixtures("trained")
def test_other_images_are_refused(path, capsys):
    with Journal.open(path / "search.db") as journal:
        journal.state_facts({"data_digest": "other"})
    assert main(["retrain", str(path)]) == 2
    assert capsys.readouterr().err == (
        "renas-report: the images are not those that the run was made with: restore them, "
        "or start a new run\n"
    )
    assert not (path / "retrained").exists()


@pytest.mark.usefixtures("trained")
def test_another_machine_is_noted(path, capsys):
    with Journal.open(path / "search.db") as journal:
        journal.state_facts({"cpu": "abacus"})
    assert main(["retrain", str(path), "--every=3"]) == 0
    assert "note: the run was made with cpu abacus and goes on with " in capsys.readouterr().out


def test_a_run_in_which_nobody_has_a_fitness_is_refused(tmp_path):
    with Journal.create(tmp_path / "search.db", {"settings": {"population": 3}}):
        pass
    with pytest.raises(InputError) as caught:
        retrain_checkpoints(Asked(run=tmp_path))
    assert str(caught.value) == (
        f"{tmp_path} has no individual with a fitness yet: let the search go on first"
    )
