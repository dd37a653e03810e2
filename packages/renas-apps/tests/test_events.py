"""TensorBoard's events, read back with TensorBoard."""

from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from renas_apps.config import SearchConfig
from renas_apps.events import Events
from renas_apps.journal_rows import Final
from renas_apps.observer import Started, Step


def watch(directory, rows, before=()):
    events = Events(directory)
    events.started(
        Started(
            config=SearchConfig(population=2, sample=2),
            directory=Path("run"),
            evaluations=before,
            elapsed=0.0,
            data="images",
        )
    )
    counted = sum(each.state == "told" for each in before)
    for each in rows:
        counted += each.state == "told"
        events.stepped(
            Step(evaluation=each, counted=counted, population=[0.25, 0.75], best=each, elapsed=1.0)
        )
    return events


def scalars(directory, name):
    accumulator = EventAccumulator(str(directory))
    accumulator.Reload()
    return [(event.step, event.value) for event in accumulator.Scalars(name)]


def test_a_step_is_an_evaluation(tmp_path, row):
    size = {"parameters": 1234}
    child = row(2, 0.5, fitness_before=0.25, entropy=3.5, seconds=1.5, **size)
    watch(tmp_path, [row(0, 0.25, **size), row(1, state="failed"), child]).closed()
    assert scalars(tmp_path, "fitness/individual") == [(1, 0.25), (2, 0.5)]
    assert scalars(tmp_path, "population/mean") == [(1, 0.5), (2, 0.5)]
    assert scalars(tmp_path, "population/deviation") == [(1, 0.25), (2, 0.25)]
    assert scalars(tmp_path, "fitness/before") == [(2, 0.25)]
    assert scalars(tmp_path, "controller/entropy") == [(2, 3.5)]
    assert scalars(tmp_path, "child/parameters") == [(1, 1234.0), (2, 1234.0)]
    assert scalars(tmp_path, "child/seconds") == [(1, 0.0), (2, 1.5)]


def test_a_resumed_run_does_not_write_steps_twice(tmp_path, row):
    rows = [row(number, number / 8) for number in range(4)]
    # Killed after the second row was committed, with a third on its way to the journal.
    watch(tmp_path, rows[:3]).closed()
    watch(tmp_path, rows[2:], before=rows[:2]).closed()
    assert scalars(tmp_path, "fitness/individual") == [(n + 1, n / 8) for n in range(4)]


def test_retrainings_are_written_by_individual(tmp_path):
    final = {"genotype": "0110", "epochs": 3, "test_accuracy": None, "loss": None, "curve": "[]"}
    events = watch(tmp_path, [])
    events.retrained(Final(id=5, accuracy=0.75, **final), 1, 2)
    events.retrained(Final(id=6, accuracy=None, reason="the loss is nan", **final), 2, 2)
    events.closed()
    assert scalars(tmp_path / "final", "accuracy/3_epochs") == [(5, 0.75)]


def test_retrainings_stay_when_a_run_goes_on(tmp_path, row):
    final = {"genotype": "0110", "epochs": 3, "test_accuracy": None, "loss": None, "curve": "[]"}
    before = [row(0, 0.25), row(1, state="rejected"), row(2, 0.5)]
    events = watch(tmp_path, before)
    events.retrained(Final(id=2, accuracy=0.75, **final), 1, 1)
    events.closed()
    watch(tmp_path, [], before=before[:1]).closed()  # goes on at step 2
    assert scalars(tmp_path / "final", "accuracy/3_epochs") == [(2, 0.75)]


def test_one_that_never_started_can_be_closed(tmp_path):
    Events(tmp_path).closed()
    assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_its_last_step(tmp_path, row):
    events = watch(tmp_path, [row(0, 0.25)])
    assert scalars(tmp_path, "fitness/individual") == [(1, 0.25)]  # before it is closed
    events.closed()
