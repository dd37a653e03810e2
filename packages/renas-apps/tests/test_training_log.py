"""The log of a training, and the trackers that may be missing."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from renas_apps.training.log import (
    CsvLog,
    MlflowTracker,
    WandbTracker,
    forget_tracked_run,
    read_log,
    sinks,
)
from renas_space import InputError

FIGURES = ("top1", "top5")
COLUMNS = [
    *("step", "epoch", "learning_rate", "loss", "images_per_second"),
    *("images", "top1", "top5", "ema_top1", "ema_top5"),
]


def test_rows_are_complete_whenever_the_process_dies(tmp_path):
    path = tmp_path / "log.csv"
    log = CsvLog(path, figures=FIGURES, after=0)
    log.write(1, {"epoch": 0.5, "loss": 0.1 + 0.2})
    log.write(1, {"epoch": 0.5, "images": 7, "top1": 0.5})
    first, second = read_log(path)  # not closed
    assert list(first) == COLUMNS
    assert float(first["loss"]) == 0.1 + 0.2
    assert (second["images"], second["top1"], second["loss"]) == ("7", "0.5", "")


def test_what_will_be_made_again_and_a_row_that_was_cut_off_are_dropped(tmp_path):
    path = tmp_path / "log.csv"
    log = CsvLog(path, figures=FIGURES, after=0)
    for step in range(1, 6):
        log.write(step, {"loss": float(step)})
    log.close()
    with path.open("a") as file:
        file.write("6,0.3")
    log = CsvLog(path, figures=FIGURES, after=3)
    log.write(4, {"loss": 40.0})
    assert [(row["step"], row["loss"]) for row in read_log(path)] == [
        *(("1", "1.0"), ("2", "2.0"), ("3", "3.0")),
        ("4", "40.0"),
    ]


def test_tensorboard_has_the_figures(tmp_path):
    both = sinks(tmp_path / "log.csv", tmp_path / "events", "none", {}, figures=FIGURES, after=0)
    for sink in both:
        sink.write(1, {"epoch": 1.0, "loss": 2.0})
        sink.close()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "events"))
    events.Reload()
    assert events.Scalars("training/loss")[0].value == 2.0


@pytest.mark.parametrize("name", ["wandb", "mlflow"])
def test_a_tracker_that_is_missing_is_one_sentence(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError) as error:
        sinks(tmp_path / "log.csv", tmp_path / "events", name, {}, figures=FIGURES, after=0)
    assert str(error.value) == (
        f"--track {name} needs the library {name}: pip install 'renas-apps[{name}]', "
        "or leave it out"
    )


def test_wandb_is_told(tmp_path, monkeypatch):
    told, asked = [], []

    class Run:
        def log(self, figures, step):
            told.append((step, figures))

        def finish(self):
            told.append("finished")

    library = ModuleType("wandb")
    library.init = lambda **settings: asked.append(settings) or Run()
    monkeypatch.setitem(sys.modules, "wandb", library)
    directories = [tmp_path / place / "run" for place in ("here", "there")]
    for directory in directories:
        directory.mkdir(parents=True)
    tracker = WandbTracker(directories[0], {"epochs": 1})
    tracker.write(3, {"loss": 1.0})
    tracker.close()
    assert told == [(3, {"loss": 1.0}), "finished"]
    for directory in directories:
        WandbTracker(directory, {"epochs": 1})
    assert [settings["name"] for settings in asked] == ["run"] * 3
    # The run of a directory is gone on with; another directory of that name has one of its own.
    assert asked[0]["id"] == asked[1]["id"] != asked[2]["id"]


def test_mlflow_is_told_and_its_run_gone_on_with(tmp_path, monkeypatch):
    begun, told = [], []

    def start_run(*, run_id=None, run_name=None):
        begun.append(run_id or run_name)
        return SimpleNamespace(info=SimpleNamespace(run_id=f"id{len(begun)}"))

    library = ModuleType("mlflow")
    library.set_experiment = library.log_params = told.append
    library.start_run, library.end_run = start_run, lambda: told.append("ended")
    library.log_metrics = lambda figures, step: told.append((step, figures))
    monkeypatch.setitem(sys.modules, "mlflow", library)
    for step in (3, 4):
        tracker = MlflowTracker(tmp_path, {"epochs": 1})
        tracker.write(step, {"loss": 1})
        tracker.close()
    assert begun == [tmp_path.name, "id1"]
    assert told == [
        *("renas", {"epochs": 1}, (3, {"loss": 1.0}), "ended"),
        *("renas", (4, {"loss": 1.0}), "ended"),
    ]
    forget_tracked_run(tmp_path)
    MlflowTracker(tmp_path, {"epochs": 1})
    assert begun[2] == tmp_path.name
